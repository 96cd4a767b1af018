"""An academy's office is one mailbox: cohorts, courses and engagements refer to it, and a change holds everywhere."""

from __future__ import annotations

from datetime import datetime

from operations.audited import RefusedError
from operations.callers import Caller
from records import audit, offices
from records.database import Connection
from records.errors import AddressTaken
from records.offices import Mailbox
from schemas.roster import OFFICE_NAME, Contact
from schemas.words import Code


class NoOfficeError(RefusedError):
    """The academy has no office, and none was given. Nothing was changed."""

    code = "invalid"

    def __init__(self, academy: Code) -> None:
        how = "--office-address, or office_email over HTTP"
        super().__init__(f"{academy} has no office yet: give the address of its mailbox ({how})")


class OfficeDiffersError(RefusedError):
    """The academy's office has another address than the one given. Nothing was changed."""

    code = "conflict"

    def __init__(self, academy: Code) -> None:
        super().__init__(
            f"the office of {academy} has another address. Leave the address out, or change the office for the "
            f"whole academy with mca academy office {academy}"
        )


class OfficeTakenError(RefusedError):
    """The address given is a person's. Nothing was changed."""

    code = "conflict"

    def __init__(self, academy: Code) -> None:
        super().__init__(
            f"the address belongs to a person of {academy}, and an office is a mailbox of its own: give another address"
        )


async def settle_office(conn: Connection, academy: Code, given: Contact | None, at: datetime) -> None:
    """See to it that the academy has an office before something begins there: its own, or else the one given.

    Raises NoOfficeError, OfficeDiffersError and OfficeTakenError.
    """
    if given is not None:
        await _keep(conn, academy, Mailbox(given.name, given.email), at, anew=False)
    stands = await offices.mailbox(conn, academy)
    if stands is None:
        raise NoOfficeError(academy)
    if given is not None and stands.address.lower() != given.email.lower():
        raise OfficeDiffersError(academy)


async def change_office(
    conn: Connection, caller: Caller, academy: Code, name: str | None, address: str | None, at: datetime
) -> Mailbox:
    """Give the office another name or address, at once for all of the academy; what is not given stays.

    Raises NoOfficeError for one that has no address yet, and OfficeTakenError.
    """
    async with conn.transaction():
        stands = await offices.mailbox(conn, academy)
        if stands is None:
            if address is None:
                raise NoOfficeError(academy)
            stands = Mailbox(OFFICE_NAME, address)
        changed = Mailbox(name or stands.name, address or stands.address)
        await _keep(conn, academy, changed, at, anew=True)
        await audit.note(conn, at, caller.id, caller.door, "change office", academy)
    return changed


async def _keep(conn: Connection, academy: Code, mailbox: Mailbox, at: datetime, *, anew: bool) -> None:
    try:
        await offices.keep(conn, academy, mailbox, at, anew=anew)
    except AddressTaken:
        raise OfficeTakenError(academy) from None
