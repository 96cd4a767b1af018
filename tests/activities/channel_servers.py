"""Stand-ins on 127.0.0.1 for services that channels hand messages to: real HTTP servers that answer as told."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.activities.mail_servers import CERTIFICATE


@dataclass
class Service:
    """What the service answers, and what it was asked: path, headers and body of each call."""

    status: int = 201
    stalls: threading.Event | None = None
    calls: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    port: int = 0
    answer: bytes | None = None
    tls: bool = False

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was handed in."""
        return [body for _, _, body in self.calls]


@contextmanager
def service(told: Service) -> Iterator[Service]:
    """The service, while it listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.calls.append((self.path, dict(self.headers), said))
            if told.stalls:
                told.stalls.wait()
            body = told.answer or json.dumps({"id": "1", "message": f"no good: {json.dumps(said)}"}).encode()
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", told.port), Handler)
    told.port = server.server_address[1]
    if told.tls:
        certified = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certified.load_cert_chain(CERTIFICATE)
        server.socket = certified.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield told
    finally:
        if told.stalls:
            told.stalls.set()
        server.shutdown()
        server.server_close()
