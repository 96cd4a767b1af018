"""What is held of people: said of every column there is, and forgotten in every table."""

from __future__ import annotations

import pytest

from benchmarks.made_up import known
from records import admitting, audit, erasures
from records.admitting import Person, Roster
from records.database import Pool
from records.held import held
from records.personal import TABLES
from records.subjects import Subjects
from schemas.engagement_facts import CoachLeft
from tests.lifecycle import lives
from tests.records import everything
from tests.records.telling import ENGAGEMENT, asking, at

ANNA = Person("Anna Example", "anna@example.org", "Teaching Hospitals", "nurse")
BY = "cli:tests"


async def admitted(pool: Pool, *given: Person, academy: str = "sheffield") -> list[str]:
    """Their ids."""
    async with pool.acquire() as conn:
        known = await admitting.admit(conn, academy, at(1), Roster(given))
    return [known.people[person.address] for person in given]


async def test_nothing_is_left_of_whoever_is_erased(pool: Pool) -> None:
    """In no column of no table, whatever it was called."""
    await everything.fill(pool)
    async with pool.acquire() as conn:
        done = await erasures.erase(conn, everything.PERSON, at(2), BY)
        kept = "".join([repr(await conn.fetch(f"SELECT * FROM {table.name}")) for table in TABLES])  # noqa: S608
    assert done is not None
    assert (done.left, done.not_searched) == ({}, ())
    assert {table.name for table in TABLES if table.erased != "kept"} <= done.rows.keys()
    assert [word for word in (everything.NAME, everything.ADDRESS, everything.WORDS) if word in kept] == []


async def test_everything_held_is_shown(pool: Pool) -> None:
    """Of every table that says something of people, without what is secret."""
    await everything.fill(pool)
    async with pool.acquire() as conn:
        found = await held(conn, everything.PERSON, None, at(2))
    shown = {section.table for section in (*found.state, *found.events)}
    by_words = {"microsystems", "intro_course_texts"}
    assert shown == {table.name for table in TABLES if table.of} - {"erasures"} | by_words
    hidden = {table.name: set(table.hidden.split()) for table in TABLES}
    sections = (*found.state, *found.events)
    assert not [each.table for each in sections for row in each.rows if hidden[each.table] & row.keys()]


@pytest.mark.parametrize("namesake", [False, True])
async def test_words_of_others_that_name_somebody_are_about_them_too(pool: Pool, namesake: bool) -> None:
    """As they would be erased: not where somebody else of the academy has the same name and address."""
    await everything.fill(pool)
    if namesake:
        await pool.execute(
            "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
            "SELECT 'per_namesake', academy, name, address, admitted_at, changed_at FROM people"
        )
    async with pool.acquire() as conn:
        found = await held(conn, everything.PERSON, None, at(2))
    notes = [row["text"] for section in found.events if section.table == "notes" for row in section.rows]
    assert (everything.OTHERS in notes) is not namesake


async def test_a_period_shows_what_stood_when_it_began(pool: Pool) -> None:
    """Whoever coached then is the coach of the team, whatever has become of it since."""
    opening, left = lives.proposed(), CoachLeft(event_id="left", occurred_at=at(20), person=lives.PEOPLE.coach)
    async with pool.acquire() as conn:
        await known(pool, ENGAGEMENT, opening)
        await Subjects().record(conn, asking(opening, 0, recorded_at=opening.occurred_at))
        await Subjects().record(conn, asking(left, 1, recorded_at=left.occurred_at))
        then = await held(conn, left.person, at(10), at(30))
        since = await held(conn, left.person, at(25), at(30))
    assert {section.table for section in then.state} >= {"people", "engagement_people", "coach_assignments"}
    assert [row["event_id"] for section in then.events if section.table == "facts" for row in section.rows] == ["left"]
    assert "engagement_people" not in {section.table for section in since.state}


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


async def test_a_merged_record_is_shown_and_goes_too(pool: Pool) -> None:
    """It is the same person, under another name."""
    anna, before = await admitted(pool, ANNA, Person("Anna Formerly", "formerly@example.org"))
    await pool.execute("UPDATE people SET merged_into = $1 WHERE person = $2", anna, before)
    await pool.execute("INSERT INTO notes VALUES ('n', 'sheffield.c.P1', 'Anna Formerly', $1)", at(1))
    async with pool.acquire() as conn:
        assert "Anna Formerly" in repr(await held(conn, anna, None, at(2)))
        done = await erasures.erase(conn, anna, at(2), BY)
    assert done is not None
    assert (done.rows, done.left) == ({"people": 2, "notes": 1}, {})


async def test_what_cannot_be_erased_is_named(pool: Pool) -> None:
    """The proof is a search, not a promise."""
    (anna,) = await admitted(pool, ANNA)
    async with pool.acquire() as conn:
        await audit.note(conn, at(1), "token:anna@example.org", "http", "tell session_held")
        done = await erasures.erase(conn, anna, at(2), BY)
    assert done is not None
    assert done.left == {"audit.caller": 1}
