"""Whose clock it goes by: the zone of a subject, or of an academy by its latest course."""

from __future__ import annotations

from collections.abc import Collection

from records.database import Connection
from schemas.programme import DEFAULT_ZONE


async def zone_of(conn: Connection, subject: str) -> str:
    """The zone of an engagement, cohort, Introduction course or academy; the default of programmes if it has none."""
    found: str | None = await conn.fetchval("SELECT zone_of($1)", subject)
    return found or DEFAULT_ZONE


async def zones_of(conn: Connection, subjects: Collection[str]) -> dict[str, str]:
    """The zones of these subjects and academies."""
    rows = await conn.fetch(
        "SELECT subject, zone_of(subject) AS zone FROM unnest($1::text[]) AS subject", sorted(subjects)
    )
    return {row["subject"]: row["zone"] or DEFAULT_ZONE for row in rows}
