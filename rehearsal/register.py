"""Who is known by which id: as the records have it, or on paper alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from operations.cohorts import admit, everybody, openings
from operations.intro_courses import CoursePlan, Wanted, requested, wanted_by
from operations.offices import settle_office
from records import admitting, intro_courses
from records.database import Pool
from rehearsal.casting import found, teams_to_find
from rehearsal.script import Script
from rehearsal.world import Admitted
from schemas.facts import Teller
from schemas.intro_course_facts import PlaceRequested
from schemas.words import BookingId, Code, IntroCourseId, Role


class Register(Protocol):
    """Gives ids, and keeps what no fact may hold."""

    async def admit(self, script: Script, at: datetime) -> Admitted:
        """Know everybody of a cohort, and the teams that are found during the course, with their team leads."""

    async def requested(self, course: IntroCourseId, wanted: Wanted, event_id: str, at: datetime) -> PlaceRequested:
        """Know somebody who wants a place."""

    async def describe(self, plan: CoursePlan, at: datetime) -> None:
        """Know where a course is, and whose it is."""

    async def keep_feedback(
        self, course: IntroCourseId, booking: BookingId, at: datetime, marks: Mapping[str, int], comment: str
    ) -> None:
        """Keep what a delegate says of a course."""


class Recorded:
    """The records."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def admit(self, script: Script, at: datetime) -> Admitted:
        """As a cohort's start does."""
        openings = await admit(self._pool, script.plan, script.roster, at)
        async with self._pool.acquire() as conn:
            later = await admitting.admit(conn, script.academy, at, teams_to_find(script))
        return Admitted(openings, found(script, later))

    async def requested(self, course: IntroCourseId, wanted: Wanted, event_id: str, at: datetime) -> PlaceRequested:
        """As a booking does."""
        return await requested(self._pool, course, wanted, event_id=event_id, at=at)

    async def describe(self, plan: CoursePlan, at: datetime) -> None:
        """As its scheduling does."""
        async with self._pool.acquire() as conn:
            await settle_office(conn, plan.academy, plan.office, at)
            await intro_courses.describe(conn, plan.course, plan.venue, plan.joining, at)

    async def keep_feedback(
        self, course: IntroCourseId, booking: BookingId, at: datetime, marks: Mapping[str, int], comment: str
    ) -> None:
        """Beside the fact."""
        async with self._pool.acquire() as conn:
            await intro_courses.keep_feedback(conn, course, booking, at, **marks, comment=comment)


class OnPaper:
    """Gives ids that follow from the address, or the team's name, and keeps nothing."""

    async def admit(self, script: Script, at: datetime) -> Admitted:
        """As the records would, with other ids."""
        began = openings(script.plan, script.roster, _known(script.academy, everybody(script.roster)), at)
        return Admitted(began, found(script, _known(script.academy, teams_to_find(script))))

    async def requested(self, course: IntroCourseId, wanted: Wanted, event_id: str, at: datetime) -> PlaceRequested:
        """As the records would, with other ids."""
        person = _id("per", course.partition(".")[0], wanted.address.lower())
        return wanted_by(person, course, wanted, event_id=event_id, at=at, told_by=Teller(role=Role.OFFICE))

    async def describe(self, plan: CoursePlan, at: datetime) -> None:
        """Nobody reads it."""

    async def keep_feedback(
        self, course: IntroCourseId, booking: BookingId, at: datetime, marks: Mapping[str, int], comment: str
    ) -> None:
        """Nobody reads it."""


def _known(academy: Code, roster: admitting.Roster) -> admitting.Admitted:
    return admitting.Admitted(
        ids={
            admitting.who(person.name, person.address): _id("per", academy, person.address.lower())
            for person in roster.people
        },
        microsystems={name: _id("ms", academy, name) for name in roster.microsystems},
    )


def _id(what: str, *words: str) -> str:
    return f"{what}_{hashlib.sha256('/'.join(words).encode()).hexdigest()[:12]}"
