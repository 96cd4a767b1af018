"""Certificates: a code for each that was looked at, and whether it was revoked. Names are with the people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from records.database import Connection


class RevokedBecause(StrEnum):
    """Why a certificate is revoked."""

    ISSUED_IN_ERROR = "issued_in_error"
    REQUESTED = "requested"
    """Whoever holds it has asked for it."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. ``subject`` is a cohort or Introduction course, ``about`` the enrolment or booking."""

    code: str
    subject: str
    about: str
    person: str
    issued_at: datetime
    revoked_at: datetime | None = None
    revoked_because: RevokedBecause | None = None


async def issued(conn: Connection, subject: str, about: str) -> Certificate | None:
    """The certificate of an enrolment or booking; None while nobody has looked at it."""
    row = await conn.fetchrow("SELECT * FROM certificates WHERE subject = $1 AND about = $2", subject, about)
    return _certificate(row)


async def issue(conn: Connection, given: Certificate) -> Certificate:
    """Issue a certificate, once: where there is one already, that one is answered."""
    row = await conn.fetchrow(
        """
        INSERT INTO certificates (code, subject, about, person, issued_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (subject, about) DO UPDATE SET subject = EXCLUDED.subject
        RETURNING *
        """,
        given.code,
        given.subject,
        given.about,
        given.person,
        given.issued_at,
    )
    found = _certificate(row)
    assert found is not None  # noqa: S101 - an upsert that returns has a row
    return found


async def by_code(conn: Connection, code: str) -> Certificate | None:
    """The certificate of a code as it is kept, with its dashes; None for none."""
    return _certificate(await conn.fetchrow("SELECT * FROM certificates WHERE code = $1", code))


async def revoke(conn: Connection, code: str, because: RevokedBecause, at: datetime) -> Certificate | None:
    """Revoke a certificate; None where there is none. Repeating it changes nothing: the first reason holds."""
    row = await conn.fetchrow(
        """
        UPDATE certificates
        SET revoked_at = coalesce(revoked_at, $2), revoked_because = coalesce(revoked_because, $3)
        WHERE code = $1 RETURNING *
        """,
        code,
        at,
        because,
    )
    return _certificate(row)


async def restore(conn: Connection, code: str) -> Certificate | None:
    """A certificate was revoked by mistake, and holds again; None where there is none. Repeating changes nothing."""
    row = await conn.fetchrow(
        "UPDATE certificates SET revoked_at = NULL, revoked_because = NULL WHERE code = $1 RETURNING *", code
    )
    return _certificate(row)


async def perhaps_earned(conn: Connection, person: str) -> list[tuple[str, str]]:
    """Cohort and enrolment, or course and booking, where somebody may have earned a certificate that stands.

    Who is on leave may have completed the course before: the facts decide.
    """
    rows = await conn.fetch(
        """
        SELECT subject, about
        FROM (SELECT cohort AS subject, enrolment AS about FROM enrolments
              WHERE person = $1
                AND state IN ('training_complete', 'practising', 'on_leave', 'lapsed', 'refreshing', 'alumnus')
              UNION ALL SELECT course, booking FROM bookings WHERE person = $1 AND state = 'attended') AS places
        LEFT JOIN certificates USING (subject, about)
        WHERE revoked_at IS NULL ORDER BY subject, about
        """,
        person,
    )
    return [(row["subject"], row["about"]) for row in rows]


def _certificate(row: asyncpg.Record | None) -> Certificate | None:
    if row is None:
        return None
    because = row["revoked_because"]
    return Certificate(**{**row, "revoked_because": RevokedBecause(because) if because else None})
