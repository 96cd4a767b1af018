"""The taught course: who attended which learning session, and who completed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages import course
from gateway.pages.answers import Ask
from gateway.pages.completing import completion as completing
from gateway.pages.course import participant_name
from gateway.pages.shown import PageContext
from gateway.workspace import acting
from gateway.workspace.cohort.answers import put
from gateway.workspace.cohort.frame import back, cohort_of, cohort_url, run_by, show_cohort, way_up
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.cohort.life import Enrolment
from lifecycle.dates import long_date
from operations.sheets import Cell
from records import cohorts as records
from schemas.sentences import joined, say
from schemas.subjects import cohort_name
from schemas.words import CohortStage, Matter, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_CELLS: Final = {
    "there": ("✓", say("there")),
    "made up": ("(✓)", "made up afterwards"),
    "missed": ("✗", say("missed")),
    "": ("·", "not recorded yet"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One participant, with each learning session."""

    name: str
    cells: tuple[tuple[str, str], ...]
    attended: int


@pages.api_route("/cohorts/{cohort}/attendance", methods=["GET", "HEAD"])
async def attendance(visit: Visiting, cohort: str) -> Response:
    """Who attended what, and where it is taken."""
    page = await cohort_of(visit, cohort)
    life, kind = page.course, wanted(visit)
    here = [place for place in life.enrolments.values() if not place.gone]
    rows = [
        Row(participant_name(page, place), tuple(_cell(page, place, n) for n in life.numbers), len(place.attended))
        for place in here
    ]
    if kind is not None:
        columns = (
            "Participant",
            *(say("Learning session {number}", number=number) for number in life.numbers),
            "Attended",
        )
        found: list[list[Cell]] = [[row.name, *(words for _, words in row.cells), row.attended] for row in rows]
        return download(kind, say("Attendance of {cohort}", cohort=cohort_name(cohort)), columns, found)
    sessions = [
        (
            number,
            long_date(life.calendar.day(life.learning_session(number))),
            _taking(page, number),
            cohort_url(visit, cohort, f"/attendance/{number}") if page.role is Role.OFFICE else "",
        )
        for number in life.numbers
    ]
    return show_cohort(
        "cohort_attendance.html",
        visit,
        page,
        "/attendance",
        sessions=sessions,
        rows=rows,
        cells=_CELLS.values(),
        downloads=offered(visit),
    )


def _taking(page: PageContext, number: int) -> str:
    """What the office may do of a learning session; faculty see what it did."""
    begun = page.course.learning_session(number) <= page.present
    if page.role is not Role.OFFICE:
        return "Recorded" if number in page.course.held else "Not recorded yet" if begun else ""
    return "" if not begun else "Correct it" if number in page.course.held else "Take it"


def _cell(page: PageContext, place: Enrolment, number: int) -> tuple[str, str]:
    if number in place.attended:
        key = place.accepted.enrolment
        made_up = (fact for fact in page.holding("learning_session_made_up") if getattr(fact, "enrolment", "") == key)
        return _CELLS["made up" if number in {getattr(fact, "number", 0) for fact in made_up} else "there"]
    return _CELLS["missed" if number in page.course.held else ""]


async def session_of(visit: Visit, cohort: str, number: str) -> tuple[PageContext, Ask]:
    """A learning session that has begun, and what is asked of it. Raises NotTheirs."""
    page = await run_by(visit, cohort)
    known = {str(one) for one in page.course.numbers if page.course.learning_session(one) <= page.present}
    if number not in known or page.cohort.stage is CohortStage.CANCELLED:
        raise NotTheirs
    return page, back(put(Matter.ATTENDANCE, course.attendance, number))


@pages.api_route("/cohorts/{cohort}/attendance/{number}", methods=["GET", "HEAD"])
async def ask_attendance(visit: Visiting, cohort: str, number: str) -> Response:
    """Who was there? All on one page; once it is recorded, it can be corrected."""
    page, question = await session_of(visit, cohort, number)
    return await acting.asked(visit, page, question, *way_up(visit, cohort, "/attendance"))


@pages.post("/cohorts/{cohort}/attendance/{number}")
async def take_attendance(visit: Visiting, cohort: str, number: str) -> Response:
    """Record it."""
    page, question = await session_of(visit, cohort, number)
    to = cohort_url(visit, cohort, "/attendance")
    return await acting.taken(visit, page, question, *way_up(visit, cohort, "/attendance"), to=to)


async def _completion(visit: Visit, cohort: str) -> tuple[PageContext, Ask]:
    page = await run_by(visit, cohort)
    async with visit.context.connection() as conn:
        scores = {place: _scored(latest) for place, latest in (await records.scores(conn, cohort)).items()}
    return page, put(Matter.COMPLETION, partial(completing, scores=scores), "course")


def _scored(latest: Mapping[str, str]) -> str:
    said = {"team": "last progress score by the team: {score}", "faculty": "last progress score by faculty: {score}"}
    return joined(", ", (say(said[scorer], score=score) for scorer, score in latest.items()))


@pages.api_route("/cohorts/{cohort}/completion", methods=["GET", "HEAD"])
async def ask_completion(visit: Visiting, cohort: str) -> Response:
    """Who completed the course? Everybody with the evidence beside their name."""
    page, question = await _completion(visit, cohort)
    if page.cohort.stage in {CohortStage.PLANNED, CohortStage.CONFIRMED, CohortStage.CANCELLED}:
        return show_cohort("cohort_too_soon.html", visit, page, "/completion")
    return await acting.asked(visit, page, question, *way_up(visit, cohort))


@pages.post("/cohorts/{cohort}/completion")
async def take_completion(visit: Visiting, cohort: str) -> Response:
    """Record it."""
    page, question = await _completion(visit, cohort)
    return await acting.taken(visit, page, question, *way_up(visit, cohort))
