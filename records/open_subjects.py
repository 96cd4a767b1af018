"""Which subjects keep time: something will fall due for them, or waits to be sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from records.database import Connection
from schemas.corrections import AnyFact

_FACT: Final[TypeAdapter[AnyFact]] = TypeAdapter(AnyFact)


@dataclass(frozen=True, slots=True)
class OpenSubject:
    """One of them: the kind of fact it began with, and when something falls due for it next."""

    subject: str
    opening: str
    next_due: datetime | None


async def everything(conn: Connection) -> list[OpenSubject]:
    """All of them, what is due first first."""
    rows = await conn.fetch(
        """
        SELECT open.subject, facts.kind AS opening, open.next_due
        FROM (
            SELECT subject, min(due_at) AS next_due
            FROM (
                SELECT subject, due_at FROM due_items
                UNION ALL
                SELECT subject, NULL FROM notices WHERE status = 'waiting' AND NOT gathered
            ) AS ahead
            GROUP BY subject
        ) AS open
        JOIN facts ON facts.subject = open.subject AND facts.seq = 1
        ORDER BY open.next_due, open.subject
        """
    )
    return [OpenSubject(**row) for row in rows]


async def openings(conn: Connection, subjects: Collection[str]) -> dict[str, AnyFact]:
    """The first fact of each; those of which nothing is recorded are left out."""
    rows = await conn.fetch("SELECT subject, body FROM facts WHERE subject = ANY ($1) AND seq = 1", list(subjects))
    return {row["subject"]: _FACT.validate_python(row["body"]) for row in rows}


async def had_weekly_mail(conn: Connection, academy: str) -> bool:
    """Whether an academy's weekly emails were ever looked after: something waited for one, or one was made."""
    had: bool = await conn.fetchval(
        """
        SELECT EXISTS (SELECT FROM digests WHERE academy = $1)
            OR EXISTS (SELECT FROM notices WHERE academy = $1 AND gathered)
        """,
        academy,
    )
    return had
