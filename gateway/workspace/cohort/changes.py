"""What can be changed of a whole cohort: whether and when it runs, its dates, its people, and its first facts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages import course
from gateway.pages.answers import Ask
from gateway.pages.shown import PageContext
from gateway.workspace import acting
from gateway.workspace.cohort import answers as cohort_answers
from gateway.workspace.cohort.answers import free, put
from gateway.workspace.cohort.frame import back, cohort_url, run_by, show_cohort, way_up
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.dates import long_date
from records import cohorts as records
from records import pages as read
from schemas.sentences import say
from schemas.words import CohortStage, Matter, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_BEFORE: Final = frozenset({CohortStage.PLANNED, CohortStage.CONFIRMED})
_ROLES: Final = {"faculty": Role.FACULTY, "sponsor": Role.SPONSOR}


@pages.api_route("/cohorts/{cohort}/changes", methods=["GET", "HEAD"])
async def changes(visit: Visiting, cohort: str) -> Response:
    """What can be changed now, each with its page."""
    page = await run_by(visit, cohort)
    ways = [(label, cohort_url(visit, cohort, f"/changes/{name}")) for name, label in _offered(page)]
    return show_cohort("cohort_changes.html", visit, page, "/changes", ways=ways)


def _offered(page: PageContext) -> Iterator[tuple[str, str]]:
    stage = page.cohort.stage
    if stage in _BEFORE or stage is CohortStage.CANCELLED:
        yield "runs", "Whether the course will run"
    if stage is CohortStage.CANCELLED:
        return
    yield "start", "When the course starts"
    for number in page.course.numbers:
        if number not in page.course.held and stage in _BEFORE | {CohortStage.IN_TEACHING}:
            day = page.course.calendar.day(page.course.learning_session(number))
            yield (
                f"session-{number}",
                say("The day of learning session {number}, {day}", number=number, day=long_date(day)),
            )
    if stage in _BEFORE | {CohortStage.IN_TEACHING}:
        yield "enrol", "Enrol a participant"
    yield "faculty", "The faculty member of participants"
    yield "sponsor", "The sponsor of participants"
    yield "division", "Which bank holidays the cohort follows"
    yield "zone", "Which time zone the cohort is in"
    yield "holidays", "Which list of bank holidays it uses"


async def _asking(visit: Visit, cohort: str, what: str) -> tuple[PageContext, Ask]:
    page = await run_by(visit, cohort)
    if what not in dict(_offered(page)):
        raise NotTheirs
    return page, back(await _question(visit, page, what))


async def _question(visit: Visit, page: PageContext, what: str) -> Ask:
    if what.startswith("session-"):
        return partial(cohort_answers.moved, number=int(what.removeprefix("session-")))
    async with visit.context.connection() as conn:
        match what:
            case "enrol":
                taken = list(page.course.enrolments)
                faculty = visit.person if page.role is Role.FACULTY else None
                teams = await records.joinable(conn, page.subject.partition(".")[0], faculty)
                return partial(cohort_answers.enrol, enrolment=free(page.subject, taken), teams=teams)
            case "faculty" | "sponsor":
                part = _ROLES[what]
                people = {person for place in page.course.enrolments.values() if (person := place.person(part))}
                return partial(cohort_answers.role, part=part, names=await read.names(conn, sorted(people)))
            case "runs":
                return put(Matter.COHORT_CONFIRMATION, course.confirmation)
            case "start":
                return cohort_answers.start
            case "zone":
                return cohort_answers.zone
            case "division":
                return cohort_answers.division
            case _:
                return cohort_answers.holidays


@pages.api_route("/cohorts/{cohort}/changes/{what}", methods=["GET", "HEAD"])
async def ask(visit: Visiting, cohort: str, what: str) -> Response:
    """What will happen."""
    page, question = await _asking(visit, cohort, what)
    return await acting.asked(visit, page, question, *way_up(visit, cohort, "/changes"))


@pages.post("/cohorts/{cohort}/changes/{what}")
async def take(visit: Visiting, cohort: str, what: str) -> Response:
    """Record it, and go back to the cohort."""
    page, question = await _asking(visit, cohort, what)
    to = cohort_url(visit, cohort, "/participants" if what == "enrol" else "")
    return await acting.taken(visit, page, question, *way_up(visit, cohort, "/changes"), to=to)
