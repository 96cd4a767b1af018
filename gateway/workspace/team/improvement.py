"""A team's improvement work: its aims, cycles and scores, and what it measures as charts."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages import charts, improving
from gateway.pages.asked import Question
from gateway.pages.improvement import work
from gateway.pages.measuring import measure_words, measured
from gateway.pages.mistakes import with_way_back
from gateway.pages.places import Crumb
from gateway.pages.shown import PageContext
from gateway.workspace import acting, downloads
from gateway.workspace.team.frame import name_of, show_team, team_of, team_url, way_up
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.engagement.measured import days_between
from operations.sheets import Cell
from schemas.sentences import say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_SCREENED: Final = "screened"
_SCORED_BY: Final = {"team": "Progress score by the team", "faculty": "Progress score by faculty"}


@pages.api_route("/teams/{engagement}/improvement", methods=["GET", "HEAD"])
async def improvement(visit: Visiting, engagement: str) -> Response:
    """The work as it stands, and where it is recorded. The charts' numbers, and the scores, as a file, too."""
    page = await team_of(visit, engagement)
    screened = visit.request.query_params.get("limits") == _SCREENED
    if kind := downloads.wanted(visit):
        columns = ("Measure", *charts.COLUMNS)
        return downloads.download(
            kind, say("Measures of {team}", team=name_of(page)), columns, _rows(page, screened=screened)
        )
    return show_team(
        "team_improvement.html",
        visit,
        page,
        "/improvement",
        work=work(page, screened=screened),
        record=team_url(visit, page.subject, "/improvement/record"),
        offered=downloads.offered(visit),
    )


@pages.api_route("/teams/{engagement}/improvement/record", methods=["GET", "HEAD"])
async def ask(visit: Visiting, engagement: str) -> Response:
    """What can be recorded of it."""
    page = await team_of(visit, engagement)
    return await acting.asked(visit, page, _question, *_above(visit, page))


@pages.post("/teams/{engagement}/improvement/record")
async def take(visit: Visiting, engagement: str) -> Response:
    """Record it, and go back to the charts."""
    page = await team_of(visit, engagement)
    to = team_url(visit, page.subject, "/improvement")
    return await acting.taken(visit, page, _question, *_above(visit, page), to=to)


def _question(page: PageContext) -> Question:
    return replace(with_way_back(page, improving.work(page)), work=None)


def _above(visit: Visit, page: PageContext) -> tuple[Crumb, ...]:
    return *way_up(visit, page, to_team=True), Crumb("Improvement", team_url(visit, page.subject, "/improvement"))


def _rows(page: PageContext, *, screened: bool) -> list[tuple[Cell, ...]]:
    named = [(measure_words(page, found.measure), found) for found in measured(page)]
    named.append(("Days from one session to the next", days_between(page.engagement)))
    scores: list[tuple[Cell, ...]] = [
        (_SCORED_BY[score.scorer], page.clock.today(score.at), score.score)
        for score in sorted(page.life.scores, key=lambda score: (score.scorer, score.at))
    ]
    return [*((name, *row) for name, found in named for row in charts.rows(found, screened=screened)), *scores]
