"""What the records know of a person is changed: their address, or how they are reached beside mail."""

from __future__ import annotations

from datetime import datetime

from operations.audited import RefusedError
from operations.callers import Caller
from records import audit, channels, lost, pages, people
from records.channels import Chosen
from records.database import Connection
from schemas.words import PersonId


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


async def _note(conn: Connection, caller: Caller, person: PersonId, action: str, at: datetime) -> None:
    found = await pages.reader(conn, person)
    if found is None or found.name is None:
        raise NobodyError(person)
    await audit.note(conn, at, caller.id, caller.door, f"{action} of {person}")
