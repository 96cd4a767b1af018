"""People as the records know them: found, made and changed."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from activities.links import UNDOABLE_FOR
from operations.audited import RefusedError
from operations.callers import Caller
from operations.who_is_meant import person_meant
from records import admitting, audit, channels, links, lost, pages, people, sign_ins
from records.channels import Chosen
from records.database import Connection
from records.pages import Office, Reader
from records.people import Known, Sought
from schemas.roster import Contact
from schemas.words import Code, PersonId


class NobodyError(RefusedError):
    """There is nobody who is called so, or they were erased. Nothing was changed."""

    code = "unknown"

    def __init__(self, said: str) -> None:
        super().__init__(f"we don't know anybody by {said!r}, or they've been erased")


async def by_id_or_address(conn: Connection, said: str, academy: str) -> Known:
    """Who of an academy is meant by an id, here or elsewhere, or an address: a name alone is no proof.

    Raises NobodyError and SeveralError.
    """
    known = await whom(conn, said, (academy,))
    proofs = (known.person, known.address or "", *(value for ids in known.outside.values() for value in ids))
    if said.lower() == (known.name or "").lower() and said.lower() not in map(str.lower, proofs):
        raise NobodyError(said)
    return known


class SharedAddressError(RefusedError):
    """Somebody else has the address, and it was not said that they share it. Nothing was changed."""

    code = "conflict"

    def __init__(self, people: Sequence[PersonId]) -> None:
        super().__init__(
            f"somebody else has this address: {', '.join(people)}. If they share the mailbox, say so (--shared, or the "
            "field shared). If it's one person, merge the two"
        )


class OutsideIdTakenError(RefusedError):
    """Another person of the academy has this id. Nothing was changed."""

    code = "conflict"

    def __init__(self, kind: str, people: Sequence[PersonId]) -> None:
        super().__init__(f"{', '.join(people)} already has this {kind}. If it's one person, merge the two")


class NotToldError(RefusedError):
    """An address would have been changed, and no mail says so to whom it must. Nothing was changed."""

    code = "not-ready"

    def __init__(self) -> None:
        super().__init__(
            "the old address is told when it's changed, and no mail goes at the moment. Nothing was changed: try again "
            "in a few minutes"
        )


@dataclass(frozen=True, slots=True)
class Replaced:
    """An address that another took the place of: that of ``reader``, as they were. Undone by the id of the change."""

    change: str
    reader: Reader
    office: Office | None
    at: datetime


Tell = Callable[[Replaced], Awaitable[None]]
"""Tells an old address what became of it. Raises NotToldError where it cannot be told now."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is said of somebody; None where nothing is. ``outside`` are all ids of a kind, none to have none of it."""

    name: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    organisation: str | None = None
    discipline: str | None = None
    outside: Mapping[str, Collection[str]] = field(default_factory=dict)


async def make(
    conn: Connection, caller: Caller, academy: Code, given: Contact, changes: Changes, at: datetime
) -> tuple[Known, bool]:
    """Know somebody by name and address, if they are not known; whether they are new by it.

    Raises WhoIsMeantError and OutsideIdTakenError.
    """
    async with conn.transaction():
        before = {known.person for known in await admitting.at_addresses(conn, academy, [given.email])}
        person = await person_meant(conn, academy, at, given)
        await _describe(conn, caller, person, changes, at)
        return await whom(conn, person), person not in before


async def change(
    conn: Connection, caller: Caller, person: PersonId, changes: Changes, at: datetime, tell: Tell, *, shared: bool
) -> Known:
    """Change what is known of somebody, whose address may be ``shared``.

    Raises NobodyError, SharedAddressError, AddressTaken, OutsideIdTakenError and NotToldError.
    """
    async with conn.transaction():
        reader = await _describe(conn, caller, person, changes, at)
        if changes.address is not None and _is_other(changes.address, reader):
            await change_address(conn, caller, reader.person, changes.address, at, tell, shared=shared)
        return await whom(conn, reader.person)


async def _describe(conn: Connection, caller: Caller, person: PersonId, changes: Changes, at: datetime) -> Reader:
    """Who it was before."""
    reader = await _note(conn, caller, person, "change", at)
    await people.describe(conn, reader.person, at, changes.name, changes.organisation, changes.discipline)
    for kind, values in changes.outside.items():
        taken = await people.keep_outside_ids(conn, reader.academy, reader.person, kind, values)
        if taken:
            raise OutsideIdTakenError(kind, taken)
    return reader


async def change_address(
    conn: Connection, caller: Caller, person: PersonId, address: str, at: datetime, tell: Tell, *, shared: bool
) -> None:
    """Mail goes to another address from now on, ``shared`` with whoever has it; the old one is told, and can undo it.

    They are signed in nowhere any more. Raises NobodyError, SharedAddressError, NotToldError, and AddressTaken where it
    is an office's.
    """
    async with conn.transaction():
        reader = await _replace(conn, caller, person, address, at, shared=shared)
        if _is_other(address, reader):
            change = f"chg_{secrets.token_hex(6)}"
            await links.address_changed(conn, change, reader.person, at, at - UNDOABLE_FOR)
            # Last: what is told has happened, and what cannot be told has not.
            await tell(Replaced(change, reader, await pages.office_of(conn, reader.academy), at))


async def _replace(
    conn: Connection, caller: Caller, person: PersonId, address: str, at: datetime, *, shared: bool
) -> Reader:
    """Whose address it was, as they were before."""
    reader = await _note(conn, caller, person, "change address", at)
    if not shared:
        await _require_alone(conn, reader.academy, address, reader.person)
    await people.change_address(conn, reader.person, address, at)
    if _is_other(address, reader):
        await sign_ins.end_all(conn, reader.person, at)
    return reader


def _is_other(address: str, reader: Reader) -> bool:
    return address.lower() != (reader.address or "").lower()


class SeveralError(RefusedError):
    """Several people are called so. Nothing was changed."""

    code = "conflict"

    def __init__(self, found: Sequence[Known]) -> None:
        ids = ", ".join(known.person for known in found)
        super().__init__(f"more than one person matches: {ids}. Give the id of the one you mean")
        self.found = tuple(found)


async def whom(conn: Connection, said: str, academies: Collection[str] | None = None) -> Known:
    """Who is meant by a name, an address, an id or an id of another system; a merged record is the kept one.

    Raises NobodyError and SeveralError.
    """
    found = await people.find(conn, Sought(said, academies=academies, exactly=True))
    if not found:
        raise NobodyError(said)
    if len(found) > 1:
        raise SeveralError(found)
    kept = found[0].merged_into
    return await whom(conn, kept, academies) if kept else found[0]


async def sign_out(conn: Connection, caller: Caller, person: PersonId, at: datetime) -> None:
    """Somebody is signed in nowhere any more. Raises NobodyError."""
    async with conn.transaction():
        person = (await _note(conn, caller, person, "sign out", at)).person
        await sign_ins.end_all(conn, person, at)


async def disconnect(conn: Connection, caller: Caller, person: PersonId, at: datetime, but: str | None = None) -> None:
    """No account at a provider is somebody any more, who shows again by a code who they are. Raises NobodyError.

    Whoever signed in with one is signed out, ``but`` in one session.
    """
    async with conn.transaction():
        person = (await _note(conn, caller, person, "disconnect accounts", at)).person
        await sign_ins.unmatch(conn, person, at, but)


async def forget_links(conn: Connection, caller: Caller, person: PersonId, at: datetime) -> None:
    """No link that somebody has in a mail works any more, and they are signed in nowhere. Raises NobodyError."""
    async with conn.transaction():
        person = (await _note(conn, caller, person, "forget links", at)).person
        await links.outdate(conn, person)
        await sign_ins.end_all(conn, person, at)


async def undo_address(
    conn: Connection, caller: Caller, person: PersonId, address: str, since: datetime, at: datetime
) -> None:
    """An address holds again that was replaced at a time, and nothing holds that was done in between as its owner.

    Raises NobodyError, and AddressTaken where it is somebody else's by now.
    """
    async with conn.transaction():
        await _replace(conn, caller, person, address, at, shared=True)
        await links.undo_since(conn, person, since, at)
        await links.outdate(conn, person)
        await sign_ins.end_all(conn, person, at)


class NotLostError(RefusedError):
    """No record names this id, or somebody of it is known or erased. Nothing was changed."""

    code = "unknown"

    def __init__(self, id_: str) -> None:
        super().__init__(f"{id_} was not lost: mca person lost says who was")


async def name_again(
    conn: Connection,
    caller: Caller,
    id_: str,
    name: str,
    address: str | None,
    at: datetime,
    *,
    shared: bool = False,
) -> None:
    """Whom a restored database lost has a name again: a person with an address, or a team without one.

    Raises NotLostError, SharedAddressError, and NameTaken for the name of another team.
    """
    async with conn.transaction():
        found = next((one for one in await lost.lost(conn) if one.id == id_), None)
        if found is None:
            raise NotLostError(id_)
        if address is None:
            await lost.team_known(conn, found, name, at)
        else:
            if not shared:
                await _require_alone(conn, found.academy, address, id_)
            await lost.person_known(conn, found, name, address, at)
        await audit.note(conn, at, caller.id, caller.door, f"name {id_} again")


async def choose_channel(
    conn: Connection, caller: Caller, person: PersonId, chosen: Chosen | None, at: datetime
) -> None:
    """Somebody is reached beside mail too; None for by mail alone. Raises NobodyError."""
    async with conn.transaction():
        person = (await _note(conn, caller, person, "choose channel", at)).person
        if chosen is None:
            await channels.forget(conn, person)
        else:
            await channels.choose(conn, person, chosen.channel, chosen.address, chosen.chosen_at)


async def _require_alone(conn: Connection, academy: str, address: str, person: PersonId) -> None:
    others = [
        found.person for found in await admitting.at_addresses(conn, academy, [address]) if found.person != person
    ]
    if others:
        raise SharedAddressError(others)


async def _note(conn: Connection, caller: Caller, person: PersonId, action: str, at: datetime) -> Reader:
    """Whose record stands for this one: what is done is done to it."""
    found = await pages.reader(conn, person)
    if found is None or found.name is None:
        raise NobodyError(person)
    await audit.note(conn, at, caller.id, caller.door, f"{action} of {found.person}")
    return found
