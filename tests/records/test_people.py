"""People and teams: known once, by opaque ids."""

from __future__ import annotations

import asyncio
import re

import asyncpg
import pytest

from records import erasures, people
from records.database import Pool
from records.errors import AddressTaken
from records.people import Admitted, Person, Roster
from tests.records.telling import START, at, fetched

ALDER = Person("Coach Alder", "coach.alder@example.org", "Teaching Hospitals", "nurse")
WARDS = ("Respiratory ward", "Day surgery")


async def _admit(pool: Pool, *admitted: Person, teams: tuple[str, ...] = (), academy: str = "sheffield") -> Admitted:
    async with pool.acquire() as conn:
        return await people.admit(conn, academy, at(1), Roster(admitted, teams))


async def test_ids_are_opaque(pool: Pool) -> None:
    """An id says nothing about whom it stands for."""
    admitted = await _admit(pool, ALDER, teams=WARDS)
    assert re.fullmatch(r"per_[0-9a-f]{12}", admitted.people[ALDER.address])
    assert {name: bool(re.fullmatch(r"ms_[0-9a-f]{12}", key)) for name, key in admitted.microsystems.items()} == {
        "Respiratory ward": True,
        "Day surgery": True,
    }


async def test_who_is_known_keeps_the_id(pool: Pool) -> None:
    """However the address is capitalised, within an academy it is the same person, whose name is renewed."""
    first = await _admit(pool, ALDER, teams=WARDS)
    married = Person("Coach Alder-Ash", "Coach.Alder@example.org")
    again = await _admit(pool, married, teams=("respiratory WARD",))
    assert again.people[married.address] == first.people[ALDER.address]
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


async def test_a_new_address_is_the_same_person(pool: Pool) -> None:
    """Moving to a free address keeps the id; to somebody else's it is refused, without naming the address."""
    ash = Person("Coach Ash", "coach.ash@example.org")
    admitted = await _admit(pool, ALDER, ash)
    alder = admitted.people[ALDER.address]
    async with pool.acquire() as conn:
        await people.change_address(conn, alder, "alder@example.net", at(2))
        with pytest.raises(AddressTaken) as refused:
            await people.change_address(conn, alder, "COACH.ASH@example.org", at(3))
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
