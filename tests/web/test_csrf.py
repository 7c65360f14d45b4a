import pytest

from bailiwick.web import csrf

COOKIE = "session-cookie"
SAME = {"sec-fetch-site": "same-origin"}


def test_the_form_of_our_own_page_is_accepted() -> None:
    assert csrf.refusal(COOKIE, csrf.form_token(COOKIE), SAME) is None


def test_a_client_that_names_no_site_is_held_to_the_token() -> None:
    assert csrf.refusal(COOKIE, csrf.form_token(COOKIE), {}) is None
    assert csrf.refusal(COOKIE, "", {}) is not None


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_from_another_site_is_refused_even_with_a_token(site: str) -> None:
    assert csrf.refusal(COOKIE, csrf.form_token(COOKIE), {"sec-fetch-site": site}) is not None


@pytest.mark.parametrize(
    "cookie, sent",
    [("", ""), ("", csrf.form_token("")), (COOKIE, ""), (COOKIE, csrf.form_token("other")), (COOKIE, "é")],
)
def test_no_cookie_or_a_foreign_token_is_refused(cookie: str, sent: str) -> None:
    assert csrf.refusal(cookie, sent, SAME) is not None
