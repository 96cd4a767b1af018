"""Each day, what the plans said should happen is compared with what did."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pytest

from benchmarks.made_up import known
from lifecycle.gathering import Subject
from operations.accounting import NOTICE, WEEKLY_MAIL, Accounts, account
from operations.worklist import of_the_operator
from records import digests, incidents, notices, offices
from records.accounts import Accounted, made
from records.database import Connection, Pool
from records.offices import Mailbox
from records.subjects import Subjects
from schemas.engagement_facts import AgreementSigned, EndedEarly, SessionHeld
from schemas.facts import Fact
from schemas.incidents import Finding, IncidentKind
from schemas.recording import RecordFact
from schemas.words import EndReason, Role
from tests.lifecycle.lives import local, proposed

ENGAGEMENT = "sheffield.2026-autumn.P01"
OFFICE = "sheffield.office"
OTHER = "sheffield.2026-autumn.P02"
BEGAN = local("2026-08-10")
THURSDAY = datetime(2026, 9, 17, 12, 0, tzinfo=UTC)
"""The course began ten days ago, and nobody has signed."""


@dataclass
class Records:
    """What an engine would have written, had it run until a moment."""

    pool: Pool
    subjects: Subjects = field(default_factory=Subjects)
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    done: dict[str, dict[str, datetime]] = field(default_factory=dict)

    async def told(self, name: str, fact: Fact, at: datetime) -> None:
        """A fact, recorded at a moment."""
        told = self.facts.setdefault(name, [])
        async with self.pool.acquire() as conn:
            asked = RecordFact.model_validate({"subject": name, "fact": fact, "recorded_at": at, "known": len(told)})
            await known(conn, name, asked.fact)
            assert (await self.subjects.record(conn, asked)).answer is not None
        told.append(fact)

    async def begun(self, name: str = ENGAGEMENT, at: datetime = BEGAN) -> None:
        """An engagement that was proposed."""
        await self.told(name, proposed(event_id=f"{name}:opening", enrolment=name, occurred_at=at), at)

    async def signed(self) -> None:
        """Everybody agreed to the engagement at once, so that its sessions are asked after."""
        for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD):
            fact = AgreementSigned(event_id=f"signed-{role}", occurred_at=BEGAN, role=role)
            await self.told(ENGAGEMENT, fact, BEGAN)

    async def run(self, name: str, until: datetime) -> None:
        """Carry out on the minute whatever falls due."""
        done = self.done.setdefault(name, {})
        at = max([BEGAN, *done.values()])
        while True:
            subject = Subject.of(self.facts[name], done, at)
            ahead = subject.book.upcoming(subject.state, done)
            if not ahead or ahead[0].at > until:
                return
            at = max(ahead[0].at, at)
            subject = Subject.of(self.facts[name], done, at)
            keys = [item.key for item in subject.book.due(subject.state, done)]
            async with self.pool.acquire() as conn:
                await self.subjects.carry_out(conn, name, at, len(self.facts[name]), keys)
            done.update(dict.fromkeys(keys, at))


@pytest.fixture
def records(pool: Pool) -> Records:
    """Fresh records."""
    return Records(pool)


@pytest.fixture
async def conn(pool: Pool) -> AsyncIterator[Connection]:
    """A connection to them."""
    async with pool.acquire() as connection:
        yield connection


def of(kind: str, found: Accounts | None) -> Accounted:
    """One kind's account."""
    assert found is not None
    return next(account for account in found.kinds if account.kind == kind)


async def missing(conn: Connection, kind: str | None = None) -> list[Finding]:
    """What is missing, or is of one kind, as incidents."""
    found = [kept.finding for kept in await incidents.open_of(conn)]
    return [finding for finding in found if kind in {finding.key, None}]


async def test_what_was_carried_out_is_accounted_for(records: Records, conn: Connection) -> None:
    """An engine that runs leaves nothing to be said, day after day."""
    await records.begun()
    await records.signed()
    numbers = []
    for days in range(75):
        noon = datetime(2026, 8, 11, 12, tzinfo=UTC) + timedelta(days=days)
        await records.run(ENGAGEMENT, noon)
        found = await account(records.pool, noon)
        assert of("engagement", found).overdue == 0, noon
        numbers.append(of("engagement", found).done)
    assert sum(numbers) > 10
    assert await missing(conn, "engagement") == []


async def test_what_nobody_carries_out_is_an_incident(records: Records, conn: Connection) -> None:
    """With how much was expected, how much is missing and of whom; and it is over when it was done."""
    await records.begun()
    await records.begun(OTHER)
    await records.run(OTHER, THURSDAY)
    found = of("engagement", await account(records.pool, THURSDAY))
    assert found.overdue > 0
    assert found.expected == found.done + found.overdue
    (finding,) = await missing(conn)
    assert (finding.kind, finding.key) == (IncidentKind.UNACCOUNTED, "engagement")
    assert finding.facts["overdue"] == f"{found.overdue}"
    assert finding.facts["subjects"] == ENGAGEMENT
    (line,) = await of_the_operator(conn, THURSDAY)
    assert "Due by Thursday 17 September 2026 at midday (engagement): 1. Not done: 1, including" in line.evidence[0]

    await records.run(ENGAGEMENT, THURSDAY + timedelta(minutes=5))
    assert await account(records.pool, THURSDAY + timedelta(minutes=59)) is None
    found = of("engagement", await account(records.pool, THURSDAY + timedelta(hours=1)))
    assert found.overdue == 0
    assert await missing(conn) == []


async def test_a_day_is_accounted_for_once_unless_somebody_asks(records: Records, conn: Connection) -> None:
    """From noon on; before that the day before is."""
    assert await account(records.pool, THURSDAY)
    assert await account(records.pool, THURSDAY + timedelta(hours=11)) is None
    assert await account(records.pool, THURSDAY + timedelta(hours=23)) is None
    assert await account(records.pool, THURSDAY, anew=True)
    assert await account(records.pool, THURSDAY + timedelta(hours=24))
    assert await made(conn, date(2026, 9, 16)) is None
    assert await made(conn, date(2026, 9, 18)) == (THURSDAY + timedelta(hours=24), 0)


async def test_what_is_no_longer_planned_is_not_missing(records: Records, conn: Connection) -> None:
    """While nobody ran anything a team has ended: nothing need happen any more. What was done before stays done."""
    await records.begun()
    await records.run(ENGAGEMENT, THURSDAY - timedelta(days=9))
    ended = EndedEarly(event_id="ended", occurred_at=THURSDAY - timedelta(minutes=20), reason=EndReason.OTHER)
    await records.told(ENGAGEMENT, ended, THURSDAY - timedelta(minutes=20))
    await account(records.pool, THURSDAY)
    assert await missing(conn) == []


async def test_what_comes_to_be_due_by_a_late_update_has_its_time(records: Records, conn: Connection) -> None:
    """A session of long ago is told at night: what follows from it was not due before, and is not sent at night."""
    await records.begun()
    await records.signed()
    noon = datetime(2026, 11, 12, 12, tzinfo=UTC)
    night = noon - timedelta(hours=15)
    await records.run(ENGAGEMENT, night)
    held = SessionHeld(event_id="held", occurred_at=night - timedelta(weeks=6), day=date(2026, 9, 29))
    await records.told(ENGAGEMENT, held, night)
    await account(records.pool, night + timedelta(hours=5), anew=True)
    assert await missing(conn, "engagement") == []


async def test_nothing_is_missing_where_nothing_is_sent(records: Records, conn: Connection) -> None:
    """On a Saturday nothing is overdue that waits for Monday."""
    await records.begun()
    await records.run(ENGAGEMENT, datetime(2026, 9, 18, 17, tzinfo=UTC))
    await account(records.pool, datetime(2026, 9, 19, 12, tzinfo=UTC))
    await account(records.pool, datetime(2026, 9, 20, 12, tzinfo=UTC))
    assert await missing(conn) == []


async def test_mail_that_waits_too_long_is_missing(records: Records, conn: Connection) -> None:
    """Eight days after it should have gone; settled, it is accounted for."""
    await records.begun()
    await records.signed()
    later = THURSDAY + timedelta(days=28)
    await records.run(ENGAGEMENT, later)
    assert of(NOTICE, await account(records.pool, later)).overdue > 0
    assert len(await missing(conn)) == len(await missing(conn, NOTICE)) == 1
    for waiting in await notices.waiting(conn, ENGAGEMENT):
        await notices.settle(conn, waiting, "failed", later, failure="smtp_550")
    await account(records.pool, later, anew=True)
    assert await missing(conn) == []


async def test_an_office_without_its_weekly_mail_is_missed(records: Records, conn: Connection) -> None:
    """From noon of the day on which it should have come, while anything of the academy was open by then."""
    await offices.keep(conn, "sheffield", Mailbox("The office", "office@example.org"), BEGAN, anew=False)
    await records.begun()

    async def missed(day: int) -> bool:
        noon = datetime(2026, 9, day, 12, tzinfo=UTC)
        await records.run(ENGAGEMENT, noon)
        await account(records.pool, noon, anew=True)
        return bool(await missing(conn, WEEKLY_MAIL))

    async def sent(day: int, status: Literal["sent", "failed"] = "sent") -> None:
        week, at = date(2026, 9, day), datetime(2026, 9, day, 8, tzinfo=UTC)
        await digests.begin(conn, "sheffield", week, at, [OFFICE])
        said = {"message_id": "x", "failure": None if status == "sent" else "smtp_550"}
        await digests.settle(conn, OFFICE, week, at, status=status, **said, lines=1, withheld=0)

    assert not await missed(2)
    await sent(7)
    assert [await missed(day) for day in (7, 8, 13)] == [False] * 3
    assert await missed(14)
    await sent(14, "failed")
    assert not await missed(15)
