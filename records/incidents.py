"""Incidents: what was found wrong, since when, what was done about it, and who has heard."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from records.database import Connection
from schemas.incidents import Finding, IncidentKind
from schemas.programme import DEFAULT_ZONE, Language


@dataclass(frozen=True, slots=True)
class Incident:
    """A kept finding. ``academy`` is None for what concerns the whole installation."""

    id: int
    finding: Finding
    academy: str | None
    since: datetime
    seen_at: datetime
    closed_at: datetime | None
    told_at: datetime | None
    zone: str = DEFAULT_ZONE
    """The academy's."""


async def open_incidents(conn: Connection, findings: Sequence[Finding], at: datetime) -> None:
    """Keep what was found: what is open already is only seen again; what was mended is kept and closed at once."""
    await conn.execute(
        """
        INSERT INTO incidents AS known (kind, subject, key, facts, done, since, seen_at)
        SELECT DISTINCT ON (kind, subject, key) kind, subject, key, facts, done, $2, $2
        FROM jsonb_to_recordset($1::jsonb) AS found (kind text, subject text, key text, facts jsonb, done text)
        ON CONFLICT (kind, subject, key) WHERE closed_at IS NULL DO UPDATE
            SET seen_at = greatest(known.seen_at, excluded.seen_at), facts = excluded.facts,
                done = coalesce(excluded.done, known.done)
        """,
        findings,
        at,
    )
    await _close(conn, [finding for finding in findings if finding.mended], at)


async def _close(conn: Connection, findings: Sequence[Finding], at: datetime) -> None:
    await conn.execute(
        """
        UPDATE incidents SET closed_at = greatest($2, since)
        FROM jsonb_to_recordset($1::jsonb) AS found (kind text, subject text, key text)
        WHERE closed_at IS NULL AND incidents.kind = found.kind AND incidents.subject = found.subject
          AND incidents.key = found.key
        """,
        findings,
        at,
    )


async def close_others(
    conn: Connection,
    kinds: Collection[IncidentKind],
    still: Collection[Finding],
    at: datetime,
    subject: str | None = None,
) -> None:
    """Close those of these kinds that a scan of all, or of one subject, did not find again: they are over."""
    await conn.execute(
        """
        UPDATE incidents SET closed_at = greatest($3, since)
        WHERE closed_at IS NULL AND kind = ANY ($1::text[]) AND ($4::text IS NULL OR subject = $4) AND NOT EXISTS (
            SELECT FROM jsonb_to_recordset($2::jsonb) AS found (kind text, subject text, key text)
            WHERE incidents.kind = found.kind AND incidents.subject = found.subject AND incidents.key = found.key
        )
        """,
        list(kinds),
        list(still),
        at,
        subject,
    )


async def close(conn: Connection, incident: int, at: datetime) -> bool:
    """Somebody has looked into an incident, and nothing is left to do; whether it was open."""
    closed = await conn.fetchval(
        "UPDATE incidents SET closed_at = greatest($2, since) WHERE id = $1 AND closed_at IS NULL RETURNING id",
        incident,
        at,
    )
    return closed is not None


async def open_of(conn: Connection, academy: str | None = None) -> list[Incident]:
    """What is open of an academy and of the whole installation; of everything without an academy."""
    rows = await conn.fetch(
        """
        SELECT *, zone_of(academy) AS zone FROM incidents
        WHERE closed_at IS NULL AND ($1::text IS NULL OR academy IS NULL OR academy = $1)
        ORDER BY since, id
        """,
        academy,
    )
    return [_incident(row) for row in rows]


async def latest(conn: Connection, at_most: int) -> list[Incident]:
    """The latest, open or over, the oldest of them first."""
    rows = await conn.fetch(
        "SELECT *, zone_of(academy) AS zone FROM incidents ORDER BY since DESC, id DESC LIMIT $1", at_most
    )
    return [_incident(row) for row in reversed(rows)]


async def untold(conn: Connection) -> list[Incident]:
    """Those of which the operator has not heard, closed ones too."""
    rows = await conn.fetch(
        "SELECT *, zone_of(academy) AS zone FROM incidents WHERE told_at IS NULL ORDER BY since, id"
    )
    return [_incident(row) for row in rows]


async def over(conn: Connection) -> list[Incident]:
    """Those that are over, of which the operator has heard, but not that they are over."""
    rows = await conn.fetch(
        """
        SELECT *, zone_of(academy) AS zone FROM incidents
        WHERE closed_at IS NOT NULL AND over_told_at IS NULL AND told_at IS NOT NULL ORDER BY closed_at, id
        """
    )
    return [_incident(row) for row in rows]


async def told(conn: Connection, found: Collection[Incident], at: datetime) -> None:
    """The operator has heard of these, as they are known here."""
    await conn.execute(
        """
        UPDATE incidents
        SET told_at = coalesce(told_at, $3), over_told_at = CASE WHEN id = ANY ($2::bigint[]) THEN $3::timestamptz END
        WHERE id = ANY ($1::bigint[])
        """,
        [incident.id for incident in found],
        [incident.id for incident in found if incident.closed_at is not None],
        at,
    )


async def counted(conn: Connection) -> dict[str, int]:
    """How many are open, by kind."""
    rows = await conn.fetch("SELECT kind, count(*) FROM incidents WHERE closed_at IS NULL GROUP BY kind ORDER BY kind")
    return {row["kind"]: row["count"] for row in rows}


@dataclass(frozen=True, slots=True)
class ForDeputy:
    """An open incident of which an academy's deputy has not heard, and how to reach them."""

    incident: Incident
    name: str
    address: str
    language: Language = Language.ENGLISH


async def untold_to_deputies(conn: Connection, kinds: Collection[IncidentKind]) -> list[ForDeputy]:
    """Those of these kinds whose academy has a deputy."""
    rows = await conn.fetch(
        """
        SELECT incidents.*, zone_of(incidents.academy) AS zone, language_of(incidents.academy) AS language,
               people.name, people.address FROM incidents
        JOIN academy_people AS deputy ON deputy.academy = incidents.academy AND deputy.part = 'deputy'
        JOIN people ON people.person = deputy.person
        WHERE closed_at IS NULL AND deputy_told_at IS NULL AND kind = ANY ($1::text[]) AND address IS NOT NULL
        ORDER BY since, id
        """,
        list(kinds),
    )
    return [
        ForDeputy(_incident(row), row["name"], row["address"], Language(row["language"] or Language.ENGLISH))
        for row in rows
    ]


async def deputy_told(conn: Connection, incident: int, at: datetime) -> None:
    """The deputy has heard of it."""
    await conn.execute("UPDATE incidents SET deputy_told_at = $2 WHERE id = $1", incident, at)


def _incident(row: asyncpg.Record) -> Incident:
    said = {name: row[name] for name in Finding.model_fields if name != "mended"}
    finding = Finding.model_validate(said | {"mended": row["closed_at"] is not None})
    rest = {name: row[name] for name in ("id", "academy", "since", "seen_at", "closed_at", "told_at")}
    return Incident(finding=finding, zone=row["zone"] or DEFAULT_ZONE, **rest)
