"""Trained coaches without a team, beside the teams that wait for a coach; and what came of asking them."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.named import OFFER_ANSWERS
from gateway.workspace.academy.now import way_up
from gateway.workspace.cohort.frame import STATES, cohort_url
from gateway.workspace.cohort.people import code_of
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import show
from gateway.workspace.team.frame import A_PAGE, numbered
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import long_date
from records import dormant as records
from records.dormant import Dormant, Waiting
from schemas.sentences import say
from schemas.subjects import cohort_name
from schemas.words import EnrolmentState

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_STATES: Final = STATES | {EnrolmentState.PRACTISING: "Completed the course, and coached until recently"}
_COLUMNS: Final = ("Coach", "Cohort", "Now", "Last coached", "What they said", "Said on")


@pages.api_route("/academy/dormant-coaches", methods=["GET", "HEAD"])
async def dormant(visit: Visiting) -> Response:
    """Whoever finished the course and coaches no team, those who were never asked first."""
    visit.must_run()
    kind = wanted(visit)
    number = numbered(visit.request.query_params.get("page", ""))
    async with visit.context.connection() as conn:
        at = ((number - 1) * A_PAGE, A_PAGE + 1) if kind is None else ()
        found = await records.coaches(conn, visit.academy, *at)
        teams = await records.waiting(conn, visit.academy)
    if kind is not None:
        rows = ((_name(one), *_said(visit, one)) for one in found)
        return download(kind, "Trained coaches without a team", _COLUMNS, rows)
    return show(
        "dormant.html",
        visit,
        title="Trained coaches without a team",
        crumbs=(way_up(visit),),
        coaches=[_line(visit, one) for one in found[:A_PAGE]],
        teams=[_team(visit, one) for one in teams],
        downloads=offered(visit),
        before=f"?page={number - 1}" if number > 1 else "",
        after=f"?page={number + 1}" if len(found) > A_PAGE else "",
    )


def _name(one: Dormant) -> str:
    return one.name or "Somebody whose record was erased"


def _said(visit: Visit, one: Dormant) -> tuple[str, str, str, str, str]:
    return (
        cohort_name(one.cohort),
        _STATES[one.state],
        long_date(one.last_coached) if one.last_coached else "",
        OFFER_ANSWERS[one.offer_answer] if one.offer_answer else "",
        visit.clock.date(one.offered_at) if one.offered_at else "",
    )


def _line(visit: Visit, one: Dormant) -> dict[str, str]:
    cohort, state, last, answer, on = _said(visit, one)
    place = cohort_url(visit, one.cohort, f"/participants/{code_of(one.enrolment)}")
    return {
        "name": _name(one),
        "person": f"{visit.root}/people/{one.person}",
        "cohort": cohort,
        "state": state,
        "last": say("Last coached on {day}", day=last) if last else "We know of no session they coached",
        "answer": say("{answer}, {day}", answer=answer, day=on) if answer else "",
        "ask": f"{place}/offered",
        "refresher": f"{place}/refresher",
    }


def _team(visit: Visit, one: Waiting) -> dict[str, str]:
    return {
        "name": one.team or "A team without a name",
        "url": f"{visit.root}/teams/{one.engagement}/people",
        "since": say("without a coach since {day}", day=visit.clock.date(one.since))
        if one.since
        else "has had no coach yet",
    }
