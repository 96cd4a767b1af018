"""One cohort: the taught course, its enrolments, and the engagements it starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.signatures import (
        Activity,
        CoachingRead,
        ReadCoaching,
        StartEngagement,
        StartEngagements,
        TellEngagement,
    )
    from coaching_client.attributes import ACADEMY, COHORT, PHASE
    from lifecycle import cohort as rules
    from lifecycle.panel import words
    from lifecycle.projection import shown
    from schemas.cohort_facts import CoachingSeen, CohortFact
    from schemas.due import CohortStanding, CohortTold, Due, DueItem, Why
    from schemas.facts import EngagementProposed, Teller
    from schemas.inputs import Carried, CohortInput
    from schemas.recording import AnyFact
    from schemas.words import Matter, Role
    from workflows.options import UNTIL_DONE
    from workflows.subject import SubjectWorkflow, clock


@workflow.defn
class CohortWorkflow(SubjectWorkflow[rules.State, CohortTold]):
    """Keeps time for one cohort. Its rules are in ``lifecycle.cohort``; its id is ``cohort:<id>``."""

    follows_facts = True

    @workflow.init
    def __init__(self, given: CohortInput) -> None:
        super().__init__(rules, given.cohort, given.opening, given.carried, given.events_at_most)
        self._given = given

    @workflow.run
    async def run(self, _given: CohortInput) -> CohortStanding:
        """Live until everybody's coaching has come to its end; the last standing is the result."""
        await self._keep()
        return self.state()

    async def _open(self) -> None:
        await super()._open()
        for enrolment in self._given.enrolments:
            try:
                await self._tell(enrolment)
            except ApplicationError as refused:
                workflow.logger.warning(
                    "enrolment refused", extra={"enrolment": enrolment.enrolment, "why": refused.type}
                )

    @workflow.update(description="Tell what happened to the course or an enrolment; answered when it is recorded.")
    async def tell(self, fact: CohortFact) -> CohortTold:
        """Accept one fact. Safe to repeat: the same event id gets the first answer."""
        return await self._tell(fact)

    @tell.validator
    def _judge_first(self, fact: CohortFact) -> None:
        self._judge(fact)

    @workflow.query(description="Where the cohort stands, and whose turn it is.")
    def state(self) -> CohortStanding:
        """The standing now."""
        state = self._state()
        return rules.standing(state, rules.upcoming(state, self._done))

    @workflow.query(description="Everything that will fall due, to the end of the cohort.")
    def timeline(self) -> list[Due]:
        """The whole timeline, earliest first."""
        return [shown(item) for item in rules.plan(self._state(), self._done)]

    @workflow.query(description="Why: give a due item's key, a matter, or 'next'.")
    def why(self, question: str) -> tuple[Why, ...]:
        """The rule, parameter and facts behind something."""
        return rules.why(self._state(), self._done, question)

    async def _follow(self, items: Sequence[DueItem]) -> None:
        """Engagements hear what concerns them; the records are read for how the coaches coach."""
        await self._give_orders()
        if any(item.matter is Matter.COACHING_CHECK for item in items):
            await self._tell(await self._coaching_seen())

    async def _give_orders(self) -> None:
        pending = rules.orders(self._known.life, self._done)
        starts = tuple(
            StartEngagement(engagement=order.engagement, opening=order.fact)
            for order in pending
            if isinstance(order.fact, EngagementProposed)
        )
        if starts:
            asked = StartEngagements(academy=self._known.life.opening.academy, engagements=starts)
            await workflow.execute_activity(
                Activity.START_ENGAGEMENTS, asked, summary=f"start {len(starts)} engagements", **UNTIL_DONE
            )
        for order in pending:
            if not (order.said or isinstance(order.fact, EngagementProposed)):
                await self._tell_engagement(order)
        self._done |= {order.key: clock() for order in pending}

    async def _tell_engagement(self, order: rules.Order) -> None:
        """An engagement may refuse for good, e.g. because it has ended; then there is nothing left to order."""
        try:
            await workflow.execute_activity(
                Activity.TELL_ENGAGEMENT,
                TellEngagement(engagement=order.engagement, fact=order.fact),
                summary=f"tell {order.engagement}: {words(order.fact.kind)}",
                **UNTIL_DONE,
            )
        except ActivityError as failed:
            cause = failed.cause
            if not (isinstance(cause, ApplicationError) and (cause.type or "").startswith("Refused.")):
                raise
            workflow.logger.warning("order refused", extra={"order": order.key, "refusal": str(cause.message)})

    async def _coaching_seen(self) -> CoachingSeen:
        read = await workflow.execute_activity(
            Activity.READ_COACHING,
            ReadCoaching(cohort=self._subject, enrolments=tuple(self._known.life.enrolments)),
            result_type=CoachingRead,
            summary="how the coaches coach",
            **UNTIL_DONE,
        )
        now = clock()
        return CoachingSeen(
            event_id=f"{self._subject}:coaching-seen:{now:%Y%m%dT%H%M%S}",
            occurred_at=now,
            told_by=Teller(role=Role.SERVICE),
            coaching=read.coaching,
        )

    def _answer(self, fact: AnyFact, state: rules.State, ahead: list[DueItem]) -> CohortTold:
        return CohortTold(event_id=fact.event_id, recorded_at=state.now, standing=rules.standing(state, ahead))

    def _seen(self, state: rules.State) -> dict[Any, Any]:
        return {ACADEMY: state.life.opening.academy, COHORT: self._subject, PHASE: state.stage.value}

    def _now_in_words(self, state: rules.State) -> dict[str, str]:
        standing = rules.standing(state, [])
        return {"Stage": words(state.stage), "Enrolments": f"{standing.enrolments}, {standing.running} of them open"}

    def _renew(self, carried: Carried) -> None:
        renewed = self._given.model_copy(update={"opening": None, "enrolments": (), "carried": carried})
        workflow.continue_as_new(renewed)
