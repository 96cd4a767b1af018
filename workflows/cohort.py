"""One cohort: the taught course, its enrolments, and the engagements it starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from temporalio import workflow

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
    from schemas import subjects
    from schemas.cohort_facts import CoachingSeen
    from schemas.due import AnyStanding, DueItem
    from schemas.engagement_facts import EngagementProposed
    from schemas.facts import Teller
    from schemas.inputs import SubjectInput
    from schemas.words import Matter, Role
    from workflows.options import UNTIL_DONE
    from workflows.subject import SubjectWorkflow, clock


@workflow.defn
class CohortWorkflow(SubjectWorkflow[rules.State]):
    """Keeps time for one cohort. Its rules are in ``lifecycle.cohort``; its id is ``cohort:<id>``."""

    kind = subjects.COHORT
    follows_facts = True

    @workflow.run
    async def run(self, _given: SubjectInput) -> AnyStanding:
        """Live until everybody's coaching has come to its end; the last standing is the result."""
        await self._keep()
        return self.state()

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
            given = StartEngagements(academy=self._known.life.opening.academy, engagements=starts)
            await workflow.execute_activity(
                Activity.START_ENGAGEMENTS, given, summary=f"start {len(starts)} engagements", **UNTIL_DONE
            )
        for order in pending:
            if not (order.said or isinstance(order.fact, EngagementProposed)):
                asked = TellEngagement(engagement=order.engagement, fact=order.fact)
                label = f"tell {order.engagement}: {words(order.fact.kind)}"
                await self._order(Activity.TELL_ENGAGEMENT, asked, order.key, label)
        self._done |= {order.key: clock() for order in pending}

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

    def _seen(self, state: rules.State) -> dict[Any, Any]:
        return {ACADEMY: state.life.opening.academy, COHORT: self._subject, PHASE: state.stage.value}

    def _now_in_words(self, state: rules.State) -> dict[str, str]:
        standing = rules.standing(state, [])
        return {"Stage": words(state.stage), "Enrolments": f"{standing.enrolments}, {standing.running} of them open"}
