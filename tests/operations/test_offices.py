"""An academy's office is one mailbox: named with the first that begins there, and changed for all at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from operations.offices import NoOfficeError, OfficeDiffersError, OfficeTakenError, settle_office
from records import admitting, erasures, offices
from records.database import Pool
from records.errors import NamedOtherwise
from records.offices import Mailbox
from schemas.roster import Contact
from schemas.roster_cells import Meant

AT = datetime(2026, 10, 5, 9, tzinfo=UTC)
OFFICE = Contact("Programme office", "office@example.org")


async def settled(pool: Pool, given: Contact | None, academy: str = "sheffield") -> Mailbox | None:
    """The office after something began in the academy."""
    async with pool.acquire() as conn:
        await settle_office(conn, academy, given, AT)
        return await offices.mailbox(conn, academy)


async def admitted(pool: Pool, *known: admitting.Person) -> dict[str, str]:
    """The ids of people whom a roster names."""
    async with pool.acquire() as conn:
        return (await admitting.admit(conn, "sheffield", AT, admitting.Roster(known))).people


async def test_the_first_names_the_office_and_later_ones_need_not(pool: Pool) -> None:
    """The same address again, however it is written, changes nothing; each academy has its own."""
    first = await settled(pool, OFFICE)
    assert first == Mailbox("Programme office", "office@example.org")
    assert await settled(pool, None) == first
    assert await settled(pool, Contact("Another name", "Office@example.org")) == first
    assert await settled(pool, Contact("Leeds", "leeds@example.org"), "leeds") == Mailbox("Leeds", "leeds@example.org")


async def test_nothing_begins_without_an_office_or_with_another(pool: Pool) -> None:
    """Each says what to do, and the office stays as it was."""
    with pytest.raises(NoOfficeError, match="sheffield has no office yet"):
        await settled(pool, None)
    first = await settled(pool, OFFICE)
    with pytest.raises(OfficeDiffersError, match="mca academy office sheffield"):
        await settled(pool, Contact("Programme office", "elsewhere@example.org"))
    assert await settled(pool, None) == first


async def test_a_persons_address_is_no_office_and_renames_nobody(pool: Pool) -> None:
    """Faculty keep their name and id."""
    faculty = admitting.Person("Farid Sample", "farid@example.org")
    before = await admitted(pool, faculty)
    with pytest.raises(OfficeTakenError, match="belongs to a person of sheffield"):
        await settled(pool, Contact("Programme office", "Farid@example.org"))
    rows = await pool.fetch("SELECT person, name FROM people")
    assert [dict(row) for row in rows] == [{"person": before["farid@example.org"], "name": "Farid Sample"}]


async def test_a_roster_does_not_rename_the_office(pool: Pool) -> None:
    """Whoever a roster names with the office's address is the office, if it says so, and asked about if not."""
    first = await settled(pool, OFFICE)
    olga = admitting.Person("Olga Office", "office@example.org")
    with pytest.raises(NamedOtherwise):
        await admitted(pool, olga)
    assert await admitted(pool, replace(olga, meant=Meant.SAME)) == {"office@example.org": "sheffield.office"}
    assert await settled(pool, None) == first


async def test_an_erased_office_is_named_anew(pool: Pool) -> None:
    """And may be erased again."""
    for _ in range(2):
        await settled(pool, OFFICE)
        async with pool.acquire() as conn:
            assert await erasures.erase(conn, "sheffield.office", AT, "cli:tests") is not None
        with pytest.raises(NoOfficeError):
            await settled(pool, None)
