"""When the records and the running workflows were last compared."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from records.database import Connection

_KEPT: Final = timedelta(days=7)


async def note(conn: Connection, at: datetime, findings: int) -> None:
    """They were compared, with so many findings. What is older than a week is forgotten."""
    await conn.execute(
        """
        WITH old AS (DELETE FROM reconciliations WHERE ran_at < $1::timestamptz - $3::interval)
        INSERT INTO reconciliations (ran_at, findings) VALUES ($1, $2)
        ON CONFLICT (ran_at) DO UPDATE SET findings = excluded.findings
        """,
        at,
        findings,
        _KEPT,
    )


async def last(conn: Connection) -> datetime | None:
    """When it was last done; None if never."""
    at: datetime | None = await conn.fetchval("SELECT max(ran_at) FROM reconciliations")
    return at
