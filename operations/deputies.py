"""An office that cannot be reached is an incident, and its deputy hears of it by mail, once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import structlog

from activities.mail import Mail
from activities.mailer import Mailer, Outcome
from activities.short_mails import ShortMail
from lifecycle.academy import office_away
from lifecycle.calendar import calendar
from lifecycle.dates import clock_of
from lifecycle.gathering import Subject
from records import incidents, ledger, offices
from records.database import SECONDS_TO_ACQUIRE, Connection, Pool
from records.incidents import ForDeputy
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.incidents import Finding, IncidentKind
from schemas.programme import QuietHours
from schemas.words import HolidayDivision

_KINDS: Final = (IncidentKind.OFFICE_UNREACHABLE, IncidentKind.OFFICE_AWAY)
_FOUND: Final = (*_KINDS, IncidentKind.NO_DEPUTY)

_log = structlog.stdlib.get_logger("deputies")


async def look_at_offices(pool: Pool, at: datetime) -> None:
    """Find the offices whose mail fails, those whose people are all on leave, and those with nobody above them."""
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn, conn.transaction():
        alone = [Finding(kind=IncidentKind.NO_DEPUTY, subject=academy) for academy in await offices.unheard(conn, at)]
        found = [*await _failing(conn, at), *await _away(conn, at), *alone]
        await incidents.open_incidents(conn, found, at)
        await incidents.close_others(conn, _FOUND, found, at)


async def _failing(conn: Connection, at: datetime) -> list[Finding]:
    return [
        Finding(
            kind=IncidentKind.OFFICE_UNREACHABLE,
            subject=office.academy,
            facts={"since": office.since.isoformat(), "failure": office.failure},
        )
        for office in await offices.failing(conn, at)
    ]


async def _away(conn: Connection, at: datetime) -> list[Finding]:
    known = await ledger.as_known(conn, set(await offices.with_members(conn)))
    back = {
        academy: office_away(Subject.of(held.facts, held.done, at).state)
        for academy, held in sorted(known.items())
        if held.facts
    }
    return [
        Finding(kind=IncidentKind.OFFICE_AWAY, subject=academy, facts={"until": day.isoformat()})
        for academy, day in back.items()
        if day is not None
    ]


async def tell_deputies(pool: Pool, mailer: Mailer, at: datetime) -> int:
    """How many mails went: within hours, one an incident. What did not go is tried again the next time."""
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        untold = await incidents.untold_to_deputies(conn, _KINDS)
    told = 0
    for each in untold:
        days = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, each.incident.zone, QuietHours())
        if days.sendable(at) != at:
            continue
        async with mailer.connection() as connection:
            posted = await connection.send(mail_to(each, at))
        _log.info("deputies.told", academy=each.incident.academy, outcome=posted.outcome, failure=posted.failure)
        if posted.outcome is Outcome.SENT:
            async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
                await incidents.deputy_told(conn, each.incident.id, at)
            told += 1
    return told


def mail_to(each: ForDeputy, at: datetime) -> Mail:
    """What a deputy reads, in the language of their academy."""
    finding, clock = each.incident.finding, clock_of(each.incident.zone)
    mail, facts = ShortMail.called("deputy", each.language), finding.facts
    until = mail.phrases.day(date.fromisoformat(facts["until"])) if "until" in facts else ""
    since = mail.phrases.moment(clock.local(datetime.fromisoformat(facts["since"]))) if "since" in facts else ""
    said = {"academy": finding.subject, "until": until, "since": since}
    return Mail(
        key=f"deputy/{each.incident.id}/{each.incident.since:%Y%m%dT%H%M%S}",
        to_name=each.name,
        to_address=each.address,
        reply_name="",
        reply_address=None,
        subject=mail.subject(**said),
        text=mail.plain(each.name, **said),
        html="",
        at=at,
    )
