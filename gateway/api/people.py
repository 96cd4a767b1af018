"""People: found, made, changed; their roles handed on and vacated; who leaves."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from gateway.access.caller import holding
from gateway.api import paging
from gateway.api.answers import Answer
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.api.paging import Asked
from gateway.api.rosters import Label, MeantPerson, OfficeEmail
from gateway.context import AppContext, now
from gateway.pages import replaced
from gateway.problems import Problem
from operations import people, reading
from operations.callers import Caller
from operations.people import Changes, NobodyError
from records import people as records
from records.errors import AddressTaken
from records.people import Known, Sought
from schemas import roster_cells
from schemas.grants import Managing, Reading
from schemas.roster import Contact
from schemas.texts import Name
from schemas.words import Code, PersonId, Said

router = APIRouter(prefix="/v1/people", tags=["People"])

Reader = Annotated[Caller, holding(Reading.PEOPLE)]
"""Somebody who may read of people somewhere; where, the operation asks."""

Manager = Annotated[Caller, holding(Managing.PEOPLE)]
"""Somebody who may see to people somewhere."""


def _kind(written: str) -> str:
    try:
        return roster_cells.kind_of_id(written)
    except roster_cells.BadCellError as bad:
        raise ValueError(f"{bad.problem}; {bad.remedy}") from None


def _id(written: str) -> str:
    try:
        return roster_cells.outside_id(written)
    except roster_cells.BadCellError as bad:
        raise ValueError(f"{bad.problem}; {bad.remedy}") from None


IdKind = Annotated[str, StringConstraints(max_length=40), AfterValidator(_kind)]
OutsideId = Annotated[str, StringConstraints(max_length=100), AfterValidator(_id)]
OutsideIds = Annotated[
    dict[IdKind, tuple[OutsideId, ...]],
    Field(
        description="What other systems call them, by kind: all of a kind, none to have none of it.",
        examples=[{"employee_number": ["104233"]}],
        max_length=20,
    ),
]
OfPerson = Annotated[PersonId, Path(description="The person's id.", examples=["per_3f2a"])]


class PeopleAsked(Asked):
    """Who is asked for."""

    academy: Label | None = Field(default=None, description="Only of this academy.")
    q: str | None = Field(
        default=None, max_length=254, description="A part of the name, an address, an id, or an id of another system."
    )
    kind: IdKind | None = Field(default=None, description="`q` is an outside id of this kind alone.")


class PersonShown(Answer):
    """Somebody as they are known. ``merged_into`` is the record that stands for this one."""

    person: PersonId
    academy: Code
    name: str | None
    email: str | None
    organisation: str | None
    discipline: str | None
    outside_ids: dict[str, list[str]]
    merged_into: PersonId | None = None

    @classmethod
    def of(cls, known: Known) -> PersonShown:
        """As the records have it."""
        return cls(
            person=known.person, academy=known.academy, name=known.name, email=known.address,
            organisation=known.organisation, discipline=known.discipline, outside_ids=known.outside,
            merged_into=known.merged_into,
        )  # fmt: skip


class PeopleShown(Answer):
    """A page of people."""

    items: tuple[PersonShown, ...]
    next: str | None = None


class PersonToMake(Said):
    """Somebody to be known."""

    academy: Label
    name: Name
    email: OfficeEmail
    organisation: Name | None = None
    discipline: Name | None = None
    outside_ids: OutsideIds = Field(default_factory=dict)
    person: MeantPerson = ""


class PersonToChange(Said):
    """What is said of somebody; what is left out stays."""

    name: Name | None = None
    email: OfficeEmail | None = None
    organisation: Name | None = None
    discipline: Name | None = None
    outside_ids: OutsideIds = Field(default_factory=dict)
    shared: StrictBool = Field(
        default=False, description="Somebody else has this address too, and they share the mailbox."
    )


_PAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"headers": paging.LINK, "description": "A page of those the caller may read."}
}


@router.get("", operation_id="list_people", summary="Find people", responses=_PAGE)
async def find(
    request: Request, response: Response, caller: Reader, context: Here, asked: Annotated[PeopleAsked, Query()]
) -> PeopleShown:
    """By a part of their name, their address, or an id; without `q` everybody. Erased people are not listed."""
    within = caller.within(Reading.PEOPLE)
    if asked.academy is not None:
        caller.require(Reading.PEOPLE, asked.academy)
        within = (asked.academy,)
    sought = Sought(asked.q, asked.kind, within)
    async with context.connection() as conn:
        await reading.noted(conn, caller, "people", asked.academy, now())
        found = await records.find(conn, sought, paging.after(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda known: known.person)
    return PeopleShown(items=tuple(PersonShown.of(known) for known in items), next=following)


@router.post(
    "",
    operation_id="make_person",
    summary="Make a person known",
    responses={
        200: {"model": PersonShown, "description": "They were known."},
        201: {"description": "They are new."},
        **failing("conflict"),
    },
    status_code=201,
)
async def make(response: Response, caller: Manager, context: Here, body: PersonToMake) -> PersonShown:
    """By name and address: whoever is known so keeps their id. A known address with another name is a 422 until
    `person` says who is meant; an outside id that somebody else has is a 409.
    """
    caller.require(Managing.PEOPLE, body.academy)
    given = Contact(body.name, body.email, body.person)
    changes = Changes(organisation=body.organisation, discipline=body.discipline, outside=body.outside_ids)
    async with context.connection() as conn:
        known, fresh = await people.make(conn, caller, body.academy, given, changes, now())
    response.status_code = 201 if fresh else 200
    return PersonShown.of(known)


@router.get("/{person}", operation_id="show_person", summary="Show a person", responses=failing("unknown"))
async def show(person: OfPerson, caller: Reader, context: Here) -> PersonShown:
    """With the ids that other systems have for them. A merged record says which one stands for it."""
    known = await record(context, caller, Reading.PEOPLE, person)
    async with context.connection() as conn:
        await reading.noted(conn, caller, "name and address", known.academy, now(), person)
    return PersonShown.of(known)


@router.patch(
    "/{person}",
    operation_id="change_person",
    summary="Change a person",
    responses=failing("unknown", "conflict", "not-ready"),
)
async def change(person: OfPerson, caller: Manager, context: Here, body: PersonToChange) -> PersonShown:
    """What is left out stays. An address that somebody else has is a 409, unless it is `shared`.

    Another address signs them out everywhere and stops their earlier links. The old one is told by email, and can undo
    it for a week; while no email goes, nothing is changed.
    """
    known = await somebody(context, caller, Managing.PEOPLE, person)
    changes = Changes(body.name, body.email, body.organisation, body.discipline, body.outside_ids)
    async with context.connection() as conn:
        try:
            tell = partial(replaced.told, context.settings)
            changed = await people.change(conn, caller, known.person, changes, now(), tell, shared=body.shared)
        except AddressTaken:
            raise Problem("conflict", "This is the office's address, which is a mailbox of its own.") from None
    return PersonShown.of(changed)


async def somebody(context: AppContext, caller: Caller, wanted: Reading | Managing, person: PersonId) -> Known:
    """Somebody of whom the caller may do this, by the record that stands for this one."""
    known = await record(context, caller, wanted, person)
    return await record(context, caller, wanted, known.merged_into) if known.merged_into else known


async def record(context: AppContext, caller: Caller, wanted: Reading | Managing, person: PersonId) -> Known:
    """A record as it is, merged or not. The same for nobody: nobody learns who exists elsewhere."""
    async with context.connection() as conn:
        found = await records.find(conn, Sought(person, academies=caller.within(wanted)))
    known = next((one for one in found if one.person == person), None)
    if known is None:
        raise NobodyError(person)
    return known
