"""Due items that were carried out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from records.database import Connection
from schemas.due import Due


async def note_done(conn: Connection, subject: str, at: datetime, items: Sequence[Due]) -> None:
    """Note that the items were carried out at `at`. The first time holds, however often this is repeated."""
    await conn.execute(
        """
        INSERT INTO done_items (subject, key, act, matter, turn, rule, parameter, since, due_at, about, answer_by,
                                facts, done_at)
        SELECT $1, item.key, item.act, item.matter, item.turn, item.rule, item.parameter, item.since, item.at,
               item.about, item.answer_by, item.facts, $2
        FROM jsonb_to_recordset($3::jsonb) AS item (
            key text, act text, matter text, turn text, rule text, parameter text, since timestamptz, at timestamptz,
            about date, answer_by timestamptz, facts text[]
        )
        ON CONFLICT ON CONSTRAINT done_items_once DO NOTHING
        """,
        subject,
        at,
        items,
    )
