"""Where the bare workflow keeps what it is told: one row a fact, in a table without any other rule."""

from __future__ import annotations

from temporalio import activity

from benchmarks.bare import RECORD, BareFact
from records.database import SECONDS_TO_ACQUIRE, Pool

TABLE = """
    CREATE TABLE IF NOT EXISTS bare_facts (
        event_id text PRIMARY KEY, subject text NOT NULL, occurred_at timestamptz NOT NULL, body jsonb NOT NULL
    )
    """


class BareRecords:
    """One insert, over the engine's own pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @activity.defn(name=RECORD)
    async def record(self, fact: BareFact) -> None:
        """Insert the fact; a repeat changes nothing."""
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
            await connection.execute(
                "INSERT INTO bare_facts (event_id, subject, occurred_at, body) VALUES ($1, $2, $3, $4) "
                "ON CONFLICT DO NOTHING",
                fact.event_id,
                fact.subject,
                fact.occurred_at,
                fact,
            )
