"""Over https a subscriber proves its name, although the connection goes to an address."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.webhooks.sending import Outcome, Sender
from tests.workflows.subjects import now

NAME = "hook.example.org"


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate for one name, which is trusted where its own file is."""

    certificate: Path
    key: Path


@pytest.fixture
def proof(tmp_path: Path) -> Proof:
    """That of the subscriber."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    found = Proof(tmp_path / "certificate.pem", tmp_path / "key.pem")
    found.certificate.write_bytes(made.public_bytes(Encoding.PEM))
    found.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return found


@pytest.fixture
async def port(proof: Proof) -> AsyncIterator[int]:
    """A subscriber who speaks TLS."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(proof.certificate, proof.key)
    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def loopback(host: str, port: int) -> Sequence[str]:  # noqa: ARG001 - as a resolver is called
    """Every name is this machine."""
    return ["127.0.0.1"]


async def sent(trusted: ssl.SSLContext, url: str) -> Outcome:
    """What comes of one message."""
    sender = Sender([ip_network("127.0.0.1/32")], tls=trusted, at_a_time=1, resolve=loopback)
    try:
        return await sender.send(url, {}, b"", now())
    finally:
        await sender.close()


async def test_the_certificate_must_be_of_the_name(proof: Proof, port: int) -> None:
    """Of the name in the URL, not of the address that is called."""
    trusting = ssl.create_default_context(cafile=str(proof.certificate))
    assert await sent(trusting, f"https://{NAME}:{port}/") == Outcome()
    for other in ("other.example.org", "127.0.0.1"):
        assert (await sent(trusting, f"https://{other}:{port}/")).failure == "cannot be reached (ConnectError)"


async def test_a_certificate_that_nobody_trusts_is_refused(port: int) -> None:
    """As a browser does."""
    outcome = await sent(ssl.create_default_context(), f"https://{NAME}:{port}/")
    assert outcome.failure == "cannot be reached (ConnectError)"
