"""Records what becomes of a subject: its facts, what falls due, and the projections, derived from the ledger alone.

Recording, rebuilding and verifying are the same code: the rules fold what the ledger holds; what differs is written.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lifecycle.account import BEYOND, BEYOND_THE_CALENDAR, account, advance
from lifecycle.gathering import Subject, next_look
from lifecycle.projection import shown
from lifecycle.references import Reference, elsewhere, references, unknown
from lifecycle.snapshot import snapshot
from lifecycle.subject_rules import Known
from lifecycle.subjects import RULES
from lifecycle.timeline import revived
from records import due, ledger, notices
from records.database import Connection
from records.errors import LedgerLost, NotAcceptable, Overtaken
from records.projections import Before, writing
from records.zones import zone_of
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.corrections import AnyFact
from schemas.due import AnyTold, Due, DueItem, Notice, Refusal
from schemas.facts import Fact
from schemas.programme import Attention, QuietHours
from schemas.recording import Recorded, RecordFact, Restore, Restored
from schemas.rows import Rows
from schemas.subjects import kind_of
from schemas.words import Act, Matter, Role

_FACTS_AT_MOST: Final = 40_000
"""How many facts the folds kept in memory may hold together: some 100 MB."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)

_FOLD: Final = 20
"""What a fold weighs beside its facts, counted in facts."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What the records hold of a subject after so many ``writes``: facts, items done, and the rows that stand.

    ``as_of`` is the clock of the last one: no earlier moment is projected after it.
    """

    known: Known | None
    done: Mapping[str, datetime]
    rows: Before
    writes: int
    as_of: datetime

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The recorded facts by event id, in the order they were recorded."""
        return self.known.facts if self.known else {}

    def after(self, fact: AnyFact, at: datetime) -> Known:
        """The account with one more fact. Raises NotAcceptable."""
        if self.known is None:
            return _begun(fact)
        known = advance(self.known, fact, at)
        if isinstance(known, Refusal):
            raise NotAcceptable(fact.event_id, known.reason)
        return known

    def first(self, facts: int, at: datetime) -> Subject:
        """The subject as its first facts have it at a moment."""
        known = self.begun
        if facts < len(known.facts):
            known = account(known.rules, list(known.facts.values())[:facts])
        return _subject(known, self.done, at)

    @property
    def begun(self) -> Known:
        """The account of what has begun."""
        if self.known is None:
            raise ValueError("nothing is recorded of it")
        return self.known


class Subjects:
    """What was recorded last stays folded in memory; a subject that others have written since is read anew."""

    def __init__(self, facts_at_most: int = _FACTS_AT_MOST) -> None:
        self._folds: OrderedDict[str, Fold] = OrderedDict()
        self._room = facts_at_most

    def held(self) -> list[str]:
        """The subjects in memory; the one that goes next is the first."""
        return list(self._folds)

    def recorded(self, name: str) -> int:
        """How many facts of a subject were recorded when it was written here last; 0 if that was long ago."""
        fold = self._folds.get(name)
        return len(fold.facts) if fold else 0

    async def record(self, conn: Connection, asked: RecordFact) -> Recorded:
        """Record a fact with its answer and what it changes. A repeat changes nothing and gets the first answer.

        Nothing is recorded, and there is no answer, when the ledger holds facts that the caller does not know, and when
        the fact names something that does not exist, or leads beyond the calendar: then there is a refusal. Raises
        DifferentContent when the event id was told before with other content, LedgerLost when the ledger holds fewer
        facts than the caller knows, NotAcceptable when the rules refuse the fact.
        """
        while True:
            fold = await self._fold(conn, asked.subject, asked.known)
            appended: bool | Reference = False
            if len(fold.facts) == asked.known and asked.fact.event_id not in fold.facts:
                try:
                    known = fold.after(asked.fact, asked.recorded_at)
                    subject = _subject(known, fold.done, asked.recorded_at)
                    answer, rows = _said(asked.subject, asked.fact, subject)
                except BEYOND_THE_CALENDAR:
                    return Recorded(refusal=BEYOND, ledger=asked.known)
                changed = writing(asked.subject, asked.recorded_at, fold.rows, rows)
                named = elsewhere(asked.subject, rows, references(asked.fact))
                appended = await ledger.append(conn, asked, answer, named, fold.writes, changed)
                if appended is True:
                    self._keep(asked.subject, Fold(known, fold.done, rows, fold.writes + 1, asked.recorded_at))
                    return Recorded(answer=answer, ledger=asked.known + 1)
                self._folds.pop(asked.subject, None)
            recorded = await ledger.recorded_before(conn, asked)
            if recorded.answer is not None or recorded.ledger != asked.known:
                return recorded
            if isinstance(appended, Reference):
                return Recorded(refusal=unknown(appended), ledger=asked.known)

    async def carry_out(
        self, conn: Connection, name: str, at: datetime, known: int, keys: Sequence[str]
    ) -> tuple[Notice, ...]:
        """Note items as done, issue their notices and write what changes; the notices. A repeat changes nothing more.

        The items are those of the first ``known`` facts: what was recorded since their time had come changes the
        projections, not what fell due. Raises LedgerLost when the ledger holds fewer facts.
        """
        while True:
            fold = await self._fold(conn, name, known)
            if len(fold.facts) < known:
                raise LedgerLost(name, known, len(fold.facts))
            asked = fold.first(known, at)
            items = _items(asked, keys)
            issued = tuple(notice for item in items.values() for notice in asked.issues(item))
            done = {**dict.fromkeys(keys, at), **fold.done}
            noted = [shown(items[key]) if key in items else _unknown(key, at) for key in keys]
            as_of = max(at, fold.as_of)
            rows = _rows(name, _subject(fold.begun, done, as_of))
            changed = writing(name, as_of, fold.rows, rows)
            if await ledger.carry_out(conn, name, at, ledger.Done(noted, issued), fold.writes, changed):
                self._keep(name, Fold(fold.known, done, rows, fold.writes + 1, as_of))
                return issued
            self._folds.pop(name, None)

    async def project(self, conn: Connection, name: str, at: datetime) -> list[tuple[str, str]]:
        """Bring the projections up to date from the ledger; answers which rows differed, by table and key."""
        while True:
            fold = await _read(conn, name)
            if fold.known is None:
                return []
            as_of = max(at, fold.as_of)
            rows = _rows(name, _subject(fold.known, fold.done, as_of))
            differed = await ledger.rewrite(conn, name, as_of, fold.writes, writing(name, as_of, fold.rows, rows))
            if differed is not None:
                self._keep(name, Fold(fold.known, fold.done, rows, fold.writes + 1, as_of))
                return differed

    async def take_in(
        self, conn: Connection, name: str, facts: Sequence[AnyFact], at: datetime, done: Sequence[Due] = ()
    ) -> None:
        """Record a past at once: each fact is answered by what stands after all of them. What was done is noted too.

        What is recorded already is left as it is. Raises DifferentContent, NotAcceptable for a fact that the rules
        refuse or that names something that does not exist, and Overtaken.
        """
        await due.note_done(conn, name, at, done)
        before = await _read(conn, name)
        recorded = before.facts
        facts = [fact for fact in facts if fact.event_id not in recorded or not fact.repeats(recorded[fact.event_id])]
        if not facts:
            return
        known = account((before.known or _begun(facts[0])).rules, [*recorded.values(), *facts])
        for fact in facts:
            if fact.event_id in known.void:
                raise NotAcceptable(fact.event_id, known.void[fact.event_id].reason)
        subject, nothing = _subject(known, before.done, at), writing(name, at, {}, {})
        writes, ahead = before.writes, subject.book.upcoming(subject.state, subject.done)
        rows = snapshot(name, subject, ahead)
        for place, fact in enumerate(facts, len(recorded)):
            told = RecordFact(subject=name, fact=fact, recorded_at=at, known=place)
            answer, named = _answer(fact, subject, ahead), elsewhere(name, rows, references(fact))
            appended = await ledger.append(conn, told, answer, named, writes, nothing)
            if isinstance(appended, Reference):
                raise NotAcceptable(fact.event_id, unknown(appended).reason)
            if appended:
                writes += 1
            elif (await ledger.recorded_before(conn, told)).answer is None:
                raise Overtaken(name)
        await self.project(conn, name, at)

    async def restore(self, conn: Connection, asked: Restore) -> Restored:
        """Record again what a workflow knows and the ledger lacks, in its order. Repeating it is safe.

        Notices of what was carried out were sent, as far as anybody can know, unless their item is named as waiting.
        """
        async with conn.transaction():
            before = await _read(conn, asked.subject)
            lost = [fact for fact in asked.facts if fact.event_id not in before.facts]
            facts = [*before.facts.values(), *lost]
            known = account(_begun(asked.facts[0]).rules, facts)
            gone = {key: at for key, at in asked.done.items() if key not in before.done and _is_item(key)}
            done = {**before.done, **gone}
            await self._append(conn, asked, _subject(known, done, asked.at), before, lost)
            for at in sorted(set(gone.values())):
                then = [fact for fact in facts if fact.kind == known.rules.opening or fact.occurred_at <= at]
                subject = _subject(account(known.rules, then), {key: on for key, on in done.items() if on <= at}, at)
                await _done_again(conn, asked, subject, [key for key, on in gone.items() if on == at])
            self._folds.pop(asked.subject, None)
        await self.project(conn, asked.subject, asked.at)
        return Restored(facts=len(lost), items=len(gone))

    async def _append(
        self, conn: Connection, asked: Restore, subject: Subject, before: Fold, lost: Sequence[AnyFact]
    ) -> None:
        ahead, nothing = subject.book.upcoming(subject.state, subject.done), writing(asked.subject, asked.at, {}, {})
        for place, fact in enumerate(lost):
            known = len(before.facts) + place
            told = RecordFact(subject=asked.subject, fact=fact, recorded_at=asked.at, known=known)
            answer = _answer(fact, subject, ahead)
            # What it names existed when it was accepted: the older records may have lost that too.
            if not await ledger.append(conn, told, answer, (), before.writes + place, nothing):
                raise Overtaken(asked.subject)

    async def _fold(self, conn: Connection, name: str, known: int) -> Fold:
        fold = self._folds.get(name)
        if fold is None or len(fold.facts) != known:
            fold = await _read(conn, name)
            self._keep(name, fold)
        return fold

    def _keep(self, name: str, fold: Fold) -> None:
        kept = self._folds.pop(name, None)
        if kept is not None:
            self._room += _weight(kept)
            fold = max(kept, fold, key=lambda fold: fold.writes)
        self._folds[name] = fold
        self._room -= _weight(fold)
        while self._room < 0:
            self._room += _weight(self._folds.popitem(last=False)[1])


async def verify(conn: Connection, name: str) -> list[tuple[str, str]]:
    """Which rows are not what the ledger gives, by table and key, as of when they were written. Changes nothing."""
    written = await ledger.read(conn, name)
    if written.as_of is None:
        return []
    transaction = conn.transaction()
    await transaction.start()
    try:
        return await Subjects().project(conn, name, written.as_of)
    finally:
        await transaction.rollback()


async def _read(conn: Connection, name: str) -> Fold:
    written = await ledger.read(conn, name)
    known = account(_begun(written.facts[0]).rules, written.facts) if written.facts else None
    return Fold(known, written.done, dict.fromkeys(written.rows), written.writes, written.as_of or _NEVER)


def _begun(fact: AnyFact) -> Known:
    try:
        kind = kind_of(fact.kind)
    except KeyError:
        raise NotAcceptable(fact.event_id, f"nothing begins with {fact.kind}") from None
    return account(RULES[kind.name].REDUCER, [fact])


def _subject(known: Known, done: Mapping[str, datetime], at: datetime) -> Subject:
    book = RULES[kind_of(known.rules.opening).name]
    return Subject(book, book.assess(known, at, done), done)


def _said(name: str, fact: AnyFact, subject: Subject) -> tuple[AnyTold, Rows]:
    ahead = subject.book.upcoming(subject.state, subject.done)
    return _answer(fact, subject, ahead), snapshot(name, subject, ahead)


def _answer(fact: AnyFact, subject: Subject, ahead: list[DueItem]) -> AnyTold:
    """What its teller hears: it is recorded, and this is what stands."""
    standing = subject.book.standing(subject.state, ahead)
    told: AnyTold = kind_of(subject.book.REDUCER.opening).told(
        event_id=fact.event_id, recorded_at=subject.state.now, standing=standing
    )
    return told


def _rows(name: str, subject: Subject) -> Rows:
    return snapshot(name, subject, subject.book.upcoming(subject.state, subject.done))


async def _done_again(conn: Connection, asked: Restore, subject: Subject, keys: Sequence[str]) -> None:
    """Note items as carried out when they were, with their notices: those of the weekly mail wait if it was not due."""
    items, at = _items(subject, keys), subject.state.now
    await due.note_done(
        conn, asked.subject, at, [shown(items[key]) if key in items else _unknown(key, at) for key in keys]
    )
    issued = [notice for item in items.values() for notice in subject.issues(item)]
    await notices.issue(conn, asked.subject, at, issued)
    weekly = next_look(Attention(), QuietHours(), await zone_of(conn, asked.subject), LATEST_HOLIDAY_TABLE, at)
    sent = [notice.item for notice in issued if notice.item not in asked.waiting]
    await notices.were_sent(conn, asked.subject, sent, at, gathered=weekly <= asked.at)


def _is_item(key: str) -> bool:
    """What was given as an order is done too, and is no item of the records."""
    return key.rpartition("/")[2].isdigit()


def _items(subject: Subject, keys: Collection[str]) -> dict[str, DueItem]:
    """The items of these keys, had none been carried out."""
    done = revived(keys, dict(subject.done))
    found = {item.key: item for item in subject.book.due(subject.state, done)}
    return {key: found[key] for key in keys if key in found}


def _unknown(key: str, at: datetime) -> Due:
    """An item that fell due by another release's rules, and that these no longer know: it is done, and says nothing."""
    return Due(
        key=key,
        at=at,
        act=Act.MOVE_ON,
        matter=Matter(key.partition("/")[0]),
        turn=Role.SERVICE,
        rule="no_longer_known",
        parameter="",
        since=at,
    )


def _weight(fold: Fold) -> int:
    return _FOLD + len(fold.facts)
