"""The gateway's process: connections in, open doors out. Dev stack and tests compose it the same way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
import uvicorn
from fastapi import FastAPI
from temporalio.client import Client

from gateway.app import build_app
from gateway.connections import Connection
from gateway.context import AppContext
from gateway.demonstration.academy import Demonstration
from gateway.events.taking_in import take_in
from gateway.metrics import build_metrics
from gateway.settings import GatewaySettings
from gateway.webhooks.relay import relay
from process.connection import connect, runtime
from process.listening import listen
from process.logging import set_up_logging
from process.signals import stop_signals
from process.supervised import beside
from records import database

_log = structlog.stdlib.get_logger("gateway")


class _Server(uvicorn.Server):
    """A server that says when it answers, and leaves signals to whoever started it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()


@dataclass(frozen=True, slots=True)
class Serving:
    """A running gateway. ``url`` is where it answers, ``metrics`` where it shows the engine's figures."""

    url: str
    metrics: str | None
    parts: tuple[asyncio.Task[None], ...]

    async def ended(self) -> None:
        """Wait for as long as all is well. Raises what ended a part of it."""
        done, _ = await asyncio.wait(self.parts, return_when=asyncio.FIRST_COMPLETED)
        for part in done:
            part.result()


@asynccontextmanager
async def serving(context: AppContext) -> AsyncIterator[Serving]:
    """The gateway, while it answers, takes events in and delivers them; leaving lets running calls finish.

    Raises CannotListenError for a port that is taken.
    """
    settings = context.settings
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listen(*settings.address))
        parts = [
            await stack.enter_async_context(beside("events", partial(take_in, context))),
            await stack.enter_async_context(beside("webhooks", partial(relay, context))),
        ]
        metrics = None
        if settings.metrics_address is not None:
            shown = stack.enter_context(listen(*settings.metrics_address, "MCA_ENGINE_METRICS"))
            parts.append(await stack.enter_async_context(_answering(build_metrics(context), shown, settings)))
            metrics = f"http://{_name(shown)}/metrics"
        parts.append(await stack.enter_async_context(_answering(build_app(context), listening, settings)))
        _log.info("gateway.ready", address=_name(listening))
        yield Serving(f"http://{_name(listening)}", metrics, tuple(parts))
    _log.info("gateway.stopped")


def _name(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"{host}:{port}"


@asynccontextmanager
async def _answering(
    app: FastAPI, listening: socket.socket, settings: GatewaySettings
) -> AsyncIterator[asyncio.Task[None]]:
    """An application, once it answers; leaving lets running calls finish."""
    server = _Server(
        uvicorn.Config(
            app,
            # The address of a page holds its token: no line of ours may show it.
            access_log=False,
            log_config=None,
            server_header=False,
            http=Connection,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_graceful_shutdown=settings.tell_seconds,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await server.answers.wait()
        yield task
    finally:
        server.should_exit = True
        await asyncio.wait([task])


@asynccontextmanager
async def opened(
    settings: GatewaySettings, client: Client, demonstration: Demonstration | None = None
) -> AsyncIterator[Serving]:
    """As :func:`serving`, with database connections of its own."""
    url = settings.gateway_database_url or settings.database_url
    pool = await database.connect_to_fitting(url.get_secret_value(), at_most=settings.database_connections)
    try:
        async with serving(AppContext(client, pool, settings, demonstration=demonstration)) as running:
            yield running
    finally:
        await pool.close()


async def run(settings: GatewaySettings, address: str | None = None) -> None:
    """Serve until SIGTERM or SIGINT; then take no new calls and finish those that run.

    ``address`` is Temporal's, where the environment and its profiles do not say it.
    """
    set_up_logging(settings.log, settings.log_level)
    client = await connect(address=address, over=runtime(settings.metrics), telling_keys=settings.keys_to_tell_with)
    with stop_signals() as stop:
        async with opened(settings, client) as running:
            asked, ended = asyncio.create_task(stop.wait()), asyncio.create_task(running.ended())
            await asyncio.wait((asked, ended), return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            if ended.done():
                ended.result()
            ended.cancel()
