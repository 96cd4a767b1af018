"""The workflows of a careless hand: each would strand every engagement that runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity
    from schemas.due import AnyStanding, DueItem
    from schemas.recording import Recorded, RecordFact
    from workflows.engagement import EngagementWorkflow
    from workflows.starting import NOTHING


@workflow.defn(name="EngagementWorkflow")
class WithOneActivityMore(EngagementWorkflow):
    """Looks something up before it records."""

    @workflow.run
    async def run(self, raw: RawValue = NOTHING) -> AnyStanding | None:
        """As before."""
        return await super().run(raw)

    async def _record(self, asked: RecordFact) -> Recorded:
        await workflow.execute_activity(
            Activity.LOAD, asked.subject, start_to_close_timeout=timedelta(seconds=1), summary="look first"
        )
        return await super()._record(asked)


@workflow.defn(name="EngagementWorkflow")
class WithAnotherActivity(EngagementWorkflow):
    """Records by an activity of another name."""

    @workflow.run
    async def run(self, raw: RawValue = NOTHING) -> AnyStanding | None:
        """As before."""
        return await super().run(raw)

    async def _record(self, asked: RecordFact) -> Recorded:
        recorded: Recorded = await workflow.execute_activity(
            "record_differently", asked, result_type=Recorded, start_to_close_timeout=timedelta(seconds=1)
        )
        return recorded


@workflow.defn(name="EngagementWorkflow")
class WithATimerMore(EngagementWorkflow):
    """Waits a little after what it did."""

    @workflow.run
    async def run(self, raw: RawValue = NOTHING) -> AnyStanding | None:
        """As before."""
        return await super().run(raw)

    async def _follow(self, items: Sequence[DueItem]) -> None:
        if items:
            await workflow.sleep(1)


CARELESS = (WithOneActivityMore, WithAnotherActivity, WithATimerMore)
