"""Do ledger, running workflow and projections say the same?"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from temporalio.client import WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.handles import handle
from operations.doctor.checking import Found, Installation, failed, well
from records import diagnosis, ledger, subjects
from schemas.inputs import Carried
from schemas.subjects import kind_of

SAMPLE: Final = 20
AT_A_TIME: Final = 4
ANSWER_WITHIN: Final = timedelta(seconds=10)

_KEPT: Final = frozenset({WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED})


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
        return failed(f"{len(differ)} of {len(names)} differ: {', '.join(differ[:3])}{more}", "mca reconcile")
    which = "all" if of.every_subject else "a sample"
    return well(f"{which} of the subjects compared ({len(names)}): records and workflows agree")


async def difference(of: Installation, name: str) -> str | None:
    """How the three differ for one subject; None when they do not. What changes at this moment is looked at twice."""
    return await _difference(of, name) and await _difference(of, name)


async def _difference(of: Installation, name: str) -> str | None:
    async with of.records.acquire() as conn:
        written = await ledger.read(conn, name)
        if not written.facts:
            return "written, and nothing recorded"
        if rows := await subjects.verify(conn, name):
            return f"rows of {', '.join(sorted({table for table, _ in rows}))}"
    ahead = any(table == "due_items" for table, _ in written.rows)
    workflow = handle(of.temporal, kind_of(written.facts[0].kind), name)
    try:
        status = (await workflow.describe(rpc_timeout=ANSWER_WITHIN)).status
        if status not in _KEPT:
            return f"its workflow was {status.name.lower()}" if status and ahead else None
        known: Carried = await workflow.query("known", result_type=Carried, rpc_timeout=ANSWER_WITHIN)
    except RPCError as error:
        # What has ended keeps no time, and its run is forgotten after a while.
        if error.status is RPCStatusCode.NOT_FOUND:
            return "it has no workflow" if ahead else None
        return "its workflow does not answer"
    except WorkflowQueryFailedError:
        return None
    return _apart(known, written)


def _apart(known: Carried, written: ledger.Written) -> str | None:
    if {fact.event_id for fact in known.facts} != {fact.event_id for fact in written.facts}:
        return f"the workflow knows {len(known.facts)} facts, the ledger {len(written.facts)}"
    if set(known.done) != set(written.done):
        return f"the workflow did {len(known.done)} items, the ledger has {len(written.done)}"
    return None
