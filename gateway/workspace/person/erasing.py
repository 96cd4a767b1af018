"""Somebody is erased: what is held and what becomes of it is shown before, and proved afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Choice, Field, Given, Question
from gateway.workspace.frame import ask, show
from gateway.workspace.person.frame import Seen, asking, doing, managed, way_up
from gateway.workspace.person.parts import not_changed, takers_of, taking_over
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from operations import erasing, reading, roles
from operations.erasing import Forgotten
from operations.roles import Became
from records import erasures
from records.parts import Part
from records.personal import TABLES, TITLES
from schemas.erasing import ErasedBecause
from schemas.sentences import listed, say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_REASONS: Final = (
    Choice(ErasedBecause.ASKED, "They asked us to"),
    Choice(ErasedBecause.NOT_NEEDED, "The programme doesn't need to know them any more"),
    Choice(ErasedBecause.MISTAKE, "They should never have been recorded here"),
)
_WHY: Final = Field(
    name="why",
    kind="radios",
    label="Why are you erasing them?",
    choices=_REASONS,
    missing="Say why you are erasing them",
)
_GONE: Final = (
    "We'll erase their name and email address, and everything below that says so. In what others wrote, their name "
    "and address become “[erased]”."
)
_STAYS: Final = (
    "What we keep has a code instead of their name, and nobody can find out who it was. Each team's record needs to "
    "show that somebody had a role, answered, or got an email."
)
_FOR_GOOD: Final = (
    "You can't undo this. Copies in backups, and in people's own mailboxes, stay until they're deleted there."
)
_LEAD: Final = (_GONE, _STAYS, _FOR_GOOD)
_OWN: Final = ("This is you. Somebody else in the programme office can erase you.",)
_GOES: Final = frozenset(table.name for table in TABLES if table.erased != "kept")


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who may be erased, what is theirs, and the form."""

    who: Seen
    parts: Sequence[Part]
    question: Question


async def _asked(visit: Visit, person: str) -> Asked:
    who = await managed(visit, person)
    visit.must_be_fresh()
    async with visit.context.connection() as conn:
        parts = await roles.held(conn, who.person, visit.present)
        held = await erasures.counted(conn, who.person)
    own = who.person == visit.person
    answer = Answer(
        name="erase",
        fields=(*taking_over(parts, may_stay=False), _WHY),
        buttons=button(say("Erase {name} permanently", name=who.name)),
        variant="warning",
        note=False,
        weighty=True,
    )
    return Asked(who, parts, Question(
        title=say("Erase {name}?", name=who.name),
        topic=f"person/{who.person}/erase",
        mark=tuple(f"{part.role}/{part.subject}" for part in parts),
        lead=_OWN if own else _LEAD,
        context=() if own else _held(held),
        answers=() if own else (answer,),
    ))  # fmt: skip


def _held(held: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """What is held, and what becomes of it: first what goes."""
    lines = []
    for name, rows in held.items():
        lines.append(
            (
                name not in _GOES,
                TITLES[name],
                say("{number} erased", number=rows)
                if name in _GOES
                else say("{number} kept, with a code", number=rows),
            )
        )
    return tuple((title, said) for _, title, said in sorted(lines))


@pages.api_route("/people/{person}/erase", methods=["GET", "HEAD"])
async def erase(visit: Visiting, person: str) -> Response:
    """What is held, what goes, what stays and why, and who takes their roles over. That it was looked up is noted."""
    asked = await _asked(visit, person)
    async with visit.context.connection() as conn:
        await reading.noted(conn, visit.caller, "person", asked.who.known.academy, visit.present, asked.who.person)
    return asking(visit, asked.who, asked.question)


@pages.post("/people/{person}/erase")
async def erased(visit: Visiting, person: str) -> Response:
    """Hand on what was said, then erase them. Nobody is erased while a role cannot go where it should."""
    asked = await _asked(visit, person)

    async def do(answer: Answer, given: Given) -> Response | None:
        found = await takers_of(visit, asked.who, asked.parts, answer, given)
        takers = {key: taker for key, taker in found.items() if taker is not None}
        if takers:
            became = await roles.settle(visit.context.engine, visit.caller, asked.who.known, takers)
            if not all(one.told for one in became):
                return await _not_yet(visit, person, became)
        done = await erasing.erase(
            visit.context.engine, visit.caller, asked.who.person, visit.present, ErasedBecause(given["why"])
        )
        return None if done is None else _proved(visit, asked.who.name, done)

    return await doing(visit, asked.who, asked.question, do, to=f"{visit.root}/people")


async def _not_yet(visit: Visit, person: str, became: Sequence[Became]) -> Response:
    asked = await _asked(visit, person)
    text = "A role can't go to whom you chose: each says why below. Nobody was erased."
    banner = {"variant": None, "title": "Not erased", "text": text}
    amiss = not_changed(asked.parts, asked.question.answers[0], became)
    return ask(visit, asked.question, crumbs=way_up(visit, asked.who), amiss=amiss, banner=banner)


def _proved(visit: Visit, name: str, done: Forgotten) -> Response:
    proof = done.proof
    return show(
        "person_erased.html",
        visit,
        title=say("{name} is erased", name=name),
        crumbs=way_up(visit),
        rows=sorted((TITLES[table], rows) for table, rows in proof.rows.items()),
        told=len(done.heard.told),
        refused=len(done.heard.refused),
        late=len(done.heard.late),
        left=sorted({TITLES[where.partition(".")[0]] for where in proof.left}),
        not_searched=listed(proof.not_searched),
    )
