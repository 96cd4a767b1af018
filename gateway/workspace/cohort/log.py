"""The log and the messages of one cohort, and the way back from a mistake."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import Ask
from gateway.pages.shown import PageContext
from gateway.workspace import acting
from gateway.workspace.cohort.frame import cohort_of, cohort_url, show_cohort, way_up
from gateway.workspace.team.log import log_page
from gateway.workspace.team.messages import messages_page
from gateway.workspace.team.undo import taking_back
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from schemas.sentences import say
from schemas.subjects import cohort_name

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


@pages.api_route("/cohorts/{cohort}/log", methods=["GET", "HEAD"])
async def log(visit: Visiting, cohort: str) -> Response:
    """What was recorded and carried out."""
    page = await cohort_of(visit, cohort)
    draw = partial(show_cohort, "team_log.html", visit, page, "/log")
    return await log_page(
        visit, page, cohort_url(visit, cohort), say("Log of {cohort}", cohort=cohort_name(cohort)), draw
    )


@pages.api_route("/cohorts/{cohort}/messages", methods=["GET", "HEAD"])
async def messages(visit: Visiting, cohort: str) -> Response:
    """What was sent about the course, waits, or was held back."""
    page = await cohort_of(visit, cohort)
    draw = partial(show_cohort, "team_messages.html", visit, page, "/messages")
    return await messages_page(visit, page, say("Messages about {cohort}", cohort=cohort_name(cohort)), draw)


async def _asked(visit: Visit, cohort: str, number: str) -> tuple[PageContext, Ask]:
    page = await cohort_of(visit, cohort)
    return page, taking_back(page, number)


@pages.api_route("/cohorts/{cohort}/log/{number}", methods=["GET", "HEAD"])
async def ask(visit: Visiting, cohort: str, number: str) -> Response:
    """What taking it back will mean."""
    page, question = await _asked(visit, cohort, number)
    return await acting.asked(visit, page, question, *way_up(visit, cohort, "/log"))


@pages.post("/cohorts/{cohort}/log/{number}")
async def take(visit: Visiting, cohort: str, number: str) -> Response:
    """Take it back."""
    page, question = await _asked(visit, cohort, number)
    return await acting.taken(
        visit, page, question, *way_up(visit, cohort, "/log"), to=cohort_url(visit, cohort, "/log")
    )
