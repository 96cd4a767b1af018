"""An academy's office: one mailbox, which all that runs there refers to; who works there; and its deputy."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from gateway.access.caller import holding
from gateway.api.answers import Answer
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.api.rosters import Label, MeantPerson, OfficeEmail
from gateway.context import AppContext, now
from gateway.problems import Problem
from operations import reading
from operations.callers import Caller
from operations.offices import change_office, join_office, leave_office, name_deputy
from records import offices
from records.offices import Mailbox, OfficePerson
from schemas.grants import Managing
from schemas.roster import Contact
from schemas.texts import Name
from schemas.words import PersonId, Said, office_of

router = APIRouter(prefix="/v1/academies/{academy}", tags=["Academies"])

Administrator = Annotated[Caller, holding(Managing.OFFICE)]
"""Somebody who may see to these somewhere; where, the operation asks."""

OfAcademy = Annotated[Label, Path(description="The academy's code.", examples=["sheffield"])]


class OfficeOffered(Said):
    """The mailbox that an academy's office is to be. Without a name it keeps its own."""

    email: OfficeEmail
    name: Name | None = None


class OfficeShown(Answer):
    """The mailbox that an academy's office is."""

    person: PersonId
    """The office's id, which never changes: notices, worklist and leave name it."""

    name: str
    email: str

    @classmethod
    def of(cls, academy: str, mailbox: Mailbox) -> OfficeShown:
        """As the records have it."""
        return cls(person=office_of(academy), name=mailbox.name, email=mailbox.address)


@router.get("/office", operation_id="show_office", summary="Show an academy's office", responses=failing("unknown"))
async def show(academy: OfAcademy, caller: Administrator, context: Here) -> OfficeShown:
    """Its name and address."""
    caller.require(Managing.OFFICE, academy)
    async with context.connection() as conn:
        await reading.noted(conn, caller, "office", academy, now())
        mailbox = await offices.mailbox(conn, academy)
    if mailbox is None:
        raise Problem("unknown", f"{academy} has no office yet. Put one here, or schedule a cohort with its address.")
    return OfficeShown.of(academy, mailbox)


@router.put(
    "/office", operation_id="change_office", summary="Change an academy's office", responses=failing("conflict")
)
async def change(academy: OfAcademy, caller: Administrator, context: Here, body: OfficeOffered) -> OfficeShown:
    """From now on mail to and from the office of all that runs in the academy has this name and address.

    An address of a person of the academy is a 409: an office is a mailbox of its own.
    """
    caller.require(Managing.OFFICE, academy)
    async with context.connection() as conn:
        mailbox = await change_office(conn, caller, academy, body.name, body.email, now())
    return OfficeShown.of(academy, mailbox)


class PersonOffered(Said):
    """Somebody by their address. The name is needed for who is not known yet."""

    email: OfficeEmail
    name: Name | None = None
    person: MeantPerson = ""

    @property
    def contact(self) -> Contact:
        """As operations take it."""
        return Contact(self.name or self.email, self.email, self.person)


class OfficePersonShown(Answer):
    """Who works in an office, or is its deputy. Without name and email they were erased."""

    person: PersonId
    name: str | None
    email: str | None

    @classmethod
    def of(cls, known: OfficePerson) -> OfficePersonShown:
        """As the records have it."""
        return cls(person=known.person, name=known.name, email=known.address)


class OfficeStaff(Answer):
    """Who works in an academy's office, and its deputy; None where nobody is named."""

    deputy: OfficePersonShown | None
    members: list[OfficePersonShown]


async def _staff(context: AppContext, academy: str) -> OfficeStaff:
    async with context.connection() as conn:
        found = await offices.staff(conn, academy)
    deputy = next((OfficePersonShown.of(known) for known in found if known.part == "deputy"), None)
    members = [OfficePersonShown.of(known) for known in found if known.part == "member"]
    return OfficeStaff(deputy=deputy, members=members)


@router.get("/office/people", operation_id="show_office_people", summary="Show who works in an academy's office")
async def people(academy: OfAcademy, caller: Administrator, context: Here) -> OfficeStaff:
    """Its members by name, and the deputy who stands above it."""
    caller.require(Managing.OFFICE, academy)
    async with context.connection() as conn:
        await reading.noted(conn, caller, "office", academy, now())
    return await _staff(context, academy)


@router.put("/deputy", operation_id="name_deputy", summary="Name an academy's deputy", responses=failing("conflict"))
async def deputy(academy: OfAcademy, caller: Administrator, context: Here, body: PersonOffered) -> OfficeStaff:
    """A person or a second mailbox: hears when the office's answer is overdue, or the office can't be reached."""
    trusted = caller.entrusted(Managing.OFFICE, academy)
    await name_deputy(context.engine, trusted, academy, body.contact)
    return await _staff(context, academy)


@router.delete("/deputy", operation_id="remove_deputy", summary="Have no deputy any more")
async def no_deputy(academy: OfAcademy, caller: Administrator, context: Here) -> OfficeStaff:
    """From now on the operator of the service hears instead."""
    trusted = caller.entrusted(Managing.OFFICE, academy)
    await name_deputy(context.engine, trusted, academy, None)
    return await _staff(context, academy)


@router.post(
    "/office/people", operation_id="join_office", summary="Add somebody to an office", responses=failing("conflict")
)
async def join(academy: OfAcademy, caller: Administrator, context: Here, body: PersonOffered) -> OfficeStaff:
    """They work there from now on. While everybody who does is on leave, the deputy is told."""
    trusted = caller.entrusted(Managing.OFFICE, academy)
    await join_office(context.engine, trusted, academy, body.contact)
    return await _staff(context, academy)


@router.delete(
    "/office/people/{person}", operation_id="leave_office", summary="Take somebody out of an office",
    responses=failing("unknown"),
)  # fmt: skip
async def leave(
    academy: OfAcademy,
    person: Annotated[PersonId, Path(description="Their id.", examples=["per_3f2a"])],
    caller: Administrator,
    context: Here,
) -> OfficeStaff:
    """They work there no longer."""
    trusted = caller.entrusted(Managing.OFFICE, academy)
    await leave_office(context.engine, trusted, academy, person)
    return await _staff(context, academy)
