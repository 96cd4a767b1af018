"""What the engine asked of people since somebody last looked: the notices it issued, each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from records.database import Pool
from rehearsal.acts import Asked
from schemas.words import Act, Code, Matter, Role

_OVERLAP: Final = timedelta(weeks=6)
"""A workflow that was started late issues its first notices behind the others."""

_NEW = """
    SELECT notice, subject, role, act, matter, "window", step, about, number, detail, issued_at
    FROM notices
    WHERE issued_at > $2 AND matter <> 'session'
      AND (subject = $1 OR starts_with(subject, $1 || '.'))
    ORDER BY subject, matter, "window", step, role
"""


class Questions:
    """Reads the notices of an academy, or of one cohort of it. Session asks are left out: people expect those."""

    def __init__(self, pool: Pool, scope: Code) -> None:
        self._pool = pool
        self._scope = scope
        self._latest = datetime.min.replace(tzinfo=UTC) + _OVERLAP
        self._seen: set[str] = set()

    async def new(self) -> list[Asked]:
        """The notices that were not handed out before, in an order that does not depend on chance."""
        rows = await self._pool.fetch(_NEW, self._scope, self._latest - _OVERLAP)
        fresh = [row for row in rows if row["notice"] not in self._seen]
        self._seen.update(row["notice"] for row in fresh)
        self._latest = max([self._latest, *(row["issued_at"] for row in fresh)])
        return [
            Asked(
                subject=row["subject"],
                role=Role(row["role"]),
                act=Act(row["act"]),
                matter=Matter(row["matter"]),
                window=row["window"],
                step=row["step"],
                issued_at=row["issued_at"],
                about=row["about"],
                number=row["number"],
                detail=row["detail"],
            )
            for row in fresh
        ]
