"""Who plays whom: the teams that are found later, and the people around each team, by the ids the records gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final

from lifecycle.calendar import Calendar
from operations.cohorts import Openings
from records import admitting
from rehearsal import behaviours
from rehearsal.behaviours import Dice
from rehearsal.course import Course, Participant
from rehearsal.script import Script
from rehearsal.team import Cast, Team
from rehearsal.world import Admitted
from schemas.cohort_facts import EnrolmentAccepted
from schemas.cohort_facts import Team as TeamFound
from schemas.engagement_facts import EngagementProposed, Slot
from schemas.roster import RosterRow
from schemas.roster_cells import Behaviour
from schemas.words import EngagementId, EnrolmentId, HolidayDivision, PersonId, Role, Weekday

_FIND_A_TEAM: Final = (Behaviour.NO_TEAM_YET, Behaviour.TWO_TEAMS)
_USUAL_SLOT: Final = Slot(day=Weekday.WEDNESDAY, at=time(14, 0))


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody on the course, by enrolment, and the teams that two kinds of participants find later."""

    script: Script
    admitted: Admitted

    @property
    def openings(self) -> Openings:
        """The cohort's first facts."""
        return self.admitted.openings

    def calendar(self, division: HolidayDivision) -> Calendar:
        """The days as people in a part of the country count them."""
        return self.script.days(division)

    def course(self, teams: Mapping[EngagementId, Team]) -> Course:
        """The course with its participants, before anything has happened. ``teams`` fills as they come to life."""
        participants = {}
        for row in self.script.roster.rows:
            enrolment = self.script.plan.enrolment(row.participant)
            dice = Dice(self.script.seed, row.participant)
            participants[enrolment] = Participant(row, enrolment, dice, found=self.admitted.found.get(enrolment))
        return Course(self.script, self.calendar(self.openings.scheduled.division), participants, teams=teams)

    def successor(self, row: RosterRow) -> PersonId:
        """Who takes over from a coach who left: a co-coach of the same course if there is one."""
        own = self.script.plan.enrolment(row.participant)
        others = [enrolled for enrolled in self.openings.enrolments if enrolled.enrolment != own]
        joining = (enrolled.person for enrolled in others if enrolled.joins)
        return next(joining, (others or list(self.openings.enrolments))[0].person)

    def other_team(self, microsystem: str) -> str:
        """A team that another one can be merged into."""
        teams = [enrolled.team.microsystem for enrolled in self.openings.enrolments if enrolled.team]
        return next((team for team in teams if team != microsystem), microsystem)


def teams_to_find(script: Script) -> admitting.Roster:
    """The teams that are found during the course, and their team leads."""
    rows = list(_finding(script))
    return admitting.Roster(tuple(_lead(row) for row in rows), tuple(_team_of(row) for row in rows))


def found(script: Script, admitted: admitting.Admitted) -> dict[EnrolmentId, TeamFound]:
    """The teams that are found during the course, by who finds them."""
    return {
        script.plan.enrolment(row.participant): TeamFound(
            microsystem=admitted.microsystems[_team_of(row)],
            team_lead=admitted.of(_lead(row).name, _lead(row).address),
            slot=_second_slot(row.slot) if row.microsystem else row.slot or _USUAL_SLOT,
        )
        for row in _finding(script)
    }


def _finding(script: Script) -> Iterator[RosterRow]:
    return (row for row in script.roster.rows if row.behaviour in _FIND_A_TEAM)


def _team_of(row: RosterRow) -> str:
    return f"Found team of {row.participant}"


def _lead(row: RosterRow) -> admitting.Person:
    return admitting.Person(f"Found lead of {row.participant}", f"lead.of.{row.participant.lower()}@found.example.org")


def _second_slot(first: Slot | None) -> Slot:
    """Another day than the coach's first team has."""
    return Slot(day=Weekday.THURSDAY, at=time(11, 0)) if first == _USUAL_SLOT else _USUAL_SLOT


def team(
    company: Company,
    course: Course,
    engagement: EngagementId,
    opening: EngagementProposed,
    around: Mapping[Role, PersonId],
) -> Team:
    """The team of an engagement, with the people around it."""
    participant = course.participants[opening.enrolment]
    script, row = company.script, participant.row
    found = participant.found if participant.found and participant.found.microsystem == opening.microsystem else None
    second = found is not None and row.microsystem is not None
    behaviour = Behaviour.STEADY if second else row.behaviour
    return Team(
        engagement=engagement,
        participant=row.participant,
        character=script.stories.get(row.participant) or behaviours.character(behaviour),
        dice=Dice(script.seed, f"{row.participant}-2" if second else row.participant),
        calendar=company.calendar(row.division),
        programme=script.programme,
        course_start=script.course_start,
        slot=found.slot if found else row.slot or _USUAL_SLOT,
        cast=Cast(
            coach=around[Role.COACH],
            stand_in=around.get(Role.FACULTY) or around[Role.OFFICE],
            successor=company.successor(row),
            owner=around.get(Role.TEAM_LEAD) or around[Role.COACH],
            merged_into=company.other_team(opening.microsystem),
        ),
        withdraws_at=course.withdraws_at(participant),
    )


def born(fact: object, known: set[EngagementId]) -> EngagementId | None:
    """The engagement that a fact told to the cohort brings to life, if any."""
    if isinstance(fact, EnrolmentAccepted):
        return fact.enrolment if fact.team else None
    enrolment = getattr(fact, "enrolment", None)
    if getattr(fact, "kind", "") != "microsystem_identified" or enrolment is None:
        return None
    return f"{enrolment}-2" if enrolment in known else enrolment
