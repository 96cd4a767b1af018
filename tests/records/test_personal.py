"""What is held of people: said of every column there is, and forgotten in every table."""

from __future__ import annotations

import pytest

from records import audit, erasures, people
from records.database import Pool
from records.people import Person, Roster
from records.personal import TABLES
from tests.records.telling import at

ANNA = Person("Anna Example", "anna@example.org", "Teaching Hospitals", "nurse")
BY = "cli:tests"


async def admitted(pool: Pool, *given: Person, academy: str = "sheffield") -> list[str]:
    """Their ids."""
    async with pool.acquire() as conn:
        known = await people.admit(conn, academy, at(1), Roster(given))
    return [known.people[person.address] for person in given]


async def test_every_column_is_said_to_hold_words_or_codes(pool: Pool) -> None:
    """A new one is named in records/personal.py: what is shown to people and what is erased follow from there."""
    rows = await pool.fetch(
        """
        SELECT table_name, array_agg(column_name::text) AS columns FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' GROUP BY table_name
        """
    )
    there = {row["table_name"]: frozenset(row["columns"]) for row in rows}
    assert {table.name: table.columns for table in TABLES} == there
    assert [table.name for table in TABLES if table.of and not table.title] == []
    assert [table.name for table in TABLES if table.erased != "kept" and not table.of] == []


async def test_names_in_the_words_of_others_are_blotted_out(pool: Pool) -> None:
    """And are found nowhere any more; a longer name, another address and another academy are somebody else's."""
    (anna,) = await admitted(pool, ANNA)
    said = "ANNA EXAMPLE (anna@example.org) with Anna Example-Smith, dr.anna@example.org"
    for subject in ("sheffield.c.P1", "leeds.c.P1"):
        await pool.execute("INSERT INTO notes VALUES ($1, $1, $2, $3)", subject, said, at(1))
    await pool.execute(
        "INSERT INTO intro_course_texts VALUES ('sheffield.i', 'Room 3', 'Ask anna@example.org.', $1)", at(1)
    )
    async with pool.acquire() as conn:
        done = await erasures.erase(conn, anna, at(2), BY)
    assert done is not None
    assert (done.rows, done.left, done.not_searched) == ({"people": 1, "notes": 1, "intro_course_texts": 1}, {}, ())
    texts = await pool.fetch("SELECT text FROM notes ORDER BY subject")
    assert [row["text"] for row in texts] == [
        said, "[erased] ([erased]) with Anna Example-Smith, dr.anna@example.org"
    ]  # fmt: skip
    assert await pool.fetchval("SELECT joining FROM intro_course_texts") == "Ask [erased]."


@pytest.mark.parametrize(
    ("other", "kept"),
    [(Person("Anna Example", "a.example@example.org"), ("name",)), (Person("Otto", "otto@example.org"), ())],
)
async def test_what_is_somebody_elses_too_is_left_alone(pool: Pool, other: Person, kept: tuple[str, ...]) -> None:
    """Two people may have one name; the proof says that it wasn't looked for."""
    anna, _ = await admitted(pool, ANNA, other)
    async with pool.acquire() as conn:
        done = await erasures.erase(conn, anna, at(2), BY)
    assert done is not None
    assert done.not_searched == kept
    assert await pool.fetchval("SELECT name FROM people WHERE address = $1", other.address) == other.name


async def test_what_cannot_be_erased_is_named(pool: Pool) -> None:
    """The proof is a search, not a promise."""
    (anna,) = await admitted(pool, ANNA)
    async with pool.acquire() as conn:
        await audit.note(conn, at(1), "token:anna@example.org", "http", "tell session_held")
        done = await erasures.erase(conn, anna, at(2), BY)
    assert done is not None
    assert done.left == {"audit.caller": 1}
