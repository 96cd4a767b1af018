"""What somebody is called, where they are reached, and what other systems call them: changed by their office."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages import replaced
from gateway.pages.answers import button
from gateway.pages.asked import Answer, Choice, Field, Given, Question
from gateway.workspace.person.frame import Seen, asking, doing, given_text, managed
from gateway.workspace.visit import Visiting, WorkspaceRoute
from operations import people
from operations.audited import RefusedError
from operations.people import Changes, SharedAddressError
from records import directory
from records.errors import AddressTaken
from schemas import roster_cells
from schemas.sentences import say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_SHARED: Final = (
    "Another person has this address. If they share the mailbox, tick the box. If it's one person, merge them"
)
_OFFICES: Final = "This is the programme office's address, which is a mailbox of its own"
_NUMBER: Final = "employee_number"


class NotWrittenError(RefusedError):
    """What was filled in cannot be kept. Nothing was changed."""

    code = "invalid"


def _question(who: Seen, organisation: str, discipline: str) -> Question:
    own = who.known.outside.get(_NUMBER, [])
    fields = (
        Field(name="name", kind="note", label="Full name", optional=True, seen=True, value=who.name),
        Field(
            name="organisation", kind="note", label="Organisation (optional)", optional=True, seen=True,
            value=organisation,
        ),
        Field(
            name="discipline", kind="note", label="Discipline (optional)", optional=True, seen=True, value=discipline
        ),
        Field(
            name="number", kind="note", label="Employee number (optional)", optional=True, seen=True,
            value=", ".join(own), hint="If they have several, put commas between them.",
        ),
    )  # fmt: skip
    address = (
        Field(name="address", kind="email", label="New email address", missing="Enter the new email address"),
        Field(
            name="shared", kind="checkboxes", label="Does somebody else use this address? (optional)", optional=True,
            seen=True, choices=(Choice("yes", "They share this mailbox"),),
        ),
    )  # fmt: skip
    return Question(
        title=say("Change what we know about {name}", name=who.name),
        topic=f"person/{who.person}/change",
        mark=(who.name, who.known.address or ""),
        lead=(say("Emails go to {address}.", address=who.known.address),),
        also="Other changes",
        answers=(
            Answer(name="called", fields=fields, buttons=button("Save"), note=False, as_recorded=True),
            Answer(
                name="address",
                fields=address,
                buttons=button("Change the address"),
                note=False,
                weighty=True,
                opener="Change their email address",
                hint=say(
                    "We'll email the old address. For a week, the change can be undone from there. "
                    "{name} will be signed out everywhere.",
                    name=who.name,
                ),
            ),
        ),
    )


async def _asked(visit: Visiting, person: str) -> tuple[Seen, Question]:
    who = await managed(visit, person)
    async with visit.context.connection() as conn:
        about = await directory.about(conn, person, visit.present)
    return who, _question(who, about.organisation or "", about.discipline or "")


@pages.api_route("/people/{person}/change", methods=["GET", "HEAD"])
async def change(visit: Visiting, person: str) -> Response:
    """The form, filled in with what is known."""
    return asking(visit, *await _asked(visit, person))


@pages.post("/people/{person}/change")
async def changed(visit: Visiting, person: str) -> Response:
    """Change it; the old address is told of another."""
    who, question = await _asked(visit, person)

    async def do(answer: Answer, given: Given) -> None:
        tell = partial(replaced.told, visit.context.settings)
        changes = Changes(address=given["address"]) if answer.name == "address" else _called(given)
        try:
            async with visit.context.connection() as conn:
                await people.change(
                    conn, visit.caller, person, changes, visit.present, tell, shared=bool(given["shared"])
                )
        except SharedAddressError:
            raise NotWrittenError(_SHARED) from None
        except AddressTaken:
            raise NotWrittenError(_OFFICES) from None

    return await doing(visit, who, question, do)


def _called(given: Given) -> Changes:
    if not given["name"]:
        raise NotWrittenError("Enter the full name")
    try:
        numbers = [
            roster_cells.outside_id(one.strip()) for one in given_text(given, "number").split(",") if one.strip()
        ]
    except roster_cells.BadCellError as bad:
        raise NotWrittenError(f"The employee number {bad.problem}; {bad.remedy}") from None
    return Changes(
        name=given["name"],
        organisation=given_text(given, "organisation"),
        discipline=given_text(given, "discipline"),
        outside={_NUMBER: numbers},
    )
