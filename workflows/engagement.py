"""One coach-team engagement, from its proposal to the day the team carries on alone."""

from __future__ import annotations

from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from coaching_client.attributes import ACADEMY, COACH, COHORT, HEALTH, PHASE, RAMP_STEP
    from lifecycle import engagement as rules
    from lifecycle.dates import long_date
    from lifecycle.panel import words
    from schemas import subjects
    from schemas.due import AnyStanding
    from workflows.starting import NOTHING
    from workflows.subject import SubjectWorkflow


@workflow.defn
class EngagementWorkflow(SubjectWorkflow[rules.State]):
    """Keeps time for one engagement. Its rules are in ``lifecycle.engagement``; its id is ``engagement:<id>``."""

    kind = subjects.ENGAGEMENT

    @workflow.run
    async def run(self, _raw: RawValue = NOTHING) -> AnyStanding | None:
        """Live until the engagement has ended; the last standing is the result."""
        return await self._keep()

    def _seen(self, state: rules.State) -> dict[Any, Any]:
        ramp_step, cohort = state.life.ramp_step, state.life.opening.cohort
        return {
            ACADEMY: cohort.partition(".")[0],
            COHORT: cohort,
            PHASE: state.phase.value,
            HEALTH: state.health.value,
            RAMP_STEP: ramp_step.value if ramp_step else None,
            COACH: state.life.acting_coach,
        }

    def _now_in_words(self, state: rules.State) -> dict[str, str]:
        life = state.life
        now = {"Stage": words(state.stage), "Health": words(state.health)}
        if life.ramp_step:
            now["Improvement ramp"] = words(life.ramp_step)
        if state.no_progress:
            now["Progress"] = f"none seen since {long_date(life.calendar.day(state.no_progress.since))}"
        if life.paused:
            now["Paused"] = f"since {long_date(life.calendar.day(life.paused.since))}"
        if life.vacant_since:
            now["Coach"] = f"vacant since {long_date(life.calendar.day(life.vacant_since))}"
        if life.end_reason:
            now["Reason"] = words(life.end_reason)
        return now
