"""Whom the ledger names and no table knows: an older database was restored, and nobody but people has their names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from records.database import Connection
from records.errors import NameTaken


@dataclass(frozen=True, slots=True)
class Lost:
    """A person or a team without a row, their academy, and a subject that names them."""

    id: str
    academy: str
    subject: str


async def lost(conn: Connection) -> list[Lost]:
    """All of them. It reads the whole ledger: for after a restore."""
    rows = await conn.fetch(
        """
        SELECT named.id[1] AS id, facts.academy, max(facts.subject) AS subject
        FROM facts, regexp_matches(facts.body::text, '"((?:per|ms)_[0-9a-f]{12})"', 'g') AS named (id)
        WHERE NOT EXISTS (SELECT FROM people WHERE people.person = named.id[1])
          AND NOT EXISTS (SELECT FROM microsystems WHERE microsystems.microsystem = named.id[1])
        GROUP BY named.id[1], facts.academy
        ORDER BY subject, id
        """
    )
    return [Lost(**row) for row in rows]


async def person_known(conn: Connection, found: Lost, name: str, address: str, at: datetime) -> None:
    """A lost person has a name and an address again, which others may share."""
    await conn.execute(
        """
        INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $5)
        """,
        found.id,
        found.academy,
        name,
        address,
        at,
    )


async def team_known(conn: Connection, found: Lost, name: str, at: datetime) -> None:
    """A lost team has a name again. Raises NameTaken where that is another team's."""
    try:
        await conn.execute(
            "INSERT INTO microsystems (microsystem, academy, name, admitted_at) VALUES ($1, $2, $3, $4)",
            found.id,
            found.academy,
            name,
            at,
        )
    except asyncpg.UniqueViolationError:
        raise NameTaken(found.id) from None
