"""The worklist: what waits for a human, ranked by what is lost by waiting, each with its evidence and a suggestion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lifecycle.dates import long_date
from lifecycle.description import Loss
from lifecycle.gathering import Subject
from lifecycle.intro_course import State as IntroCourse
from lifecycle.matters import MATTERS
from schemas.due import DueItem
from schemas.words import Code, EventId, Matter, Moment, PersonId, Role, Said


class Kind(StrEnum):
    """What kind of thing waits."""

    QUESTION = "question"
    MAIL = "mail"
    CHANNEL = "channel"
    EVENT = "event"
    DELIVERY = "delivery"


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
    sent events. ``evidence`` and ``suggestion`` are the engine's own sentences; ``command`` is what an operator types.
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
    evidence: tuple[str, ...]
    suggestion: str
    command: str | None = None
    seen: str
    snoozed_until: date | None = None


def questions(name: str, subject: Subject, notices: Mapping[str, tuple[str, datetime, int]]) -> list[Waiting]:
    """What a subject asked and nobody has answered. ``notices``: by item, a notice, when it was issued, how many."""
    latest: dict[str, str] = {}
    for key in sorted(subject.done, key=lambda key: (key.rpartition("/")[0], int(key.rpartition("/")[2]))):
        latest[key.rpartition("/")[0]] = key
    items = subject.book.open_still(subject.state, subject.done, set(latest.values()) & notices.keys())
    return [_question(name, subject, item, notices[item.key]) for item in items if MATTERS[item.matter].suggestion]


def _question(name: str, subject: Subject, item: DueItem, notice: tuple[str, datetime, int]) -> Waiting:
    id_, issued_at, times = notice
    matter = MATTERS[item.matter]
    there = {one.role: one.person for one in subject.book.notices(subject.state, item)}
    calendar = subject.state.life.calendar
    often = "Told once, on" if times == 1 else f"{times} notices, the last on"
    asked = f"{often} {long_date(calendar.day(issued_at))} (step {item.step + 1})."
    return Waiting(
        item=f"{name}/{item.matter}/{item.window}",
        kind=Kind.QUESTION,
        loss=matter.loss,
        subject=name,
        matter=item.matter,
        turn=item.turn,
        person=there.get(item.turn) or next(iter(there.values()), None),
        notice=id_,
        since=item.since,
        owed_by=item.answer_by,
        rule=item.rule,
        parameter=item.parameter,
        facts=item.facts,
        evidence=(asked, *_of_the_team(subject, item), *_of_the_course(subject.state, item)),
        suggestion=matter.suggestion or "",
        seen=item.key,
    )


def _of_the_team(subject: Subject, item: DueItem) -> Iterable[str]:
    run = getattr(subject.state, "run", None)
    if run is not None and item.matter in (Matter.ESCALATION, Matter.STALL) and run.misses:
        missed, first = len(run.misses), long_date(run.misses[0].day)
        yield f"{missed} expected sessions in a row were missed or are unknown, the first on {first}."


def _of_the_course(state: object, item: DueItem) -> Iterable[str]:
    if not isinstance(state, IntroCourse):
        return
    if item.matter is Matter.INTRO_ATTENDANCE and item.about in state.life.dates:
        day = state.life.dates.index(item.about) + 1
        booked = [one for _, one in state.life.with_place(state.now, day)]
        there = sum(one.seen.get(day, False) for one in booked)
        yield f"{len(booked)} had a place on day {day}, {long_date(item.about)}; {there} were tapped as there so far."
    if item.matter is Matter.COACHING_WISH:
        yield f"A delegate said on {long_date(state.life.calendar.day(item.since))} that they want to become a coach."


def ranked(waiting: Iterable[Waiting], snoozes: Mapping[str, Snooze], now: datetime, today: date) -> list[Waiting]:
    """The most pressing first: by what is lost; overdue before the rest; the longest wait before the shorter.

    A snooze holds until its day, or until its matter comes a step further.
    """
    marked = [_snoozed(one, snoozes.get(one.item), today) for one in waiting]
    return sorted(marked, key=lambda one: (one.loss, not _overdue(one, now), one.owed_by or one.since, one.item))


def _overdue(one: Waiting, now: datetime) -> bool:
    return one.owed_by is not None and one.owed_by < now


def _snoozed(one: Waiting, snooze: Snooze | None, today: date) -> Waiting:
    if snooze is None or snooze.seen != one.seen or snooze.until <= today:
        return one
    return one.model_copy(update={"snoozed_until": snooze.until})
