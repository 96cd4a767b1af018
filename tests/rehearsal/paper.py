"""A rehearsal on paper: one team against the pure rules, without server, database or mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from lifecycle.account import Account, account
from lifecycle.calendar import calendar
from lifecycle.engagement import REDUCER, advance, assess, due, notices, upcoming
from lifecycle.engagement.life import Life
from rehearsal import answers, behaviours
from rehearsal.acts import Asked
from rehearsal.behaviours import Dice
from rehearsal.team import Cast, Team
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import Refusal
from schemas.engagement_facts import EngagementProposed, People, Slot
from schemas.facts import Fact
from schemas.programme import Programme
from schemas.roster_cells import Behaviour
from schemas.words import HolidayDivision, Matter, Role, Weekday

COURSE_START = date(2027, 3, 1)
PROGRAMME = Programme(name="sheffield-mca", version=1)
DAYS = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, "Europe/London", PROGRAMME.quiet_hours)


@dataclass
class Paper:
    """One engagement told to the rules as the driver tells it to the workflow."""

    team: Team
    known: Account[Life]
    now: datetime
    done: dict[str, datetime] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    refused: list[tuple[Fact, Refusal]] = field(default_factory=list)

    def go_to(self, at: datetime) -> list[Asked]:
        """Carry out everything due until then."""
        issued = []
        while True:
            state = assess(self.known, self.now, self.done)
            ahead = [item for item in upcoming(state, self.done) if item.at <= at]
            if not ahead:
                break
            self.now = max(self.now, ahead[0].at)
            state = assess(self.known, self.now, self.done)
            for item in due(state, self.done):
                self.done[item.key] = self.now
                issued += [
                    Asked(
                        self.team.engagement,
                        n.role,
                        n.act,
                        n.matter,
                        n.window,
                        n.step,
                        self.now,
                        n.about,
                        n.number,
                        n.detail,
                    )
                    for n in notices(state, item)
                ]
        self.now = at
        self.asked += issued
        return issued

    def tell(self, fact: Fact) -> None:
        """Tell a fact, and keep its refusal."""
        after = advance(self.known, fact, self.now)
        if isinstance(after, Refusal):
            self.refused.append((fact, after))
        else:
            self.known = after


def rehearse(behaviour: Behaviour, seed: int = 1, months: int = 42) -> Paper:
    """A life on paper, week by week."""
    opened = datetime(2026, 12, 21, 9, 41, 1, tzinfo=UTC)
    slot = Slot(day=Weekday.TUESDAY, at=time(9, 0))
    team = Team(
        engagement="sheffield.paper.P01",
        participant="P01",
        character=behaviours.character(behaviour),
        dice=Dice(seed, "P01"),
        calendar=DAYS,
        programme=PROGRAMME,
        course_start=COURSE_START,
        slot=slot,
        cast=Cast("per_coach", "per_faculty", "per_new", "per_lead", "ms_other"),
    )
    opening = EngagementProposed(
        event_id="open",
        occurred_at=opened,
        programme=PROGRAMME,
        cohort="sheffield.paper",
        enrolment="sheffield.paper.P01",
        microsystem="ms_one",
        course_start=COURSE_START,
        slot=slot,
        calendar=LATEST_HOLIDAY_TABLE,
        people=People(coach="per_coach", faculty="per_faculty", sponsor="per_sponsor", team_lead="per_lead"),
        watched_from=opened,
    )
    paper = Paper(team, account(REDUCER, [opening]), now=opened)
    barrier = datetime(2026, 12, 23, 3, 17, 40, tzinfo=UTC)
    while barrier < DAYS.add_months(DAYS.at(COURSE_START, time(3)), months) and paper.known.life.ended_at is None:
        _week(paper, barrier)
        barrier += timedelta(weeks=1)
    return paper


def _week(paper: Paper, barrier: datetime) -> None:
    issued = []
    paper.team.live_until(barrier)
    for telling in paper.team.agenda.until(barrier):
        issued += paper.go_to(telling.at)
        paper.tell(telling.fact)
    issued += paper.go_to(barrier)
    for asked in issued:
        if asked.matter is not Matter.SESSION:
            answers.answer(paper.team, asked, barrier)


def alarms(paper: Paper) -> list[Asked]:
    """Alarms to anybody above the coach."""
    return [
        a
        for a in paper.asked
        if a.matter in (Matter.ESCALATION, Matter.STALL) and a.role in (Role.FACULTY, Role.OFFICE, Role.SPONSOR)
    ]
