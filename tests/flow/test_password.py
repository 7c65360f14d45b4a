import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.flow.password import DEFAULT_COST, Checked, Cost, PasswordError, check_password, hash_password

CHEAP = Cost(ln=4, r=8, p=1)
WORDS = "correct horse battery"
STORED = hash_password(WORDS, bytes(range(16)), cost=CHEAP)
WRONG = Checked(right=False, upgrade=False)


def test_the_right_password_at_todays_cost_needs_no_upgrade():
    stored = hash_password(WORDS, bytes(16))
    assert stored.startswith("$scrypt$ln=15,r=8,p=3$")
    assert check_password(WORDS, stored) == Checked(right=True, upgrade=False)


def test_the_stored_text_holds_all_that_other_software_needs_to_compute_it_again():
    _, name, cost, salt, key = STORED.split("$")
    assert (name, cost) == ("scrypt", "ln=4,r=8,p=1")
    expected = hashlib.scrypt(WORDS.encode(), salt=base64.b64decode(salt + "=="), n=16, r=8, p=1, dklen=32)
    assert base64.b64decode(key + "=") == expected


def test_the_right_password_at_an_older_cost_asks_for_an_upgrade():
    assert check_password(WORDS, STORED) == Checked(right=True, upgrade=True)


@settings(max_examples=30)
@given(st.text(max_size=40))
def test_only_the_same_password_is_right(guess):
    assert check_password(guess, STORED, cost=CHEAP).right == (guess == WORDS)


def test_the_same_password_with_another_salt_has_another_hash():
    assert hash_password(WORDS, bytes(16), cost=CHEAP) != STORED


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 11, "\u00e9" * 11, "e\u0301" * 11])
def test_a_password_under_twelve_characters_is_refused_without_being_quoted(password):
    with pytest.raises(PasswordError, match="at least 12") as refusal:
        hash_password(password, bytes(16), cost=CHEAP)
    assert not password or password not in str(refusal.value)


def test_an_endless_password_is_refused_and_never_right():
    with pytest.raises(PasswordError, match="at most 1024"):
        hash_password("x" * 100_000, bytes(16), cost=CHEAP)
    stored = hash_password("x" * 1024, bytes(16), cost=CHEAP)
    assert check_password("x" * 1024, stored, cost=CHEAP).right
    assert check_password("x" * 1025, stored, cost=CHEAP) == WRONG


def test_two_ways_to_type_the_same_letters_are_one_password():
    stored = hash_password("caf\u00e9 \uff21cme Garten", bytes(16), cost=CHEAP)
    assert check_password("cafe\u0301 Acme Garten", stored, cost=CHEAP).right


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        WORDS,
        STORED + "\n",
        STORED.rpartition("$")[0] + "$",
        STORED.rpartition("$")[0] + "$AAAA",
        STORED.replace("scrypt", "plain"),
        STORED.replace("ln=4", "ln=0"),
        STORED.replace("ln=4", "ln=40"),
        STORED.replace("ln=4,r=8,p=1", "ln=4,r=8,p=99"),
        STORED.replace("r=8", "r=0"),
        STORED[:-1] + "!",
    ],
)
def test_no_stored_hash_or_an_unreadable_one_is_never_right(stored):
    assert check_password(WORDS, stored, cost=CHEAP) == WRONG


def test_the_default_cost_is_at_least_32_mebibytes():
    assert DEFAULT_COST.memory >= 32 * 1024 * 1024


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_salt_has_exactly_16_bytes(length):
    with pytest.raises(ValueError, match="16 random bytes"):
        hash_password(WORDS, bytes(length))
