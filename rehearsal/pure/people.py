"""Who is known by which id, where no records give one: the same person has the same id, whoever rehearses."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Protocol

from operations.cohorts import everybody, openings
from operations.intro_courses import CoursePlan, Wanted, wanted_by
from records import people
from rehearsal.casting import found, teams_to_find
from rehearsal.script import Script
from rehearsal.world import Admitted
from schemas.facts import Teller
from schemas.intro_course_facts import PlaceRequested
from schemas.words import Code, IntroCourseId, Role


class Register(Protocol):
    """Gives ids."""

    async def admit(self, script: Script, at: datetime) -> Admitted:
        """Know everybody of a cohort."""

    async def requested(self, course: IntroCourseId, wanted: Wanted, event_id: str, at: datetime) -> PlaceRequested:
        """Know somebody who wants a place."""

    async def describe(self, plan: CoursePlan, at: datetime) -> None:
        """Know the office of a course, and what is said of it."""


class OnPaper:
    """Gives ids that follow from the address, or the team's name."""

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


def _known(academy: Code, roster: people.Roster) -> people.Admitted:
    return people.Admitted(
        people={person.address: _id("per", academy, person.address.lower()) for person in roster.people},
        microsystems={name: _id("ms", academy, name) for name in roster.microsystems},
    )


def _id(what: str, *words: str) -> str:
    return f"{what}_{hashlib.sha256('/'.join(words).encode()).hexdigest()[:12]}"
