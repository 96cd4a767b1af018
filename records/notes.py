"""Notes: the words beside a fact, kept under its event id before it is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from records.database import Connection
from records.errors import DifferentContent

UNCLAIMED_FOR_AT_MOST = timedelta(days=1)


async def keep(conn: Connection, subject: str, event_id: str, text: str, at: datetime) -> None:
    """Keep a note for a fact that is about to be told, and drop what nobody claimed for a day.

    `at` is the wall clock, never a workflow's. Until the fact is told a new text replaces the old one; afterwards the
    same text is harmless, and another raises DifferentContent.
    """
    async with conn.transaction():
        await conn.execute(
            "DELETE FROM notes WHERE claimed_at IS NULL AND kept_at < $1",
            at - UNCLAIMED_FOR_AT_MOST,
        )
        kept = await conn.fetchval(
            """
            INSERT INTO notes AS known (event_id, subject, text, kept_at)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (event_id) DO UPDATE SET text = EXCLUDED.text, kept_at = EXCLUDED.kept_at
            WHERE known.subject = EXCLUDED.subject AND (known.claimed_at IS NULL OR known.text = EXCLUDED.text)
            RETURNING event_id
            """,
            event_id,
            subject,
            text,
            at,
        )
        if kept is None:
            raise DifferentContent(event_id)
