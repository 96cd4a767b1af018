"""What is said when the database, or this machine, refuses. Its own words are never repeated: they may quote a row."""

from __future__ import annotations

import errno
import ssl
from typing import Final

import asyncpg

from mca.errors import Exit

_LACKS: Final = "It lacks what its migrations made: undo what was changed by hand, or restore a backup"
_DAMAGED: Final = "Some of what it keeps can't be read: see its log, and restore a backup"
_WORDS: Final[dict[type[asyncpg.PostgresError], str]] = {
    asyncpg.InvalidAuthorizationSpecificationError: (
        "It doesn't let this user in: correct the user or password in what MCA_DATABASE_URL says"
    ),
    asyncpg.InvalidCatalogNameError: (
        "It has no database of this name: make it, or correct what MCA_DATABASE_URL says"
    ),
    asyncpg.TooManyConnectionsError: "It has no connection free: try again shortly, or let it take more",
    asyncpg.DiskFullError: "Its disk is full, and nothing was changed: free space there, then run this again",
    asyncpg.OutOfMemoryError: "It has no memory left, and nothing was changed: try again shortly",
    asyncpg.ReadOnlySQLTransactionError: (
        "It can only be read, as after a failover, and nothing was changed: have MCA_DATABASE_URL name the server that "
        "can be written, or add target_session_attrs=read-write to it"
    ),
    asyncpg.InsufficientPrivilegeError: (
        "This user may not do that: use the address of the database's owner, or give the rights with mca db grant"
    ),
    asyncpg.UndefinedTableError: _LACKS,
    asyncpg.UndefinedColumnError: _LACKS,
    asyncpg.DataCorruptedError: _DAMAGED,
    asyncpg.PostgresIOError: _DAMAGED,
}
_FOR_NOW: Final = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)
_NOT_TRUSTED: Final = (
    "The server's certificate can't be trusted. Correct sslmode and sslrootcert in MCA_DATABASE_URL, or have the "
    "server show a certificate of an authority that is trusted."
)
_NO_SPACE: Final = "There's no space left on this machine's disk. Free some, then run this again."


def of_the_system(error: Exception) -> tuple[str, Exit] | None:
    """The sentence and the exit code; None where a server simply doesn't answer."""
    match error:
        case asyncpg.PostgresError() if not isinstance(error, _FOR_NOW):
            return _of_postgres(error), Exit.AWAY
        case ssl.SSLError():
            return _NOT_TRUSTED, Exit.AWAY
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return _NO_SPACE, Exit.AWAY
        case OSError() if error.filename and not isinstance(error, ConnectionError):
            return f"{error.filename}: {error.strerror}.", Exit.USAGE
        case _:
            return None


def _of_postgres(error: asyncpg.PostgresError) -> str:
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return f"The database refuses ({error.sqlstate}). {words}."
    return f"The database refuses ({error.sqlstate}, {type(error).__name__}). See its log for why."
