"""One coach-team engagement, from its proposal to the day the team carries on alone."""

from __future__ import annotations

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from coaching_client.attributes import ACADEMY, COACH, COHORT, HEALTH, PHASE, RAMP_STEP
    from lifecycle import engagement as rules
    from lifecycle.dates import long_date
    from lifecycle.panel import words
    from lifecycle.projection import shown
    from schemas.due import Due, DueItem, Standing, Told, Why
    from schemas.facts import EngagementFact
    from schemas.inputs import Carried, EngagementInput
    from schemas.recording import AnyFact
    from workflows.subject import SubjectWorkflow


@workflow.defn
class EngagementWorkflow(SubjectWorkflow[rules.State, Told]):
    """Keeps time for one engagement. Its rules are in ``lifecycle.engagement``; its id is ``engagement:<id>``."""

    @workflow.init
    def __init__(self, given: EngagementInput) -> None:
        super().__init__(rules, given.engagement, given.opening, given.carried, given.events_at_most)
        self._given = given

    @workflow.run
    async def run(self, _given: EngagementInput) -> Standing:
        """Live until the engagement has ended; the last standing is the result."""
        await self._keep()
        return self.state()

    @workflow.update(description="Tell what happened; answered when it is recorded, with what stands now.")
    async def tell(self, fact: EngagementFact) -> Told:
        """Accept one fact. Safe to repeat: the same event id gets the first answer."""
        return await self._tell(fact)

    @tell.validator
    def _judge_first(self, fact: EngagementFact) -> None:
        self._judge(fact)

    @workflow.query(description="Where the engagement stands, and whose turn it is.")
    def state(self) -> Standing:
        """The standing now."""
        state = self._state()
        return rules.standing(state, rules.upcoming(state, self._done))

    @workflow.query(description="Everything that will fall due, to the end of the engagement.")
    def timeline(self) -> list[Due]:
        """The whole timeline, earliest first."""
        return [shown(item) for item in rules.plan(self._state(), self._done)]

    @workflow.query(description="Why: give a due item's key, a matter such as 'session', 'health', or 'next'.")
    def why(self, question: str) -> tuple[Why, ...]:
        """The rule, parameter and facts behind something."""
        return rules.why(self._state(), self._done, question)

    def _answer(self, fact: AnyFact, state: rules.State, ahead: list[DueItem]) -> Told:
        return Told(event_id=fact.event_id, recorded_at=state.now, standing=rules.standing(state, ahead))

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

    def _renew(self, carried: Carried) -> None:
        workflow.continue_as_new(self._given.model_copy(update={"opening": None, "carried": carried}))

    def _now_in_words(self, state: rules.State) -> dict[str, str]:
        life = state.life
        now = {"Stage": words(state.stage), "Health": words(state.health)}
        if life.ramp_step:
            now["Improvement ramp"] = words(life.ramp_step)
        if life.paused:
            now["Paused"] = f"since {long_date(life.calendar.day(life.paused.since))}"
        if life.vacant_since:
            now["Coach"] = f"vacant since {long_date(life.calendar.day(life.vacant_since))}"
        if life.end_reason:
            now["Reason"] = words(life.end_reason)
        return now
