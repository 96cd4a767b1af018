"""Do ledger, running workflow and projections say the same?"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from operations.context import EngineContext
from operations.doctor.checking import Found, Installation, failed, well
from operations.looking import differs, known_by
from records import diagnosis, ledger
from records.subjects import Subjects, verify
from schemas.subjects import kind_of, workflow_id

SAMPLE: Final = 20
AT_A_TIME: Final = 4
ANSWER_WITHIN: Final = timedelta(seconds=10)

_ROWS: Final = "differs from its ledger in"


async def agreement(of: Installation) -> Found:
    """Of a sample, another each day, or of all: rows are what the ledger gives, and the workflow knows the ledger."""
    async with of.records.acquire() as conn:
        names = await diagnosis.sample(conn, of.clock(), None if of.every_subject else SAMPLE)
    room = asyncio.Semaphore(AT_A_TIME)

    async def look(name: str) -> str | None:
        async with room:
            why = await difference(of, name)
        return f"{name} ({why})" if why else None

    differ = [found for found in await asyncio.gather(*map(look, names)) if found]
    if differ:
        more = f" and {len(differ) - 3} more" if len(differ) > 3 else ""
        remedy = "mca reconcile --rows" if any(_ROWS in found for found in differ) else "mca reconcile"
        return failed(f"{len(differ)} of {len(names)} differ: {', '.join(differ[:3])}{more}", remedy)
    which = "all" if of.every_subject else "a sample"
    return well(f"{which} of the subjects compared ({len(names)}): records and workflows agree")


async def written_anew(engine: EngineContext, at: datetime) -> list[str]:
    """Have every table say what the ledger gives; the subjects of which one did not."""
    async with engine.connection() as conn:
        names, written = await diagnosis.sample(conn, at, None), Subjects()
        return sorted([name for name in names if await verify(conn, name) and await written.project(conn, name, at)])


async def difference(of: Installation, name: str) -> str | None:
    """How the three differ for one subject; None when they do not. What changes at this moment is looked at twice."""
    return await _difference(of, name) and await _difference(of, name)


async def _difference(of: Installation, name: str) -> str | None:
    async with of.records.acquire() as conn:
        if rows := await verify(conn, name):
            return f"{_ROWS} {', '.join(sorted({table for table, _ in rows}))}"
        written = await ledger.read(conn, name)
        held = (await ledger.as_known(conn, [name]))[name]
    if not any(table == "due_items" for table, _ in written.rows):
        # Nothing keeps time for it.
        return None
    workflow = workflow_id(kind_of(written.facts[0].kind), name)
    try:
        status = (await of.temporal.get_workflow_handle(workflow).describe(rpc_timeout=ANSWER_WITHIN)).status
    except RPCError as error:
        return "it has no workflow" if error.status is RPCStatusCode.NOT_FOUND else "Temporal doesn't answer"
    if status is not WorkflowExecutionStatus.RUNNING:
        return f"its workflow is {status.name.lower()}" if status else "its workflow's status is unknown"
    known = await known_by(of.engine, workflow)
    if known is None:
        return "its workflow doesn't answer"
    apart = differs(known, held)
    if apart:
        return f"{len(apart.lost)} facts or items only the workflow has, {len(apart.missed)} only the records have"
    return None
