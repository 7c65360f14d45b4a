import pytest

from bailiwick.flow.client_assertion import Assertion, claimed_agent, make_assertion, verify_assertion
from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.jws import TokenError, seal
from bailiwick.flow.token import TokenIssuer

NOW = 1_800_000_000_000_000
NOW_S = NOW // 1_000_000
ISSUER = "https://bailiwick.acme.example"
ENDPOINT = ISSUER + "/oauth/token"
OURS = frozenset({ISSUER, ENDPOINT})
KEY = SigningKey.from_random(b"1" * 48)
STRANGER = SigningKey.from_random(b"2" * 48)
CLAIMS = {"iss": "lead-router", "sub": "lead-router", "aud": ENDPOINT, "jti": "j-1", "exp": NOW_S + 30}


def believe(assertion, keys=(KEY.public,), now_us=NOW):
    return verify_assertion(assertion, "lead-router", keys, OURS, now_us)


@pytest.mark.parametrize("audience", sorted(OURS))
def test_an_assertion_names_the_agent_and_what_may_be_used_once(audience):
    made = make_assertion(KEY, "lead-router", audience, "j-1", NOW + 1)
    assert claimed_agent(made) == "lead-router"
    assert believe(made) == Assertion("lead-router", "j-1", NOW + 30_000_000)


@pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt"])
def test_the_usual_types_are_accepted_and_one_audience_in_a_list(typ):
    assert believe(seal(typ, CLAIMS | {"aud": [ENDPOINT]}, KEY)).jti == "j-1"


BAD = [
    ({"iss": "campaign-drafter"}, "issuer"),
    ({"sub": "campaign-drafter"}, "issuer"),
    ({"iss": "campaign-drafter", "sub": "campaign-drafter"}, "issuer"),
    ({"aud": ISSUER + "/mcp"}, "audience"),
    ({"aud": ENDPOINT + "/"}, "audience"),
    ({"aud": [ENDPOINT, "https://evil.example"]}, "audience"),
    ({"aud": []}, "audience"),
    ({"aud": [[ENDPOINT]]}, "audience"),
    ({"aud": {}}, "audience"),
    ({"aud": None}, "audience"),
    ({"exp": NOW_S}, "expired"),
    ({"exp": NOW_S + 61}, "lifetime"),
    ({"exp": "soon"}, "claim"),
    ({"exp": None}, "claim"),
    ({"jti": ""}, "claim"),
    ({"jti": None}, "claim"),
    ({"iat": NOW_S + 60}, "not-yet-valid"),
    ({"nbf": NOW_S + 60}, "not-yet-valid"),
]


@pytest.mark.parametrize("change, code", BAD)
def test_a_bad_assertion_is_refused_by_code(change, code):
    with pytest.raises(TokenError) as caught:
        believe(seal("JWT", CLAIMS | change, KEY))
    assert caught.value.code == code


def test_a_sixty_second_assertion_is_just_short_enough():
    assert believe(make_assertion(KEY, "lead-router", ENDPOINT, "j-1", NOW, ttl_s=60)).jti == "j-1"


def test_an_assertion_signed_by_another_agent_is_refused():
    made = make_assertion(STRANGER, "lead-router", ENDPOINT, "j-1", NOW)
    with pytest.raises(TokenError) as caught:
        believe(made)
    assert caught.value.code == "key"


def test_an_agent_without_a_key_is_never_believed():
    with pytest.raises(TokenError) as caught:
        believe(make_assertion(KEY, "lead-router", ENDPOINT, "j-1", NOW), keys=())
    assert caught.value.code == "key"


def test_during_a_change_of_key_both_keys_are_believed():
    for key in (KEY, STRANGER):
        made = make_assertion(key, "lead-router", ENDPOINT, "j-1", NOW)
        assert believe(made, keys=(KEY.public, STRANGER.public)).agent == "lead-router"


def test_an_access_token_is_no_assertion_even_under_the_same_key():
    token = TokenIssuer(KEY, "lead-router", ENDPOINT).issue("lead-router", None, 0, "j-1", NOW, ttl_s=30)
    with pytest.raises(TokenError) as caught:
        believe(token)
    assert caught.value.code == "type"


@pytest.mark.parametrize("text", ["", "a.b", "e30.e30.AA", "bwk_cli_x", "e30.bm8.AA"])
def test_the_claimed_agent_of_rubbish_is_a_refusal(text):
    with pytest.raises(TokenError):
        claimed_agent(text)
