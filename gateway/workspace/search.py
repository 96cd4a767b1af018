"""One search for all that the reader looks after: people, teams, cohorts, Introduction courses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Response

from gateway.workspace.cohort.frame import STAGES as COHORT_STAGES
from gateway.workspace.cohort.frame import cohort_url
from gateway.workspace.course.listing import courses_url, stage_of
from gateway.workspace.frame import show
from gateway.workspace.person.search import parts_of, said_in, sought_by
from gateway.workspace.states import ENDED, STATES
from gateway.workspace.team.frame import team_url
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import clock_of, long_date
from operations import reading
from records import directory, finding
from records.caseload import NO_CONCERN
from records.directory import Listed
from records.finding import FoundCohort, FoundCourse, FoundTeam
from schemas.sentences import joined, say
from schemas.subjects import cohort_name

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_OF_EACH: Final = 10


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found."""

    name: str
    url: str
    said: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind: ``more`` says whether that is not all, ``everything`` where all of it is."""

    title: str
    found: tuple[Found, ...]
    more: bool
    everything: str = ""


@pages.api_route("/search", methods=["GET", "HEAD"])
async def search(visit: Visiting) -> Response:
    """What of the reader's has this in its name, address or id; that people were read is noted."""
    said = said_in(visit.request.query_params)
    groups = await _groups(visit, said) if said else []
    return show(
        "search.html",
        visit,
        title="Search",
        said=said,
        searched=True,
        groups=[group for group in groups if group.found],
        runs=visit.runs,
    )


async def _groups(visit: Visit, said: str) -> list[Group]:
    sought, wanted = replace(sought_by(visit), said=said), _OF_EACH + 1
    scope = sought.academies, sought.faculty, said, wanted
    async with visit.context.connection() as conn:
        for academy in sought.academies:
            await reading.noted(conn, visit.caller, "people", academy, visit.present)
        people = await directory.people(conn, sought, 0, wanted)
        teams = await finding.teams(conn, *scope)
        cohorts = await finding.cohorts(conn, *scope)
        courses = await finding.courses(conn, sought.academies, said, wanted) if visit.runs else []
    return [
        _group("People", [_person(visit, one) for one in people], f"{visit.root}/people?q={quote(said)}"),
        _group("Teams", [_team(visit, one) for one in teams]),
        _group("Cohorts", [_cohort(visit, one) for one in cohorts]),
        _group("Introduction courses", [_course(visit, one) for one in courses]),
    ]


def _group(title: str, found: Sequence[Found], everything: str = "") -> Group:
    return Group(title, tuple(found[:_OF_EACH]), len(found) > _OF_EACH, everything)


def _person(visit: Visit, one: Listed) -> Found:
    return Found(
        one.name,
        f"{visit.root}/people/{one.person}",
        say("{roles}, {address}", roles=parts_of(one), address=one.address),
    )


def _team(visit: Visit, one: FoundTeam) -> Found:
    state, _ = ENDED if one.ended_at else STATES[one.concern or NO_CONCERN]
    said = say("{state}, cohort {cohort}", state=state, cohort=cohort_name(one.cohort))
    return Found(one.name or "A team without a name", team_url(visit, one.engagement), said)


def _cohort(visit: Visit, one: FoundCohort) -> Found:
    said = say("{stage}, course from {day}", stage=COHORT_STAGES[one.stage][0], day=long_date(one.course_start))
    return Found(cohort_name(one.cohort), cohort_url(visit, one.cohort), said)


def _course(visit: Visit, one: FoundCourse) -> Found:
    stage, _ = stage_of(one.stage, one.day_2_ends_at, visit.present)
    said = joined(", ", (part for part in (stage, one.venue) if part))
    return Found(clock_of(one.zone).date(one.day_1_starts_at), courses_url(visit, one.course), said)
