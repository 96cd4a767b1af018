"""What is asked for is noted before it is done, and noted as refused if it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from coaching_client.handles import FactRefusedError
from operations.callers import Caller, NotAllowedError
from operations.context import EngineContext
from records import audit
from records.audit import Noted


class RefusedError(Exception):
    """What was asked for cannot be done, and has changed nothing. The message says why; ``code`` is for the audit."""

    code: ClassVar[str]


@asynccontextmanager
async def audited(
    engine: EngineContext, caller: Caller, action: str, subject: str | None = None, event_id: str | None = None
) -> AsyncIterator[Noted]:
    """Note who asks for something, through which door; and the code of a refusal, should one be raised.

    What is noted says what the ledger knows of the subject and the event id.
    """
    async with engine.connection() as conn:
        noted = await audit.note(conn, engine.clock(), caller.id, caller.door, action, subject, event_id)
    try:
        yield noted
    except (FactRefusedError, NotAllowedError, RefusedError) as error:
        code = error.refusal.code if isinstance(error, FactRefusedError) else error.code
        async with engine.connection() as conn:
            await audit.refused(conn, noted.number, code)
        raise
