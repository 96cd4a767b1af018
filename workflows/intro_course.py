"""One Introduction course, from the day it is scheduled until all who came have their certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, TellIntroCourse
    from coaching_client.attributes import ACADEMY, PHASE
    from lifecycle import intro_course as rules
    from lifecycle.dates import date_range
    from lifecycle.panel import words
    from lifecycle.projection import shown
    from lifecycle.subject_rules import Known
    from schemas.due import Due, DueItem, IntroCourseStanding, IntroCourseTold, Why
    from schemas.inputs import Carried, IntroCourseInput
    from schemas.intro_course_facts import IntroCourseFact
    from schemas.recording import AnyFact
    from workflows.options import UNTIL_DONE
    from workflows.subject import SubjectWorkflow, clock, refused


@workflow.defn
class IntroCourseWorkflow(SubjectWorkflow[rules.State, IntroCourseTold]):
    """Keeps time for one course. Its rules are in ``lifecycle.intro_course``; its id is ``intro-course:<id>``."""

    follows_facts = True

    @workflow.init
    def __init__(self, given: IntroCourseInput) -> None:
        super().__init__(rules, given.course, given.opening, given.carried, given.events_at_most)
        self._given = given

    @workflow.run
    async def run(self, _given: IntroCourseInput) -> IntroCourseStanding:
        """Live until the course is closed or cancelled; the last standing is the result."""
        await self._keep()
        return self.state()

    @workflow.update(description="Tell what happened to the course or a booking; answered when it is recorded.")
    async def tell(self, fact: IntroCourseFact) -> IntroCourseTold:
        """Accept one fact. Safe to repeat: the same event id gets the first answer."""
        return await self._tell(fact)

    @tell.validator
    def _judge_first(self, fact: IntroCourseFact) -> None:
        self._judge(fact)

    @workflow.query(description="Where the course stands, and whose turn it is.")
    def state(self) -> IntroCourseStanding:
        """The standing now."""
        state = self._state()
        return rules.standing(state, rules.upcoming(state, self._done))

    @workflow.query(description="Everything that will fall due, to the end of the course.")
    def timeline(self) -> list[Due]:
        """The whole timeline, earliest first."""
        return [shown(item) for item in rules.plan(self._state(), self._done)]

    @workflow.query(description="Why: give a due item's key, a matter, or 'next'.")
    def why(self, question: str) -> tuple[Why, ...]:
        """The rule, parameter and facts behind something."""
        return rules.why(self._state(), self._done, question)

    def _advanced(self, fact: AnyFact) -> Known:
        after = super()._advanced(fact)
        refusal = {"place_requested": rules.OTHERS_FIRST, "offer_accepted": rules.OFFERED_ON}.get(fact.kind)
        if self._begun and refusal is not None and rules.takes_a_place(self._known, after, clock()):
            raise refused(refusal)
        return after

    async def _follow(self, _items: Sequence[DueItem]) -> None:
        """A freed place is offered to the first in line; earlier courses hear of the days they wait for."""
        while (offer := rules.next_offer(rules.assess(self._known, clock()))) is not None:
            try:
                await self._tell(offer)
            except ApplicationError as late:
                # Somebody was quicker in between: whoever is first in line now is looked for again.
                workflow.logger.warning("offer refused", extra={"booking": offer.booking, "why": late.type})
                break
        for order in rules.orders(rules.assess(self._known, clock()), self._subject, self._done):
            await self._give(order)

    async def _give(self, order: rules.Order) -> None:
        """The earlier course may refuse for good, e.g. because the day was told as attended there."""
        try:
            await workflow.execute_activity(
                Activity.TELL_INTRO_COURSE,
                TellIntroCourse(course=order.course, fact=order.fact),
                summary=f"tell {order.course}: {words(order.fact.kind)}",
                **UNTIL_DONE,
            )
        except ActivityError as failed:
            cause = failed.cause
            if not (isinstance(cause, ApplicationError) and (cause.type or "").startswith("Refused.")):
                raise
            workflow.logger.warning("order refused", extra={"order": order.key, "refusal": str(cause.message)})
        self._done |= {order.key: clock()}

    def _answer(self, fact: AnyFact, state: rules.State, ahead: list[DueItem]) -> IntroCourseTold:
        standing = rules.standing(state, ahead)
        return IntroCourseTold(event_id=fact.event_id, recorded_at=state.now, standing=standing)

    def _seen(self, state: rules.State) -> dict[Any, Any]:
        return {ACADEMY: state.life.opening.academy, PHASE: state.stage.value}

    def _now_in_words(self, state: rules.State) -> dict[str, str]:
        standing = rules.standing(state, [])
        return {
            "Stage": words(state.stage),
            "Days": date_range(*state.life.dates),
            "Places": f"{standing.confirmed} of {standing.places} taken, {standing.waiting} waiting",
        }

    def _renew(self, carried: Carried) -> None:
        workflow.continue_as_new(self._given.model_copy(update={"opening": None, "carried": carried}))
