"""All of somebody's roles on one form: who takes each over, or that it is empty until somebody is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Given, Onward, Question
from gateway.workspace.frame import ask
from gateway.workspace.operating import InFieldsError
from gateway.workspace.person.frame import Seen, asking, doing, managed, person_url, way_up
from gateway.workspace.person.parts import not_changed, takers_of, taking_over
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from operations import roles
from operations.roles import Became
from records.parts import Part
from schemas.sentences import say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_LEAD: Final = (
    "Choose for each of their roles. Whoever takes a role over gets its emails from now on.",
    "We'll record it in each team, where you can undo it under Log. They keep their places on courses.",
)

_NOTHING: Final = (
    "They have no role in a team, a cohort or the programme office now.",
    "They keep their places on courses.",
)


async def _asked(visit: Visit, person: str) -> tuple[Seen, list[Part], Question]:
    who = await managed(visit, person)
    async with visit.context.connection() as conn:
        parts = await roles.held(conn, who.person, visit.present)
    answer = Answer(
        name="roles",
        fields=taking_over(parts, may_stay=True),
        buttons=button("Record who takes over"),
        note=False,
        weighty=True,
    )
    return (
        who,
        parts,
        Question(
            title=say("Who takes over from {name}?", name=who.name)
            if parts
            else say("{name} has no role to hand on", name=who.name),
            topic=f"person/{who.person}/roles",
            mark=tuple(f"{part.role}/{part.subject}" for part in parts),
            lead=_LEAD if parts else _NOTHING,
            answers=(answer,) if parts else (),
            onward=() if parts else (Onward(say("Back to {name}", name=who.name), person_url(visit, who.person)),),
        ),
    )


@pages.api_route("/people/{person}/roles", methods=["GET", "HEAD"])
async def settling(visit: Visiting, person: str) -> Response:
    """The form: each role stays theirs, unless something else is chosen."""
    who, _, question = await _asked(visit, person)
    return asking(visit, who, question)


@pages.post("/people/{person}/roles")
async def settled(visit: Visiting, person: str) -> Response:
    """Record it. What was refused comes back with why, the rest is done."""
    who, parts, question = await _asked(visit, person)

    async def do(answer: Answer, given: Given) -> Response | None:
        takers = await takers_of(visit, who, parts, answer, given)
        if not takers:
            raise InFieldsError({"": "Choose who takes over at least one of their roles, or that it's nobody yet"})
        became = await roles.settle(visit.context.engine, visit.caller, who.known, takers)
        return None if all(one.told for one in became) else await _partly(visit, person, became)

    return await doing(visit, who, question, do)


async def _partly(visit: Visit, person: str, became: Sequence[Became]) -> Response:
    who, parts, question = await _asked(visit, person)
    done = sum(one.told for one in became)
    text = say(
        "{done} of {all} roles were changed. The others are as they were: each says why below.",
        done=done,
        all=len(became),
    )
    banner = {"variant": None, "title": "Not everything was changed", "text": text}
    amiss = not_changed(parts, question.answers[0], became) if question.answers else None
    return ask(visit, question, crumbs=way_up(visit, who), amiss=amiss, banner=banner)
