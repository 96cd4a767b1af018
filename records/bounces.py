"""Mail that came back after the mail server had taken it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from records.database import Connection


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail of ours, by its Message-ID.

    ``subject`` is the engagement or cohort it is about; the academy for a weekly mail.
    """

    message_id: str
    subject: str


async def sent_as(conn: Connection, message_ids: Sequence[str]) -> SentMail | None:
    """The first of these Message-IDs that is ours; None where none is."""
    row = await conn.fetchrow(
        """
        SELECT message_id, coalesce(split_part(academy, '.', 1), of_notices.subject) AS subject
        FROM unnest($1::text[]) WITH ORDINALITY AS asked (message_id, place)
        LEFT JOIN digests USING (message_id)
        LEFT JOIN LATERAL (
            SELECT min(subject) AS subject FROM notices WHERE notices.message_id = asked.message_id
        ) AS of_notices ON true
        WHERE coalesce(academy, of_notices.subject) IS NOT NULL
        ORDER BY place LIMIT 1
        """,
        message_ids,
    )
    return SentMail(**row) if row else None


async def came_back(conn: Connection, message_id: str, at: datetime, failure: str) -> int:
    """A mail that was sent has failed for good: its notices, and the weekly mail if it was one, say so.

    Answers how many notices; 0 when they had failed before. Repeating it changes nothing.
    """
    await conn.execute(
        """
        UPDATE digests SET status = 'failed', sent_at = settled_at, settled_at = $2, failure = $3
        WHERE message_id = $1 AND status = 'sent'
        """,
        message_id,
        at,
        failure,
    )
    return int(
        await conn.fetchval(
            """
            WITH failed AS (
                UPDATE notices SET status = 'failed', sent_at = settled_at, settled_at = $2, failure = $3
                WHERE message_id = $1 AND status = 'sent' RETURNING notice
            )
            SELECT count(*) FROM failed
            """,
            message_id,
            at,
            failure,
        )
    )
