"""An academy's office: one mailbox that all refer to, who works there, and the deputy who stands above it."""

from __future__ import annotations

from datetime import datetime

from operations.academies import academy_source
from operations.audited import RefusedError
from operations.callers import Caller
from operations.context import EngineContext
from operations.telling import tell
from operations.who_is_meant import person_meant
from records import audit, offices, sign_ins
from records.database import Connection
from records.errors import AddressTaken
from records.offices import Mailbox
from schemas.academy_facts import DeputyNamed, OfficeMemberJoined, OfficeMemberLeft
from schemas.corrections import AnyFact
from schemas.roster import OFFICE_NAME, Contact
from schemas.words import Code, PersonId, office_of


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

    With another address nobody is signed in as the office any more.
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
        if changed.address.lower() != stands.address.lower():
            await sign_ins.end_all(conn, office_of(academy), at)
        await audit.note(conn, at, caller.id, caller.door, "change office", academy)
    return changed


async def _keep(conn: Connection, academy: Code, mailbox: Mailbox, at: datetime, *, anew: bool) -> None:
    try:
        await offices.keep(conn, academy, mailbox, at, anew=anew)
    except AddressTaken:
        raise OfficeTakenError(academy) from None


class OfficeMailboxError(RefusedError):
    """The address is the office's own, and a member is a person. Nothing was changed."""

    code = "invalid"

    def __init__(self, academy: Code) -> None:
        super().__init__(
            f"this is the mailbox of {academy}'s office: name the people who read it by their own addresses"
        )


class NotInOfficeError(RefusedError):
    """Nobody in the office has this address or id. Nothing was changed."""

    code = "unknown"

    def __init__(self, academy: Code) -> None:
        super().__init__(f"nobody in the office of {academy} has this address or id")


class OwnDeputyError(RefusedError):
    """The deputy's address is the office's own. Nothing was changed."""

    code = "invalid"

    def __init__(self, academy: Code) -> None:
        super().__init__(f"{academy}'s deputy hears when its office doesn't answer: give another address than its own")


async def name_deputy(
    engine: EngineContext, caller: Caller, academy: Code, given: Contact | None, note: str | None = None
) -> None:
    """Name the person, or the second mailbox, that is the deputy from now on; None for nobody.

    Raises OwnDeputyError.
    """
    at = engine.clock()
    person = await _known(engine, academy, given, at) if given else None
    if person == office_of(academy):
        raise OwnDeputyError(academy)
    event_id = f"{academy}:deputy:{person or 'nobody'}:{at:%Y%m%dT%H%M%S}"
    await _tell(engine, caller, academy, DeputyNamed(event_id=event_id, occurred_at=at, person=person), note)


async def join_office(
    engine: EngineContext, caller: Caller, academy: Code, given: Contact, note: str | None = None
) -> None:
    """Somebody works in the office from now on. Raises FactRefusedError for who does already."""
    at = engine.clock()
    person = await _known(engine, academy, given, at)
    if person == office_of(academy):
        raise OfficeMailboxError(academy)
    event_id = f"{academy}:joined:{person}:{at:%Y%m%dT%H%M%S}"
    await _tell(engine, caller, academy, OfficeMemberJoined(event_id=event_id, occurred_at=at, person=person), note)


async def leave_office(engine: EngineContext, caller: Caller, academy: Code, who: str, note: str | None = None) -> None:
    """Somebody, by their id or address, works in the office no longer. Raises NotInOfficeError."""
    at = engine.clock()
    async with engine.connection() as conn:
        members = [known for known in await offices.staff(conn, academy) if known.part == "member"]
    person = next((one.person for one in members if who.lower() in (one.person, (one.address or "").lower())), None)
    if person is None:
        raise NotInOfficeError(academy)
    event_id = f"{academy}:left:{person}:{at:%Y%m%dT%H%M%S}"
    await _tell(engine, caller, academy, OfficeMemberLeft(event_id=event_id, occurred_at=at, person=person), note)


async def _known(engine: EngineContext, academy: Code, given: Contact, at: datetime) -> PersonId:
    """Whoever is meant by this address: known already, or from now on. Raises WhoIsMeantError."""
    async with engine.connection() as conn:
        return await person_meant(conn, academy, at, given)


async def _tell(engine: EngineContext, caller: Caller, academy: Code, fact: AnyFact, note: str | None) -> None:
    opening = (await academy_source(engine, academy, fact.occurred_at)).opening
    await tell(engine, caller, academy, fact, note=note, opening=opening, made_here=True)
