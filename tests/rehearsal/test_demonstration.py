"""The demonstration's academy has something of everything, on whatever day it begins."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from lifecycle.calendar import calendar
from rehearsal.demonstration.living import first_morning
from rehearsal.demonstration.plots import plots
from rehearsal.pure.subject import PureSubject
from rehearsal.pure.world import PureWorld
from rehearsal.register import OnPaper
from rehearsal.script import begins
from rehearsal.stage import Refused, Stage
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme_file import shipped_programme
from schemas.subjects import ENGAGEMENT, INTRO_COURSE
from schemas.words import Health, HolidayDivision, IntroStage, Matter
from schemas.words import Stage as Reached


def lived(ends: datetime) -> tuple[dict[str, PureSubject], list[Refused]]:
    """All that lives in it at that moment, and what was refused on the way."""
    subjects: dict[str, PureSubject] = {}
    refused: list[Refused] = []
    for plot in plots(ends):
        world = PureWorld(plot, OnPaper(), begins(plot))
        stage = Stage(plot, world, lambda _: None)
        asyncio.run(stage.play())
        subjects |= world.subjects
        refused += stage.refused
    return subjects, refused


@pytest.mark.parametrize("ends", [datetime(2026, 12, 5, 23, 11, tzinfo=UTC), datetime(2027, 4, 6, 6, 2, tzinfo=UTC)])
def test_something_of_everything_is_there_today(ends: datetime) -> None:
    """Late on a Saturday in winter, and early on the morning after Easter."""
    subjects, refused = lived(ends)
    assert refused == []
    teams = [subject for subject in subjects.values() if subject.kind is ENGAGEMENT]
    alive = [team.state for team in teams if team.state.life.ended_at is None]
    assert {state.health for state in alive} >= {Health.ON_TRACK, Health.AT_RISK, Health.STALLED, Health.PAUSED}
    stages = {team.state.stage for team in teams}
    assert stages >= {
        Reached.PROPOSED, Reached.ACTION, Reached.TRANSITION, Reached.READINESS_REVIEW, Reached.AFTERCARE,
        Reached.SUSTAINED, Reached.ENDED_EARLY,
    }  # fmt: skip
    ahead = {item.matter for team in teams for item in team.ahead}
    assert {Matter.VACANCY, Matter.HAND_OFF, Matter.AGREEMENT, Matter.PAUSE_REVIEW} <= ahead
    courses = [subject.state for subject in subjects.values() if subject.kind is INTRO_COURSE]
    assert len(courses) == 2
    assert {course.stage for course in courses} & {IntroStage.OPEN, IntroStage.FULL, IntroStage.JOINING}


def test_it_begins_at_ten_on_the_next_working_day() -> None:
    """After a Friday on Monday; by the clock of the academy, in summer an hour earlier in UTC."""
    programme = shipped_programme()
    days = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, programme.zone, programme.quiet_hours)
    assert first_morning(date(2026, 12, 4), days) == datetime(2026, 12, 7, 10, 0, 41, tzinfo=UTC)
    assert first_morning(date(2027, 6, 5), days) == datetime(2027, 6, 7, 9, 0, 41, tzinfo=UTC)
