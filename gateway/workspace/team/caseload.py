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

from gateway.pages.figures import sparkline
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import Filter, show
from gateway.workspace.states import STATES, reason
from gateway.workspace.team.acts import act_of, label_of
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import clock_of, long_date
from lifecycle.roles import ROLES
from operations.sheets import Cell
from records import caseload
from records.caseload import NO_CONCERN, Count, Sought, Team, Week
from schemas.sentences import joined, say
from schemas.subjects import cohort_name

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_A_PAGE: Final = 50
_WEEKS: Final = 26
_ROLLING: Final = 6
"""So many weeks count for each point of the line that shows how much goes ahead."""

_CELLS: Final[Mapping[str, tuple[str, str]]] = {
    "held": ("H", "went ahead"),
    "not_held": ("N", "didn't go ahead"),
    "unknown": ("?", "not known"),
    "expected": ("·", "not recorded yet"),
    "paused": ("P", say("paused")),
    "excused": ("E", "excused: holiday, closed week or leave"),
}
"""The letter of each week, and what it means; of several in one week the first of these."""

_KNOWN: Final = ("held", "not_held", "unknown")
"""What became of a session that was expected."""


@dataclass(frozen=True, slots=True)
class Line:
    """One team as it is shown. ``path`` is where its own pages are."""

    path: str
    team: str
    coach: str
    state: tuple[str, str]
    since: str
    reason: str
    on: str
    following: str
    turn: str
    weeks: tuple[tuple[str, str], ...]
    in_words: str
    trend: str
    trend_in_words: str


def sought_by(visit: Visit) -> Sought:
    """Whose teams somebody may see: an office its academy's, faculty their own. Raises NotTheirs for all others."""
    return Sought(*visit.sees())


@pages.api_route("/teams", methods=["GET", "HEAD"])
async def all_teams(visit: Visiting) -> Response:
    """Every team that the reader looks after."""
    sought, kind = sought_by(visit), wanted(visit)
    async with visit.context.connection() as conn:
        counted = await caseload.counts(conn, sought)
        sought, number = _narrowed(sought, visit.request.query_params, {count.cohort for count in counted})
        at = ((number - 1) * _A_PAGE, _A_PAGE + 1) if kind is None else ()
        teams = await caseload.teams(conn, sought, *at)
        last = visit.today - timedelta(days=visit.today.weekday())
        first = last - timedelta(weeks=_WEEKS - 1)
        weeks = await caseload.weeks(conn, [team.engagement for team in teams], first, last)
    mondays = [first + timedelta(weeks=number) for number in range(_WEEKS)]
    if kind is not None:
        return download(kind, "Teams", _columns(mondays), (_row(team, weeks, mondays) for team in teams))
    return show(
        "teams.html",
        visit,
        title="All your teams",
        downloads=offered(visit),
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
        state=state if state in STATES else None,
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
        for state, (label, _) in STATES.items()
        if teams[state] or sought.state == state
    ]


def _by_cohort(counted: Sequence[Count], sought: Sought) -> list[Filter]:
    teams: Counter[str] = Counter()
    for count in counted:
        if sought.state in (None, count.state):
            teams[count.cohort] += count.teams
    every = Filter("All cohorts", teams.total(), _url(replace(sought, cohort=None)), sought.cohort is None)
    return [every] + [
        Filter(cohort_name(cohort), teams[cohort], _url(replace(sought, cohort=cohort)), sought.cohort == cohort)
        for cohort in dict.fromkeys(count.cohort for count in counted)
        if teams[cohort] or sought.cohort == cohort
    ]


def _orders(sought: Sought) -> list[tuple[str, str, bool]]:
    ways = ("cohort", "By cohort"), ("faculty", "By faculty member")
    return [(label, _url(replace(sought, by=by)), sought.by == by) for by, label in ways]  # type: ignore[arg-type]


def _grouped(
    teams: Iterable[Team], weeks: Mapping[str, list[Week]], mondays: Sequence[date], sought: Sought
) -> list[tuple[str, list[Line]]]:
    def heading(team: Team) -> str:
        return cohort_name(team.cohort) if sought.by == "cohort" else team.faculty or "No faculty member"

    return [
        (title, [_line(team, weeks.get(team.engagement, []), mondays) for team in group])
        for title, group in groupby(teams, heading)
    ]


def _columns(mondays: Iterable[date]) -> list[str]:
    said = ["Team", "Coach", "Cohort", "Faculty", "State", "Reason", "Since", "Next", "By", "Whose turn"]
    return [*said, *(say("Week of {day}", day=monday.isoformat()) for monday in mondays)]


def _row(team: Team, weeks: Mapping[str, list[Week]], mondays: Sequence[date]) -> list[Cell]:
    """A team as a sheet has it: what the page says, with days as days."""
    line, clock = _line(team, weeks.get(team.engagement, []), mondays), clock_of(team.zone)
    return [
        line.team,
        team.coach,
        cohort_name(team.cohort),
        team.faculty,
        line.state[0],
        line.reason,
        clock.today(team.concern_since) if team.concern_since else None,
        line.following,
        clock.today(team.next_due),
        line.turn,
        *(letter for _, letter in line.weeks),
    ]


def _line(team: Team, weeks: Iterable[Week], mondays: Sequence[date]) -> Line:
    clock = clock_of(team.zone)
    by_week = {
        week: _first(group) for week, group in groupby(sorted(weeks, key=lambda one: one.week), lambda w: w.week)
    }
    row = [by_week.get(monday, "") for monday in mondays]
    told = [one for one in row if one in _KNOWN]
    act = act_of(team.next_act, team.next_rule, team.next_to, weekly=team.next_weekly)
    return Line(
        path=f"/teams/{team.engagement}",
        team=team.team or team.engagement,
        coach=team.coach or say("nobody"),
        state=STATES[team.concern or NO_CONCERN],
        reason=reason(team.concern, team.stage, team.misses, told[-team.misses :], team.pause),
        since=clock.date(team.concern_since) if team.concern_since else "",
        on=clock.date(team.next_due),
        following=say("{act}: {matter}", act=act, matter=label_of(team.next_matter, team.next_about)),
        turn=ROLES[team.turn],
        weeks=tuple((outcome.replace("_", "-"), _CELLS[outcome][0] if outcome else "") for outcome in row),
        in_words=_in_words(row),
        **_trend(row),
    )


def held_lately(row: Sequence[str]) -> list[float]:
    """Week by week, how much of what was expected in the six weeks up to it went ahead: from 0 to 1.

    Weeks before which nothing was expected have no value.
    """
    found = []
    for end in range(1, len(row) + 1):
        known = [outcome for outcome in row[max(0, end - _ROLLING) : end] if outcome in _KNOWN]
        if known:
            found.append(known.count("held") / len(known))
    return found


def _trend(row: Sequence[str]) -> dict[str, str]:
    """The same as a line, and as words."""
    values = held_lately(row)
    if len(values) < 2:
        return {"trend": "", "trend_in_words": ""}
    return {"trend": sparkline(values, (0, 1)), "trend_in_words": _in_words(row[-_ROLLING:])}


def _first(weeks: Iterable[Week]) -> str:
    outcomes = {str(week.outcome) for week in weeks}
    return next(outcome for outcome in _CELLS if outcome in outcomes)


def _in_words(row: Sequence[str]) -> str:
    """What became of these weeks."""
    counted = Counter(outcome for outcome in row if outcome)
    parts = [
        say("{number} {became}", number=counted[outcome], became=words)
        for outcome, (_, words) in _CELLS.items()
        if counted[outcome]
    ]
    return (
        say("Last {number} weeks: {sessions}", number=len(row), sessions=joined("; ", parts))
        if parts
        else say("Last {number} weeks: no sessions", number=len(row))
    )
