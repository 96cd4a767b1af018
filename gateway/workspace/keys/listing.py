"""The keys there are: what each may do, and whether it still works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.drawing import banner_of
from gateway.workspace.frame import show
from gateway.workspace.keys.frame import Operating, Works, way_up
from gateway.workspace.keys.words import maker, may, places
from gateway.workspace.visit import WorkspaceRoute
from operations.keys import AHEAD
from records import keys
from records.keys import KeyLine
from schemas.grants import Grant

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

WORKS: Final = ("Works", "green")
ENDS_SOON: Final = ("Ends soon", "orange")
ENDED: Final = ("Ended", "grey")
REVOKED: Final = ("Revoked", "grey")


@dataclass(frozen=True, slots=True)
class Shown:
    """A key as it is listed; without ``url`` nothing can be done with it any more."""

    name: str
    key: str
    state: tuple[str, str]
    may: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    url: str


@pages.api_route("/engine/keys", methods=["GET", "HEAD"])
async def listed(work: Works) -> Response:
    """All keys: those that work, then the others."""
    async with work.context.connection() as conn:
        found = await keys.everyone(conn)
        names = await keys.makers(conn)
    return show(
        "keys.html",
        work,
        title="Keys of other services",
        crumbs=way_up(work)[:1],
        working=[_shown(work, line, names) for line in found if line.works(work.present)],
        over=[_shown(work, line, names) for line in found if not line.works(work.present)],
        banner=banner_of(work.request.query_params),
        make=f"{work.root}/engine/keys/make",
    )


def _shown(work: Operating, line: KeyLine, names: Mapping[str, str]) -> Shown:
    grants = tuple(Grant.parse(written) for written in line.grants)
    return Shown(
        name=line.name,
        key=line.key,
        state=_state(work, line),
        may=tuple(may(grant) for grant in grants),
        rows=(("Where", places(grants, work.context.settings.academy_called)), *_rows(work, line, names)),
        url="" if line.revoked_at else f"{work.root}/engine/keys/{line.key}",
    )


def _state(work: Operating, line: KeyLine) -> tuple[str, str]:
    if line.revoked_at is not None:
        return REVOKED
    if not line.works(work.present):
        return ENDED
    return ENDS_SOON if line.ends <= work.present + AHEAD else WORKS


def _rows(work: Operating, line: KeyLine, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    clock, by = work.clock, maker(line.made_by, names)
    rows = [
        ("Made", f"{clock.date(line.created_at)}{f', by {by}' if by else ''}"),
        ("Works until" if line.works(work.present) else "Would have worked until", clock.moment(line.ends)),
        ("Last used", clock.moment(line.last_used_at) if line.last_used_at else "Never"),
    ]
    if line.former_ends is not None and line.former_ends > work.present and line.works(work.present):
        rows.append(("The key before works until", clock.moment(line.former_ends)))
    if line.revoked_at is not None:
        rows.append(
            ("Revoked", f"{clock.moment(line.revoked_at)}{f': {line.revoked_why}' if line.revoked_why else ''}")
        )
    return tuple(rows)
