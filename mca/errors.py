"""What a command answers when it cannot do what was asked: one clear sentence on standard error, and an exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from enum import IntEnum
from functools import wraps
from typing import Any, Final, ParamSpec

import asyncpg
import typer
from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.handles import FactRefusedError
from devstack.errors import StackError
from operations.audited import RefusedError
from process.connection import NotConnectedError, RegistrationError
from process.listening import CannotListenError
from process.settings import SettingsError
from records.errors import RecordsError, SchemaUnfit
from rehearsal.script import CourseStartTooEarlyError
from schemas.calendars import UnknownHolidayTableError
from schemas.programme_file import ProgrammeFileError, UnknownProgrammeError

P = ParamSpec("P")


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    REFUSED = 1
    """Faults were found, or the engine refused; nothing was changed."""
    USAGE = 2
    """The command was written wrongly, or a setting is missing."""
    AWAY = 3
    """A server is not there, does not answer, or has another schema; trying again later may help."""
    INTERRUPTED = 130
    """Ctrl-C."""


EXIT_CODES: Final = (
    "Exit codes: 0 done; 1 refused, or faults found; 2 wrong usage or settings; "
    "3 Temporal, Postgres or a worker is not there, or the database does not fit; 130 interrupted."
)


class CommandError(Exception):
    """A sentence for the person at the keyboard, and the exit code that goes with it."""

    def __init__(self, message: str, code: Exit = Exit.REFUSED) -> None:
        super().__init__(message)
        self.code = code


def plainly(command: Callable[P, Coroutine[Any, Any, None] | None]) -> Callable[P, None]:
    """Wrap a command so that whatever is expected to go wrong ends in a sentence, never in a stack trace.

    One that awaits has an event loop of its own.
    """

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            if (awaited := command(*args, **kwargs)) is not None:
                asyncio.run(awaited)
        except (KeyboardInterrupt, asyncio.CancelledError):
            raise typer.Exit(Exit.INTERRUPTED) from None
        except _EXPECTED as error:
            sentence, code = _answer(error)
            typer.echo(sentence[:1].upper() + sentence[1:], err=True)
            raise typer.Exit(code) from None

    return told


_REFUSED: Final = (
    FactRefusedError,
    RefusedError,
    RecordsError,
    CourseStartTooEarlyError,
    UnknownProgrammeError,
    UnknownHolidayTableError,
    ProgrammeFileError,
)
_AWAY: Final = (NotConnectedError, RegistrationError, StackError, CannotListenError)
_DATABASE_AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    ConnectionError,
    TimeoutError,
)
_EXPECTED: Final = (
    CommandError,
    SettingsError,
    RPCError,
    RPCTimeoutOrCancelledError,
    OSError,
    *_REFUSED,
    *_AWAY,
    *_DATABASE_AWAY,
)


_NO_WORKER: Final = "No worker answers. Start one: mca worker"
_DATABASE_SENTENCE: Final = (
    "The database does not answer. Start it (mca dev starts everything on this machine), "
    "or set MCA_DATABASE_URL to where it is."
)


def _answer(error: BaseException) -> tuple[str, Exit]:
    match error:
        case CommandError():
            return str(error), error.code
        case SettingsError():
            return str(error), Exit.USAGE
        case RPCError() | RPCTimeoutOrCancelledError():
            return _of_temporal(error)
        case SchemaUnfit():
            return f"{error}.", Exit.AWAY
    if isinstance(error, _REFUSED):
        return str(error), Exit.REFUSED
    if isinstance(error, _AWAY):
        return str(error), Exit.AWAY
    if isinstance(error, OSError) and error.filename and not isinstance(error, ConnectionError):
        return f"{error.filename}: {error.strerror}.", Exit.USAGE
    return _DATABASE_SENTENCE, Exit.AWAY


def _of_temporal(error: RPCError | RPCTimeoutOrCancelledError) -> tuple[str, Exit]:
    if isinstance(error, RPCTimeoutOrCancelledError):
        return _NO_WORKER, Exit.AWAY
    if error.status is RPCStatusCode.NOT_FOUND:
        return "The engine knows nothing by this id. See what there is: mca engagement list", Exit.REFUSED
    if error.status in {RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}:
        return _NO_WORKER, Exit.AWAY
    return f"The Temporal server does not answer as it should ({error.status.name}). Try again shortly.", Exit.AWAY
