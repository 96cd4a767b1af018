"""An academy's office: its mailbox, who works there by name, and the deputy who hears when it doesn't answer."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Field, Given, Question
from gateway.workspace.academy.now import academy_url, way_up
from gateway.workspace.operating import WHY, asked, contact, done
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from operations import reading
from operations.offices import change_office, join_office, leave_office, name_deputy
from records import offices
from records.offices import Mailbox, OfficePerson
from schemas.sentences import joined, say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_WHO: Final = Field(
    name="who", kind="person", label="Who is it?", missing="Enter their name and email address",
    hint="If we know them already, we'll recognise the email address.",
)  # fmt: skip


def _office(mailbox: Mailbox | None) -> Question:
    fields = (
        Field(name="name", kind="team", label="What is the office called?", missing="Enter the office's name",
              value=mailbox.name if mailbox else ""),
        Field(name="address", kind="email", label="Its email address", missing="Enter the office's email address",
              value=mailbox.address if mailbox else ""),
    )  # fmt: skip
    return Question(
        title="The programme office's mailbox",
        lead=(
            "Everything we send to the office, and every reply to our emails, goes to this address from now on.",
            "If you change the address, anyone signed in with the old one is signed out. You can change it again here.",
        ),
        topic="academy/office",
        mark=(),
        answers=(Answer(name="office", fields=fields, buttons=button("Save"), note=False, as_recorded=True),),
    )


async def _mailbox(visit: Visit) -> Question:
    visit.must_run()
    async with visit.context.connection() as conn:
        return _office(await offices.mailbox(conn, visit.academy))


@pages.api_route("/academy/office", methods=["GET", "HEAD"])
async def office(visit: Visiting) -> Response:
    """The mailbox, and the form."""
    return asked(visit, await _mailbox(visit), way_up(visit))


@pages.post("/academy/office")
async def new_office(visit: Visiting) -> Response:
    """Have another mailbox."""
    question = await _mailbox(visit)
    visit.must_be_fresh()

    async def change(_: Answer, given: Given) -> None:
        async with visit.context.connection() as conn:
            name, address = given["name"].name, given["address"]
            await change_office(conn, visit.caller, visit.academy, name, address, visit.present)

    return await done(visit, question, change, way_up(visit), to=academy_url(visit))


async def _staff(visit: Visit) -> list[OfficePerson]:
    visit.must_run()
    async with visit.context.connection() as conn:
        await reading.noted(conn, visit.caller, "office", visit.academy, visit.present)
        return await offices.staff(conn, visit.academy)


def _named(person: OfficePerson) -> str:
    return person.name or "somebody whose record was erased"


def _members(staff: list[OfficePerson]) -> Question:
    members = [person for person in staff if person.part == "member"]
    names = joined(", ", (_named(person) for person in members))
    leaving = (
        Answer(
            name=f"left-{number}",
            opener=say("{name} has left the office", name=_named(person)),
            variant="warning",
            note=False,
            buttons=button("Remove them"),
            fields=(WHY,),
            hint="They can no longer see or change the academy's records. You can add them again.",
        )
        for number, person in enumerate(members)
    )
    return Question(
        title="Who works in the office",
        lead=(
            say("In the office now: {names}.", names=names)
            if names
            else "Nobody is named yet. Only the mailbox can sign in.",
            "Everyone named signs in with their own address. They can see and change everything at the academy.",
        ),
        topic="academy/members",
        mark=tuple(person.person for person in members),
        answers=(
            Answer(name="join", fields=(_WHO, WHY), buttons=button("Add them to the office"), note=False),
            *leaving,
        ),
        also="Somebody has left",
    )


@pages.api_route("/academy/members", methods=["GET", "HEAD"])
async def members(visit: Visiting) -> Response:
    """Who works there."""
    return asked(visit, _members(await _staff(visit)), way_up(visit))


@pages.post("/academy/members")
async def change_members(visit: Visiting) -> Response:
    """Somebody joins, or has left."""
    staff = await _staff(visit)
    visit.must_be_fresh()
    engine, there = visit.context.engine, [person.person for person in staff if person.part == "member"]

    async def act(answer: Answer, given: Given) -> None:
        if answer.name == "join":
            await join_office(engine, visit.caller, visit.academy, contact(given["who"]), given["why"])
        else:
            who = there[int(answer.name.removeprefix("left-"))]
            await leave_office(engine, visit.caller, visit.academy, who, given["why"])

    return await done(visit, _members(staff), act, way_up(visit))


def _deputy(staff: list[OfficePerson]) -> Question:
    deputy = next((person for person in staff if person.part == "deputy"), None)
    hears = "We tell the deputy if the office is late to answer, its emails come back, or everybody there is away."
    if deputy is None:
        now = "There's no deputy now. We tell whoever runs the service instead."
    else:
        now = say("The deputy is {name}, {address}.", name=_named(deputy), address=deputy.address)
    none = Answer(
        name="nobody", opener="Remove the deputy", buttons=button("Remove the deputy"), fields=(WHY,),
        variant="warning", note=False,
        hint="We'll tell whoever runs the service instead. You can name a deputy again at any time.",
    )  # fmt: skip
    return Question(
        title="The deputy",
        lead=(hears, "The deputy can see and change everything at the academy, as the office can.", now),
        topic="academy/deputy",
        mark=(deputy.person if deputy else "",),
        answers=(
            Answer(name="deputy", fields=(_WHO, WHY), buttons=button("Make them the deputy"), note=False),
            *((none,) if deputy else ()),
        ),
    )


@pages.api_route("/academy/deputy", methods=["GET", "HEAD"])
async def deputy(visit: Visiting) -> Response:
    """Who it is."""
    return asked(visit, _deputy(await _staff(visit)), way_up(visit))


@pages.post("/academy/deputy")
async def change_deputy(visit: Visiting) -> Response:
    """Name somebody, or nobody."""
    staff = await _staff(visit)
    visit.must_be_fresh()

    async def act(answer: Answer, given: Given) -> None:
        named = contact(given["who"]) if answer.name == "deputy" else None
        await name_deputy(visit.context.engine, visit.caller, visit.academy, named, given["why"])

    return await done(visit, _deputy(staff), act, way_up(visit))
