"""The servers together: started, watched and ended as one."""

import asyncio
import errno
import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from devstack.errors import PartDied, PortBusy, StackError
from devstack.mail import MailSink
from devstack.postgres import Postgres
from devstack.server import Server
from devstack.settings import External, Ports, StackSettings
from devstack.state import ProcessMark, Running, StateDirectory
from devstack.temporal import Temporal

CHOSEN_PORTS = range(20_000, 32_000)
"""Below those that outgoing connections take, so that a port is still free when its server comes back."""

_CHOICES = 3


class Part(StrEnum):
    """The embedded servers."""

    TEMPORAL = "temporal"
    POSTGRES = "postgres"
    MAIL = "mail"


class Stack:
    """The embedded servers, except those given from outside.

    Either `async with stack:` (a server that dies ends the block with PartDied), or `start`, `watch` and `stop`. When
    this process ends in whatever way, so do they. Search attributes are given as name and Temporal type, such as
    `{"Phase": "Keyword"}`; more of them may come at a later start. Throwaway state survives the death of every process,
    but perhaps not that of the machine: writes do not wait for the disk, which is three to five times faster.
    """

    def __init__(
        self,
        directory: Path,
        ports: Ports | None = None,
        *,
        external: External | None = None,
        search_attributes: Mapping[str, str] | None = None,
        throwaway: bool = False,
    ) -> None:
        self._directory = directory
        self._ports = ports or Ports()
        self._external = external or External()
        self._search_attributes = dict(search_attributes or {})
        self._throwaway = throwaway
        self._state: StateDirectory | None = None
        self._temporal: Temporal | None = None
        self._postgres: Postgres | None = None
        self._mail: MailSink | None = None
        self._watchers: dict[Part, asyncio.Task[None]] = {}
        self._death: PartDied | None = None
        self._dead = asyncio.Event()
        self._inside: asyncio.Task[object] | None = None

    @classmethod
    def of(
        cls,
        settings: StackSettings,
        *,
        search_attributes: Mapping[str, str] | None = None,
        throwaway: bool = False,
    ) -> Self:
        """A stack as the settings say."""
        return cls(
            settings.directory,
            settings.ports,
            external=settings.external,
            search_attributes=search_attributes,
            throwaway=throwaway,
        )

    @property
    def temporal_address(self) -> str | None:
        """Host and port of the embedded Temporal; None when Temporal's own settings say where it is."""
        return None if self._external.temporal else f"127.0.0.1:{self._ports.temporal}"

    @property
    def ui_url(self) -> str | None:
        """The web interface of the embedded Temporal."""
        return None if self._external.temporal else f"http://127.0.0.1:{self._ports.ui}"

    @property
    def database_url(self) -> str:
        """The database, embedded or not. Known once the stack is started."""
        if self._external.database_url:
            return self._external.database_url
        if self._postgres is None:
            raise StackError("The database has no address before the stack is started.")
        return self._postgres.url

    @property
    def smtp_url(self) -> str:
        """The mail server, embedded or not."""
        return self._external.smtp_url or f"smtp://127.0.0.1:{self._ports.smtp}"

    @property
    def outbox(self) -> Path | None:
        """The directory of kept messages; None when mail goes to a real server."""
        return None if self._external.smtp_url else self._directory.absolute() / "outbox"

    def empty_outbox(self) -> None:
        """Forget all messages that were kept."""
        if self._mail is not None:
            self._mail.empty()

    async def start(self) -> None:
        """Start what is missing, and wait until all of it answers.

        Raises AlreadyRunning, PortBusy, StateUnusable, PartDied or StackError; then nothing is left running.
        """
        self._state = StateDirectory(self._directory)
        try:
            await asyncio.to_thread(self._state.end_leftovers)
            await self._start_where_free(self._state, self._ports)
        except BaseExceptionGroup as group:
            await self.stop()
            raise self._death or _first(group) from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End all servers and let go of the state directory. Harmless when repeated."""
        await self._stop_parts()
        if self._state is not None:
            self._state.close()
            self._state = None

    async def watch(self) -> NoReturn:
        """Wait for as long as all is well.

        Raises PartDied when a server has ended by itself; the others are stopped by then.
        """
        await self._dead.wait()
        assert self._death is not None  # noqa: S101 - set together with the event
        raise self._death

    @asynccontextmanager
    async def outage(self, part: Part) -> AsyncIterator[None]:
        """Take one server down for the time of the block, and start it again at the same address."""
        await self._stop_part(part)
        try:
            yield
        finally:
            await self._start_part(part)

    async def __aenter__(self) -> Self:
        await self.start()
        self._inside = asyncio.current_task()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        inside, self._inside = self._inside, None
        await self.stop()
        if self._death is None:
            return
        if inside is not None:
            inside.uncancel()
        raise self._death from None

    def _parts(self) -> list[Part]:
        there = {Part.TEMPORAL: self._temporal, Part.POSTGRES: self._postgres, Part.MAIL: self._mail}
        return [part for part, made in there.items() if made is not None]

    def _make_parts(self, state: StateDirectory) -> None:
        if not self._external.temporal:
            self._temporal = Temporal(
                state.path / "temporal", state.logs / "temporal.log", self._search_attributes, throwaway=self._throwaway
            )
        if not self._external.database_url:
            self._postgres = Postgres(state.path / "postgres", state.logs / "postgres.log", throwaway=self._throwaway)
        if self.outbox is not None:
            self._mail = MailSink(self.outbox)

    async def _start_parts(self) -> None:
        async with asyncio.TaskGroup() as together:
            for part in self._parts():
                together.create_task(self._start_part(part))
        if self._death is not None:
            raise self._death

    async def _start_where_free(self, state: StateDirectory, wanted: Ports) -> None:
        """A port that was chosen when it was free, and that somebody else took first, is chosen anew."""
        for more in reversed(range(_CHOICES)):
            self._ports = self._free_ports(wanted)
            self._make_parts(state)
            try:
                await self._start_parts()
            except (BaseExceptionGroup, PartDied):
                await self._stop_parts()
                if not (more and self._came_too_late(wanted)):
                    raise
                self._death = None
                self._dead.clear()
            else:
                return

    def _came_too_late(self, wanted: Ports) -> bool:
        chosen = [name for name, port in wanted.model_dump().items() if port == 0]
        return any(_open(port) is not None for name in chosen if (port := getattr(self._ports, name)))

    async def _start_part(self, part: Part) -> None:
        match part:
            case Part.TEMPORAL if self._temporal:
                await self._temporal.start(self._ports.temporal, self._ports.ui)
            case Part.POSTGRES if self._postgres:
                await self._postgres.start()
            case Part.MAIL if self._mail:
                await self._mail.start(self._ports.smtp)
        self._note()
        if (server := self._server(part)) is not None:
            self._watchers[part] = asyncio.create_task(self._watch_part(server))

    async def _stop_parts(self) -> None:
        for watcher in self._watchers.values():
            if watcher is not asyncio.current_task():
                watcher.cancel()
        self._watchers.clear()
        await asyncio.gather(*(self._stop_part(part) for part in self._parts()))

    async def _stop_part(self, part: Part) -> None:
        if part is Part.MAIL and self._mail:
            await self._mail.stop()
        if (server := self._server(part)) is not None:
            await server.stop()

    def _server(self, part: Part) -> Server | None:
        made = {Part.TEMPORAL: self._temporal, Part.POSTGRES: self._postgres}.get(part)
        return made.server if made else None

    async def _watch_part(self, server: Server) -> None:
        status = await server.ended()
        if server.stopping or self._death is not None:
            return
        self._death = server.died(status)
        await self.stop()
        self._dead.set()
        if self._inside is not None:
            self._inside.cancel()

    def _note(self) -> None:
        owner = ProcessMark.of(os.getpid())
        if self._state is None or owner is None:
            return
        servers = [server.pid for part in self._parts() if (server := self._server(part)) and server.pid]
        self._state.note(
            Running(
                owner=owner,
                servers=tuple(mark for pid in servers if (mark := ProcessMark.of(pid))),
                temporal_address=self.temporal_address,
                ui_url=self.ui_url,
                database_url=self._postgres.url if self._postgres else None,
                smtp_url=self.smtp_url if self._mail else None,
                outbox=str(self.outbox) if self._mail else None,
            )
        )

    def _free_ports(self, given: Ports) -> Ports:
        """The ports with every 0 replaced by a free one.

        Raises PortBusy for one that is taken.
        """
        wanted = {} if self._external.temporal else {"temporal": "Temporal", "ui": "the Temporal UI"}
        if not self._external.smtp_url:
            wanted["smtp"] = "the mail sink"
        free = {name: _free(getattr(given, name), what, f"MCA_{name.upper()}_PORT") for name, what in wanted.items()}
        return given.model_copy(update=free)


def _free(port: int, what: str, setting: str) -> int:
    while port == 0:
        tried = secrets.choice(CHOSEN_PORTS)
        port = tried if _open(tried) is None else 0
    match _open(port):
        case None:
            return port
        case errno.EACCES:
            raise StackError(f"Port {port}, wanted for {what}, is not ours to open; choose one with {setting}.")
        case _:
            raise PortBusy(port, what, setting)


def _open(port: int) -> int | None:
    """Why a server could not listen on the port, as an error number; None when it could."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno or errno.EADDRINUSE
    return None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first plain error of the group: one clear sentence rather than a tree."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
