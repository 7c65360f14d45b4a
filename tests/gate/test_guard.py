"""Bad input at the door: each a clear error, nothing lost, nothing told."""

import json

import pytest
import pytest_asyncio

from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.token import TokenIssuer
from tests.gate.conftest import LEGACY, MODERN, PREFIX, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTE = {"name": "crm__note", "arguments": {"text": "x"}}
TELLING = ("Traceback", 'File "', "bailiwick.", "Error(", "/work", "site-packages")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory):
    async with served(tmp_path_factory.mktemp("house")) as door:
        yield door


@pytest.fixture
def door(standing):
    """One gateway for all tests of this file, with a new run for each: nothing here should leave a trace."""
    standing.house.clock.advance(20)
    standing.house.crm.journal.clear()
    return standing


def check_refused(answer, status, words=""):
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert not any(word in answer.text for word in TELLING)


def body(**changes):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": NOTE} | changes).encode()


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize(
    "content, status, words",
    [
        (b'{"a":"' + b"x" * 20_000_000 + b'"}', 413, "larger than"),
        (b"[" * 100_000, 400, "nested deeper"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, 400, "nested deeper"),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 400, "appears twice"),
        (body().replace(b'"text": "x"', b'"text": "x", "text": "y"'), 400, "appears twice"),
        (body().replace(b'"x"', b"9007199254740993"), 400, "double"),
        (body().replace(b'"x"', b"0.1000000000000000055511151231257827"), 400, "double"),
        (body().replace(b'"x"', b"1e400"), 400, "double"),
        (body().replace(b'"x"', b"NaN"), 400, "not json"),
        (body().replace(b'"x"', b'"\\ud800"'), 400, "surrogate"),
        (b"\xff\xfe", 400, "utf-8"),
        (b"\xef\xbb\xbf{}", 400, "byte order mark"),
        (b"", 400, "not one json value"),
        (b"{} {}", 400, "not one json value"),
        (b'{"a":', 400, "not one json value"),
        (b"[" + body() + b"]", 400, "batches are not taken"),
        (b"[]", 400, "batches"),
        (b'"text"', 400, "as an object"),
        (b"null", 400, "as an object"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value),
)
async def test_what_two_parsers_could_read_differently_is_refused(door, era, content, status, words):
    before = door.house.reader.size()
    headers = door.headers({"method": "tools/call", "params": NOTE}, era)
    check_refused(await door.send(content, headers), status, words)
    assert door.house.reader.size() == before and door.house.crm.journal == []
    assert (await door.call("crm__note", era, text="x"))["result"].get("isError") is not True


async def test_a_large_body_without_a_stated_length_is_refused_too(door):
    async def parts():
        for _ in range(40):
            yield b" " * 65_536

    headers = door.headers({"method": "tools/call", "params": NOTE}, MODERN)
    check_refused(await door.http.post(door.url, content=parts(), headers=headers), 413, "larger than")


# ------------------------------------------------------------------------------------------ who is calling


def forged(door, **changes):
    settings = {"key": b"server", "issuer": door.house.url, "audience": door.house.url + "/mcp", "at": 0} | changes
    key = SigningKey.from_random(settings["key"].ljust(48, b"-"))
    issuer = TokenIssuer(key, settings["issuer"], settings["audience"])
    return issuer.issue("router", None, 1, "tok-1", door.house.clock.at_us + settings["at"])


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": "https://other.example/mcp"},
        {"audience": "http://127.0.0.1/mcp"},
        {"issuer": "https://other.example"},
        {"key": b"somebody else"},
        {"at": -301_000_000},
        {"at": 3_600_000_000},
    ],
    ids=str,
)
async def test_a_token_for_elsewhere_or_another_time_or_by_another_key_is_refused(door, changes):
    answer = await door.ask("tools/call", token=forged(door, **changes), **NOTE)
    check_refused(answer, 401)
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert door.house.crm.journal == []


async def test_a_token_whose_signature_is_changed_is_refused(door):
    token = forged(door)
    head, _, signature = token.rpartition(".")
    flipped = head + "." + ("A" if signature[0] != "A" else "B") + signature[1:]
    check_refused(await door.ask("tools/call", token=flipped, **NOTE), 401)
    assert (await door.ask("tools/call", token=token, **NOTE)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Basic YTpi", "Bearer a.b.c", "Bearer bwk_cli_" + "a" * 49, "Bearer \u00e9"],
)
async def test_without_a_token_there_is_a_challenge_and_no_parsing(door, header):
    headers = door.headers({"method": "tools/call", "params": NOTE}, MODERN)
    del headers["Authorization"]
    if header is not None:
        headers["Authorization"] = header.encode("latin-1")
    answer = await door.send(b"{not json", headers)
    check_refused(answer, 401)
    metadata = f'resource_metadata="{door.house.url}/.well-known/oauth-protected-resource/mcp"'
    assert metadata in answer.headers["www-authenticate"]


async def test_a_token_of_an_earlier_epoch_decides_nothing(door):
    answer = await door.call("crm__note", token=door.house.token(epoch=2), text="x")
    assert answer["result"]["structuredContent"]["code"] == "revoked"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"])
async def test_the_gateway_takes_post_only(door, method):
    headers = door.headers({"method": "ping"}, LEGACY)
    answer = await door.send(b"", headers, method)
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"


# ------------------------------------------------------------------------------------------ header and body


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize("header, value", [("Mcp-Method", "tools/list"), ("Mcp-Name", "crm__query")])
async def test_a_header_that_says_other_than_the_body_is_refused(door, era, header, value):
    message = door.message("tools/call", era, **NOTE)
    check_refused(await door.send(message, door.headers(message, era) | {header: value}), 400)
    assert door.house.crm.journal == []


@pytest.mark.parametrize("header", ["Mcp-Method", "Mcp-Name"])
async def test_a_modern_call_without_its_routing_headers_is_refused(door, header):
    message = door.message("tools/call", **NOTE)
    headers = door.headers(message, MODERN)
    del headers[header]
    check_refused(await door.send(message, headers), 400)
    assert door.house.crm.journal == []


@pytest.mark.parametrize("said", [LEGACY, "2099-01-01", "", None])
async def test_a_modern_body_is_not_let_in_under_another_version(door, said):
    message = door.message("tools/call", **NOTE)
    headers = door.headers(message, MODERN)
    del headers["MCP-Protocol-Version"]
    if said is not None:
        headers["MCP-Protocol-Version"] = said
    check_refused(await door.send(message, headers), 400)
    assert door.house.crm.journal == []


async def test_a_legacy_body_is_not_let_in_under_the_modern_version(door):
    message = door.message("tools/call", LEGACY, **NOTE)
    check_refused(await door.send(message, door.headers(message, MODERN)), 400)
    assert door.house.crm.journal == []


@pytest.mark.parametrize("name", ["Mcp-Method", "Mcp-Name", "MCP-Protocol-Version", "Authorization"])
async def test_a_header_sent_twice_is_refused(door, name):
    message = door.message("tools/call", **NOTE)
    headers = [*door.headers(message, MODERN).items()]
    twice = [*headers, (name, dict(headers)[name])]
    answer = await door.http.post(door.url, content=json.dumps(message).encode(), headers=twice)
    check_refused(answer, 400)
    assert door.house.crm.journal == []


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize(
    "header, value",
    [
        ("Host", "evil.example"),
        ("Host", "evil.example:8700"),
        ("Origin", "https://evil.example"),
        ("Origin", "http://127.0.0.1.evil.example"),
        ("Origin", "null"),
    ],
)
async def test_a_name_that_is_not_ours_is_refused(door, era, header, value):
    message = door.message("tools/call", era, **NOTE)
    answer = await door.send(message, door.headers(message, era) | {header: value})
    assert answer.status_code in (400, 403, 421)
    assert door.house.crm.journal == []


# ------------------------------------------------------------------------------------------ odd messages


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize(
    "changes",
    [
        {"params": ["crm__note"]},
        {"params": "crm__note"},
        {"params": {"name": 7, "arguments": {}}},
        {"params": {"name": "crm__note", "arguments": [1]}},
        {"params": {"name": "crm__note", "arguments": "text"}},
        {"params": {"arguments": {}}},
        {"method": 7},
        {"method": None},
        {"jsonrpc": "1.0"},
        {"id": {"a": 1}},
        {"id": 1.5},
        {"id": True},
        {"id": None},
        {"id": ...},
    ],
    ids=str,
)
async def test_a_message_of_another_shape_is_a_clear_error(door, era, changes):
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": NOTE} | changes
    if message["id"] is ...:
        del message["id"]
    if era == MODERN and isinstance(message["params"], dict):
        meta = {PREFIX + "protocolVersion": era, PREFIX + "clientCapabilities": {}}
        message["params"] = message["params"] | {"_meta": meta}
    name = message["params"].get("name") if isinstance(message["params"], dict) else "crm__note"
    headers = door.headers({"method": "tools/call", "params": {"name": str(name)}}, era)
    answer = await door.send(message, headers)
    assert answer.status_code < 500 and not any(word in answer.text for word in TELLING)
    assert "error" in answer.json() and "internal error" not in answer.text
    assert door.house.crm.journal == []


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize(
    "method",
    [
        *("resources/list", "resources/read", "resources/templates/list", "resources/subscribe", "prompts/list"),
        *("prompts/get", "completion/complete", "sampling/createMessage", "elicitation/create", "roots/list"),
        *("logging/setLevel", "tasks/list", "tasks/get", "tools/delete", "nonsense"),
    ],
)
async def test_everything_but_tools_is_denied(door, era, method):
    params = {"uri": "file:///etc/passwd", "name": "x", "ref": {}, "taskId": "t", "level": "debug"}
    message = door.message(method, era, **params)
    answer = await door.send(message, door.headers(message, era))
    assert answer.status_code < 500 and "error" in answer.json(), answer.text
    assert not any(word in answer.text for word in TELLING)
