"""Somebody's leave, as their office records it: told to all that is theirs."""

from __future__ import annotations

from datetime import date
from typing import Final

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from gateway.pages.answers import CONFIRMED, button
from gateway.pages.asked import A_DAY, BACK, Answer, Field, Given, Question
from gateway.workspace.person.frame import Seen, asking, doing, managed
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import date_range
from operations.audited import RefusedError
from operations.leaves import Away, agree_leave, leaves_of, take_back_leave
from schemas.facts import Teller
from schemas.sentences import say
from schemas.words import Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_AWAY: Final = Answer(
    name="away",
    fields=(
        Field(name="first", kind="date", label="First day away", missing="Enter the first day away", hint=A_DAY),
        Field(name="last", kind="date", label="Last day away", missing="Enter the last day away"),
        CONFIRMED,
    ),
    more="If they'll be away for unusually long",
    buttons=button("Record the leave"),
    note=False,
)


class WrongDaysError(RefusedError):
    """These are no days of a leave. Nothing was changed."""

    code = "invalid"


async def _asked(visit: Visit, person: str) -> tuple[Seen, Question]:
    who = await managed(visit, person)
    async with visit.context.connection() as conn:
        told = await leaves_of(conn, who.known.academy, person)
    days = sorted({(away.first_day, away.last_day) for away in told if away.last_day >= visit.today})
    backs = (
        Answer(
            name=f"{BACK}-{first}-{last}", buttons=button(say("Take back: away {days}", days=date_range(first, last))),
            variant="secondary", note=False,
        )
        for first, last in days
    )  # fmt: skip
    return who, Question(
        title=say("When will {name} be away?", name=who.name),
        lead=(
            "We'll keep what can wait until they're back. Anything urgent goes to somebody else.",
            "This applies to all their teams and courses. We don't expect sessions while a team has no coach.",
            *(("To shorten their leave, take back the dates below and record the right ones.",) if days else ()),
        ),
        topic=f"person/{person}/leave",
        mark=tuple(f"{first}/{last}" for first, last in days),
        answers=(_AWAY, *backs),
    )


@pages.api_route("/people/{person}/leave", methods=["GET", "HEAD"])
async def leave(visit: Visiting, person: str) -> Response:
    """What is recorded from today, and the form."""
    return asking(visit, *await _asked(visit, person))


@pages.post("/people/{person}/leave")
async def leave_said(visit: Visiting, person: str) -> Response:
    """Record it, or take it back."""
    who, question = await _asked(visit, person)

    async def do(answer: Answer, given: Given) -> Response | None:
        back = answer.name.startswith(BACK)
        first, last = _days_of(answer) if back else (given["first"], given["last"])
        if last < first:
            raise WrongDaysError("The last day away must be the same as or after the first")
        if last < visit.today:
            raise WrongDaysError("The last day away must be today or in the future")
        teller = Teller(role=Role.SERVICE, person=visit.person)
        away = Away(who.known.academy, person, first, last, given.at, teller, bool(given["confirmed"]))
        heard = await (take_back_leave if back else agree_leave)(visit.context.engine, visit.caller, away)
        known = not back and question.answer(f"{BACK}-{first}-{last}") is not None
        return RedirectResponse("?same=1", status_code=303) if known and not heard.told else None

    return await doing(visit, who, question, do)


def _days_of(answer: Answer) -> tuple[date, date]:
    days = answer.name.removeprefix(f"{BACK}-")
    return date.fromisoformat(days[:10]), date.fromisoformat(days[11:])
