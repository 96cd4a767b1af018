"""People and teams: matched by address and name within an academy at import, known by opaque ids from then on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from records.database import Connection
from records.errors import AddressTaken
from schemas.words import office_of


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a roster names them."""

    name: str
    address: str
    organisation: str | None = None
    discipline: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """Keep everybody a roster names, in any role, and its teams. Repeats are harmless; the last one holds."""

    people: tuple[Person, ...] = ()
    microsystems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """The opaque ids: of people by address, of microsystems by name, both as the roster writes them."""

    people: dict[str, str]
    microsystems: dict[str, str]


async def admit(conn: Connection, academy: str, at: datetime, roster: Roster) -> Admitted:
    """Know everybody of a roster. Who is known already keeps the id; name, organisation and discipline are renewed.

    The office keeps its name, whoever else has its address.
    """
    async with conn.transaction():
        return Admitted(
            people=await _admit_people(conn, academy, at, roster.people),
            microsystems=await _admit_microsystems(conn, academy, at, roster.microsystems),
        )


async def _admit_people(conn: Connection, academy: str, at: datetime, people: tuple[Person, ...]) -> dict[str, str]:
    # The order of the addresses keeps two imports at once from waiting for each other.
    await conn.execute(
        """
        INSERT INTO people AS known (person, academy, name, address, organisation, discipline, admitted_at, changed_at)
        SELECT 'per_' || left(replace(gen_random_uuid()::text, '-', ''), 12),
               $1, given.name, given.address, given.organisation, given.discipline, $2, $2
        FROM (
            SELECT DISTINCT ON (lower(address)) *
            FROM unnest($3::text[], $4::text[], $5::text[], $6::text[])
                WITH ORDINALITY AS roster (name, address, organisation, discipline, line)
            ORDER BY lower(address), line DESC
        ) AS given
        ON CONFLICT (academy, lower(address)) DO UPDATE
        SET name = CASE WHEN known.person = $7 THEN known.name ELSE EXCLUDED.name END,
            organisation = coalesce(EXCLUDED.organisation, known.organisation),
            discipline = coalesce(EXCLUDED.discipline, known.discipline),
            changed_at = EXCLUDED.changed_at
        WHERE (known.name, known.organisation, known.discipline) IS DISTINCT FROM (
            CASE WHEN known.person = $7 THEN known.name ELSE EXCLUDED.name END,
            coalesce(EXCLUDED.organisation, known.organisation),
            coalesce(EXCLUDED.discipline, known.discipline)
        )
        """,
        academy,
        at,
        [person.name for person in people],
        [person.address for person in people],
        [person.organisation for person in people],
        [person.discipline for person in people],
        office_of(academy),
    )
    rows = await conn.fetch(
        """
        SELECT given.address, people.person
        FROM unnest($2::text[]) AS given (address)
        JOIN people ON people.academy = $1 AND lower(people.address) = lower(given.address)
        """,
        academy,
        [person.address for person in people],
    )
    return {row["address"]: row["person"] for row in rows}


async def _admit_microsystems(conn: Connection, academy: str, at: datetime, names: tuple[str, ...]) -> dict[str, str]:
    await conn.execute(
        """
        INSERT INTO microsystems (microsystem, academy, name, admitted_at)
        SELECT 'ms_' || left(replace(gen_random_uuid()::text, '-', ''), 12), $1, given.name, $2
        FROM (
            SELECT DISTINCT ON (lower(name)) name FROM unnest($3::text[]) AS roster (name) ORDER BY lower(name), name
        ) AS given
        ON CONFLICT (academy, lower(name)) DO NOTHING
        """,
        academy,
        at,
        names,
    )
    rows = await conn.fetch(
        """
        SELECT given.name, microsystems.microsystem
        FROM unnest($2::text[]) AS given (name)
        JOIN microsystems ON microsystems.academy = $1 AND lower(microsystems.name) = lower(given.name)
        """,
        academy,
        names,
    )
    return {row["name"]: row["microsystem"] for row in rows}


async def complete(conn: Connection, person: str, organisation: str) -> None:
    """Note somebody's organisation, if none is known."""
    await conn.execute(
        "UPDATE people SET organisation = $2 WHERE person = $1 AND organisation IS NULL AND name IS NOT NULL",
        person,
        organisation,
    )


async def change_address(conn: Connection, person: str, address: str, at: datetime) -> None:
    """Somebody has another address and stays the same person.

    Raises AddressTaken when it belongs to somebody else of the academy.
    """
    try:
        await conn.execute(
            """
            UPDATE people SET address = $2, changed_at = $3
            WHERE person = $1 AND erased_at IS NULL AND address IS DISTINCT FROM $2
            """,
            person,
            address,
            at,
        )
    except asyncpg.UniqueViolationError:
        raise AddressTaken(person) from None


async def at_address(conn: Connection, academy: str, address: str) -> str | None:
    """Who of the academy has an address; None for nobody."""
    person: str | None = await conn.fetchval(
        "SELECT person FROM people WHERE academy = $1 AND lower(address) = lower($2) AND erased_at IS NULL",
        academy,
        address,
    )
    return person


async def named_again(conn: Connection) -> list[tuple[str, str]]:
    """Whoever has left by what is recorded, and has a name: a restore brought them back. With their academy."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT people.academy, people.person
        FROM people JOIN facts AS gone ON gone.body->>'person' = people.person AND gone.academy = people.academy
        WHERE gone.kind = 'person_left' AND people.name IS NOT NULL AND NOT EXISTS (
            SELECT FROM facts AS later
            WHERE later.subject = gone.subject AND later.body->>'corrects' = gone.event_id
        )
        ORDER BY people.academy, people.person
        """
    )
    return [(row["academy"], row["person"]) for row in rows]
