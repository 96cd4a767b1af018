"""Reports of a cohort and of the academy: a page, a PDF to share, and every number as a sheet."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from gateway.pages.charts import READING
from gateway.pages.reports import Counted, Section, sections
from gateway.pages.typeset import report_pdf
from gateway.workspace.academy.now import way_up
from gateway.workspace.cohort.frame import cohort_of, show_cohort
from gateway.workspace.downloads import as_file, download, named
from gateway.workspace.frame import show
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.dates import long_month
from operations.in_force import programme_in_force
from operations.sheets import Kind, workbook
from records import reports as records
from records.reports import Scope
from schemas.programme import Targets
from schemas.sentences import say
from schemas.subjects import cohort_name

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


@pages.api_route("/academy/report", methods=["GET", "HEAD"])
async def of_academy(visit: Visiting) -> Response:
    """All cohorts and Introduction courses."""
    visit.must_run()
    async with visit.context.connection() as conn:
        targets = (await programme_in_force(conn, visit.academy)).targets
    title = say("Report: {academy}", academy=visit.context.settings.academy_called(visit.academy))
    said = await _said(visit, title, "", targets)
    if isinstance(said, Response):
        return said
    return show("report.html", visit, title=title, team=title, tabs=(), crumbs=(way_up(visit),), **said)


@pages.api_route("/cohorts/{cohort}/report", methods=["GET", "HEAD"])
async def of_cohort(visit: Visiting, cohort: str) -> Response:
    """The teams of one cohort, against the targets that hold for it."""
    page = await cohort_of(visit, cohort)
    title = say("Report: cohort {cohort}", cohort=cohort_name(cohort))
    said = await _said(visit, title, cohort, page.course.programme.targets)
    return said if isinstance(said, Response) else show_cohort("report.html", visit, page, "/report", **said)


async def _said(visit: Visit, title: str, cohort: str, targets: Targets) -> Response | dict[str, Any]:
    """What the page says; or the file that was asked for. What is asked for as a PDF is made to be shared."""
    asked = visit.request.query_params
    file = title.replace(":", "")
    kind, shared = asked.get("as"), "shared" in asked or asked.get("as") == "pdf"
    scope = Scope(visit.academy, visit.today.replace(day=1), cohort or None)
    found = sections(await _counted(visit, scope), targets, shared=shared)
    academy = visit.context.settings.academy_called(visit.academy)
    until = long_month(scope.until - timedelta(days=1))
    if kind == "pdf":
        made = await asyncio.to_thread(report_pdf, title, academy, until, found, visit.present)
        return Response(made, media_type="application/pdf", headers=named(f"{file}.pdf") | _KEPT)
    if kind == Kind.XLSX:
        tabs = [(one.heading, one.columns, one.rows) for one in found]
        return as_file(Kind.XLSX, file, workbook(tabs))
    if kind == Kind.CSV:
        one = next((one for one in found if one.code == asked.get("of")), None)
        if one is None:
            raise NotTheirs
        return download(Kind.CSV, say("{file}, {heading}", file=file, heading=one.heading), one.columns, one.rows)
    return {
        "sections": [_shown(one, shared=shared) for one in found],
        "until": until,
        "whole": not shared,
        "explained": READING[:-1],
        "pdf": _url("pdf", shared=shared),
        "xlsx": _url("xlsx", shared=shared),
    }


async def _counted(visit: Visit, scope: Scope) -> Counted:
    async with visit.context.connection() as conn:
        return Counted(
            held=await records.held(conn, scope),
            between=await records.days_between(conn, scope),
            answers=await records.days_to_answer(conn, scope),
            decisions=await records.days_to_decide(conn, scope),
            coaches=await records.coaches(conn, scope),
            hand_offs=await records.hand_offs(conn, scope),
            courses=None if scope.cohort else await records.courses(conn, scope),
        )


_KEPT: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def _shown(one: Section, *, shared: bool) -> dict[str, Any]:
    csv = _url("csv", shared=shared, of=one.code)
    return {
        "code": one.code,
        "heading": one.heading,
        "said": one.said,
        "figure": one.figure,
        "rows": one.rows,
        "csv": csv,
    }


def _url(kind: str, *, shared: bool, **also: str) -> str:
    return f"?{urlencode({**({'shared': 'yes'} if shared else {}), **also, 'as': kind})}"
