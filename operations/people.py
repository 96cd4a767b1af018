"""What the records know of a person is changed: their address, how they are reached beside mail, or all of it."""

from __future__ import annotations

from datetime import datetime

from operations.audited import RefusedError
from operations.callers import Caller
from operations.context import EngineContext
from operations.effects import Heard
from operations.leaves import source_of
from operations.sources import standing, tell_source
from records import audit, channels, lost, pages, people
from records.channels import Chosen
from records.database import Connection
from schemas.facts import PersonLeft
from schemas.words import Code, PersonId, office_of


class NobodyError(RefusedError):
    """There is nobody of this id, or they were erased. Nothing was changed."""

    code = "unknown"

    def __init__(self, person: PersonId) -> None:
        super().__init__(f"there is nobody {person}, or they were erased")


async def change_address(conn: Connection, caller: Caller, person: PersonId, address: str, at: datetime) -> None:
    """Mail goes to another address from now on. Raises NobodyError, and AddressTaken where it is somebody else's."""
    async with conn.transaction():
        await _note(conn, caller, person, "change address", at)
        await people.change_address(conn, person, address, at)


class NotLostError(RefusedError):
    """No record names this id, or somebody of it is known or erased. Nothing was changed."""

    code = "unknown"

    def __init__(self, id_: str) -> None:
        super().__init__(f"{id_} was not lost: mca person lost says who was")


async def name_again(conn: Connection, caller: Caller, id_: str, name: str, address: str | None, at: datetime) -> None:
    """Whom a restored database lost has a name again: a person with an address, or a team without one.

    Raises NotLostError, and AddressTaken or NameTaken where it is another's.
    """
    async with conn.transaction():
        found = next((one for one in await lost.lost(conn) if one.id == id_), None)
        if found is None:
            raise NotLostError(id_)
        if address is None:
            await lost.team_known(conn, found, name, at)
        else:
            await lost.person_known(conn, found, name, address, at)
        await audit.note(conn, at, caller.id, caller.door, f"name {id_} again")


async def choose_channel(
    conn: Connection, caller: Caller, person: PersonId, chosen: Chosen | None, at: datetime
) -> None:
    """Somebody is reached beside mail too; None for by mail alone. Raises NobodyError."""
    async with conn.transaction():
        await _note(conn, caller, person, "choose channel", at)
        if chosen is None:
            await channels.forget(conn, person)
        else:
            await channels.choose(conn, person, chosen.channel, chosen.address, chosen.chosen_at)


async def erase(engine: EngineContext, caller: Caller, academy: Code, address: str, at: datetime) -> Heard | None:
    """Vacate every part that somebody has, then forget them; who heard, or None where nobody has the address.

    What could not be told now is told by the academy's next morning: their id stays, without a name.
    """
    async with engine.connection() as conn:
        person = await people.at_address(conn, academy, address)
    if person is None:
        return None
    heard = Heard() if person == office_of(academy) else await _vacate(engine, caller, academy, person, at)
    async with engine.connection() as conn, conn.transaction():
        await people.erase(conn, academy, address, at)
        await audit.note(conn, at, caller.id, caller.door, f"erase {person}")
    return heard


async def _vacate(engine: EngineContext, caller: Caller, academy: Code, person: PersonId, at: datetime) -> Heard:
    source = source_of(academy, person, at)
    async with engine.connection() as conn:
        before = [fact for fact in await standing(conn, source.subject) if isinstance(fact, PersonLeft)]
    left = PersonLeft(event_id=f"{source.subject}:left:{at:%Y%m%dT%H%M%S}", occurred_at=at, person=person)
    cause = before[0].event_id if before else left.event_id
    return await tell_source(engine, caller, source, () if before else (left,), (cause,))


async def _note(conn: Connection, caller: Caller, person: PersonId, action: str, at: datetime) -> None:
    found = await pages.reader(conn, person)
    if found is None or found.name is None:
        raise NobodyError(person)
    await audit.note(conn, at, caller.id, caller.door, f"{action} of {person}")
