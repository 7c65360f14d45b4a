import re
from collections.abc import Mapping
from html.parser import HTMLParser

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bailiwick.web.page import environment, render
from bailiwick.web.view import Shell

Samples = Mapping[str, tuple[str, object, Shell]]
Element = tuple[str, dict[str, str]]


class Page(HTMLParser):
    """The elements of a page, and the forms with what is inside them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.forms: list[tuple[dict[str, str], list[Element]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag == "form":
            self.forms.append((attributes, []))
        elif self.forms:
            self.forms[-1][1].append((tag, attributes))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


def answer(samples: Samples, sample: str) -> HTMLResponse:
    template, view, shell = samples[sample]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    request = Request(scope)
    request.state.shell = shell
    return render(request, template, view)


@pytest.fixture
def page(samples: Samples, sample: str) -> Page:
    return Page(bytes(answer(samples, sample).body).decode())


def test_every_template_is_made_of_some_sample(samples: Samples) -> None:
    parts = {
        "base.html",
        "layout.html",
        "bare.html",
        "macros.html",
        "icons.html",
        "run_table.html",
        "charter_parts.html",
        "charter_tabs.html",
        "difference.html",
        "record_tabs.html",
    }
    included = {"record_head.html", "verified.html", "outcome.html"}
    shown = {template for template, _, _ in samples.values()}
    assert set(environment().list_templates()) == shown | parts | included


def test_a_page_carries_nothing_that_its_policy_would_block(page: Page) -> None:
    for tag, attributes in page.elements:
        assert "style" not in attributes
        assert tag != "style"
        assert not [name for name in attributes if name.startswith("on")]
        assert tag != "script" or {"src", "nonce"} <= attributes.keys()
        assert not attributes.get("href", "").startswith("javascript:")


def test_every_htmx_element_carries_the_nonce_of_its_policy(samples: Samples, sample: str) -> None:
    response = answer(samples, sample)
    match = re.search(r"'nonce-([^']+)'", response.headers["content-security-policy"])
    assert match
    for _, attributes in Page(bytes(response.body).decode()).elements:
        if any(name.startswith("hx-") for name in attributes):
            assert attributes.get("hx-nonce") == match[1]


def test_every_id_is_unique_and_every_reference_resolves(page: Page) -> None:
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    named = ("for", "aria-labelledby", "aria-describedby", "popovertarget")
    wanted = {word for attribute in named for value in page.values(attribute) for word in value.split()}
    wanted |= {href[1:] for href in page.values("href") if href.startswith("#")}
    assert wanted <= set(ids)


def test_every_form_that_changes_something_works_without_script_and_proves_its_origin(page: Page) -> None:
    for attributes, inside in page.forms:
        assert attributes["action"].startswith("/")
        assert attributes["method"] in ("get", "post")
        if attributes["method"] == "post":
            assert [a["value"] for _, a in inside if a.get("name") == "csrf"] == ["token"]
            assert attributes.get("hx-post", attributes["action"]) == attributes["action"]


def test_every_text_field_has_a_label(page: Page) -> None:
    labelled = set(page.values("for"))
    for tag, attributes in page.elements:
        if tag in ("select", "textarea") or (
            tag == "input" and attributes.get("type") not in ("hidden", "checkbox", "radio")
        ):
            assert attributes["id"] in labelled


def test_a_whole_page_has_one_main_heading_and_a_title(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    if "html" in tags:
        assert tags.count("h1") == 1
        assert tags.count("main") == 1
        assert "· Bailiwick" in page.text


def test_every_page_may_not_be_framed_sniffed_or_stored(samples: Samples, sample: str) -> None:
    headers = answer(samples, sample).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_what_others_wrote_is_shown_as_text_and_never_as_markup(samples: Samples) -> None:
    _, view, shell = samples["agents"]
    hostile = "<img src=x onerror=alert(1)>"
    row = type(view.rows[0])(**{**view.rows[0].__dict__, "purpose": hostile})  # type: ignore[attr-defined]
    listed = type(view)((row,))  # type: ignore[call-arg]
    body = bytes(answer({"it": ("agents.html", listed, shell)}, "it").body).decode()
    assert hostile not in body
    assert "&lt;img src=x onerror=alert(1)&gt;" in body


def test_nothing_is_decided_without_a_comment_and_a_barred_person_sees_why(
    samples: Samples,
) -> None:
    body = bytes(answer(samples, "approvals").body).decode()
    assert re.search(r'<textarea id="apr-01jd8k2m7q-comment"[^>]*required', body)
    assert re.search(r'<textarea id="apr-2-comment"[^>]*required', body)
    assert "You own newsletter-scheduler, so somebody else has to decide." in body
    assert 'action="/approvals/apr-01jd8k2m80"' not in body


def test_what_an_error_quotes_in_backticks_is_shown_as_code(samples: Samples) -> None:
    assert "<code>chi@</code> is not an e-mail address" in bytes(answer(samples, "people").body).decode()
    ticked = environment().filters["ticked"]
    assert ticked("a `<b>` here") == "a <code>&lt;b&gt;</code> here"
    assert ticked("an odd ` <b>") == "an odd ` &lt;b&gt;"
