"""The academy's cohorts: to come, being taught, their teams at work, and over, each with how its teams are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from gateway.workspace.cohort.frame import STAGES, cohort_url
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import show
from gateway.workspace.states import STATES
from gateway.workspace.team.caseload import sought_by
from gateway.workspace.team.frame import A_PAGE, numbered
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import clock_of, long_date
from lifecycle.matters import MATTERS
from lifecycle.roles import ROLES
from records import caseload
from records import cohorts as records
from records.caseload import Count
from records.cohorts import Cohort
from schemas.sentences import joined, raised, say, say_of
from schemas.subjects import cohort_name
from schemas.words import CohortStage, Matter

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_COMING: Final = (CohortStage.PLANNED, CohortStage.CONFIRMED)
_COACHED: Final = "Taught, with teams still being coached"
_TEACHING: Final = (CohortStage.IN_TEACHING, CohortStage.TEACHING_COMPLETE)


@dataclass(frozen=True, slots=True)
class Line:
    """One cohort as it is shown; ``teams`` are how many are in which state, each with where they are listed."""

    name: str
    url: str
    stage: tuple[str, str]
    dates: str
    participants: str
    teams: tuple[tuple[str, str], ...]
    following: str


@pages.api_route("/cohorts", methods=["GET", "HEAD"])
async def all_cohorts(visit: Visiting) -> Response:
    """Every cohort that the reader looks after."""
    sought, kind = sought_by(visit), wanted(visit)
    number = numbered(visit.request.query_params.get("page", ""))
    async with visit.context.connection() as conn:
        counted = _by_cohort(await caseload.counts(conn, sought))
        at = ((number - 1) * A_PAGE, A_PAGE + 1) if kind is None else ()
        found = await records.cohorts(conn, sought.academies, sought.faculty, *at)
    if kind is not None:
        columns = ("Cohort", "Stage", "Course start", "Participants", "Left", "Teams being coached")
        rows = (
            (cohort_name(one.cohort), STAGES[one.stage][0], one.course_start, one.participants, one.gone,
             sum(count.teams for count in counted.get(one.cohort, ())))
            for one in found
        )  # fmt: skip
        return download(kind, "Cohorts", columns, rows)
    groups: dict[str, list[Line]] = {"Running": [], "Upcoming": [], _COACHED: [], "Finished": []}
    for one in found[:A_PAGE]:
        groups[_group(one, counted)].append(_line(visit, one, counted.get(one.cohort, ())))
    groups["Upcoming"].reverse()
    return show(
        "cohorts.html",
        visit,
        title="Cohorts",
        groups=[(title, lines) for title, lines in groups.items() if lines],
        runs=visit.runs,
        downloads=offered(visit),
        before=f"?page={number - 1}" if number > 1 else "",
        after=f"?page={number + 1}" if len(found) > A_PAGE else "",
    )


def _by_cohort(counted: Iterable[Count]) -> dict[str, list[Count]]:
    found: dict[str, list[Count]] = {}
    for count in counted:
        found.setdefault(count.cohort, []).append(count)
    return found


def _group(one: Cohort, counted: Mapping[str, list[Count]]) -> str:
    if one.stage in _COMING:
        return "Upcoming"
    if one.stage in _TEACHING:
        return "Running"
    return _COACHED if counted.get(one.cohort) else "Finished"


def _line(visit: Visit, one: Cohort, counted: Iterable[Count]) -> Line:
    clock = clock_of(one.zone)
    start = long_date(one.course_start)
    return Line(
        name=cohort_name(one.cohort),
        url=cohort_url(visit, one.cohort),
        stage=STAGES[one.stage],
        dates=say("{first} to {last}", first=start, last=clock.date(one.ends_at)) if one.ends_at else start,
        participants=_participants(one),
        teams=teams_by_state(visit, one.cohort, counted),
        following=_following(one),
    )


def _participants(one: Cohort) -> str:
    here = say_of(one.participants, "{number} participant", "{number} participants")
    gone = say_of(one.gone, "{number} other has left", "{number} others have left") if one.gone else ""
    return joined("; ", filter(None, (here, gone)))


def _following(one: Cohort) -> str:
    """What comes next; empty where nobody has to do anything then. Of a learning session it's the reminder."""
    if one.next_due is None or one.next_matter is None or one.next_matter is Matter.COACHING_CHECK:
        return ""
    day = clock_of(one.zone).date(one.next_due)
    if one.next_matter is Matter.LEARNING_SESSION:
        return say("Reminder of a learning session, {day}", day=day)
    label = raised(MATTERS[one.next_matter].label)
    if one.turn:
        return say("{label}, {day}, for {role}", label=label, day=day, role=ROLES[one.turn])
    return say("{label}, {day}", label=label, day=day)


def teams_by_state(visit: Visit, cohort: str, counted: Iterable[Count]) -> tuple[tuple[str, str], ...]:
    """How many teams of a cohort are in which state, each with where they are listed."""
    teams = {count.state: count.teams for count in counted}
    return tuple(
        (
            say("{state} ({number})", state=label, number=teams[state]),
            f"{visit.root}/teams?{urlencode({'state': state, 'cohort': cohort})}",
        )
        for state, (label, _) in STATES.items()
        if teams.get(state)
    )
