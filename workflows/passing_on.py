"""Subjects that only keep what they are told and pass it on: an academy and a person. Between two facts they rest."""

from __future__ import annotations

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, TellPeers
    from coaching_client.attributes import ACADEMY
    from lifecycle import academy, person
    from lifecycle.dates import date_range
    from lifecycle.subject_rules import StateT
    from schemas import subjects
    from schemas.corrections import AnyFact
    from schemas.due import AnyStanding, Days
    from schemas.inputs import SubjectInput
    from workflows.options import PASSING_ON
    from workflows.subject import SubjectWorkflow, clock


class PassingOn(SubjectWorkflow[StateT]):
    """Its teller is answered when all whom it concerns have heard, or were tried; the academy's morning tries again."""

    async def _pass_on(self, _fact: AnyFact) -> None:
        await workflow.execute_activity(
            Activity.TELL_PEERS,
            TellPeers(subject=self._subject, at=clock()),
            summary="pass it on",
            **PASSING_ON,
        )

    def _seen(self, _state: StateT) -> dict[Any, Any]:
        return {ACADEMY: self._subject.partition(".")[0]}


@workflow.defn
class AcademyWorkflow(PassingOn[academy.State]):
    """Keeps what one academy is told. Its rules are in ``lifecycle.academy``; its id is ``academy:<id>``."""

    kind = subjects.ACADEMY

    @workflow.run
    async def run(self, _given: SubjectInput) -> AnyStanding:
        """Take in what is told, and rest; the last standing is the result."""
        await self._keep()
        return self.state()

    def _now_in_words(self, state: academy.State) -> dict[str, str]:
        return {"Closed": _days(academy.standing(state, []).closed)}


@workflow.defn
class PersonWorkflow(PassingOn[person.State]):
    """Keeps what is told of one person. Its rules are in ``lifecycle.person``; its id is ``person:<academy>.<id>``."""

    kind = subjects.PERSON

    @workflow.run
    async def run(self, _given: SubjectInput) -> AnyStanding:
        """Take in what is told, and rest; the last standing is the result."""
        await self._keep()
        return self.state()

    def _now_in_words(self, state: person.State) -> dict[str, str]:
        return {"Away": _days(person.standing(state, []).away)}


def _days(spans: tuple[Days, ...]) -> str:
    return ", ".join(date_range(span.first, span.last) for span in spans) or "no days to come"
