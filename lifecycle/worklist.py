"""The worklist: what waits for a human, ranked by what is lost by waiting, each with its evidence and a suggestion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from pydantic import SkipValidation

from lifecycle.dates import Clock, clock_of, long_date
from lifecycle.description import Loss
from lifecycle.gathering import Subject
from lifecycle.intro_course import State as IntroCourse
from lifecycle.matters import MATTERS
from schemas.due import DueItem
from schemas.moments import Moment
from schemas.programme import DEFAULT_ZONE, Zone
from schemas.rows import QuestionRow
from schemas.sentences import say
from schemas.words import Code, EventId, Matter, PersonId, Role, Said

_ASKED: Final = frozenset(matter for matter, description in MATTERS.items() if description.suggestion)


class Kind(StrEnum):
    """What kind of thing waits."""

    QUESTION = "question"
    MAIL = "mail"
    CHANNEL = "channel"
    EVENT = "event"
    DELIVERY = "delivery"
    HELD = "held"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Snooze:
    """Not now: which line, how far its matter had come, and until when."""

    item: str
    seen: str
    until: date


class Waiting(Said):
    """One thing that waits for a human.

    ``item`` names it for as long as it waits; ``seen`` how far it has come: a snooze ends when that changes.
    ``turn`` is whose turn it is, ``person`` who that is, if anybody; ``about`` is whose mail comes back, or who was not
    sent events. ``title`` is what an incident is called.
    ``evidence`` and ``suggestion`` are the engine's own sentences; ``command`` is what an operator types.
    ``zone`` is by whose clocks it is said.
    """

    item: str
    kind: Kind
    loss: Loss
    subject: Code | None = None
    matter: Matter | None = None
    turn: Role
    person: PersonId | None = None
    about: Code | None = None
    notice: Code | None = None
    since: Moment
    owed_by: Moment | None = None
    rule: str | None = None
    parameter: str | None = None
    facts: tuple[EventId, ...] = ()
    title: str | None = None
    evidence: tuple[SkipValidation[str], ...]
    suggestion: str
    command: str | None = None
    seen: str
    snoozed_until: date | None = None
    zone: Zone = DEFAULT_ZONE


def open_questions(subject: Subject) -> list[QuestionRow]:
    """What a subject asked and nobody has answered: of each matter the last step that was carried out."""
    latest: dict[str, tuple[int, str]] = {}
    for key in subject.done:
        case, _, step = key.rpartition("/")
        # An order that was given is done too, and asks nothing.
        if step.isdigit() and key.partition("/")[0] in _ASKED:
            latest[case] = max(latest.get(case, (-1, "")), (int(step), key))
    items = subject.book.open_still(subject.state, subject.done, {key for _, key in latest.values()})
    return [_question(subject, item) for item in items]


def _question(subject: Subject, item: DueItem) -> QuestionRow:
    return QuestionRow(
        matter=item.matter,
        window=item.window,
        step=item.step,
        turn=item.turn,
        loss=MATTERS[item.matter].loss,
        since=item.since,
        rule=item.rule,
        parameter=item.parameter,
        person=_whose(subject, item),
        owed_by=item.answer_by,
        closes_at=item.closes,
        about=item.about,
        facts=item.facts,
        evidence=_of_the_team(subject, item) | _of_the_course(subject.state, item),
    )


def _whose(subject: Subject, item: DueItem) -> PersonId | None:
    """Who has the role in an engagement: while they are on leave others hear of a question, and it stays theirs."""
    person: Callable[[Role], PersonId | None] | None = getattr(subject.state.life, "person", None)
    if person is not None:
        return person(item.turn) or person(Role.OFFICE)
    # A list that went in the morning would go to nobody in the evening; whose turn it is stays the same.
    heard = subject.book.notices(subject.state, item._replace(to=item.to or (item.turn,)))
    there = {notice.role: notice.person for notice in heard}
    return there.get(item.turn) or next(iter(there.values()), None)


def _of_the_team(subject: Subject, item: DueItem) -> dict[str, str | int]:
    if item.matter is Matter.SESSION:
        starts_at = next((s.starts_at for s in subject.state.sessions if s.name == item.window), None)
        return {"session_at": starts_at.isoformat()} if starts_at else {}
    run = getattr(subject.state, "run", None)
    if run is None or item.matter not in (Matter.ESCALATION, Matter.STALL) or not run.misses:
        return {}
    return {"missed": len(run.misses), "first_missed": run.misses[0].day.isoformat()}


def _of_the_course(state: object, item: DueItem) -> dict[str, str | int]:
    if not isinstance(state, IntroCourse):
        return {}
    if item.matter is not Matter.INTRO_ATTENDANCE or item.about not in state.life.dates:
        return {}
    day = state.life.dates.index(item.about) + 1
    booked = [booking for _, booking in state.life.with_place(state.now, day)]
    return {"day": day, "booked": len(booked), "seen": sum(booking.seen.get(day, False) for booking in booked)}


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question, with the first notice of its last step, when that was issued, and how many there are."""

    subject: str
    question: QuestionRow
    notice: str
    at: datetime
    times: int
    zone: str


def line(asked: Asked) -> Waiting:
    """An open question as it is read. Days are those of its subject's zone."""
    row = asked.question
    return Waiting(
        item=f"{asked.subject}/{row.matter}/{row.window}",
        kind=Kind.QUESTION,
        loss=Loss(row.loss),
        subject=asked.subject,
        matter=row.matter,
        turn=row.turn,
        person=row.person,
        notice=asked.notice,
        since=row.since,
        owed_by=row.owed_by,
        rule=row.rule,
        parameter=row.parameter,
        facts=row.facts,
        evidence=tuple(_evidence(asked, clock_of(asked.zone))),
        zone=asked.zone,
        suggestion=MATTERS[row.matter].suggestion or "",
        seen=f"{row.matter}/{row.window}/{row.step}",
    )


_OFTEN: Final = {1: "Raised once on {day}.", 2: "Raised twice, most recently on {day}."}


def _evidence(asked: Asked, clock: Clock) -> Iterator[str]:
    row, known = asked.question, asked.question.evidence
    often = _OFTEN.get(asked.times, "Raised {times} times, most recently on {day}.")
    yield say(often, times=asked.times, day=clock.date(asked.at))
    if "session_at" in known:
        yield say("The session was on {moment}.", moment=clock.moment(datetime.fromisoformat(str(known["session_at"]))))
    if "missed" in known:
        first = long_date(date.fromisoformat(str(known["first_missed"])))
        yield say(
            "{missed} sessions in a row didn't go ahead, or we haven't heard: the first was on {first}.",
            missed=known["missed"],
            first=first,
        )
    if "booked" in known and row.about:
        yield say(
            "{booked} had a place on day {number}, {day}; {seen} recorded as there so far.",
            booked=known["booked"],
            number=known["day"],
            day=long_date(row.about),
            seen=known["seen"],
        )
    if row.matter is Matter.COACHING_WISH:
        yield say("A delegate told us on {day} that they'd like to become a coach.", day=clock.date(row.since))


def ranked(waiting: Iterable[Waiting], snoozes: Mapping[str, Snooze], now: datetime, today: date) -> list[Waiting]:
    """The most pressing first: by what is lost; overdue before the rest; the longest wait before the shorter.

    A snooze holds until its day, or until its matter comes a step further.
    """
    marked = [_snoozed(line, snoozes.get(line.item), today) for line in waiting]
    return sorted(marked, key=lambda line: (line.loss, not _overdue(line, now), line.owed_by or line.since, line.item))


def _overdue(line: Waiting, now: datetime) -> bool:
    return line.owed_by is not None and line.owed_by < now


def _snoozed(line: Waiting, snooze: Snooze | None, today: date) -> Waiting:
    if snooze is None or snooze.seen != line.seen or snooze.until <= today:
        return line
    return line.model_copy(update={"snoozed_until": snooze.until})
