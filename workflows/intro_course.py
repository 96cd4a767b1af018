"""One Introduction course, from the day it is scheduled until all who came have their certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from coaching_client.attributes import ACADEMY, PHASE
    from coaching_client.nexus import refused
    from lifecycle import intro_course as rules
    from lifecycle.dates import date_range
    from lifecycle.panel import words
    from lifecycle.subject_rules import Known
    from schemas import subjects
    from schemas.corrections import AnyFact
    from schemas.due import AnyStanding, DueItem
    from schemas.incidents import IncidentKind
    from schemas.intro_course_facts import PlaceRequested
    from workflows.passing_on import HasPeers
    from workflows.recording import clock
    from workflows.starting import NOTHING


OFFERED_AT_MOST: Final = 5
"""A place that is refused so often, a second apart, is for people to look into."""


@workflow.defn
class IntroCourseWorkflow(HasPeers[rules.State]):
    """Keeps time for one course. Its rules are in ``lifecycle.intro_course``; its id is ``intro-course:<id>``."""

    kind = subjects.INTRO_COURSE

    @workflow.run
    async def run(self, _raw: RawValue = NOTHING) -> AnyStanding | None:
        """Live until the course is closed or cancelled; the last standing is the result."""
        return await self._keep()

    def _taken(self, fact: AnyFact) -> AnyFact:
        return rules.in_turn(self._known, fact, clock()) if self._begun and isinstance(fact, PlaceRequested) else fact

    def _advanced(self, fact: AnyFact) -> Known:
        after = super()._advanced(fact)
        no = rules.refused(self._known, after, fact, clock()) if self._begun else None
        if no is not None:
            raise refused(no)
        return after

    async def _follow(self, items: Sequence[DueItem]) -> None:
        """A freed place is offered to the first in line; earlier courses hear of the days they wait for."""
        await self._offer_places()
        await super()._follow(items)

    async def _offer_places(self) -> None:
        refused = 0
        while (offer := rules.next_offer(self._state())) is not None:
            try:
                await self._tell(offer)
            except ApplicationError as no:
                refused += 1
                if refused == OFFERED_AT_MOST:
                    await self._report_refused(IncidentKind.OFFER_REFUSED, offer, offer.booking, no)
                    return
                # Somebody was quicker: whoever is first in line a second later is offered it.
                await workflow.sleep(1, summary="until the next second")

    def _seen(self, state: rules.State) -> dict[Any, Any]:
        return {ACADEMY: state.life.opening.academy, PHASE: state.stage.value}

    def _now_in_words(self, state: rules.State) -> dict[str, str]:
        standing = rules.standing(state, [])
        return {
            "Stage": words(state.stage),
            "Days": date_range(*state.life.dates),
            "Places": f"{standing.confirmed} of {standing.places} taken, {standing.waiting} waiting",
        }
