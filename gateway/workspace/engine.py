"""What whoever runs the installation looks at. It says nothing about anybody."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from gateway.pages import reading
from gateway.pages.drawing import draw
from gateway.pages.route import Context, root_of
from gateway.workspace.visit import NotTheirs, SignInFirst, WorkspaceRoute
from lifecycle.dates import clock_of
from lifecycle.incidents import INCIDENTS, in_words
from records import incidents
from records.incidents import Incident

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


def must_operate() -> None:
    """Raises SignInFirst for nobody, NotTheirs for whoever doesn't run the installation."""
    found = reading.signed_in()
    if found is None:
        raise SignInFirst
    if not found.operator:
        raise NotTheirs


@pages.api_route("/engine", methods=["GET", "HEAD"])
async def engine(request: Request, context: Context) -> Response:  # noqa: ARG001
    """What is wrong at any academy."""
    must_operate()
    async with context.connection() as conn:
        wrong = await incidents.open_of(conn)
    return draw("engine.html", 200, title="The engine", wrong=list(map(_said, wrong)), root=root_of(context))


def _said(incident: Incident) -> dict[str, str]:
    """One line of what is wrong."""
    kind = INCIDENTS[incident.finding.kind]
    return {
        "label": kind.label,
        "said": " ".join(in_words(incident.finding, incident.zone)),
        "since": clock_of(incident.zone).moment(incident.since),
        "remedy": kind.remedy,
        "command": kind.typed(incident.id) or "",
    }
