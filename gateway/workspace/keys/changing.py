"""A key gets a new secret, while the one before works on for a while; or it is revoked, at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Field, Given, Question
from gateway.workspace.keys.frame import Operating, Works, shown_once, that_works, way_up
from gateway.workspace.keys.making import ends, until
from gateway.workspace.operating import asked, done
from gateway.workspace.visit import NotTheirs, WorkspaceRoute
from operations.keys import OVERLAP, revoke_key, rotate_key
from records.keys import KeyLine
from schemas.grants import Grant, Verb
from schemas.sentences import say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_LONGEST_OVERLAP: Final = 90
_OVERLAP: Final = Field(
    name="overlap",
    kind="number",
    label="For how many days does the old key work on?",
    hint="Long enough to put the new one in its place. Enter 0 to end it at once.",
    missing="Enter a number of days",
    least=0,
    most=_LONGEST_OVERLAP,
    value=str(OVERLAP.days),
)
_WHY: Final = Field(
    name="why", kind="note", label="Why is it revoked?", missing="Say why it is revoked",
    hint="One sentence, for the list of keys. Don't name anybody.", seen=True,
)  # fmt: skip
_TOO_WIDE: Final = (
    "This key is for every academy, or for everything.",
    "Only the command line gives such a key a new secret: mca key rotate.",
)


def _wide(line: KeyLine) -> bool:
    grants = [Grant.parse(written) for written in line.grants]
    return any(grant.place is None or grant.verb is Verb.ADMIN for grant in grants)


async def _rotation(work: Operating, key: str) -> tuple[KeyLine, Question]:
    line = await that_works(work, key)
    work.must_be_fresh()
    answer = Answer(
        name="rotate", fields=(_OVERLAP, until(work.today)), buttons=button("Make the new key"), note=False,
        weighty=True,
    )  # fmt: skip
    return line, Question(
        title=say("Replace the key of {name}", name=line.name),
        topic=f"engine/keys/{key}/replace",
        mark=(line.ends.isoformat(), str(line.former_ends)),
        lead=_TOO_WIDE if _wide(line) else ("It may do the same as before. We show the new key once.",),
        answers=() if _wide(line) else (answer,),
    )


@pages.api_route("/engine/keys/{key}/replace", methods=["GET", "HEAD"])
async def rotate(work: Works, key: str) -> Response:
    """For how long the old one works on, and the new one."""
    _, question = await _rotation(work, key)
    return asked(work, question, *way_up(work))


@pages.post("/engine/keys/{key}/replace")
async def rotated(work: Works, key: str) -> Response:
    """The new secret, this once."""
    line, question = await _rotation(work, key)

    async def do(answer: Answer, given: Given) -> Response:
        last, overlap = ends(work, answer, given), timedelta(days=given["overlap"])
        async with work.context.connection() as conn:
            made = await rotate_key(conn, work.caller, key, work.present, last, overlap)
        if made is None:
            raise NotTheirs
        former = work.clock.moment(min(line.ends, work.present + overlap)) if overlap else ""
        return shown_once(
            work, say("The new key of {name}", name=line.name), made.secret, work.clock.moment(last), former
        )

    return await done(work, question, do, *way_up(work), to=f"{work.root}/engine/keys")


async def _revocation(work: Operating, key: str) -> Question:
    line = await that_works(work, key)
    work.must_be_fresh()
    answer = Answer(
        name="revoke", fields=(_WHY,), buttons=button("Revoke it for good"), variant="warning", note=False, weighty=True
    )
    return Question(
        title=say("Revoke the key of {name}?", name=line.name),
        topic=f"engine/keys/{key}/revoke",
        mark=(),
        lead=("The service can't call us with it from this moment, and you can't undo this. Make a new key instead.",),
        answers=(answer,),
    )


@pages.api_route("/engine/keys/{key}/revoke", methods=["GET", "HEAD"])
async def revoke(work: Works, key: str) -> Response:
    """What that means, and why."""
    return asked(work, await _revocation(work, key), *way_up(work))


@pages.post("/engine/keys/{key}/revoke")
async def revoked(work: Works, key: str) -> Response:
    """It opens nothing any more."""
    question = await _revocation(work, key)

    async def do(_: Answer, given: Given) -> None:
        async with work.context.connection() as conn:
            await revoke_key(conn, work.caller, key, work.present, given["why"])

    return await done(work, question, do, *way_up(work), to=f"{work.root}/engine/keys")
