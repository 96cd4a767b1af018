"""An academy's office: one mailbox, which all that runs there refers to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from gateway.access.caller import Administrator
from gateway.api.answers import Answer
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.api.rosters import Label, OfficeEmail, OfficeName
from gateway.context import now
from gateway.problems import Problem
from operations.offices import change_office
from records import offices
from records.offices import Mailbox
from schemas.words import PersonId, Said, office_of

router = APIRouter(prefix="/v1/academies/{academy}/office", tags=["Academies"])

OfAcademy = Annotated[Label, Path(description="The academy's code.", examples=["sheffield"])]


class OfficeOffered(Said):
    """The mailbox that an academy's office is to be. Without a name it keeps its own."""

    email: OfficeEmail
    name: OfficeName | None = None


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


@router.get("", operation_id="show_office", summary="Show an academy's office", responses=failing("unknown"))
async def show(academy: OfAcademy, caller: Administrator, context: Here) -> OfficeShown:
    """Its name and address."""
    caller.require("admin", academy)
    async with context.connection() as conn:
        mailbox = await offices.mailbox(conn, academy)
    if mailbox is None:
        raise Problem("unknown", f"{academy} has no office yet. Put one here, or schedule a cohort with its address.")
    return OfficeShown.of(academy, mailbox)


@router.put("", operation_id="change_office", summary="Change an academy's office", responses=failing("conflict"))
async def change(academy: OfAcademy, caller: Administrator, context: Here, body: OfficeOffered) -> OfficeShown:
    """From now on mail to and from the office of all that runs in the academy has this name and address.

    An address of a person of the academy is a 409: an office is a mailbox of its own.
    """
    caller.require("admin", academy)
    async with context.connection() as conn:
        mailbox = await change_office(conn, caller, academy, body.name, body.email, now())
    return OfficeShown.of(academy, mailbox)
