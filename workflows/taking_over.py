"""One taking over of a cohort with its past: the engine records it for doors that may not write the ledger."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity
    from schemas.inputs import TakenOver, TakeOver
    from workflows.options import TAKING_OVER
    from workflows.starting import NOTHING, read


@workflow.defn
class TakeOverWorkflow:
    """It ends once everything is recorded and the cohort and its engagements run, or nothing is."""

    @workflow.run
    async def run(self, raw: RawValue = NOTHING) -> TakenOver:
        """Have it recorded."""
        given, failure = read(raw, TakeOver, "a taking over")
        if given is None:
            assert failure is not None  # noqa: S101 - one of the two
            raise failure
        taken: TakenOver = await workflow.execute_activity(
            Activity.TAKE_OVER, given, result_type=TakenOver, summary="record the past", **TAKING_OVER
        )
        return taken
