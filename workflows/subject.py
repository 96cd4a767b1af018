"""The shell that every kind of subject shares: it keeps time, and nothing else.

The rules say what stands and what is due; this sleeps until then or until a fact is told, has the activities record it,
and goes on. What the records show is not its business: the activities derive it from the ledger, by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.signatures import CarryOut
    from coaching_client.attributes import NEXT_DUE, TURN
    from coaching_client.details import page_of
    from coaching_client.nexus import refused
    from lifecycle import account
    from lifecycle.panel import panel, summary
    from lifecycle.projection import shown, turn
    from lifecycle.subject_rules import Known, StateT
    from lifecycle.subjects import RULES
    from schemas.corrections import AnyFact
    from schemas.due import UNKNOWN, AnyStanding, AnyTold, Due, DueItem, Refusal, Why
    from schemas.incidents import IncidentKind
    from schemas.inputs import Carried
    from schemas.recording import RecordFact
    from schemas.subjects import AnyKind
    from workflows.posting import Posting
    from workflows.recording import clock, not_begun
    from workflows.starting import NOTHING, understood
    from workflows.telling import ToldFact


SIGNAL_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}")
"""What may be shown of a signal's name."""

MOVING: Final = "Moving"
"""The type of the failure of an update that met a run about to hand over. Nothing is wrong with the fact."""


class SubjectWorkflow(Posting[StateT]):
    """Keeps one subject: its accepted facts, and what was carried out."""

    kind: ClassVar[AnyKind]
    """Which kind of subject it keeps."""

    follows_facts: ClassVar[bool] = False
    """Whether a told fact may mean more than another due date, so that the sleeper must look."""

    @workflow.init
    def __init__(self, raw: RawValue = NOTHING) -> None:
        given, self._malformed = understood(raw, self.kind)
        self._given = given
        super().__init__(given.subject, RULES[self.kind.name])
        self._next_at: datetime | None = None
        self._next_label = ""
        self._attributes: dict[Any, Any] = {}
        self._leaving = False
        if given.carried is not None:
            self._take_up(given.carried)

    # What can be said to it, and asked of it.

    @workflow.update(description="Tell what happened; answered when it is recorded, with what stands now.")
    async def tell(self, fact: ToldFact) -> AnyTold:
        """Accept one fact. Safe to repeat: the same event id gets the first answer."""
        return await self._tell(self._from_outside(fact))

    @tell.validator
    def _judge_first(self, fact: ToldFact) -> None:
        self._judge(self._from_outside(fact))

    @workflow.update(description="As tell, for the engine's own doors: the event id is the full one already.")
    async def tell_scoped(self, fact: ToldFact) -> AnyTold:
        """Accept one fact under the id it bears."""
        return await self._tell(fact)

    @tell_scoped.validator
    def _judge_scoped_first(self, fact: ToldFact) -> None:
        self._judge(fact)

    @workflow.signal(dynamic=True, description="There are no signals: people hear of whatever is sent as one.")
    async def not_understood(self, name: str, said: Sequence[RawValue]) -> None:  # noqa: ARG002 - it may be personal
        """Nobody is answered a signal, so what it was to say would be lost without a word."""
        shown = name if SIGNAL_NAME.fullmatch(name) else "another name"
        await self._report(IncidentKind.SIGNAL_UNKNOWN, shown, {})

    @workflow.query(description="Where it stands, and whose turn it is.")
    def state(self) -> AnyStanding:
        """The standing now."""
        state = self._state()
        return self.book.standing(state, self.book.upcoming(state, self._done))

    @workflow.query(description="Everything that will fall due, to the end.")
    def timeline(self) -> list[Due]:
        """The whole timeline, earliest first."""
        return [shown(item) for item in self.book.plan(self._state(), self._done)]

    @workflow.query(description="Why: give a due item's key, a matter such as 'session', or 'next'.")
    def why(self, question: str) -> tuple[Why, ...]:
        """The rule, parameter and facts behind something."""
        return self.book.why(self._state(), self._done, question)

    @workflow.query(description="All that it knows: the accepted facts, and what was carried out.")
    def known(self) -> Carried:
        """What its records should hold. What is being carried out is left out."""
        if not self._begun:
            raise not_begun()
        return self._carried(self._carrying)

    @workflow.update(
        description="Compare with the records: take up what is missing here, record again what is missing there.",
        # Who ends the workflow meanwhile does not owe whoever compares an answer.
        unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON,
    )
    async def catch_up(self) -> int:
        """Afterwards it and its records know the same; how many facts were taken up."""
        await workflow.wait_condition(lambda: self._begun or self._unknown)
        if not self._begun:
            return 0
        async with self._changing:
            known = len(self._known.facts)
            await self._catch_up()
            return len(self._known.facts) - known

    @catch_up.validator
    def _not_leaving(self) -> None:
        if self._leaving:
            raise _moves_on()

    # What a subject adds to the common life.

    async def _follow(self, items: Sequence[DueItem]) -> None:
        """What else a carried-out item or a told fact means."""

    async def _pass_on(self, fact: AnyFact) -> None:
        """What must be done of a recorded fact before its teller is answered."""

    def _seen(self, state: StateT) -> dict[Any, Any]:
        """The search attributes, beside whose turn it is and when something is due next."""
        raise NotImplementedError

    def _now_in_words(self, state: StateT) -> dict[str, str]:
        """What the panel says of the present."""
        raise NotImplementedError

    # The life itself.

    async def _keep(self) -> AnyStanding | None:
        """Live to the end; the last standing, or None where nothing is recorded under the id."""
        if self._malformed is not None:
            raise self._malformed
        if not self._begun:
            await self._open()
        if self._unknown:
            await workflow.wait_condition(workflow.all_handlers_finished)
            return None
        while not await self._over():
            await self._carry_out()
            await self._follow(())
            self._deliver_waiting()
            if self._full():
                await self._hand_over()
            await self._sleep()
        return self.state()

    async def _over(self) -> bool:
        """Whether it has ended for good: an end can be put right while the last mail and tellers are waited for."""
        if not self._nothing_left():
            return False
        await self._follow(())
        self._deliver_waiting()
        await workflow.wait_condition(lambda: not self._nothing_left() or self._at_rest())
        return self._nothing_left()

    def _nothing_left(self) -> bool:
        return self._next_at is None and self._state().ended

    def _at_rest(self) -> bool:
        return workflow.all_handlers_finished() and self._nothing_under_way()

    async def _open(self) -> None:
        if self._given.opening is None:
            await self._catch_up()
            return
        ahead = self._given.opening.occurred_at - workflow.now()
        if ahead > timedelta(0):
            self._foresee(self._given.opening)
            await workflow.sleep(ahead, summary="until it begins")
        async with self._changing:
            await self._accept_opening(self._given.opening)
        for fact in self._given.then:
            await self._tell_unless_refused(fact)

    def _foresee(self, opening: AnyFact) -> None:
        """Raises the refusal of what would begin where no calendar reaches: it must not hold its id until then."""
        known = self._advanced(opening)
        try:
            self.book.upcoming(self.book.assess(known, opening.occurred_at, {}), {})
        except account.BEYOND_THE_CALENDAR:
            raise refused(account.BEYOND) from None

    async def _accept_opening(self, opening: AnyFact) -> None:
        """What began in another way goes on as it was recorded."""
        try:
            await self._accept(opening if self._given.scoped else self._from_outside(opening))
        except ApplicationError as no:
            if not (no.type or "").startswith("Refused."):
                raise
            await self._catch_up()
            if self._unknown:
                raise

    async def _tell_unless_refused(self, fact: AnyFact) -> None:
        try:
            await self._tell(fact if self._given.scoped else self._from_outside(fact))
        except ApplicationError as no:
            await self._report_refused(IncidentKind.START_REFUSED, fact, fact.event_id, no)

    async def _tell(self, fact: AnyFact) -> AnyTold:
        """Accept a fact, or refuse it; returns when it is recorded. Facts queue: each is judged again in its turn."""
        await workflow.wait_condition(lambda: self._begun or self._unknown)
        if self._unknown:
            raise refused(UNKNOWN)
        async with self._changing:
            told = await self._accept(fact)
        await self._pass_on(fact)
        return told

    def _judge(self, fact: AnyFact) -> None:
        """Raises the refusal, if the fact is illegal as things stand. Changes nothing."""
        if self._leaving:
            # Tellers who never cease would keep this run from its end, and its history would grow without bound.
            raise _moves_on()
        if self._begun:
            self._advanced(self._taken(fact))

    def _taken(self, fact: AnyFact) -> AnyFact:
        """A fact as this subject takes it: some get their turn among others of their kind."""
        return fact

    def _advanced(self, fact: AnyFact) -> Known:
        rules = self.book.REDUCER
        after = account.advance(self._known, fact, clock()) if self._begun else account.opened(rules, fact)
        if isinstance(after, Refusal):
            raise refused(after)
        return after

    async def _accept(self, fact: AnyFact) -> AnyTold:
        """The one place where a told fact changes state. A repeat gets the first answer."""
        while True:
            now = clock()
            fact = self._taken(fact)
            after = self._advanced(fact)
            known = len(self._known.facts) if self._begun else 0
            recorded = await self._record(RecordFact(subject=self._subject, fact=fact, recorded_at=now, known=known))
            if recorded.answer is None:
                await self._catch_up()
                continue
            if len(after.facts) > known:
                self._stand(after, now)
                self._stirred = True
                if recorded.answer.recorded_at != now or recorded.ledger > len(after.facts):
                    # An earlier life under this id recorded it, and perhaps more.
                    await self._catch_up()
            return recorded.answer

    async def _carry_out(self) -> None:
        """What is due counts as done from here on: facts are told and recorded while its mail is sent."""
        while True:
            async with self._changing:
                now = clock()
                if self._next_at is not None and self._next_at > now:
                    return
                state = self.book.assess(self._known, now, self._done)
                items = self.book.due(state, self._done)
                self._done = self._done | {item.key: now for item in items}
                self._look_ahead(state)
                if not items:
                    return
                known = len(self._known.facts)
                keys = tuple(item.key for item in items)
                self._carrying = frozenset(keys)
            asked = CarryOut(subject=self._subject, at=now, known=known, items=keys)
            carried_out = await self._carried_out(asked, summary(items[0], state.life.calendar))
            self._carrying = frozenset()
            self._waiting |= carried_out.waiting
            await self._up_to(carried_out.ledger)
            await self._follow(items)

    def _stand(self, known: Known, now: datetime) -> None:
        self._known, self._begun = known, True
        self._look_ahead(self.book.assess(known, now, self._done))

    def _look_ahead(self, state: StateT) -> None:
        ahead = self.book.upcoming(state, self._done)
        self._next_at = ahead[0].at if ahead else None
        self._next_label = summary(ahead[0], state.life.calendar) if ahead else ""
        self._show(state, ahead)

    def _show(self, state: StateT, ahead: list[DueItem]) -> None:
        """What an operator sees: attributes to filter by, written only when they change, and the details panel."""
        due_next = ahead[0].at if ahead else None
        seen = self._seen(state) | {TURN: turn(ahead), NEXT_DUE: due_next}
        changed = [
            key.value_set(value) if value is not None else key.value_unset()
            for key, value in seen.items()
            if self._attributes.get(key) != value
        ]
        if changed:
            self._attributes = seen
            workflow.upsert_search_attributes(changed)
        shown = panel(self._now_in_words(state), turn(ahead), ahead, state.life.calendar)
        workflow.set_current_details(f"{shown}\n\n{page_of(self.kind, self._subject)}")

    # Time.

    async def _sleep(self) -> None:
        """Until the next due item, or until a fact changes when that is."""
        until = self._next_at
        if self._stirred or self._nothing_left():
            self._stirred = False
            return
        if until is None:
            # By this clock it has not ended, as when its records are ahead: only a fact gives it something to do.
            await workflow.wait_condition(lambda: self._stirred or self._full())
            return
        pause = until - workflow.now()
        if pause <= timedelta(0):
            return
        try:
            await workflow.wait_condition(
                lambda: self._disturbed(until), timeout=pause, timeout_summary=self._next_label
            )
        except TimeoutError:
            return

    def _disturbed(self, until: datetime) -> bool:
        return self._next_at != until or self._full() or (self.follows_facts and self._stirred)

    # Handing over to the next run.

    def _full(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() >= self._given.events_at_most

    async def _hand_over(self) -> None:
        """Continue as new, once no teller waits for an answer; whatever was accepted or waits goes along."""
        self._leaving = True
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._keep_waiting()
        ahead = {"opening": None, "then": (), "carried": self._carried()}
        workflow.continue_as_new(self._given.model_copy(update=ahead))

    def _take_up(self, carried: Carried) -> None:
        self._known, self._begun = account.account(self.book.REDUCER, carried.facts), True
        self._done = dict(carried.done)
        self._waiting = dict(carried.waiting)


def _moves_on() -> ApplicationError:
    return ApplicationError("The next run takes this in a moment.", type=MOVING)
