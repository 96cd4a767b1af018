"""Forgetting somebody: what every table holds of them, and a search that finds no more of it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import asyncpg

from records.database import Connection
from records.personal import TABLES, Table
from schemas.erasing import ErasedBecause
from schemas.words import PersonId, office_of

_WHO: Final = """
    (SELECT $1::text AS person, $2::text AS academy, $3::text AS address, $4::timestamptz AS at, $5::text AS searched)
    AS who
    """
_ALONE: Final = r"(?<![\w.+-])({})(?![\w@-]|\.\w)"
"""The words as they are, and not as a part of others: neither Ann Lee-Smith nor jo.ann@example.org."""


class _Who(NamedTuple):
    person: PersonId
    academy: str
    address: str
    at: datetime
    searched: str | None


@dataclass(frozen=True, slots=True)
class Erased:
    """The proof of an erasure: rows by table, and the columns in which the address or the name is found all the same.

    ``not_searched`` says which of the two was left alone, since another person of the academy has it too, or, of a
    name, since it is a single word or an office's.
    """

    person: PersonId
    academy: str
    rows: dict[str, int]
    left: dict[str, int]
    not_searched: tuple[str, ...]


async def counted(conn: Connection, person: PersonId) -> dict[str, int]:
    """How many rows there are of somebody, by table, and of the records merged into theirs; tables without one not."""
    theirs = "(SELECT person, academy, address FROM people WHERE person = $1 OR merged_into = $1) AS who"
    counts = " UNION ALL ".join(
        f"SELECT '{table.name}' AS name, (SELECT count(*) FROM {table.name} AS t"  # noqa: S608 - our own names
        f" WHERE EXISTS (SELECT FROM {theirs} WHERE {table.of})) AS rows"
        for table in TABLES
        if table.of
    )
    rows = await conn.fetch(f"SELECT * FROM ({counts}) AS found WHERE rows > 0", person)  # noqa: S608 - as above
    return {row["name"]: row["rows"] for row in rows}


async def erase(
    conn: Connection, person: PersonId, at: datetime, by: str, reason: ErasedBecause = ErasedBecause.ASKED
) -> Erased | None:
    """Forget somebody: a stub stays, so that the team's records keep a role, and who erased them, when and why.

    Records that were merged into theirs go too. None for nobody, and for whoever was erased before.
    """
    async with conn.transaction():
        known = await conn.fetch(
            """
            SELECT person, academy, name, address FROM people
            WHERE (person = $1 OR merged_into = $1) AND erased_at IS NULL ORDER BY person = $1, person FOR UPDATE
            """,
            person,
        )
        if not known or known[-1]["person"] != person:
            return None
        searched, not_searched = await searched_by(conn, known)
        theirs = [_Who(each["person"], each["academy"], each["address"], at, searched) for each in known]
        types, rows = await _texts(conn), Counter[str]()
        for table in TABLES:
            for who in theirs:
                rows[table.name] += await _forget(conn, table, types.get(table.name, {}), who)
        await conn.executemany(
            """
            INSERT INTO erasures (person, erased_at, erased_by, reason) VALUES ($1, $2, $3, $4)
            ON CONFLICT (person) DO UPDATE
            SET erased_at = EXCLUDED.erased_at, erased_by = EXCLUDED.erased_by, reason = EXCLUDED.reason
            """,
            [(who.person, at, by, reason) for who in theirs],
        )
        left = {} if searched is None else await _left(conn, types, theirs[-1])
    return Erased(person, theirs[-1].academy, dict(+rows), left, not_searched)


async def searched_by(conn: Connection, known: Sequence[asyncpg.Record]) -> tuple[str | None, tuple[str, ...]]:
    """What finds people's addresses and names, as far as they are theirs alone; and which of the two is not."""
    words: list[str] = []
    others: dict[str, None] = {}
    for column, each in itertools.product(("address", "name"), known):
        another = await conn.fetchval(
            f"""
            SELECT EXISTS (SELECT FROM people
                           WHERE academy = $1 AND lower({column}) = lower($2) AND person <> ALL ($3::text[]))
            """,  # noqa: S608 - one of two columns
            each["academy"],
            each[column],
            [record["person"] for record in known],
        )
        any_word = column == "name" and (" " not in each[column] or each["person"] == office_of(each["academy"]))
        if another or any_word:
            others[column] = None
        else:
            words.append(re.escape(each[column]))
    return _ALONE.format("|".join(words)) if words else None, tuple(others)


async def _texts(conn: Connection) -> dict[str, dict[str, str]]:
    """The columns in which words could stand, and their types, by table."""
    rows = await conn.fetch(
        """
        SELECT table_name, column_name, udt_name FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
          AND udt_name IN ('text', '_text', 'varchar', 'json', 'jsonb')
        """
    )
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["table_name"], {})[row["column_name"]] = row["udt_name"]
    return found


async def _forget(conn: Connection, table: Table, types: Mapping[str, str], who: _Who) -> int:
    """Erase what a table holds of somebody, and blot them out of what it holds of others; how many rows."""
    steps = []
    if table.erased == "deleted":
        steps.append(f"DELETE FROM {table.name} AS t USING {_WHO} WHERE {table.of}")  # noqa: S608 - our own names
    elif table.erased == "changed":
        changes = ", ".join(f'"{column}" = {value}' for column, value in (table.words | table.stub).items())
        steps.append(f"UPDATE {table.name} AS t SET {changes} FROM {_WHO} WHERE {table.of}")  # noqa: S608
    if table.words and table.blotted and who.searched is not None:
        blots = ", ".join(
            f"\"{column}\" = regexp_replace(t.\"{column}\"::text, who.searched, '[erased]', 'gi')::{types[column]}"
            for column in table.words
        )
        found = " OR ".join(f't."{column}"::text ~* who.searched' for column in table.words)
        steps.append(f"UPDATE {table.name} AS t SET {blots} FROM {_WHO} WHERE ({found}) AND {table.academy}")  # noqa: S608
    # What one step erases, the next does not find.
    return sum([_count(await conn.execute(step, *who)) for step in steps])


async def _left(conn: Connection, types: Mapping[str, Mapping[str, str]], who: _Who) -> dict[str, int]:
    """Where address or name is found, over every column of every table: rows by table and column."""
    found: dict[str, int] = {}
    known = {table.name: table for table in TABLES}
    for name, columns in types.items():
        table = known.get(name, Table(name))
        counts = ", ".join(
            f'count(*) FILTER (WHERE t."{column}"::text ~* who.searched) AS "{column}"' for column in columns
        )
        # Names and addresses of others are theirs, whatever they hold.
        others = "true" if table.blotted else "t.person = who.person"
        row = await conn.fetchrow(
            f"SELECT {counts} FROM {name} AS t, {_WHO} WHERE {table.academy} AND {others}",  # noqa: S608
            *who,
        )
        assert row is not None  # noqa: S101 - counts have a row
        found |= {f"{name}.{column}": count for column, count in row.items() if count}
    return found


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
