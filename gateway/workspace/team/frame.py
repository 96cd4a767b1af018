"""What all pages of one team have in common: who may see them, and the way from each to the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import HTMLResponse

from gateway.pages.places import Crumb
from gateway.pages.shown import Nobody, PageContext
from gateway.workspace import acting
from gateway.workspace.frame import show
from gateway.workspace.visit import NotTheirs, Visit
from schemas.sentences import say
from schemas.words import COACHING, EngagementId, Role

FROM: Final = "from"
"""In an address, the tab from which somebody came, and to which they go back."""

RUN: Final = frozenset({Role.OFFICE, Role.FACULTY})
"""Who sees everything of a team."""

WHOLE: Final = RUN | COACHING | {Role.TEAM_LEAD}
"""Who sees how a team is. A sponsor sees what faculty released, and what they recorded themselves."""

A_PAGE: Final = 50

SEEN: Final = WHOLE | {Role.SPONSOR}


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a team, and for whom it is."""

    label: str
    path: str
    roles: frozenset[Role] = WHOLE


TABS: Final = (
    Tab("Now and why", "", SEEN),
    Tab("Coming up", "/ahead"),
    Tab("Log", "/log", SEEN),
    Tab("Messages", "/messages"),
    Tab("Improvement", "/improvement"),
    Tab("Hand-off", "/hand-off"),
    Tab("People", "/people"),
    Tab("Record something", "/record", SEEN),
)
"""In the order in which they are offered."""


async def team_of(visit: Visit, engagement: EngagementId, roles: Iterable[Role] = WHOLE) -> PageContext:
    """The team as this reader sees it. Raises NotTheirs for whoever may not, and for what is no team of theirs."""
    visit.must_have(engagement)
    try:
        page = await acting.seen_by(visit, engagement)
        life = page.life
    except Nobody:
        raise NotTheirs from None
    if page.role not in roles or page.subject != engagement or not life:
        raise NotTheirs
    return page


def team_url(visit: Visit, engagement: EngagementId, tab: str = "") -> str:
    """Where a page of a team is."""
    return f"{visit.root}/teams/{engagement}{tab}"


def way_up(visit: Visit, page: PageContext, *, to_team: bool = False) -> tuple[Crumb, ...]:
    """The pages above a team's; with ``to_team`` those above a page under one of its tabs."""
    above = Crumb("Teams", f"{visit.root}/teams") if page.role in RUN else Crumb("Your tasks", f"{visit.root}/home")
    return (above, Crumb(name_of(page), team_url(visit, page.subject))) if to_team else (above,)


def name_of(page: PageContext) -> str:
    """The team's name."""
    return page.team_name or "A team without a name"


def show_team(template: str, visit: Visit, page: PageContext, tab: str, **said: Any) -> HTMLResponse:  # noqa: ANN401
    """A page of a team, by its tab's path."""
    tabs = [
        (one.label, team_url(visit, page.subject, one.path), one.path == tab) for one in TABS if page.role in one.roles
    ]
    label = next(one.label for one in TABS if one.path == tab)
    return show(
        template,
        visit,
        title=say("{label}: {team}", label=label, team=name_of(page)),
        team=name_of(page),
        tabs=tabs,
        here=team_url(visit, page.subject),
        crumbs=way_up(visit, page),
        told="told" in visit.request.query_params,
        **said,
    )


def numbered(asked: str) -> int:
    """The page that an address asks for; the first for what is no number."""
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def page_of(number: int, total: int) -> str:
    """Which page of a list it is, and of how many."""
    return say("Page {number} of {last}", number=number, last=max(number, -(-total // A_PAGE)))
