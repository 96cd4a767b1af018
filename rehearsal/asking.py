"""What the engine asked of people since somebody last looked: the notices it issued, each once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from records import notices
from records.database import Pool
from records.notices import Issued
from rehearsal.acts import Asked
from schemas.words import Code, Matter

_OVERLAP: Final = timedelta(weeks=6)
"""A workflow that was started late issues its first notices behind the others."""


class Questions:
    """Reads the notices of an academy, or of one cohort of it. Session asks are left out: people expect those."""

    def __init__(self, pool: Pool, scope: Code) -> None:
        self._pool = pool
        self._scope = scope
        self._latest = datetime.min.replace(tzinfo=UTC) + _OVERLAP
        self._seen: set[str] = set()

    async def new(self) -> list[Asked]:
        """The notices that were not handed out before, in an order that does not depend on chance."""
        async with self._pool.acquire() as conn:
            issued = await notices.issued_in(conn, self._scope, since=self._latest - _OVERLAP)
        fresh = [notice for notice in issued if notice.id not in self._seen]
        self._seen.update(notice.id for notice in fresh)
        self._latest = max([self._latest, *(notice.issued_at for notice in fresh)])
        return in_order(fresh)


def in_order(issued: Iterable[Issued]) -> list[Asked]:
    """What was asked, in an order that does not depend on chance, without session asks."""
    asked = (asked_by(notice) for notice in issued if notice.notice.matter is not Matter.SESSION)
    return sorted(asked, key=_place)


def asked_by(issued: Issued) -> Asked:
    """What a notice asks or says, without the person."""
    said = issued.notice
    return Asked(
        issued.subject,
        said.role,
        said.act,
        said.matter,
        said.window,
        said.step,
        issued.issued_at,
        said.about,
        said.number,
        said.detail,
    )


def _place(asked: Asked) -> tuple[str, str, str, int, str]:
    return asked.subject, asked.matter, asked.window, asked.step, asked.role
