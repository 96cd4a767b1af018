"""What an academy keeps no longer is deleted. A schedule starts it every night; runs are short, to survive upgrades."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, Gone, LetGo
    from workflows.options import RECONCILING
    from workflows.recording import clock


@workflow.defn
class RetentionWorkflow:
    """Its result says how much went, and for how many it failed: these are tried again the next night."""

    @workflow.run
    async def run(self) -> Gone:
        """Look once."""
        done: Gone = await workflow.execute_activity(
            Activity.LET_GO,
            LetGo(at=clock()),
            result_type=Gone,
            summary="delete what is kept no longer",
            **RECONCILING,
        )
        workflow.set_current_details(f"{done.gone} records went, {done.failed} people couldn't be erased")
        return done
