"""Ten thousand engagements in the database, 250 of them on one academy's board: a lived academy, copied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from benchmarks.ground import Ground
from operations import signing_in
from operations.signing_in import Here
from records.database import Connection
from rehearsal.demonstration import living
from rehearsal.demonstration.plots import ACADEMY

ENGAGEMENTS: Final = 10_000
ON_THE_BOARD: Final = 250
_OWNERS: Final = ("engagement", "subject")
_LEFT_OUT: Final = frozenset({"arrivals", "audit", "bare_facts", "certificates", "deliveries", "events", "identities",
                              "incidents", "invitations", "notes"})  # fmt: skip
_STATED: Final = {
    "academy": "split_part(copies.name, '.', 1)",
    "event_id": "copies.name || ':' || event_id",
    "notice": "copies.name || ':' || notice",
    "enrolment": "copies.name",
    "cohort": "regexp_replace(copies.name, '[.][^.]*$', '')",
}
"""What is unique, or says where something belongs, and so is another in a copy."""


async def live(ground: Ground, present: datetime) -> None:
    """One academy with everything that can become of a team, which has lived until now."""
    await living.put_in(ground.pool, present)


async def copied(conn: Connection, *, board: bool) -> None:
    """Fill up one board, or the rest of the database with other academies."""
    originals: list[str] = [row[0] for row in await conn.fetch("SELECT engagement FROM engagements ORDER BY 1")]
    if board:
        copies = _names(originals, ON_THE_BOARD - len(originals), lambda name, number: f"{name}x{number}")
    else:
        copies = _names(
            originals,
            ENGAGEMENTS - ON_THE_BOARD,
            lambda name, number: f"town-{number:03}.{name.partition('.')[2]}",
        )
    # As a restore writes: what the records derive of a row, and tell others, was derived and told once.
    async with conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        for table, owner, columns in await _tables(conn):
            stated = _STATED | {owner: "copies.name"}
            chosen = ", ".join(stated.get(column, f'kept."{column}"') for column in columns)
            into = ", ".join(f'"{column}"' for column in columns)
            await conn.execute(
                f"INSERT INTO {table} ({into}) SELECT {chosen} "  # noqa: S608 - names of the catalogue
                f"FROM {table} AS kept JOIN unnest($1::text[], $2::text[]) AS copies (original, name) "
                f"ON kept.{owner} = copies.original",
                [original for original, _ in copies],
                [name for _, name in copies],
                timeout=300,
            )


async def analyzed(conn: Connection) -> None:
    """As autovacuum would have it by now."""
    await conn.execute("VACUUM ANALYZE", timeout=300)


async def readers(conn: Connection, number: int, at: datetime) -> list[str]:
    """The cookies of so many members of the office, each a person of their own."""
    cookies = []
    for each in range(number):
        person = f"per_reader_{each}"
        await conn.execute(
            "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
            "VALUES ($1, $2, $1, $3, $4, $4)",
            person, ACADEMY, f"{person}@example.org", at,
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO academy_people (academy, key, part, person, changed_at) VALUES ($1, $2, 'member', $2, $3)",
            ACADEMY, person, at,
        )  # fmt: skip
        cookie = await signing_in.demonstrated(conn, f"{person}@example.org", at, Here("benchmark"))
        assert cookie is not None
        cookies.append(cookie)
    return cookies


def _names(originals: Sequence[str], number: int, called: object) -> list[tuple[str, str]]:
    assert callable(called)
    return [
        (originals[each % len(originals)], called(originals[each % len(originals)], each // len(originals)))
        for each in range(number)
    ]


async def _tables(conn: Connection) -> list[tuple[str, str, list[str]]]:
    rows = await conn.fetch(
        """
        SELECT relname, array_agg(attname::text ORDER BY attnum) FILTER (WHERE attgenerated = '') AS columns,
               array_agg(attname::text) AS every
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
        GROUP BY relname ORDER BY relname
        """
    )
    return [
        (row["relname"], owner, row["columns"])
        for row in rows
        if row["relname"] not in _LEFT_OUT and (owner := next((one for one in _OWNERS if one in row["every"]), None))
    ]
