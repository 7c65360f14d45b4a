import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bailiwick.ledger.note import open_note, sign
from bailiwick.store.keyring import LOG_KEY_FILE, TOKEN_KEY_FILE, KeyringError, open_keyring
from bailiwick.store.private_file import PrivateFileError

FILES = [TOKEN_KEY_FILE, LOG_KEY_FILE]


def test_a_new_installation_makes_both_keys_and_finds_them_again(tmp_path):
    made = open_keyring(tmp_path / "data", new=True)
    for new in (True, False):
        found = open_keyring(tmp_path / "data", new=new)
        assert found.token_key.jwk() == made.token_key.jwk()
        assert found.log_signer("acme.example/record").vkey == made.log_signer("acme.example/record").vkey
    for name in FILES:
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600


def test_two_installations_have_different_keys(tmp_path):
    one, other = (open_keyring(tmp_path / name, new=True) for name in ("one", "other"))
    assert one.token_key.public != other.token_key.public
    assert one.log_signer("acme.example/record").vkey != other.log_signer("acme.example/record").vkey


def test_the_log_key_signs_what_its_vkey_opens(tmp_path):
    signer = open_keyring(tmp_path, new=True).log_signer("acme.example/record")
    assert open_note(sign("a checkpoint\n", signer), signer.vkey) == "a checkpoint\n"


@pytest.mark.parametrize("name", FILES)
def test_a_key_lost_from_an_installation_with_a_record_is_not_replaced(tmp_path, name):
    open_keyring(tmp_path, new=True)
    (tmp_path / name).unlink()
    with pytest.raises(KeyringError, match="restore it from a backup"):
        open_keyring(tmp_path, new=False)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", FILES)
def test_a_key_that_others_can_read_is_refused_with_the_fix(tmp_path, name):
    open_keyring(tmp_path, new=True)
    (tmp_path / name).chmod(0o640)
    with pytest.raises(PrivateFileError, match="chmod 600"):
        open_keyring(tmp_path, new=True)


P384 = ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"rubbish", P384])
def test_a_file_with_another_content_is_an_error_that_names_it(tmp_path, name, content):
    open_keyring(tmp_path, new=True)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(KeyringError, match=name):
        open_keyring(tmp_path, new=True)
    assert (tmp_path / name).read_bytes() == content


def test_the_keys_in_each_others_place_are_refused(tmp_path):
    open_keyring(tmp_path, new=True)
    token, log = ((tmp_path / name).read_bytes() for name in FILES)
    (tmp_path / TOKEN_KEY_FILE).write_bytes(log)
    with pytest.raises(KeyringError, match="p-256"):
        open_keyring(tmp_path, new=True)
    (tmp_path / TOKEN_KEY_FILE).write_bytes(token)
    (tmp_path / LOG_KEY_FILE).write_bytes(token)
    with pytest.raises(KeyringError, match="ed25519"):
        open_keyring(tmp_path, new=True)


def test_a_keyring_shows_no_key(tmp_path):
    keyring = open_keyring(tmp_path, new=True)
    assert repr(keyring) == "Keyring()"
