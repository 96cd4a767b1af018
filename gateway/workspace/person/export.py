"""Everything that is held about somebody, for whoever answers their request: to read, to print, and as files."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.datastructures import FormData, UploadFile

from gateway.api.subject_access import ExportShown
from gateway.pages import fields
from gateway.pages.answers import button
from gateway.pages.asked import A_DAY, Answer, Field
from gateway.pages.drawing import HEADERS
from gateway.pages.export import COLUMNS, page, rows
from gateway.pages.fields import Entered
from gateway.workspace.downloads import as_file, named
from gateway.workspace.frame import show
from gateway.workspace.person.frame import Seen, managed, way_up
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from operations.sheets import Kind, written
from operations.subject_access import Days, Export, export
from schemas.sentences import say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_AS: Final = "as"
_PERIOD: Final = Answer(
    name="days",
    fields=(
        Field(
            name="first", kind="date", label="First day (optional)", optional=True, seen=True,
            hint=say("{a_day}. We'll also show how things stood when that day began.", a_day=A_DAY),
        ),
        Field(name="last", kind="date", label="Last day (optional)", optional=True, seen=True),
    ),
    buttons=button("Show it"),
    note=False,
)  # fmt: skip
_WAYS: Final = (("page", "Show it as a page"), (Kind.XLSX, "Download for Excel (XLSX)"), ("json", "Download as JSON"))


@pages.api_route("/people/{person}/export", methods=["GET", "HEAD"])
async def exported(visit: Visiting, person: str) -> Response:
    """The form; or what it asks for. That it was read is noted."""
    who = await managed(visit, person)
    visit.must_be_fresh()
    asked = visit.request.query_params
    way = asked.get(_AS)
    entered = fields.read(_PERIOD, FormData(list[tuple[str, str | UploadFile]](asked.multi_items())))
    first, last = entered.values.get("first"), entered.values.get("last")
    if first and last and last < first:
        entered.faults["days-last-day"] = "The last day must be the same as or after the first"
    if way not in {one for one, _ in _WAYS} or entered.faults:
        return _form(visit, who, entered)
    async with visit.context.connection() as conn:
        found = await export(conn, visit.caller, who.person, Days(first, last), visit.present)
    if found is None:
        raise NotTheirs
    return await _as(visit, who, found, str(way))


def _form(visit: Visit, who: Seen, entered: Entered) -> Response:
    return show(
        "person_export.html",
        visit,
        status=422 if entered.faults else 200,
        title=say("Everything we hold about {name}", name=who.name),
        crumbs=way_up(visit, who),
        period=_PERIOD,
        raw=entered.raw,
        faults=entered.faults,
        errors=[{"text": words, "href": f"#{where}"} for where, words in entered.faults.items()],
        ways=_WAYS,
    )


async def _as(visit: Visit, who: Seen, found: Export, way: str) -> Response:
    title = say("Everything we hold about {name}", name=who.name)
    if way == "page":
        frame: dict[str, Any] = {"crumbs": way_up(visit, who), "office": visit.office}
        return page(found, visit.root, **frame)
    if way == "json":
        content = ExportShown.of(found).model_dump_json(indent=2)
        return Response(content, media_type="application/json", headers=HEADERS | named(f"{title}.json"))
    return as_file(Kind.XLSX, title, await asyncio.to_thread(written, Kind.XLSX, title, COLUMNS, rows(found)))
