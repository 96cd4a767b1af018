"""Whether a certificate is valid now: it was not revoked, and the facts still say that it was earned."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lifecycle.certificate import Earned, earned
from lifecycle.dates import Clock, clock_of
from lifecycle.gathering import Subject
from operations import certificate_codes
from operations.callers import Caller
from records import audit, certificates, ledger, pages
from records.certificates import Certificate, RevokedBecause
from records.database import Connection
from records.zones import zone_of
from schemas.grants import Managing
from schemas.programme import DEFAULT_ZONE
from schemas.recording import Ledger


class Status(StrEnum):
    """What stands of a certificate."""

    VALID = "valid"
    """It was earned, and stands."""

    REVOKED = "revoked"
    """Somebody has revoked it."""

    NOT_EARNED = "not_earned"
    """What it was issued for was corrected since."""

    ERASED = "erased"
    """It stands, and nobody knows any more whose it is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate as it stands now. ``name`` is None for somebody who was erased."""

    certificate: Certificate
    earned: Earned | None
    name: str | None
    zone: str = DEFAULT_ZONE

    @property
    def clock(self) -> Clock:
        """The clock of what it was earned at."""
        return clock_of(self.zone)

    @property
    def issued_on(self) -> str:
        """The day it was issued, in words."""
        return self.clock.date(self.certificate.issued_at)

    @property
    def status(self) -> Status:
        """What stands of it."""
        if self.certificate.revoked_at is not None:
            return Status.REVOKED
        if self.earned is None:
            return Status.NOT_EARNED
        return Status.ERASED if self.name is None else Status.VALID


async def by_code(conn: Connection, written: str, present: datetime) -> Standing | None:
    """The certificate of a code as somebody wrote it; None for none."""
    code = certificate_codes.read(written)
    found = await certificates.by_code(conn, code) if code else None
    return await of(conn, found, present) if found else None


async def of(conn: Connection, certificate: Certificate, present: datetime) -> Standing:
    """What stands of a certificate. One of somebody else than the facts now say was not earned."""
    found = await earned_now(conn, certificate.subject, certificate.about, present)
    holder = await pages.reader(conn, certificate.person)
    theirs = {certificate.person} | ({holder.person} if holder else set())
    mine = found if found is not None and found.person in theirs else None
    zone = await zone_of(conn, certificate.subject)
    return Standing(certificate, mine, holder.name if holder else None, zone)


async def earned_now(conn: Connection, subject: str, about: str, present: datetime) -> Earned | None:
    """What an enrolment or booking has earned by what is recorded; None for nothing, or nothing of that id."""
    kept = await ledger.load(conn, subject)
    return await asyncio.to_thread(_earned, kept, about, present) if kept.facts else None


async def issue(conn: Connection, subject: str, about: str, person: str, present: datetime) -> Certificate:
    """The certificate of who has earned it: with a new code when it is first looked at, the same ever after."""
    found = await certificates.issued(conn, subject, about)
    return found or await certificates.issue(
        conn, Certificate(certificate_codes.make(), subject, about, person, present)
    )


async def earned_by(conn: Connection, person: str, present: datetime) -> list[tuple[str, str, Earned]]:
    """Subject, enrolment or booking, and what was earned there, of everything that somebody has earned."""
    found = []
    for subject, about in await certificates.perhaps_earned(conn, person):
        award = await earned_now(conn, subject, about, present)
        if award is not None and award.person == person:
            found.append((subject, about, award))
    return found


async def revoke(
    conn: Connection, certificate: Certificate, because: RevokedBecause, *, by: Caller, at: datetime
) -> None:
    """Revoke a certificate, and note who did. Repeating it keeps the first reason. Raises NotAllowedError."""
    by.require(Managing.CERTIFICATES, certificate.subject)
    async with conn.transaction():
        await audit.note(
            conn, at, by.id, by.door, f"certificate {certificate.code} revoke {because}", certificate.subject
        )
        await certificates.revoke(conn, certificate.code, because, at)


async def restore(conn: Connection, certificate: Certificate, *, by: Caller, at: datetime) -> None:
    """A revoked certificate stands again; who said so is noted. Raises NotAllowedError."""
    by.require(Managing.CERTIFICATES, certificate.subject)
    async with conn.transaction():
        await audit.note(conn, at, by.id, by.door, f"certificate {certificate.code} restore", certificate.subject)
        await certificates.restore(conn, certificate.code)


def _earned(kept: Ledger, about: str, present: datetime) -> Earned | None:
    # A rehearsed clock is ahead of ours.
    now = max((present, *(fact.occurred_at for fact in kept.facts)))
    return earned(Subject.of(kept.facts, kept.done, now).state, about)
