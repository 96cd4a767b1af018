"""People and teams: known once, by opaque ids."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import asyncpg
import pytest

from records import admitting, erasures, offices, people
from records.admitting import Admitted, Person, Roster, who
from records.database import Pool
from records.errors import AddressTaken, NamedOtherwise
from schemas.roster_cells import Meant
from tests.records.telling import START, at, fetched

ALDER = Person("Coach Alder", "coach.alder@example.org", "Teaching Hospitals", "nurse")
WARDS = ("Respiratory ward", "Day surgery")


async def _admit(pool: Pool, *admitted: Person, teams: tuple[str, ...] = (), academy: str = "sheffield") -> Admitted:
    async with pool.acquire() as conn:
        return await admitting.admit(conn, academy, at(1), Roster(admitted, teams))


async def test_ids_are_opaque(pool: Pool) -> None:
    """An id says nothing about whom it stands for."""
    admitted = await _admit(pool, ALDER, teams=WARDS)
    assert re.fullmatch(r"per_[0-9a-f]{12}", admitted.people[ALDER.address])
    assert {name: bool(re.fullmatch(r"ms_[0-9a-f]{12}", key)) for name, key in admitted.microsystems.items()} == {
        "Respiratory ward": True,
        "Day surgery": True,
    }


async def test_who_is_known_keeps_the_id(pool: Pool) -> None:
    """However the address is capitalised; whoever is said to be the same person is renamed."""
    first = await _admit(pool, ALDER, teams=WARDS)
    married = Person("Coach Alder-Ash", "Coach.Alder@example.org", meant=Meant.SAME)
    again = await _admit(pool, married, teams=("respiratory WARD",))
    assert again.of(married.name, married.address) == first.of(ALDER.name, ALDER.address)
    assert again.microsystems["respiratory WARD"] == first.microsystems["Respiratory ward"]
    assert await fetched(pool, "SELECT name, organisation, discipline FROM people") == [
        ("Coach Alder-Ash", "Teaching Hospitals", "nurse")
    ]


async def test_academies_know_people_apart(pool: Pool) -> None:
    """The same address in two academies is two people, as far as the engine knows."""
    ours, theirs = await _admit(pool, ALDER), await _admit(pool, ALDER, academy="leeds")
    assert ours.people[ALDER.address] != theirs.people[ALDER.address]


async def test_importing_at_once_knows_everybody_once(pool: Pool) -> None:
    """Imports of the same roster, in any order of its lines, agree on everybody."""
    roster = [Person(f"Coach {number}", f"coach.{number}@example.org") for number in range(30)]
    found = await asyncio.gather(*(_admit(pool, *roster[n:], *roster[:n], teams=WARDS) for n in range(8)))
    assert all(admitted == found[0] for admitted in found)
    assert await pool.fetchval("SELECT count(*) FROM people") == 30


async def test_an_unchanged_person_is_not_written(pool: Pool) -> None:
    """Importing the same roster again leaves the rows as they are."""
    await _admit(pool, ALDER)
    before = await pool.fetchval("SELECT xmin::text FROM people")
    await _admit(pool, ALDER)
    assert await pool.fetchval("SELECT xmin::text FROM people") == before


ASH = Person("Coach Ash", ALDER.address)


async def test_a_known_address_with_another_name_is_a_question(pool: Pool) -> None:
    """Nobody is renamed, and nobody else of the roster is known by it."""
    alder = (await _admit(pool, ALDER)).of(ALDER.name, ALDER.address)
    with pytest.raises(NamedOtherwise) as asked:
        await _admit(pool, Person("Coach Birch", "coach.birch@example.org"), ASH)
    assert [(one.name, one.known) for one in asked.value.questions] == [(ASH.name, (alder,))]
    assert await fetched(pool, "SELECT name FROM people") == [(ALDER.name,)]


async def test_two_people_share_a_mailbox(pool: Pool) -> None:
    """Once somebody says so each is known by their name, in either order, and nobody is asked again."""
    first = await _admit(pool, replace(ASH, meant=Meant.ANOTHER), ALDER)
    assert len(set(first.ids.values())) == 2
    assert await _admit(pool, ALDER, ASH) == first
    assert await _admit(pool, replace(ASH, meant=Meant.ANOTHER)) == Admitted(
        {who(ASH.name, ASH.address): first.of(ASH.name, ASH.address)}, {}
    )


async def test_of_several_the_id_says_who_is_meant(pool: Pool) -> None:
    """They are renamed; an id that nobody at the address has is asked about."""
    first = await _admit(pool, replace(ASH, meant=Meant.ANOTHER), ALDER)
    married, alder = Person("Coach Elm", ALDER.address), first.of(ALDER.name, ALDER.address)
    for meant in ("", Meant.SAME, "per_000000000000"):
        with pytest.raises(NamedOtherwise):
            await _admit(pool, replace(married, meant=meant))
    assert (await _admit(pool, replace(married, meant=alder))).of(married.name, married.address) == alder
    assert await fetched(pool, "SELECT name FROM people ORDER BY name") == [("Coach Ash",), ("Coach Elm",)]


async def test_a_new_address_is_the_same_person(pool: Pool) -> None:
    """Moving keeps the id, whoever else reads that mailbox; an office's own is refused, without naming it."""
    alder = (await _admit(pool, ALDER)).people[ALDER.address]
    async with pool.acquire() as conn:
        await offices.keep(conn, "sheffield", offices.Mailbox("Office", "office@example.org"), at(1), anew=False)
        await people.change_address(conn, alder, "alder@example.net", at(2))
        with pytest.raises(AddressTaken) as refused:
            await people.change_address(conn, alder, "OFFICE@example.org", at(3))
    assert "@" not in str(refused.value)
    assert (await _admit(pool, Person("Coach Alder", "alder@example.net"))).people["alder@example.net"] == alder


async def test_only_an_erased_person_has_no_name(pool: Pool) -> None:
    """A stub holds nothing personal; anybody else has name and address."""
    await _admit(pool, ALDER)
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("UPDATE people SET name = NULL")
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("UPDATE people SET erased_at = $1", START)


async def test_an_erased_person_leaves_a_stub_and_a_log_entry(pool: Pool) -> None:
    """Name, address, organisation and discipline go; the id stays, so that the team's records keep a role."""
    admitted = await _admit(pool, ALDER)
    async with pool.acquire() as conn:
        erased = admitted.people[ALDER.address]
        assert await erasures.erase(conn, erased, at(2), "cli:tests") is not None
        assert await erasures.erase(conn, erased, at(3), "cli:tests") is None
    assert await fetched(pool, "SELECT person, name, address, organisation, discipline FROM people") == [
        (erased, None, None, None, None)
    ]
    assert await fetched(pool, "SELECT person, erased_at, erased_by FROM erasures") == [(erased, at(2), "cli:tests")]


async def test_somebody_erased_who_comes_back_is_somebody_new(pool: Pool) -> None:
    """An erased address is forgotten: whoever has it later gets an id of their own."""
    first = await _admit(pool, ALDER)
    async with pool.acquire() as conn:
        await erasures.erase(conn, first.people[ALDER.address], at(2), "cli:tests")
    again = await _admit(pool, ALDER)
    assert again.people[ALDER.address] != first.people[ALDER.address]
