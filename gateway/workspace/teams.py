"""The caseload: every team that the reader looks after, the worst off first, with its last 26 weeks at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from gateway.pages.answers import PAUSES
from gateway.pages.recorded import ROLES
from gateway.workspace.frame import show
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.dates import clock_of, long_date
from lifecycle.matters import MATTERS
from records import caseload
from records.caseload import NO_CONCERN, Count, Sought, Team, Week
from schemas.words import Concern, Role, Stage

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_A_PAGE: Final = 50
_WEEKS: Final = 26

_STATES: Final[Mapping[str, tuple[str, str]]] = {
    Concern.STALLED: ("Stalled", "red"),
    Concern.NO_COACH: ("No coach", "red"),
    Concern.AT_RISK: ("At risk", "orange"),
    Concern.NO_PROGRESS: ("No progress", "yellow"),
    Concern.ON_LEAVE: ("Coach away", "grey"),
    Concern.PAUSED: ("Paused", "grey"),
    NO_CONCERN: ("Nothing wrong", "green"),
}
"""What each state is called, and the colour of its tag."""

_STAGES: Final[Mapping[Stage, str]] = {
    Stage.PROPOSED: "Waiting for the agreement",
    Stage.AGREED: "Weekly sessions haven't begun yet",
    Stage.ACTION: "Improvement sessions every week",
    Stage.TRANSITION: "Taking over from the coach",
    Stage.READINESS_REVIEW: "Being checked for hand-off",
    Stage.AFTERCARE: "Carrying on alone since the hand-off",
    Stage.RELAPSED: "Needs help again after the hand-off",
}

_CELLS: Final[Mapping[str, tuple[str, str]]] = {
    "held": ("H", "went ahead"),
    "not_held": ("N", "didn't go ahead"),
    "unknown": ("?", "not known"),
    "expected": ("·", "still to come, or not recorded yet"),
    "paused": ("P", "paused"),
    "excused": ("E", "excused: holiday, closed week or leave"),
}
"""The letter of each week, and what it means; of several in one week the first of these."""


@dataclass(frozen=True, slots=True)
class Line:
    """One team as it is shown."""

    team: str
    coach: str
    state: tuple[str, str]
    reason: str
    since: str
    following: str
    turn: str
    weeks: tuple[tuple[str, str], ...]
    in_words: str


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to see fewer teams, with how many they are."""

    label: str
    teams: int
    url: str
    chosen: bool


def sought_by(visit: Visit) -> Sought:
    """Whose teams somebody may see: an office its academy's, faculty their own. Raises NotTheirs for all others."""
    if visit.runs:
        return Sought(visit.academy)
    academies = [part.academy for part in visit.held if part.role is Role.FACULTY]
    if not academies:
        raise NotTheirs
    return Sought(academies[0], visit.person)


@pages.api_route("/teams", methods=["GET", "HEAD"])
async def all_teams(visit: Visiting) -> Response:
    """Every team that the reader looks after."""
    sought = sought_by(visit)
    async with visit.context.connection() as conn:
        counted = await caseload.counts(conn, sought)
        sought, number = _narrowed(sought, visit.request.query_params, {count.cohort for count in counted})
        teams = await caseload.teams(conn, sought, (number - 1) * _A_PAGE, _A_PAGE + 1)
        last = visit.today - timedelta(days=visit.today.weekday())
        first = last - timedelta(weeks=_WEEKS - 1)
        weeks = await caseload.weeks(conn, [team.engagement for team in teams], first, last)
    mondays = [first + timedelta(weeks=number) for number in range(_WEEKS)]
    return show(
        "teams.html",
        visit,
        title="All your teams",
        groups=_grouped(teams[:_A_PAGE], weeks, mondays, sought),
        states=_by_state(counted, sought),
        cohorts=_by_cohort(counted, sought),
        orders=_orders(sought),
        cells=_CELLS,
        last_day=long_date(last + timedelta(days=6)),
        before=_url(sought, number - 1) if number > 1 else "",
        after=_url(sought, number + 1) if len(teams) > _A_PAGE else "",
        wide=True,
    )


def _narrowed(sought: Sought, asked: Mapping[str, str], cohorts: Collection[str]) -> tuple[Sought, int]:
    """What the address asks for, and its page. What it cannot mean is left out."""
    state, cohort, number = asked.get("state"), asked.get("cohort"), asked.get("page", "")
    return replace(
        sought,
        state=state if state in _STATES else None,
        cohort=cohort if cohort in cohorts else None,
        by="faculty" if asked.get("by") == "faculty" else "cohort",
    ), max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1


def _url(sought: Sought, number: int = 1) -> str:
    said = {"state": sought.state, "cohort": sought.cohort, "by": sought.by if sought.by != "cohort" else None}
    query = urlencode({name: value for name, value in said.items() if value} | ({"page": number} if number > 1 else {}))
    return f"?{query}"


def _by_state(counted: Iterable[Count], sought: Sought) -> list[Filter]:
    teams: Counter[str] = Counter()
    for count in counted:
        if sought.cohort in (None, count.cohort):
            teams[count.state] += count.teams
    every = Filter("All teams", teams.total(), _url(replace(sought, state=None)), sought.state is None)
    return [every] + [
        Filter(label, teams[state], _url(replace(sought, state=state)), sought.state == state)
        for state, (label, _) in _STATES.items()
        if teams[state] or sought.state == state
    ]


def _by_cohort(counted: Sequence[Count], sought: Sought) -> list[Filter]:
    teams: Counter[str] = Counter()
    for count in counted:
        if sought.state in (None, count.state):
            teams[count.cohort] += count.teams
    every = Filter("All cohorts", teams.total(), _url(replace(sought, cohort=None)), sought.cohort is None)
    return [every] + [
        Filter(_cohort(cohort), teams[cohort], _url(replace(sought, cohort=cohort)), sought.cohort == cohort)
        for cohort in dict.fromkeys(count.cohort for count in counted)
    ]


def _orders(sought: Sought) -> list[tuple[str, str, bool]]:
    ways = ("cohort", "By cohort"), ("faculty", "By faculty member")
    return [(label, _url(replace(sought, by=by)), sought.by == by) for by, label in ways]  # type: ignore[arg-type]


def _cohort(cohort: str) -> str:
    return cohort.partition(".")[2] or cohort


def _grouped(
    teams: Iterable[Team], weeks: Mapping[str, list[Week]], mondays: Sequence[date], sought: Sought
) -> list[tuple[str, list[Line]]]:
    def heading(team: Team) -> str:
        return _cohort(team.cohort) if sought.by == "cohort" else team.faculty or "No faculty member"

    return [
        (title, [_line(team, weeks.get(team.engagement, []), mondays) for team in group])
        for title, group in groupby(teams, heading)
    ]


def _line(team: Team, weeks: Iterable[Week], mondays: Sequence[date]) -> Line:
    clock = clock_of(team.zone)
    by_week = {
        week: _first(group) for week, group in groupby(sorted(weeks, key=lambda one: one.week), lambda w: w.week)
    }
    row = [by_week.get(monday, "") for monday in mondays]
    return Line(
        team=team.team or team.engagement,
        coach=team.coach or "nobody",
        state=_STATES[team.concern or NO_CONCERN],
        reason=_reason(team, [one for one in row if one in ("held", "not_held", "unknown")]),
        since=clock.date(team.concern_since) if team.concern_since else "",
        following=f"{_raised(MATTERS[team.next_matter].label)}, {clock.date(team.next_due)}",
        turn=f"For {ROLES[team.turn]}",
        weeks=tuple((outcome.replace("_", "-"), _CELLS[outcome][0] if outcome else "") for outcome in row),
        in_words=_in_words(row),
    )


def _first(weeks: Iterable[Week]) -> str:
    outcomes = {str(week.outcome) for week in weeks}
    return next(outcome for outcome in _CELLS if outcome in outcomes)


def _reason(team: Team, told: Sequence[str]) -> str:
    match team.concern:
        case Concern.STALLED | Concern.AT_RISK:
            return _missed(team.misses, frozenset(told[-team.misses :]))
        case Concern.NO_COACH:
            return "Nobody coaches this team now"
        case Concern.NO_PROGRESS:
            return "Progress scores are missing, or aren't going up"
        case Concern.ON_LEAVE:
            return "Every coach of the team is on leave"
        case Concern.PAUSED:
            return f"Paused: {_lowered(PAUSES[team.pause])}" if team.pause else "Coaching is paused"
        case None:
            return _STAGES[team.stage]


def _missed(misses: int, outcomes: frozenset[str]) -> str:
    last = f"the last {misses} sessions" if misses > 1 else "the last session"
    if outcomes == {"unknown"}:
        return f"We haven't heard whether {last} went ahead"
    if outcomes == {"not_held"}:
        return f"{_raised(last)} didn't go ahead"
    return f"{_raised(last)} didn't go ahead, or we haven't heard"


def _raised(words: str) -> str:
    return words[:1].upper() + words[1:]


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]


def _in_words(row: Sequence[str]) -> str:
    """The weeks for who does not see them."""
    counted = Counter(outcome for outcome in row if outcome)
    parts = [f"{counted[outcome]} {words}" for outcome, (_, words) in _CELLS.items() if counted[outcome]]
    return f"Last {len(row)} weeks: {'; '.join(parts)}" if parts else f"Last {len(row)} weeks: no sessions"
