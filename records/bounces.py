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


async def sent_as(conn: Connection, message_ids: Sequence[str], names: Sequence[str] = ()) -> SentMail | None:
    """The first that is ours of these Message-IDs, and of those that begin with these names; None where none is."""
    row = await conn.fetchrow(
        """
        WITH asked AS (
            SELECT id AS first, id AS last, place FROM unnest($1::text[]) WITH ORDINALITY AS ids (id, place)
            -- A is what follows @.
            UNION ALL SELECT '<' || name || '@', '<' || name || 'A', 1000 + place
            FROM unnest($2::text[]) WITH ORDINALITY AS names (name, place)
        )
        SELECT message_id, subject
        FROM asked CROSS JOIN LATERAL (
            SELECT message_id, split_part(academy, '.', 1) AS subject FROM digests
            WHERE message_id ~>=~ asked.first AND message_id ~<=~ asked.last
            UNION ALL (
                SELECT message_id, subject FROM notices
                WHERE message_id ~>=~ asked.first AND message_id ~<=~ asked.last ORDER BY subject LIMIT 1
            )
        ) AS ours
        ORDER BY place LIMIT 1
        """,
        message_ids,
        names,
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
