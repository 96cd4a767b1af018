"""What the next eight weeks hold: for the academy, for the teams that faculty look after, or for oneself."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.calendars import entries_of
from gateway.workspace.academy.now import closed_ahead, holidays_ahead
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import show
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.academy.facts import Life
from lifecycle.dates import clock_of, date_range, long_date
from lifecycle.diary import Entry, Happening
from lifecycle.matters import MATTERS
from operations.in_force import academy_life
from operations.leaves import leaves_of
from operations.sheets import Cell
from records import ahead, ledger
from records import pages as known_pages
from records.ahead import Absence, CourseDay, Falling, Meeting, Scope
from records.database import Connection
from schemas.sentences import joined, raised, say, say_of
from schemas.subjects import cohort_name
from schemas.words import Matter, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_WEEKS: Final = 8
_ASKED: Final = (
    Matter.REVIEW, Matter.TRANSITION, Matter.HAND_OFF, Matter.LIMIT, Matter.PAUSE_REVIEW, Matter.PAUSE_DECISION,
    Matter.AFTERCARE, Matter.COHORT_CONFIRMATION, Matter.CONDITIONAL_START, Matter.COMPLETION, Matter.INTERIM,
)  # fmt: skip
"""What comes up by its own date. The rest follows from what happens, and cannot be foreseen."""
_WHETHER: Final[Mapping[Matter, str]] = {
    Matter.TRANSITION: "whether the coach should step back",
    Matter.HAND_OFF: "whether the team carries on alone",
    Matter.LIMIT: "whether to extend or end the coaching",
    Matter.PAUSE_REVIEW: "whether the pause should go on",
    Matter.PAUSE_DECISION: "whether the pause should go on",
    Matter.AFTERCARE: "whether the improvement still holds",
    Matter.COHORT_CONFIRMATION: "whether the course will run",
    Matter.CONDITIONAL_START: "whether somebody may start without a team",
    Matter.COMPLETION: "who completed the course",
    Matter.READINESS: "whether the team can carry on alone",
}
"""What is asked, where the name of the matter alone doesn't say it."""
_OWED: Final = (
    *_ASKED, Matter.AGREEMENT, Matter.READINESS, Matter.RELAPSE, Matter.STALL, Matter.VACANCY, Matter.ROLE_VACANCY,
    Matter.COVER, Matter.GATE, Matter.SIGN_OFF,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happens:
    """One line: what happens, at what time if it has one, and where more is said of it."""

    words: str
    url: str = ""
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which something happens."""

    on: date
    title: str
    lines: list[Happens]


@dataclass(frozen=True, slots=True)
class Week:
    """One week: what holds for all of it, and its days."""

    title: str
    notes: list[str] = field(default_factory=list)
    teams: str = ""
    days: list[Day] = field(default_factory=list)


@pages.api_route("/calendar-ahead", methods=["GET", "HEAD"])
async def calendar_ahead(visit: Visiting) -> Response:
    """By week, then by day."""
    views = _views(visit)
    asked = visit.request.query_params.get("of")
    view = asked if asked in views else next(iter(views), None)
    if view is None:
        raise NotTheirs
    first = visit.today - timedelta(days=visit.today.weekday())
    mondays = [first + timedelta(weeks=number) for number in range(_WEEKS)]
    async with visit.context.connection() as conn:
        life = await academy_life(conn, visit.academy)
        weeks = await (_own if view == "me" else _of_scope)(visit, conn, mondays, life, view)
    if (kind := wanted(visit)) is not None:
        return download(kind, "The next eight weeks", ("When", "What"), _rows(weeks))
    return show(
        "ahead.html",
        visit,
        title="The next eight weeks",
        weeks=weeks,
        views=[(label, f"?of={name}", name == view) for name, label in views.items()],
        view=view,
        downloads=offered(visit),
    )


def _rows(weeks: Iterable[Week]) -> Iterator[tuple[Cell, ...]]:
    """What holds for all of a week, then each of its days."""
    for week in weeks:
        yield from ((week.title, words) for words in (*week.notes, week.teams) if words)
        for day in week.days:
            for line in day.lines:
                more = joined(", ", (words for words, _ in line.more))
                yield day.on, raised(say("{words}: {more}", words=line.words, more=more) if more else line.words)


def _views(visit: Visit) -> dict[str, str]:
    """Whose weeks somebody may see, the widest first."""
    found = {}
    if visit.runs:
        found["academy"] = "The academy"
    if any(part.role is Role.FACULTY for part in visit.held):
        found["teams"] = "Your teams"
    if any(part.role is not Role.OPERATOR for part in visit.held):
        found["me"] = "Only you"
    return found


def _scope(visit: Visit, mondays: list[date], view: str) -> Scope:
    clock, teams = visit.clock, None
    if view == "teams":
        teams = tuple(sorted({part.subject for part in visit.held if part.role is Role.FACULTY}))
    since, until = (clock.at(day, time(0)) for day in (mondays[0], mondays[-1] + timedelta(weeks=1)))
    return Scope(visit.academy, clock.zone, since, until, teams)


async def _of_scope(visit: Visit, conn: Connection, mondays: list[date], life: Life | None, view: str) -> list[Week]:
    scope = _scope(visit, mondays, view)
    lines: dict[date, list[Happens]] = defaultdict(list)
    for course_day in await ahead.course_days(conn, scope):
        lines[visit.clock.today(course_day.starts_at)].append(_course_day(visit, course_day))
    for due in await ahead.falling_due(conn, scope, _ASKED, _OWED):
        lines[due.day].append(_due(visit, due))
    meeting = await ahead.meeting(conn, scope)
    away = await ahead.absences(conn, scope)
    return _weeks(visit, mondays, life, lines, away, meeting)


async def _own(visit: Visit, conn: Connection, mondays: list[date], life: Life | None, _view: str) -> list[Week]:
    names = await known_pages.subjects(conn, visit.person)
    known = await ledger.as_known(conn, names)
    teams = await known_pages.team_names(conn, names)
    leaves = await leaves_of(conn, visit.academy, visit.person)
    entries = await asyncio.to_thread(entries_of, known, visit.person, visit.present)
    lines: dict[date, list[Happens]] = defaultdict(list)
    for entry in sorted(entries, key=_when):
        lines[entry.day].append(_entry(visit, entry, teams))
    until = mondays[-1] + timedelta(weeks=1)
    away = [
        Absence(visit.person, visit.reader.name, leave.first_day, leave.last_day)
        for leave in leaves
        if leave.last_day >= mondays[0] and leave.first_day < until
    ]
    return _weeks(visit, mondays, life, lines, away, None)


def _when(entry: Entry) -> tuple[date, bool, datetime | None, str]:
    return entry.day, entry.starts_at is not None, entry.starts_at, entry.uid


def _entry(visit: Visit, entry: Entry, teams: Mapping[str, str]) -> Happens:
    at = clock_of(entry.zone).time(entry.starts_at) if entry.starts_at else ""
    team = teams.get(entry.subject, "your team")
    match entry.what:
        case Happening.SESSION:
            return Happens(_timed(at, say("session with {team}", team=team)), f"{visit.root}/teams/{entry.subject}")
        case Happening.REVIEW:
            return Happens(
                say("{month}-month review of {team}", month=entry.number, team=team),
                f"{visit.root}/teams/{entry.subject}",
            )
        case Happening.LEARNING_SESSION:
            url = f"{visit.root}/cohorts/{entry.subject}" if visit.runs else ""
            return Happens(
                _timed(
                    at,
                    say(
                        "learning session {number} of {cohort}", number=entry.number, cohort=cohort_name(entry.subject)
                    ),
                ),
                url,
            )
        case Happening.INTRO_DAY:
            url = f"{visit.root}/introduction-courses/{entry.subject}" if visit.runs else ""
            return Happens(_timed(at, say("Introduction course, day {day}", day=entry.number)), url)


def _timed(at: str, what: str) -> str:
    return say("{time}: {what}", time=at, what=what) if at else what


def _course_day(visit: Visit, course_day: CourseDay) -> Happens:
    at = visit.clock.time(course_day.starts_at)
    if course_day.kind == "intro_day":
        places = say("{taken} of {places} places taken", taken=course_day.taken, places=course_day.places)
        words = say("Introduction course, day {day} ({places})", day=course_day.number, places=places)
        url = f"{visit.root}/introduction-courses/{course_day.subject}" if visit.runs else ""
        return Happens(_timed(at, words), url)
    url = f"{visit.root}/cohorts/{course_day.subject}" if visit.runs else ""
    cohort = cohort_name(course_day.subject)
    return Happens(
        _timed(at, say("learning session {number} of {cohort}", number=course_day.number, cohort=cohort)), url
    )


def _due(visit: Visit, due: Falling) -> Happens:
    label = raised(MATTERS[due.matter].label)
    if whether := _WHETHER.get(due.matter):
        label = (
            say("We need to know {whether}", whether=whether) if due.owed else say("We ask {whether}", whether=whether)
        )
    elif due.owed:
        label = say("{label}, answer due", label=label)
    more = tuple(_of(visit, *pair) for pair in zip(due.subjects, due.teams, strict=True))
    return Happens(say("{label} ({number})", label=label, number=len(more)) if len(more) > 1 else label, more=more)


def _of(visit: Visit, subject: str, team: str | None) -> tuple[str, str]:
    if team is not None:
        return team, f"{visit.root}/teams/{subject}"
    cohort = cohort_name(subject)
    return (cohort, f"{visit.root}/cohorts/{subject}") if visit.runs else (cohort, "")


@dataclass(frozen=True, slots=True)
class _Off:
    """Closed weeks and bank holidays."""

    spans: tuple[tuple[date, date], ...]
    holidays: frozenset[date]

    def closed(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.spans)


def _weeks(
    visit: Visit,
    mondays: Iterable[date],
    life: Life | None,
    lines: Mapping[date, list[Happens]],
    away: Collection[Absence],
    meeting: Meeting | None,
) -> list[Week]:
    off, found = _Off(tuple(closed_ahead(life, visit.today)), frozenset(holidays_ahead(life, visit.today))), []
    for monday in mondays:
        days = [monday + timedelta(days=number) for number in range(7)]
        week = Week(date_range(days[0], days[-1]))
        shut = [span for span in off.spans if span[0] <= days[-1] and span[1] >= monday]
        week.notes.extend(say("The academy is closed {days}.", days=_days(*span)) for span in shut)
        week.notes.extend(
            say("{name} is away {days}.", name=one.name or "Somebody", days=_days(one.first, one.last))
            for one in away
            if one.first <= days[-1] and one.last >= monday
        )
        free = {day for day in days[:5] if day in off.holidays or off.closed(day)}
        found.append(_with_days(week, days, lines, off, _meets(meeting, free) if meeting else ""))
    return found


def _with_days(week: Week, days: Iterable[date], lines: Mapping[date, list[Happens]], off: _Off, teams: str) -> Week:
    shown = []
    for day in days:
        on_it = [Happens("Bank holiday")] if day in off.holidays else []
        on_it += lines.get(day, [])
        if lines.get(day) and off.closed(day):
            on_it.append(Happens("The academy is closed on this day"))
        if on_it:
            shown.append(Day(day, long_date(day), on_it))
    return Week(week.title, week.notes, teams, shown)


def _days(first: date, last: date) -> str:
    return say("on {day}", day=long_date(first)) if first == last else say("from {days}", days=date_range(first, last))


def _meets(meeting: Meeting, free: Collection[date]) -> str:
    """How many sessions to expect, as far as anybody can say ahead."""
    if len(free) == 5:
        return "No sessions are expected."
    weekly = (
        say_of(meeting.weekly, "{number} team should meet.", "{number} teams should meet.")
        if meeting.weekly
        else "No weekly sessions are due."
    )
    less = say_of(
        meeting.less_often,
        "{number} team that meets less often may meet too.",
        "{number} teams that meet less often may meet too.",
    )
    paused = say_of(meeting.paused, "{number} team is paused.", "{number} teams are paused.")
    but = "Bank holidays and closed days don't count."
    parts = ((True, weekly), (meeting.less_often, less), (meeting.paused, paused), (free, but))
    return joined(" ", (words for holds, words in parts if holds))
