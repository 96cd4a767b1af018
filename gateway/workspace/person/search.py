"""Everybody of an academy: searched for by name, address or id, and listed by what they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import Filter, show
from gateway.workspace.team.frame import A_PAGE, numbered, page_of
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import long_date
from operations import reading
from records import directory
from records.directory import Listed, Sought
from schemas.sentences import joined, raised

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "coach": ("Coaches", "coach"),
    "faculty": ("Faculty", "faculty"),
    "team_lead": ("Team leads", "team lead"),
    "sponsor": ("Sponsors", "sponsor"),
    "owner": ("Process and measure owners", "process or measure owner"),
    "office": ("Programme office", "programme office"),
    "delegate": ("Delegates", "delegate"),
    "would_be": ("Want to become a coach", "wants to become a coach"),
    "nobody": ("No role now", "no role now"),
}
"""What people are, as a filter says it and as a line does."""

_LONGEST: Final = 254


def sought_by(visit: Visit) -> Sought:
    """Whose people somebody may see: an office its academy's, faculty those of their teams. Raises NotTheirs."""
    return Sought(*visit.sees())


def said_in(asked: Mapping[str, str]) -> str:
    """What an address asks to be found."""
    return " ".join(asked.get("q", "").replace("\0", " ").split())[:_LONGEST]


@pages.api_route("/people", methods=["GET", "HEAD"])
async def everybody(visit: Visiting) -> Response:
    """The list, narrowed by what is said; that it was read is noted."""
    asked, as_file = visit.request.query_params, wanted(visit)
    said = said_in(asked)
    kind = asked.get("part") if asked.get("part") in KINDS else None
    sought, number = replace(sought_by(visit), said=said or None, kind=kind), numbered(asked.get("page", ""))
    at = ((number - 1) * A_PAGE, A_PAGE + 1) if as_file is None else ()
    async with visit.context.connection() as conn:
        for academy in sought.academies:
            await reading.noted(conn, visit.caller, "people", academy, visit.present)
        total, counted = await directory.counts(conn, sought)
        found = await directory.people(conn, sought, *at)
    if as_file is not None:
        columns = ("Name", "Email address", "Organisation", "Role", "Last day")
        return download(as_file, "People", columns, (_row(listed) for listed in found))
    return show(
        "people.html",
        visit,
        title="People",
        said=said,
        part=kind or "",
        kinds=_filters(total, counted, said, kind),
        lines=[(listed, parts_of(listed)) for listed in found[:A_PAGE]],
        days={listed.person: long_date(listed.last_day) for listed in found if listed.last_day},
        downloads=offered(visit),
        more=[("Record leavers from a list", f"{visit.root}/people/leavers")] if visit.runs else [],
        page_of=page_of(number, counted.get(kind, 0) if kind else total),
        before=_url(said, kind, number - 1) if number > 1 else "",
        after=_url(said, kind, number + 1) if len(found) > A_PAGE else "",
    )


def parts_of(listed: Listed) -> str:
    """What somebody is, in words."""
    return raised(joined(", ", (words for kind, (_, words) in KINDS.items() if kind in listed.kinds)))


def _row(listed: Listed) -> tuple[str, ...]:
    day = listed.last_day.isoformat() if listed.last_day else ""
    return listed.name, listed.address, listed.organisation or "", parts_of(listed), day


def _url(said: str, kind: str | None, number: int = 1) -> str:
    asked = {"q": said, "part": kind or "", "page": str(number) if number > 1 else ""}
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def _filters(total: int, counted: Mapping[str, int], said: str, chosen: str | None) -> list[Filter]:
    return [Filter("Everybody", total, _url(said, None), chosen is None)] + [
        Filter(label, counted.get(kind, 0), _url(said, kind), chosen == kind)
        for kind, (label, _) in KINDS.items()
        if counted.get(kind) or chosen == kind
    ]
