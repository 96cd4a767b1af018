"""A real issuer of tokens: it publishes its keys over HTTP, changes them, and can be away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from gateway.context import now

AUDIENCE = "coaching-lifecycle"
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def elliptic() -> ec.EllipticCurvePrivateKey:
    """A new key for ES256."""
    return ec.generate_private_key(ec.SECP256R1())


def published(kid: str, key: Private, **more: str) -> dict[str, Any]:
    """The public half, as an issuer publishes it."""
    if isinstance(key, rsa.RSAPrivateKey):
        shown = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        shown = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"kid": kid, **shown, **more}


class Issuer:
    """Answers on loopback. ``asked`` counts how often its keys were fetched."""

    def __init__(self) -> None:
        self.key = elliptic()
        self.keys = [published("first", self.key, use="sig", alg="ES256")]
        self.asked = 0
        self.broken = False
        self.named: str | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        """What its tokens say in ``iss``."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def token(self, *, key: Private | None = None, kid: str = "first", algorithm: str = "ES256", **claims: Any) -> str:
        """A token that is good unless something is said otherwise; a claim that is None is left out."""
        said = self.claims(**claims)
        return jwt.encode(said, key or self.key, algorithm, headers={"kid": kid})

    def claims(self, **claims: Any) -> dict[str, Any]:
        """What a good token says, and what is said otherwise."""
        usual = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "diary",
            "iat": now(),
            "exp": now() + timedelta(minutes=5),
            "scope": "openid coaching:read:*:*",
        }
        return {name: value for name, value in (usual | claims).items() if value is not None}

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and document."""
        if self.broken:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            return 200, {"issuer": self.named or self.url, "jwks_uri": f"{self.url}/keys"}
        if path == "/keys":
            self.asked += 1
            return 200, {"keys": self.keys}
        return 404, {}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, document = issuer.answer(self.path)
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def by_hand(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """A token as somebody forges it who has no private key: with HMAC and this secret, or not signed at all."""
    claims = {name: int(said.timestamp()) if hasattr(said, "timestamp") else said for name, said in claims.items()}
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))
    proof = hmac.digest(secret, signed.encode(), hashlib.sha256) if secret else b""
    return f"{signed}.{_encoded(proof)}"


def pem(key: Private) -> bytes:
    """The public key as text: what everybody knows."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
