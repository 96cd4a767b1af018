"""One participant and their team, rehearsed by the rules alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from lifecycle.calendar import calendar
from lifecycle.subject_rules import Known
from rehearsal.acts import Asked
from rehearsal.asking import asked_by
from rehearsal.pure.world import PureWorld
from rehearsal.register import OnPaper
from rehearsal.script import Script, alone, begins
from rehearsal.stage import Refused, Stage
from rehearsal.team import Team
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.engagement_facts import Slot
from schemas.programme import Programme
from schemas.roster import Contact, Roster, RosterRow
from schemas.roster_cells import Behaviour
from schemas.words import HolidayDivision, Matter, Role, Weekday

COURSE_START = date(2027, 3, 1)
PROGRAMME = Programme(name="sheffield-mca", version=1)
DAYS = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, "Europe/London", PROGRAMME.quiet_hours)
ENGAGEMENT = "sheffield.paper.P01"


@dataclass(frozen=True)
class Paper:
    """What became of it: the people, what the rules know of the team, what was asked, and what was refused."""

    team: Team
    known: Known
    now: datetime
    done: dict[str, datetime]
    asked: list[Asked]
    refused: list[Refused]


def rehearse(behaviour: Behaviour, seed: int = 1, months: int = 42) -> Paper:
    """A life on paper, week by week."""
    plot = alone(
        Script("sheffield", "sheffield.paper", _roster(behaviour), COURSE_START, PROGRAMME, _OFFICE, months, seed)
    )
    world = PureWorld(plot, OnPaper(), begins(plot))
    stage = Stage(plot, world, lambda _: None)
    asyncio.run(stage.play())
    subject = world.subjects[ENGAGEMENT]
    asked = [asked_by(issued) for issued in world.post.notices.values() if issued.subject == ENGAGEMENT]
    return Paper(stage.teams[ENGAGEMENT], subject.known, subject.now, subject.done, asked, stage.refused)


_OFFICE = Contact("Programme office", "office@example.org")


def _roster(behaviour: Behaviour) -> Roster:
    people: dict[str, Any] = {
        who: Contact(who, f"{who}@example.org") for who in ("person", "team_lead", "sponsor", "faculty")
    }
    return Roster(
        (
            RosterRow(
                line=2,
                participant="P01",
                microsystem="Ward 1",
                slot=Slot(day=Weekday.TUESDAY, at=time(9, 0)),
                division=HolidayDivision.ENGLAND_AND_WALES,
                behaviour=behaviour,
                organisation="",
                discipline="",
                **people,
            ),
        )
    )


def alarms(paper: Paper) -> list[Asked]:
    """Alarms to anybody above the coach."""
    return [
        a
        for a in paper.asked
        if a.matter in (Matter.ESCALATION, Matter.STALL) and a.role in (Role.FACULTY, Role.OFFICE, Role.SPONSOR)
    ]
