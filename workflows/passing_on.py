"""Subjects whose facts mean something for others, and how these hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, PeersTold, TellPeers
    from coaching_client.attributes import ACADEMY
    from lifecycle import academy, person
    from lifecycle.dates import date_range
    from lifecycle.effects import Effect
    from lifecycle.subject_rules import StateT
    from lifecycle.subjects import EFFECTS
    from schemas import subjects
    from schemas.corrections import AnyFact
    from schemas.due import AnyStanding, Days, DueItem
    from workflows.options import PASSING_ON, TELL_AGAIN_AFTER, TELL_AGAIN_AT_MOST
    from workflows.recording import clock
    from workflows.starting import NOTHING
    from workflows.subject import SubjectWorkflow


async def tell_peers(subject: str) -> PeersTold:
    """Compare what others hold with what they should, and tell them the difference."""
    told: PeersTold = await workflow.execute_activity(
        Activity.TELL_PEERS,
        TellPeers(subject=subject, at=clock()),
        result_type=PeersTold,
        summary="tell others",
        **PASSING_ON,
    )
    return told


class HasPeers(SubjectWorkflow[StateT]):
    """Others hear beside its clock, which none of them holds up; whoever is late is told again, ever less often.

    Each run compares once anew, so that nothing of it is carried from run to run.
    """

    follows_facts = True

    @workflow.init
    def __init__(self, raw: RawValue = NOTHING) -> None:
        super().__init__(raw)
        self._meant: list[Effect] = []
        self._unheard = False
        self._hearing: asyncio.Task[None] | None = None

    async def _follow(self, _items: Sequence[DueItem]) -> None:
        meant = EFFECTS[self.kind.name](self._subject, self._state())
        if meant != self._meant:
            self._meant, self._unheard = meant, True
        if self._hearing is not None and self._hearing.done():
            # A fault in it must not pass unseen.
            self._hearing.result()
            self._hearing = None
        if self._unheard and self._hearing is None:
            self._hearing = asyncio.create_task(self._until_heard())

    async def _until_heard(self) -> None:
        wait = TELL_AGAIN_AFTER
        while True:
            self._unheard = False
            told = await tell_peers(self._subject)
            if not self._unheard and not told.late:
                return
            try:
                await workflow.wait_condition(
                    lambda: self._unheard, timeout=wait, timeout_summary="until others are told again"
                )
            except TimeoutError:
                wait = min(4 * wait, TELL_AGAIN_AT_MOST)

    def _at_rest(self) -> bool:
        return super()._at_rest() and (self._hearing is None or self._hearing.done())

    async def _hand_over(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
        await super()._hand_over()


class PassingOn(SubjectWorkflow[StateT]):
    """Its teller is answered when all whom it concerns have heard, or were tried; the academy's morning tries again.

    Between two facts it rests.
    """

    async def _pass_on(self, _fact: AnyFact) -> None:
        await tell_peers(self._subject)

    def _seen(self, _state: StateT) -> dict[Any, Any]:
        return {ACADEMY: self._subject.partition(".")[0]}


@workflow.defn
class AcademyWorkflow(PassingOn[academy.State]):
    """Keeps what one academy is told. Its rules are in ``lifecycle.academy``; its id is ``academy:<id>``."""

    kind = subjects.ACADEMY

    @workflow.run
    async def run(self, _raw: RawValue = NOTHING) -> AnyStanding | None:
        """Take in what is told, and rest; the last standing is the result."""
        return await self._keep()

    def _now_in_words(self, state: academy.State) -> dict[str, str]:
        return {"Closed": _days(academy.standing(state, []).closed)}


@workflow.defn
class PersonWorkflow(PassingOn[person.State]):
    """Keeps what is told of one person. Its rules are in ``lifecycle.person``; its id is ``person:<academy>.<id>``."""

    kind = subjects.PERSON

    @workflow.run
    async def run(self, _raw: RawValue = NOTHING) -> AnyStanding | None:
        """Take in what is told, and rest; the last standing is the result."""
        return await self._keep()

    def _now_in_words(self, state: person.State) -> dict[str, str]:
        return {"Away": _days(person.standing(state, []).away)}


def _days(spans: tuple[Days, ...]) -> str:
    return ", ".join(date_range(span.first, span.last) for span in spans) or "no days to come"
