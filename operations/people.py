"""What the records know of a person is changed: their address, how they are reached beside mail, or all of it."""

from __future__ import annotations

from datetime import datetime

from operations.audited import RefusedError
from operations.callers import Caller
from records import audit, channels, pages, people
from records.channels import Chosen
from records.database import Connection
from schemas.words import Code, PersonId


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


async def erase(conn: Connection, caller: Caller, academy: Code, address: str, at: datetime) -> PersonId | None:
    """Forget somebody by their address; their id, or None where nobody of the academy has the address."""
    async with conn.transaction():
        person = await people.erase(conn, academy, address, at)
        if person is not None:
            await audit.note(conn, at, caller.id, caller.door, f"erase {person}")
    return person


async def _note(conn: Connection, caller: Caller, person: PersonId, action: str, at: datetime) -> None:
    found = await pages.reader(conn, person)
    if found is None or found.name is None:
        raise NobodyError(person)
    await audit.note(conn, at, caller.id, caller.door, f"{action} of {person}")
