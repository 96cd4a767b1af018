"""The certificates of a cohort: who has earned one, and revoking one with a reason, or making it valid again."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.asked import Answer, Given, Question
from gateway.pages.course import participant_name
from gateway.pages.shown import PageContext
from gateway.workspace.cohort.frame import cohort_of, cohort_url, show_cohort, way_up
from gateway.workspace.course.certificates import Line, change, line_of, question_of
from gateway.workspace.operating import asked, done
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.certificate import earned
from records import certificates
from records import cohorts as records
from records.certificates import Certificate

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


@pages.api_route("/cohorts/{cohort}/certificates", methods=["GET", "HEAD"])
async def all_certificates(visit: Visiting, cohort: str) -> Response:
    """Everybody who completed the course, and what stands of their certificate."""
    page = await cohort_of(visit, cohort)
    async with visit.context.connection() as conn:
        issued = await records.certificates(conn, cohort)
    lines = [
        _line(visit, page, key, issued.get(key))
        for key in page.course.enrolments
        if key in issued or earned(page.cohort, key) is not None
    ]
    lines.sort(key=lambda line: line.name.casefold())
    return show_cohort("cohort_certificates.html", visit, page, "/certificates", lines=lines, runs=visit.runs)


def _line(visit: Visit, page: PageContext, key: str, issued: Certificate | None) -> Line:
    url = cohort_url(visit, page.subject, f"/certificates/{key.rpartition('.')[2]}")
    name = participant_name(page, page.course.enrolments[key])
    return line_of(page, issued, name, url, holds=earned(page.cohort, key) is not None)


async def _issued(visit: Visit, cohort: str, code: str) -> tuple[Certificate, Question]:
    visit.must_run()
    key = f"{cohort}.{code}"
    page = await cohort_of(visit, cohort, key)
    if key not in page.course.enrolments:
        raise NotTheirs
    async with visit.context.connection() as conn:
        found = await certificates.issued(conn, cohort, key)
    if found is None:
        raise NotTheirs
    return found, question_of(page, found, participant_name(page, page.course.enrolments[key]))


@pages.api_route("/cohorts/{cohort}/certificates/{code}", methods=["GET", "HEAD"])
async def one_certificate(visit: Visiting, cohort: str, code: str) -> Response:
    """Revoke it, or make it valid again."""
    _, question = await _issued(visit, cohort, code)
    visit.must_be_fresh()
    return asked(visit, question, *way_up(visit, cohort, "/certificates"))


@pages.post("/cohorts/{cohort}/certificates/{code}")
async def change_certificate(visit: Visiting, cohort: str, code: str) -> Response:
    """Revoke it, or make it valid again."""
    found, question = await _issued(visit, cohort, code)
    visit.must_be_fresh()

    async def do(answer: Answer, given: Given) -> None:
        await change(visit, found, answer, given)

    to = cohort_url(visit, cohort, "/certificates")
    return await done(visit, question, do, *way_up(visit, cohort, "/certificates"), to=to)
