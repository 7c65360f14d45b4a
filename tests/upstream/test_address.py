"""What a URL and a message become on the wire."""

import pytest

from bailiwick.upstream.address import UnsendableError, parse_address


@pytest.mark.parametrize("url, line, host, goes_to", [
    ("http://acme.example/mcp", "/mcp", "acme.example", ("acme.example", 80, False)),
    ("https://acme.example/mcp", "/mcp", "acme.example", ("acme.example", 443, True)),
    ("https://acme.example:443", "/", "acme.example", ("acme.example", 443, True)),
    ("http://acme.example:443/", "/", "acme.example:443", ("acme.example", 443, False)),
    ("HTTP://ACME.example:8700/a?b=c&d=%2F", "/a?b=c&d=%2F", "acme.example:8700", ("acme.example", 8700, False)),
    ("http://[::1]/mcp", "/mcp", "[::1]", ("::1", 80, False)),
    ("http://[2001:db8::7]:8700/mcp", "/mcp", "[2001:db8::7]:8700", ("2001:db8::7", 8700, False)),
    ("http://xn--gre-6ka8i.example/é a#part", "/%C3%A9%20a", "xn--gre-6ka8i.example",
     ("xn--gre-6ka8i.example", 80, False)),
    ("http://acme.example/a\r\nX-Evil: 1", "/aX-Evil:%201", "acme.example", ("acme.example", 80, False)),
    ("http://acme.example/a\x00\x0b", "/a%00%0B", "acme.example", ("acme.example", 80, False)),
])  # fmt: skip
def test_a_url_says_where_to_connect_and_what_to_ask_for(
    url: str, line: str, host: str, goes_to: tuple[str, int, bool]
) -> None:
    address = parse_address(url)
    assert (address.host, address.port, address.tls) == goes_to
    head = address.request("POST", {}, b"{}").decode().split("\r\n")
    assert head[0] == f"POST {line} HTTP/1.1"
    assert [one for one in head if one.lower().startswith("host:")] == [f"Host: {host}"]


@pytest.mark.parametrize("url", [
    "", "nonsense", "acme.example/mcp", "ftp://acme.example/", "http://", "http:///mcp", "http://[bad/mcp",
    "http://acme.example:0x50/", "http://acme.example:99999/", "http://acme example/", "http://acme.example\x00/",
    "http://größe.example/", "http://ana@acme.example/", "http://ana:hush@acme.example/",
    "http://:@acme.example/", "file:///etc/hostname",
])  # fmt: skip
def test_a_url_that_does_not_say_it_exactly_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UnsendableError) as refused:
        parse_address(url)
    assert "hush" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_request_is_one_head_and_one_body() -> None:
    request = parse_address("http://acme.example/mcp").request("POST", {"Mcp-Name": "grün"}, b'{"id":1}')
    head, body = request.split(b"\r\n\r\n")
    assert body == b'{"id":1}'
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert headers[b"Content-Length"] == b"8"
    assert headers[b"Content-Type"] == b"application/json"
    assert headers[b"Accept"] == b"application/json, text/event-stream"
    assert headers[b"Accept-Encoding"] == b"identity"
    assert headers[b"Mcp-Name"] == "grün".encode("latin-1")
    assert not {b"Cookie", b"Transfer-Encoding", b"Expect"} & set(headers)


def test_a_request_without_a_body_declares_none() -> None:
    request = parse_address("http://acme.example/mcp").request("DELETE", {"Mcp-Session-Id": "s"})
    assert request.startswith(b"DELETE /mcp HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n")
    assert b"Content-" not in request


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\rb", "a\nb", "a\x00b", "hush-ключ", "\n", "a\r\n b"])
@pytest.mark.parametrize("place", ["value", "name"])
def test_a_header_that_would_break_out_of_its_line_is_refused_and_not_shown(value: str, place: str) -> None:
    headers = {"X-Good": "1", **({"X-Key": value} if place == "value" else {value: "1"})}
    with pytest.raises(UnsendableError) as refused:
        parse_address("http://acme.example/").request("POST", headers, b"{}")
    assert value not in str(refused.value)
    assert refused.value.__cause__ is None
