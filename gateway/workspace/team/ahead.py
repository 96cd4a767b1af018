"""What lies ahead of one team, by month: each with its day, for whom it is, and its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from gateway.pages.shown import PageContext
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import Filter
from gateway.workspace.team.acts import act_of, label_of
from gateway.workspace.team.frame import A_PAGE, numbered, show_team, team_of
from gateway.workspace.visit import Visiting, WorkspaceRoute
from lifecycle.dates import long_month
from lifecycle.engagement import plan as planned
from lifecycle.matters import MATTERS
from schemas.due import DueItem
from schemas.sentences import raised, say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that will happen."""

    title: str
    when: str
    act: str
    why: str


@pages.api_route("/teams/{engagement}/ahead", methods=["GET", "HEAD"])
async def ahead(visit: Visiting, engagement: str) -> Response:
    """The plan of the rules, as it stands now."""
    page = await team_of(visit, engagement)
    plan = planned(page.engagement, page.done)
    asked = visit.request.query_params
    kind = asked.get("kind") if asked.get("kind") in {item.matter for item in plan} else None
    shown = [item for item in plan if kind in (None, item.matter)]
    if (file := wanted(visit)) is not None:
        lines = [_line(page, item) for item in shown]
        rows = [
            (page.calendar.day(item.at), line.title, line.act, line.why)
            for item, line in zip(shown, lines, strict=True)
        ]
        return download(file, say("Coming up for {team}", team=page.team), ("Date", "What", "Who", "Why"), rows)
    number = numbered(asked.get("page", ""))
    these = shown[(number - 1) * A_PAGE : number * A_PAGE]
    return show_team(
        "team_ahead.html",
        visit,
        page,
        "/ahead",
        downloads=offered(visit),
        kinds=_kinds(plan, kind),
        months=_by_month(page, these),
        before=_url(kind, number - 1) if number > 1 else "",
        after=_url(kind, number + 1) if number * A_PAGE < len(shown) else "",
    )


def _url(kind: str | None, number: int = 1) -> str:
    return "?" + urlencode(({"kind": kind} if kind else {}) | ({"page": number} if number > 1 else {}))


def _kinds(plan: Sequence[DueItem], chosen: str | None) -> list[Filter]:
    counted = Counter(item.matter for item in plan)
    return [Filter("Everything", len(plan), _url(None), chosen is None)] + [
        Filter(raised(MATTERS[matter].label), number, _url(matter), chosen == matter)
        for matter, number in counted.items()
    ]


def _by_month(page: PageContext, items: Sequence[DueItem]) -> list[tuple[str, list[Line]]]:
    months = groupby(items, lambda item: long_month(page.calendar.day(item.at)))
    return [(title, [_line(page, item) for item in group]) for title, group in months]


def _line(page: PageContext, item: DueItem) -> Line:
    matter = MATTERS[item.matter]
    weekly = matter.gathered(item, page.life.programme.attention)
    return Line(
        title=raised(label_of(item.matter, item.about)),
        when=page.clock.date(item.at) if weekly else page.clock.moment(item.at),
        act=act_of(item.act, item.rule, item.to, weekly=weekly),
        why=matter.rules.get(item.rule, ""),
    )
