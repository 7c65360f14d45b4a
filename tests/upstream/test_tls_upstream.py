"""HTTPS: only an upstream whose certificate the system trusts is told anything."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bailiwick.ports.upstream import UpstreamUnavailable
from tests.upstream.conftest import RawServer, Setup, answered, reply

Serve = Callable[[Path], Awaitable[RawServer]]


def certificate(folder: Path, name: x509.GeneralName) -> Path:
    """A self-signed certificate for `name` and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Acme")])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "acme.pem"
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(
        signed.public_bytes(pem) + key.private_bytes(pem, private, serialization.NoEncryption()),
    )
    return file


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    listening: list[asyncio.Server] = []

    async def build(file: Path) -> RawServer:
        async def on_call(heard, reader, writer):  # type: ignore[no-untyped-def]
            writer.write(reply(answered(heard)))

        server = RawServer(on_call)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        listening.append(await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context))
        server.port = listening[-1].sockets[0].getsockname()[1]
        return server

    yield build
    for server in listening:
        server.close()


HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


async def test_a_certificate_nobody_vouches_for_is_refused_and_nothing_is_sent(
    serve: Serve, setup: Setup, tmp_path: Path
) -> None:
    server = await serve(certificate(tmp_path, HERE))
    setup.http(f"https://127.0.0.1:{server.port}/mcp")
    setup.secrets.of["x"] = {"bearer": "hush"}
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable, match="SSLCertVerificationError"):
            await setup.call()
    assert not server.heard


async def test_a_certificate_the_system_trusts_is_accepted_and_its_connection_kept(
    serve: Serve, setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, HERE)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    server = await serve(file)
    setup.http(f"https://127.0.0.1:{server.port}/mcp")
    for _ in range(3):
        assert (await setup.call()).result == {"content": []}
    assert len(server.calls()) == 3
    assert server.connections == 1


async def test_a_trusted_certificate_of_somebody_else_is_refused(
    serve: Serve, setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, x509.DNSName("acme.example"))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    server = await serve(file)
    setup.http(f"https://127.0.0.1:{server.port}/mcp")
    with pytest.raises(UpstreamUnavailable, match="SSLCertVerificationError"):
        await setup.call()
    assert not server.heard


async def test_an_upstream_that_does_not_speak_tls_is_never_spoken_to_in_plain_text(setup: Setup) -> None:
    heard = bytearray()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(65_536))
        writer.write(reply(b"{}"))
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as listening:
        setup.http(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}/mcp")
        setup.secrets.of["x"] = {"bearer": "hush"}
        for _ in range(2):
            with pytest.raises(UpstreamUnavailable, match="nothing was sent"):
                await setup.call()
    assert heard
    assert b"hush" not in heard
    assert b"POST" not in heard
