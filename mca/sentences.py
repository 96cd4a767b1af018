"""What is said of what is expected to go wrong, from a refused fact to a server that is away."""

from __future__ import annotations

from typing import Final

import asyncpg
from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.handles import FactRefusedError
from devstack.errors import StackError
from mca.errors import CommandError, Exit
from mca.refusals import of_the_system
from operations.audited import RefusedError
from process.connection import NotConnectedError, RegistrationError
from process.listening import CannotListenError
from process.settings import SettingsError
from records.errors import AddressUnreadable, RecordsError, SchemaUnfit
from rehearsal.script import CourseStartTooEarlyError
from schemas.calendars import UnknownHolidayTableError
from schemas.programme_file import ProgrammeFileError, UnknownProgrammeError

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
_OF_THE_DATABASE: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
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
    *_OF_THE_DATABASE,
)


_NO_WORKER: Final = "No worker answers. Start one: mca worker"
_DATABASE_SENTENCE: Final = (
    "The database doesn't answer. Start it (mca dev starts everything on this machine), "
    "or set MCA_DATABASE_URL to where it is."
)


def of(error: Exception) -> tuple[str, Exit] | None:
    """What is said of an error, and the exit code; None for one that nobody expects."""
    return _answer(error) if isinstance(error, _EXPECTED) else None


def _answer(error: Exception) -> tuple[str, Exit]:
    match error:
        case CommandError():
            return str(error), error.code
        case SettingsError():
            return str(error), Exit.USAGE
        case RPCError() | RPCTimeoutOrCancelledError():
            return _of_temporal(error)
        case AddressUnreadable():
            return f"{error}.", Exit.USAGE
        case SchemaUnfit():
            return f"{error}.", Exit.AWAY
    if isinstance(error, _REFUSED):
        return str(error), Exit.REFUSED
    if isinstance(error, _AWAY):
        return str(error), Exit.AWAY
    return of_the_system(error) or (_DATABASE_SENTENCE, Exit.AWAY)


def _of_temporal(error: RPCError | RPCTimeoutOrCancelledError) -> tuple[str, Exit]:
    if isinstance(error, RPCTimeoutOrCancelledError):
        return _NO_WORKER, Exit.AWAY
    if error.status is RPCStatusCode.NOT_FOUND:
        return "There's nothing with this id. To see what there is: mca engagement list", Exit.REFUSED
    if error.status in {RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}:
        return _NO_WORKER, Exit.AWAY
    return f"The Temporal server didn't answer as it should ({error.status.name}). Try again shortly.", Exit.AWAY
