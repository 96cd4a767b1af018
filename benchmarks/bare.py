"""The least that could be told something and keep it: one update, one activity, one insert. No rules, no time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel, ConfigDict

    from schemas.moments import Moment

RECORD: Final = "bare_record"
WORKFLOW: Final = "Bare"


class BareFact(BaseModel):
    """What a bare workflow is told."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    subject: str
    occurred_at: Moment


class BareInput(BaseModel):
    """``opening`` is recorded at the start, as an engagement records its own; without one, nothing is."""

    model_config = ConfigDict(frozen=True)

    subject: str
    opening: BareFact | None = None


@workflow.defn(name=WORKFLOW)
class Bare:
    """Records what it is told, for ever."""

    @workflow.init
    def __init__(self, _given: BareInput) -> None:
        self._told = 0

    @workflow.run
    async def run(self, given: BareInput) -> None:
        """Never returns."""
        if given.opening:
            await _record(given.opening)
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def tell(self, fact: BareFact) -> int:
        """How many facts were told."""
        await _record(fact)
        self._told += 1
        return self._told


async def _record(fact: BareFact) -> None:
    await workflow.execute_activity(RECORD, fact, start_to_close_timeout=timedelta(seconds=60))
