"""What is known of people: found, merged and split, and called otherwise."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from records.database import Connection
from records.errors import AddressTaken
from schemas.words import PersonId


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody as they are found; ``outside`` are the ids that other systems have for them, by kind."""

    person: PersonId
    academy: str
    name: str | None = field(repr=False)
    address: str | None = field(repr=False)
    organisation: str | None
    discipline: str | None
    merged_into: PersonId | None
    outside: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is looked for: by what they are called here or elsewhere, in some academies or in all."""

    said: str | None = field(default=None, repr=False)
    kind: str | None = None
    academies: Collection[str] | None = None
    exactly: bool = False


async def find(conn: Connection, sought: Sought, after: str | None = None, limit: int = 50) -> list[Known]:
    """Everybody who is called so by name, address, id or an id of another system; in the order of their ids.

    A name is found by a part of it, unless ``exactly``. With ``kind`` it is an outside id of that kind. Whoever was
    merged is found by their id alone.
    """
    rows = await conn.fetch(
        """
        SELECT people.person, academy, name, address, organisation, discipline, merged_into,
               coalesce(
                   (SELECT jsonb_object_agg(kind, ids) FROM (
                       SELECT kind, array_agg(value ORDER BY value) AS ids FROM outside_ids
                       WHERE outside_ids.person IN (
                           SELECT theirs.person FROM people AS theirs
                           WHERE people.person IN (theirs.person, theirs.merged_into)
                       ) GROUP BY kind
                   ) AS theirs), '{}'
               ) AS outside
        FROM people
        WHERE ($1::text[] IS NULL OR academy = ANY ($1)) AND ($2::text IS NULL OR person > $2)
          AND (merged_into IS NULL OR person = $3) AND (erased_at IS NULL OR person = $3)
          AND (
              $3::text IS NULL
              OR $4::text IS NULL AND (
                  person = $3
                  OR person IN (SELECT coalesce(merged_into, person) FROM people WHERE lower(address) = lower($3))
                  OR CASE WHEN $5 THEN lower(name) = lower($3) ELSE strpos(lower(name), lower($3)) > 0 END
              )
              OR EXISTS (
                  SELECT FROM outside_ids JOIN people AS theirs USING (person)
                  WHERE people.person IN (theirs.person, theirs.merged_into) AND value = $3
                    AND ($4::text IS NULL OR kind = $4)
              )
          )
        ORDER BY person LIMIT $6
        """,
        None if sought.academies is None else list(sought.academies),
        after,
        sought.said,
        sought.kind,
        sought.exactly,
        limit,
    )
    return [Known(**row) for row in rows]


async def contacts(conn: Connection, people: Collection[PersonId]) -> dict[PersonId, tuple[str, str]]:
    """Name and address of each, both empty once erased; of whoever was merged, those of the one who stays."""
    rows = await conn.fetch(
        """
        SELECT people.person, coalesce(kept.name, '') AS name, coalesce(kept.address, '') AS address
        FROM people JOIN people AS kept ON kept.person = coalesce(people.merged_into, people.person)
        WHERE people.person = ANY ($1::text[])
        """,
        people,
    )
    return dict.fromkeys(people, ("", "")) | {row["person"]: (row["name"], row["address"]) for row in rows}


async def complete(conn: Connection, person: str, organisation: str) -> None:
    """Note somebody's organisation, if none is known."""
    await conn.execute(
        "UPDATE people SET organisation = $2 WHERE person = $1 AND organisation IS NULL AND name IS NOT NULL",
        person,
        organisation,
    )


async def merge(conn: Connection, person: PersonId, into: PersonId, at: datetime) -> None:
    """One record stands for another from now on, and for those merged into it, wherever that is looked up.

    Both records' links work in the epoch of the kept one, in which none works that was stopped before.
    """
    await conn.execute(
        "UPDATE people SET merged_into = $2, changed_at = $3 WHERE person = $1 OR merged_into = $1", person, into, at
    )
    await _reach_epoch(conn, into, person)


async def split(conn: Connection, person: PersonId, at: datetime) -> None:
    """A record that was merged stands for itself again, and for those that were merged into it.

    What was stopped meanwhile stays so.
    """
    await _reach_epoch(conn, person, await kept(conn, person))
    await conn.execute(
        """
        WITH RECURSIVE theirs AS (
            SELECT academy, person FROM people WHERE person = $1
            UNION
            SELECT facts.academy, facts.body->>'person' FROM facts JOIN theirs USING (academy)
            WHERE facts.kind = 'person_merged' AND facts.caused_by IS NULL AND facts.body->>'into' = theirs.person
              AND NOT EXISTS (
                SELECT FROM facts AS later
                WHERE later.subject = facts.subject AND later.body->>'corrects' = facts.event_id
            )
        )
        UPDATE people SET merged_into = nullif($1, people.person), changed_at = $2
        FROM theirs WHERE people.person = theirs.person
        """,
        person,
        at,
    )


async def _reach_epoch(conn: Connection, person: PersonId, other: PersonId) -> None:
    await conn.execute(
        """
        UPDATE people SET links_epoch = greatest(people.links_epoch, other.links_epoch)
        FROM people AS other WHERE people.person = $1 AND other.person = $2
        """,
        person,
        other,
    )


async def kept(conn: Connection, person: PersonId) -> PersonId:
    """Whose record stands for this one: their own, unless it was merged."""
    found: PersonId | None = await conn.fetchval(
        "SELECT coalesce(merged_into, person) FROM people WHERE person = $1", person
    )
    return found or person


async def describe(
    conn: Connection, person: PersonId, at: datetime, name: str | None, organisation: str | None, discipline: str | None
) -> None:
    """Somebody is called otherwise, works elsewhere or does something else; None stays, an empty text is unknown."""
    await conn.execute(
        """
        UPDATE people
        SET name = coalesce($3, name), organisation = nullif(coalesce($4, organisation), ''),
            discipline = nullif(coalesce($5, discipline), ''), changed_at = $2
        WHERE person = $1 AND erased_at IS NULL AND (name, organisation, discipline) IS DISTINCT FROM (
            coalesce($3, name), nullif(coalesce($4, organisation), ''), nullif(coalesce($5, discipline), '')
        )
        """,
        person,
        at,
        name,
        organisation,
        discipline,
    )


async def keep_outside_ids(
    conn: Connection, academy: str, person: PersonId, kind: str, values: Collection[str]
) -> list[PersonId]:
    """Keep the ids of a kind that other systems have for somebody, and no others of it; whose they are already."""
    taken = await conn.fetch(
        "SELECT person FROM outside_ids WHERE academy = $1 AND kind = $2 AND value = ANY ($3::text[]) AND person <> $4",
        academy,
        kind,
        list(values),
        person,
    )
    if not taken:
        await conn.execute("DELETE FROM outside_ids WHERE person = $1 AND kind = $2", person, kind)
        await conn.executemany(
            "INSERT INTO outside_ids (academy, kind, value, person) VALUES ($1, $2, $3, $4)",
            [(academy, kind, value, person) for value in dict.fromkeys(values)],
        )
    return [row["person"] for row in taken]


async def change_address(conn: Connection, person: str, address: str, at: datetime) -> None:
    """Somebody has another address and stays the same person, whoever else reads that mailbox.

    Raises AddressTaken where it is the office's: that is a mailbox of its own.
    """
    taken = await conn.fetchval(
        """
        SELECT true FROM people AS office JOIN people AS theirs USING (academy)
        WHERE theirs.person = $1 AND office.person = office.academy || '.office' AND office.person <> theirs.person
          AND lower(office.address) = lower($2)
        """,
        person,
        address,
    )
    if taken:
        raise AddressTaken(person)
    await conn.execute(
        """
        UPDATE people SET address = $2, changed_at = $3
        WHERE person = $1 AND erased_at IS NULL AND address IS DISTINCT FROM $2
        """,
        person,
        address,
        at,
    )


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
