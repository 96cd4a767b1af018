"""Who was at a learning session, or at a day of an Introduction course: by a sheet that somebody hands in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from lifecycle import cohort, intro_course
from lifecycle.account import holding
from lifecycle.gathering import Subject
from lifecycle.intro_course.life import DAYS
from operations.audited import RefusedError
from operations.callers import Caller
from operations.context import EngineContext
from operations.intro_courses import booked_as
from operations.sheets import Cell
from operations.telling import tell
from records import ledger, people
from records.database import Connection
from schemas.attendance import (
    NO,
    OF_A_COHORT,
    OF_A_COURSE,
    YES,
    AttendanceLine,
    check_attendance,
    heading_of,
)
from schemas.cohort_facts import LearningSessionHeld
from schemas.corrections import AnyFact, Correction
from schemas.facts import Teller
from schemas.intro_course_facts import DelegateSeen, IntroAttendanceTaken
from schemas.roster import RosterFault
from schemas.sheet import Sheet
from schemas.words import PersonId, Role

_ON_THE_LIST: Final = "check the spelling, or look in the sheet to fill in"


class NoRegisterError(RefusedError):
    """There is no such learning session or day."""

    code = "unknown"

    def __init__(self, subject: str, number: int) -> None:
        super().__init__(f"There is no {number} of {subject}. Check the id and the number.")


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody who has a place; ``there`` is what is recorded, None while nothing is. Erased they have no name.

    Who has ``made_up`` a learning session that they missed is recorded as both: no sheet changes that.
    """

    key: str
    person: PersonId
    there: bool | None
    made_up: bool = False
    name: str = field(default="", repr=False)
    address: str = field(default="", repr=False)

    @property
    def code(self) -> str:
        """The end of the id, which sheets call them by."""
        return self.key.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Register:
    """Whoever is expected at a learning session of a cohort, or on a day of an Introduction course."""

    subject: str
    number: int
    day: date
    expected: tuple[Expected, ...]
    at: datetime
    recorded: tuple[AnyFact, ...] = field(repr=False)
    gone: tuple[Expected, ...] = ()
    held: tuple[str, LearningSessionHeld] | None = None
    of_a_cohort: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that its sheets have."""
        return OF_A_COHORT if self.of_a_cohort else OF_A_COURSE

    @property
    def headings(self) -> dict[str, str]:
        """What else the column is called that says who was there."""
        return heading_of("Learning session" if self.of_a_cohort else "Day", self.number)

    def unsaid(self, said: Mapping[str, bool]) -> list[Expected]:
        """Those whose attendance nobody has told by then."""
        return [one for one in self.expected if one.key not in said and one.there is None]

    def changed(self, said: Mapping[str, bool]) -> dict[str, bool]:
        """Of what is said that which isn't recorded."""
        known = {one.key: one.there for one in self.expected}
        settled = {one.key for one in self.expected if one.made_up}
        return {key: there for key, there in said.items() if key not in settled and known.get(key) is not there}


@dataclass(frozen=True, slots=True)
class Read:
    """What the lines of a sheet say of whoever is expected, and why others say nothing."""

    said: dict[str, bool]
    faults: tuple[RosterFault, ...]


async def register(engine: EngineContext, subject: str, number: int) -> Register:
    """Whoever is expected, as it stands. Raises NoRegisterError."""
    async with engine.connection() as conn:
        kept = await ledger.load(conn, subject)
        if not kept.facts:
            raise NoRegisterError(subject, number)
        at = max(engine.clock(), *(fact.occurred_at for fact in kept.facts))
        state = Subject.of(kept.facts, kept.done, at).state
        match state:
            case cohort.State(life=life) if number in life.numbers:
                found = _of_cohort(subject, state, number, at, kept.facts)
            case intro_course.State(life=life) if number in DAYS:
                found = _of_course(subject, state, number, at, kept.facts)
            case _:
                raise NoRegisterError(subject, number)
        return await _named(conn, found)


def _of_cohort(subject: str, state: cohort.State, number: int, at: datetime, recorded: tuple[AnyFact, ...]) -> Register:
    life, held = state.life, None
    for event_id, fact in holding(state.account):
        if isinstance(fact, LearningSessionHeld) and fact.number == number and event_id not in state.account.void:
            held = event_id, fact
    there = set(held[1].attended) if held else set()
    each = [
        (
            place.gone,
            Expected(
                key,
                place.accepted.person,
                key in there if held else None,
                made_up=held is not None and number in place.attended and key not in there,
            ),
        )
        for key, place in life.enrolments.items()
    ]
    return Register(
        subject, number, life.calendar.day(life.learning_session(number)),
        tuple(one for gone, one in each if not gone), at, recorded,
        gone=tuple(one for gone, one in each if gone), held=held, of_a_cohort=True,
    )  # fmt: skip


def _of_course(
    subject: str, state: intro_course.State, number: int, at: datetime, recorded: tuple[AnyFact, ...]
) -> Register:
    life = state.life
    here = dict(life.with_place(at, number))
    each = {key: Expected(key, one.requested.person, one.seen.get(number)) for key, one in life.bookings.items()}
    return Register(
        subject, number, life.dates[number - 1], tuple(each[key] for key in here), at, recorded,
        gone=tuple(one for key, one in each.items() if key not in here),
    )  # fmt: skip


async def _named(conn: Connection, found: Register) -> Register:
    known = await people.contacts(conn, [one.person for one in (*found.expected, *found.gone)])

    def named(each: tuple[Expected, ...]) -> tuple[Expected, ...]:
        return tuple(replace(one, name=name, address=address) for one in each for name, address in [known[one.person]])

    return replace(found, expected=named(found.expected), gone=named(found.gone))


def understood(found: Register, sheet: Sheet) -> Read:
    """What a sheet says of whoever is expected, and why some of its rows say nothing. Nothing is recorded."""
    lines, faults = check_attendance(sheet, found.columns)
    read = look(found, lines)
    return Read(read.said, tuple(sorted((*faults, *read.faults), key=lambda fault: fault.line)))


def look(found: Register, lines: Sequence[AttendanceLine]) -> Read:
    """What the lines say, each of somebody who is expected. Nothing is recorded."""
    said: dict[str, tuple[int, bool]] = {}
    faults: list[RosterFault] = []
    wrong: set[str] = set()
    for line in lines:
        who = _meant(found, line)
        if isinstance(who, RosterFault):
            faults.append(who)
            continue
        before = said.setdefault(who.key, (line.line, line.there))
        if before[1] is not line.there:
            wrong.add(who.key)
            faults += [
                RosterFault(one, "there", f"line {other} says otherwise of the same person", "keep one of the two")
                for one, other in ((before[0], line.line), (line.line, before[0]))
            ]
    faults = sorted(dict.fromkeys(faults), key=lambda fault: fault.line)
    return Read({key: there for key, (_, there) in said.items() if key not in wrong}, tuple(faults))


def _meant(found: Register, line: AttendanceLine) -> Expected | RosterFault:
    """Whoever a line calls by a code, an address or a name: all that it says must fit."""
    column, among = _named_by(found, found.expected, line)
    if not among:
        _, left = _named_by(found, found.gone, line)
        if left:
            problem = "has left the cohort" if found.of_a_cohort else "has no place on this day"
            return RosterFault(line.line, column, problem, "leave the row out, or see to their place first")
        return RosterFault(line.line, column, _NOBODY[column, found.of_a_cohort], _ON_THE_LIST)
    if len(among) > 1:
        other = "email" if column == "name" else "name"
        return RosterFault(line.line, column, "several people who are expected fit", f"write their {other} too")
    (who,) = among
    if column != "name" and line.name and who.name and not _alike(line.name, who.name):
        return RosterFault(line.line, "name", "we know this person by another name", "check who you mean")
    if column not in ("name", "email") and line.email and who.address and not _same(line.email, who.address):
        return RosterFault(line.line, "email", "we have another address for this person", "check who you mean")
    return who


_NOBODY: Final = {
    ("participant", True): "nobody in the cohort has this code",
    ("booking", False): "nobody who is booked has this code",
    ("email", True): "nobody in the cohort has this address",
    ("email", False): "nobody with a place has this address",
    ("name", True): "nobody in the cohort is called this",
    ("name", False): "nobody with a place is called this",
}


def _named_by(found: Register, among: Sequence[Expected], line: AttendanceLine) -> tuple[str, list[Expected]]:
    """Those whom a line may mean, and the column that says so."""
    if line.code:
        column = found.columns[0]
        by_code = [one for one in among if _has_code(found, one, line.code)]
        return column, by_code or [one for one in among if _same(one.name, line.code)]
    if line.email:
        there = [one for one in among if _same(one.address, line.email)]
        return "email", _called(there, line.name) or there if len(there) > 1 else there
    return "name", _called(among, line.name)


def _has_code(found: Register, one: Expected, code: str) -> bool:
    known = (one.code, one.key) if found.of_a_cohort else (one.code, one.key, booked_as(found.subject, code))
    return any(_same(code, each) for each in known[:2]) or one.key in known[2:]


def _called(among: Sequence[Expected], name: str) -> list[Expected]:
    return [one for one in among if name and _same(one.name, name)]


def _same(one: str, other: str) -> bool:
    return bool(one) and one.casefold() == other.casefold()


def _alike(one: str, other: str) -> bool:
    """Whether two names have a word in common: people are called Bob, and Smith by now."""
    return not set(one.casefold().split()).isdisjoint(other.casefold().split())


def to_fill_in(found: Register) -> tuple[tuple[str, ...], list[list[Cell]]]:
    """A sheet of whoever is expected, with what is recorded: its columns and its rows."""
    said: dict[bool | None, str] = {True: YES, False: NO, None: ""}
    columns = found.columns if found.of_a_cohort else found.columns[1:]
    each = sorted((one for one in found.expected if one.name), key=lambda one: one.name.casefold())
    return tuple(column.capitalize() for column in columns), [
        [*([one.code] if found.of_a_cohort else []), one.name, one.address, said[one.there]] for one in each
    ]


async def record(
    engine: EngineContext, caller: Caller, found: Register, said: Mapping[str, bool], told_by: Teller
) -> None:
    """Tell it. Whoever isn't named stays as they are; of a learning session of which nothing was told, as not there.

    Raises FactRefusedError.
    """
    for fact in _told(found, said, told_by):
        await tell(engine, caller, found.subject, fact, made_here=True)


def refusal(found: Register, said: Mapping[str, bool]) -> str:
    """Why it would be refused as things stand; empty where it would not be."""
    facts = _told(found, said, Teller(role=Role.OFFICE))
    if not facts:
        return ""
    void = Subject.of([*found.recorded, *facts], {}, found.at).state.account.void
    return next((void[fact.event_id].reason for fact in facts if fact.event_id in void), "")


def _told(found: Register, said: Mapping[str, bool], by: Teller) -> tuple[AnyFact, ...]:
    """The facts that say it: none where all of it is recorded."""
    changed = found.changed(said)
    if not changed:
        return ()
    there = tuple(one.key for one in found.expected if changed.get(one.key, one.there))
    event_id, number = _event_id(found, changed), found.number
    if found.of_a_cohort:
        return (_held(found, event_id, there, by),)
    if not found.unsaid(said):
        return (IntroAttendanceTaken(event_id=event_id, occurred_at=found.at, told_by=by, day=number, attended=there),)
    return tuple(
        DelegateSeen(
            event_id=f"{event_id}-{key.rpartition('.')[2]}", occurred_at=found.at, told_by=by, booking=key,
            day=number, attended=here,
        )
        for key, here in changed.items()
    )  # fmt: skip


def _held(found: Register, event_id: str, there: tuple[str, ...], by: Teller) -> LearningSessionHeld | Correction:
    """The list of a learning session: in place of the one that is recorded, with whoever has left since."""
    if found.held is None:
        return LearningSessionHeld(
            event_id=event_id, occurred_at=found.at, told_by=by, number=found.number, attended=there
        )
    corrects, before = found.held
    left = tuple(one.key for one in found.gone if one.key in before.attended)
    return Correction(
        event_id=event_id,
        occurred_at=found.at,
        told_by=by,
        corrects=corrects,
        replacement=before.model_copy(update={"event_id": event_id, "told_by": by, "attended": (*there, *left)}),
    )


def _event_id(found: Register, changed: Mapping[str, bool]) -> str:
    """The same for the same sheet in front of the same record."""
    said = [found.at.isoformat(), *(f"{key}={there}" for key, there in sorted(changed.items()))]
    return f"{found.subject}:sheet-{found.number}:{hashlib.sha256('/'.join(said).encode()).hexdigest()[:16]}"
