"""For how long an academy keeps what: shown with what it would delete, before it is agreed; and what was deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse

from gateway.pages import fields
from gateway.pages.asked import Answer, Field
from gateway.pages.drawing import SAME, TOLD, banner_of
from gateway.pages.fields import Entered
from gateway.workspace.academy.now import academy_url, way_up
from gateway.workspace.frame import is_ours, show, stamp
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import long_date
from operations import reading, retention
from records import pages as known_pages
from records import retention as records
from records.retention import Kept, Ran
from schemas.retention import KEPT_MONTHS, LONGEST
from schemas.sentences import joined, say, say_of

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_AHEAD: Final = timedelta(days=92)
_TOPIC: Final = "academy/retention"
_SHOWN: Final = 50
_KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "people": (
        "People with no role any more",
        "erased",
        "after their last team or course, and our last email to them",
    ),
    "notes": ("Notes", "deleted", "after the team, cohort or course has ended"),
    "feedback": ("Comments on Introduction courses", "deleted", "after they were written. The scores stay"),
    "events": ("What other services sent us", "emptied", "after we dealt with it"),
    "snoozes": ("Snoozes, with their reasons", "deleted", "after they ended"),
    "sign_ins": ("Sign-ins", "deleted", "after they ended"),
}
"""What each is called, what becomes of it, and from when the months count."""

_GOING: Final = {
    "erased": "Kept for {kept}. {now} erased at the next run, {later} more in the next 3 months.",
    "deleted": "Kept for {kept}. {now} deleted at the next run, {later} more in the next 3 months.",
    "emptied": "Kept for {kept}. {now} emptied at the next run, {later} more in the next 3 months.",
}
_GONE: Final = {
    "erased": "{label}: {number} erased.",
    "deleted": "{label}: {number} deleted.",
    "emptied": "{label}: {number} emptied.",
}
"""What becomes of so many, and became of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of a kind of record with these months."""

    label: str
    said: str


@pages.api_route("/academy/retention", methods=["GET", "HEAD"])
async def overview(visit: Visiting) -> Response:
    """What holds, what it or another choice deletes and when, and what was deleted."""
    visit.must_run()
    async with visit.context.connection() as conn:
        chosen = await records.periods(conn, visit.academy)
        ran = await records.runs(conn, visit.academy, _SHOWN)
    answer = _answer(chosen)
    entered = _entered(visit, answer)
    tried = entered is not None and not entered.faults
    months = _months(entered) if entered is not None and tried else chosen
    async with visit.context.connection() as conn:
        await reading.noted(conn, visit.caller, "people", visit.academy, visit.present)
        found = await retention.over(conn, months, visit.present + _AHEAD, visit.academy)
        people = found.get("people", [])
        called = await known_pages.names(conn, [kept.id for kept in people[:_SHOWN]])
    return show(
        "retention.html",
        visit,
        status=422 if entered is not None and entered.faults else 200,
        title="How long we keep things",
        crumbs=(way_up(visit),),
        answer=answer,
        raw=entered.raw if entered is not None else fields.shown_before(answer),
        faults=entered.faults if entered is not None else {},
        errors=[{"text": said, "href": f"#{where}"} for where, said in (entered.faults if entered else {}).items()],
        lines=[_line(visit, kind, months[kind], each) for kind, each in found.items()],
        people=[
            (called.get(kept.id) or "", f"{visit.root}/people/{kept.id}", _when(visit, kept))
            for kept in people[:_SHOWN]
        ],
        more=max(0, len(people) - _SHOWN),
        tried=tried and months != chosen,
        none=not months,
        days=_days(visit, ran),
        banner=_banner(visit, same=tried and months == chosen),
        state=stamp(visit, _TOPIC),
    )


@pages.post("/academy/retention")
async def agreed(visit: Visiting) -> Response:
    """Keep to what the address says from tonight. Of a form that isn't ours nothing is taken."""
    visit.must_run()
    visit.must_be_fresh()
    entered = _entered(visit, _answer({}))
    ours = is_ours(visit, await visit.request.form(), _TOPIC)
    here = academy_url(visit, "retention")
    if entered is None or entered.faults or not ours:
        return RedirectResponse(here, status_code=303)
    async with visit.context.connection() as conn:
        if await records.periods(conn, visit.academy) == _months(entered):
            return RedirectResponse(f"{here}?same=1", status_code=303)
        await retention.choose(conn, visit.caller, visit.academy, _months(entered), visit.present)
    return RedirectResponse(f"{here}?told=1", status_code=303)


def _banner(visit: Visit, *, same: bool) -> dict[str, Any] | None:
    found = SAME if same else banner_of(visit.request.query_params)
    return {**TOLD, "text": "We've recorded it. Every night we delete what is older."} if found is TOLD else found


def _answer(chosen: Mapping[str, int]) -> Answer:
    return Answer(
        name="keep",
        fields=tuple(
            Field(
                name=kind,
                kind="number",
                label=label,
                optional=True,
                seen=True,
                least=1,
                most=LONGEST,
                hint=say("In months, {since}. For example, {months}.", since=since, months=KEPT_MONTHS[kind]),
                value=str(chosen.get(kind, "")),
            )
            for kind, (label, _, since) in _KINDS.items()
        ),
        buttons=(),
        note=False,
    )


def _entered(visit: Visit, answer: Answer) -> Entered | None:
    """The months that the address says; None where it says nothing of any."""
    asked = visit.request.query_params.multi_items()
    if not any(name.startswith(f"{answer.name}-") for name, _ in asked):
        return None
    return fields.read(answer, FormData(list[tuple[str, str | UploadFile]](asked)))


def _months(entered: Entered) -> dict[str, int]:
    return {kind: entered.values[kind] for kind in retention.SCHEDULED if entered.values.get(kind)}


def _line(visit: Visit, kind: str, months: int, found: Sequence[Kept]) -> Line:
    label, becomes, _ = _KINDS[kind]
    now = sum(kept.until <= visit.present for kept in found)
    kept = say_of(months, "{number} month", "{number} months")
    return Line(
        label,
        say(
            _GOING[becomes],
            kept=kept,
            now=now,
            later=len(found) - now,
        ),
    )


def _when(visit: Visit, kept: Kept) -> str:
    return (
        "at the next run"
        if kept.until <= visit.present
        else say("on {day}", day=long_date(visit.clock.today(kept.until)))
    )


def _days(visit: Visit, ran: Sequence[Ran]) -> list[tuple[str, list[str]]]:
    """What was deleted, by day: the newest day first."""
    return [
        (day, [_done(one) for one in sorted(each, key=lambda one: one.ran_at)])
        for day, each in groupby(ran, lambda one: visit.clock.date(one.ran_at))
    ]


def _done(ran: Ran) -> str:
    label, becomes, _ = _KINDS[ran.kind]
    said = say(_GONE[becomes], label=label, number=ran.gone)
    if not ran.failed:
        return said
    failed = say("For {number} it didn't work: we'll try again the next night.", number=ran.failed)
    return joined(" ", (said, failed))
