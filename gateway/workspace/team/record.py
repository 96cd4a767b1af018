"""Everything that a reader may record of a team, each as a page of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import Ask
from gateway.pages.asked import Question
from gateway.pages.forms import told_before
from gateway.pages.mistakes import with_way_back
from gateway.pages.places import Crumb
from gateway.pages.shown import Nobody, PageContext
from gateway.workspace import acting
from gateway.workspace.team.frame import FROM, SEEN, show_team, team_of, team_url, way_up
from gateway.workspace.team.kinds import KINDS, found
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


@pages.api_route("/teams/{engagement}/record", methods=["GET", "HEAD"])
async def record(visit: Visiting, engagement: str) -> Response:
    """What can be recorded now, by what it is about."""
    page = await team_of(visit, engagement, SEEN)
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, kind in KINDS.items():
        for about, label in kind.offered(page):
            url = team_url(visit, page.subject, f"/record/{key}{f'.{about}' if about else ''}")
            groups.setdefault(kind.group, []).append((label, url))
    return show_team("team_record.html", visit, page, "/record", groups=groups)


@pages.api_route("/teams/{engagement}/record/{kind}", methods=["GET", "HEAD"])
async def ask(visit: Visiting, engagement: str, kind: str) -> Response:
    """The question of one kind."""
    page, question = await _asked(visit, engagement, kind)
    return await acting.asked(visit, page, question, *_above(visit, page))


@pages.post("/teams/{engagement}/record/{kind}")
async def take(visit: Visiting, engagement: str, kind: str) -> Response:
    """Record what was answered."""
    page, question = await _asked(visit, engagement, kind)
    # Who has stopped coaching sees the team no more.
    tab = "/hand-off" if visit.request.query_params.get(FROM) == "hand-off" else ""
    to = f"{visit.root}/home" if kind == "stopped" else team_url(visit, page.subject, tab)
    return await acting.taken(visit, page, question, *_above(visit, page), to=to)


def _above(visit: Visit, page: PageContext) -> tuple[Crumb, ...]:
    return *way_up(visit, page, to_team=True), Crumb("Record something", team_url(visit, page.subject, "/record"))


async def _asked(visit: Visit, engagement: str, kind: str) -> tuple[PageContext, Ask]:
    page = await team_of(visit, engagement, SEEN)
    try:
        ask, _ = found(page, kind)
    except Nobody:
        raise NotTheirs from None
    return page, lambda at: with_way_back(at, _once_more(at, ask(at)))


def _once_more(page: PageContext, question: Question) -> Question:
    """The question, which may be answered again and again: what was told of it before makes it another telling."""
    return replace(question, mark=(*question.mark, *told_before(question, page.facts)))
