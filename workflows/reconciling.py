"""One comparison of records and running workflows. A schedule starts it; runs are short, and so survive upgrades."""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, Reconcile, Reconciled
    from workflows.options import RECONCILING
    from workflows.recording import clock


@workflow.defn
class ReconcileWorkflow:
    """Its result is when it looked: so Temporal remembers it for the next run, whatever becomes of the database."""

    @workflow.run
    async def run(self) -> datetime:
        """Look once."""
        last: datetime | None = workflow.get_last_completion_result(datetime)
        asked = Reconcile(at=clock(), last=last)
        found = await workflow.execute_activity(
            Activity.RECONCILE, asked, result_type=Reconciled, summary="compare records and workflows", **RECONCILING
        )
        workflow.set_current_details(f"{found.subjects} subjects keep time, {found.findings} findings")
        return asked.at
