"""Due items that were carried out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from records.database import Connection
from schemas.due import Due


async def done(conn: Connection, subject: str, keys: Sequence[str]) -> list[tuple[Due, datetime]]:
    """What was noted of items when they were carried out, and when that was, in that order."""
    rows = await conn.fetch(
        """
        SELECT key, due_at AS at, act, matter, turn, rule, parameter, since, facts, about, answer_by, done_at
        FROM done_items WHERE subject = $1 AND key = ANY ($2::text[]) ORDER BY done_at, key
        """,
        subject,
        keys,
    )
    return [(Due.model_validate({name: row[name] for name in Due.model_fields}), row["done_at"]) for row in rows]


NOTE: Final = """
    INSERT INTO done_items (subject, key, act, matter, turn, rule, parameter, since, due_at, about, answer_by, facts,
                            done_at)
    SELECT $1, item.key, item.act, item.matter, item.turn, item.rule, item.parameter, item.since, item.at, item.about,
           item.answer_by, item.facts, $2
    FROM {told} jsonb_to_recordset({items}::jsonb) AS item (
        key text, act text, matter text, turn text, rule text, parameter text, since timestamptz, at timestamptz,
        about date, answer_by timestamptz, facts text[]
    )
    ON CONFLICT ON CONSTRAINT done_items_once DO NOTHING
    """
"""Notes the items of subject $1 as carried out at $2, alone or after a step `told`."""


async def note_done(conn: Connection, subject: str, at: datetime, items: Sequence[Due]) -> None:
    """Note that the items were carried out at `at`. The first time holds, however often this is repeated."""
    await conn.execute(NOTE.format(told="", items="$3"), subject, at, items)
