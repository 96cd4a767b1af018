"""What somebody has to do, apart from what waits for somebody else: from the records, in few questions to them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from activities.links import Purpose
from gateway.workspace.visit import RUNNING, Visit
from lifecycle.dates import date_range
from lifecycle.worklist import Kind, Waiting
from operations.worklist import ASKED_WITHIN, Wanted, worklist
from records import intro_courses, pages
from records import worklist as records
from records.roles import offices_of
from records.worklist import InHand, PutTo, Snoozed
from schemas.sentences import say
from schemas.words import COACHING, Matter, Role

Whose = Literal["yours", "others", "snoozed"]
_SEE_OTHERS: Final = COACHING | {Role.OFFICE, Role.FACULTY, Role.TEAM_LEAD}
"""Who knows what their team waits for of others. A sponsor knows what they are asked."""


@dataclass(frozen=True, slots=True)
class Known:
    """The reader's tasks by whose they are, and what is known beside them; ``theirs`` names theirs, snoozed or not.

    ``names`` are those of teams and people, ``courses`` those of Introduction courses.
    """

    tasks: Mapping[Whose, list[Waiting]]
    theirs: frozenset[str]
    names: Mapping[str, str]
    courses: Mapping[str, str]
    put: Mapping[str, PutTo]
    hands: Mapping[str, InHand]
    snoozes: Mapping[str, Snoozed]

    def url(self, visit: Visit, waiting: Waiting) -> str:
        """The page that takes a task's answer, or else where more is said of it; empty for none."""
        if waiting.subject and (notice := self.notice(visit, waiting)):
            return visit.url(Purpose.NOTICE, waiting.subject, notice)
        if waiting.kind is Kind.HELD and waiting.subject:
            return visit.url(Purpose.HELD, waiting.subject)
        if waiting.kind in (Kind.MAIL, Kind.CHANNEL) and visit.runs:
            return f"{visit.root}/people/{waiting.about}"
        if waiting.subject in self.names:
            return f"{visit.root}/teams/{waiting.subject}"
        if waiting.matter is Matter.MAKE_UP and waiting.person and visit.runs:
            return f"{visit.root}/people/{waiting.person}"
        return ""

    def role(self, waiting: Waiting) -> Role | None:
        """The role in which a task is the reader's; None where it waits for somebody else."""
        if waiting.item not in self.theirs:
            return None
        put = self.put.get(waiting.item)
        return put.role if put is not None else waiting.turn

    def notice(self, visit: Visit, waiting: Waiting) -> str | None:
        """Through which notice the reader answers; whoever came into a part later through that of who had it."""
        put = self.put.get(waiting.item)
        if put is not None:
            return put.notice
        return waiting.notice if waiting.kind is Kind.QUESTION and waiting.person == visit.person else None


def wanted_by(visit: Visit) -> Wanted:
    """Whose tasks somebody sees: an office all of its academy's, everybody else what concerns them."""
    return Wanted() if visit.runs else Wanted(around=visit.person)


async def known_to(visit: Visit) -> Known:
    """All that the reader has to do or to know of."""
    async with visit.context.connection() as conn:
        found = await worklist(conn, visit.academy, visit.present, wanted_by(visit))
        persons = await offices_of(conn, visit.person)
        put = await records.put_to(conn, persons, visit.present - ASKED_WITHIN)
        teams = await pages.team_names(conn, [waiting.subject for waiting in found if waiting.subject])
        days = await intro_courses.days(conn, [waiting.subject for waiting in found if waiting.subject])
        people = {person for waiting in found for person in (waiting.about, waiting.person) if person}
        names = await pages.names(conn, list(people))
        hands = await records.in_hand(conn, visit.academy, visit.today) if visit.runs else {}
        snoozes = await records.snoozes(conn, visit.academy, [waiting.item for waiting in found])
    tasks, theirs = await asyncio.to_thread(_sorted, visit, found, put)
    courses = {course: say("Introduction course of {days}", days=date_range(*held)) for course, held in days.items()}
    return Known(tasks, theirs, teams | names, courses, put, hands, snoozes)


def _sorted(
    visit: Visit, found: Iterable[Waiting], put: Mapping[str, PutTo]
) -> tuple[dict[Whose, list[Waiting]], frozenset[str]]:
    """Beside the loop: of a large academy they are thousands."""
    tasks: dict[Whose, list[Waiting]] = {"yours": [], "others": [], "snoozed": []}
    theirs: set[str] = set()
    for waiting in found:
        own = _is_theirs(visit, waiting, put.get(waiting.item))
        if own:
            theirs.add(waiting.item)
        if own or visit.runs or (waiting.subject and visit.parts(waiting.subject) & _SEE_OTHERS):
            tasks["snoozed" if waiting.snoozed_until else "yours" if own else "others"].append(waiting)
    return tasks, frozenset(theirs)


def _is_theirs(visit: Visit, waiting: Waiting, put: PutTo | None) -> bool:
    if waiting.person == visit.person or (visit.runs and waiting.turn in RUNNING):
        return True
    # Whoever was asked last has to answer too, as with a signature, until they have.
    if put is None or put.signed or waiting.seen.rpartition("/")[2] != str(put.step):
        return False
    if (put.role, waiting.matter) == (Role.SPONSOR, Matter.ESCALATION):
        # That is told to them, and asked of others.
        return False
    parts = visit.parts(waiting.subject or "")
    return put.role in parts or (put.role in COACHING and bool(parts & COACHING))
