"""One cohort: the taught course, its enrolments, and the engagements it starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, CoachingRead, ReadCoaching
    from coaching_client.attributes import ACADEMY, COHORT, PHASE
    from lifecycle import cohort as rules
    from lifecycle.panel import words
    from schemas import subjects
    from schemas.cohort_facts import CoachingSeen, MicrosystemIdentified
    from schemas.corrections import AnyFact
    from schemas.due import AnyStanding, DueItem
    from schemas.facts import Teller
    from schemas.words import Matter, Role
    from workflows.options import UNTIL_DONE
    from workflows.passing_on import HasPeers
    from workflows.recording import clock
    from workflows.starting import NOTHING


@workflow.defn
class CohortWorkflow(HasPeers[rules.State]):
    """Keeps time for one cohort. Its rules are in ``lifecycle.cohort``; its id is ``cohort:<id>``."""

    kind = subjects.COHORT

    @workflow.run
    async def run(self, _raw: RawValue = NOTHING) -> AnyStanding | None:
        """Live until everybody's coaching has come to its end; the last standing is the result."""
        return await self._keep()

    def _taken(self, fact: AnyFact) -> AnyFact:
        return rules.numbered(self._known, fact) if self._begun and isinstance(fact, MicrosystemIdentified) else fact

    async def _follow(self, items: Sequence[DueItem]) -> None:
        """Engagements hear what concerns them; the records are read for how the coaches coach."""
        await super()._follow(items)
        if any(item.matter is Matter.COACHING_CHECK for item in items):
            await self._tell(await self._coaching_seen())

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
