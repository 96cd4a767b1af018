"""Notices: issued once, written with the names of the moment, settled once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from records import admitting, notices, people, projections, views
from records.database import Connection, Pool
from records.notices import Letter
from schemas.due import Notice
from schemas.rows import CohortRow, EngagementPersonRow
from schemas.words import Act, CohortStage, Matter, Role
from tests.records.telling import COHORT, ENGAGEMENT, START, at, changes, engagement

COACH = admitting.Person("Coach Alder", "coach.alder@example.org", "Teaching Hospitals", "nurse")
OFFICE = admitting.Person("Programme office", "office@example.org")


def notice(person: str, **changed: Any) -> Notice:
    """An ask to a coach whether the first session happened."""
    plain: dict[str, Any] = {
        "person": person,
        "role": Role.COACH,
        "act": Act.ASK,
        "matter": Matter.SESSION,
        "window": "2026-10-05",
        "turn": Role.COACH,
        "reason": "session_asked",
        "about": START.date(),
        "starts_at": START,
        "answer_by": at(9),
        "number": 2,
        "detail": "weekly",
    }
    return Notice(**(plain | changed))


@pytest.fixture
async def conn(pool: Pool) -> AsyncIterator[Connection]:
    """A connection."""
    async with pool.acquire() as connection:
        yield connection


@pytest.fixture
async def known(conn: Connection) -> admitting.Admitted:
    """A coach, an office, their cohort and an engagement."""
    admitted = await admitting.admit(conn, "sheffield", START, admitting.Roster((COACH, OFFICE), ("Respiratory ward",)))
    row = engagement(microsystem=admitted.microsystems["Respiratory ward"])
    coach = EngagementPersonRow(role=Role.COACH, person=admitted.people[COACH.address])
    await projections.write(conn, ENGAGEMENT, START, *changes(row, coach))
    cohort = CohortRow(
        cohort=COHORT,
        academy="sheffield",
        stage=CohortStage.PLANNED,
        course_start=START.date(),
        programme="sheffield-mca/1",
        calendar="uk-2026-11",
        zone="Europe/London",
        office=admitted.people[OFFICE.address],
    )
    await projections.write(conn, COHORT, START, *changes(cohort))
    return admitted


async def test_a_notice_is_issued_once(pool: Pool) -> None:
    """Ten that issue it at once get the same id; another step, person or subject is another notice."""

    async def issue(*asked: Notice, subject: str = ENGAGEMENT) -> list[str]:
        async with pool.acquire() as conn:
            return await notices.issue(conn, subject, at(1), asked)

    ids = await asyncio.gather(*(issue(notice("per_1")) for _ in range(10)))
    assert ids == [ids[0]] * 10
    await issue(notice("per_1", step=1), notice("per_2"), notice("per_2"))
    await issue(notice("per_1"), subject=COHORT)
    assert await pool.fetchval("SELECT count(*) FROM notices") == 4
    assert await issue() == []


async def test_a_letter_has_the_names_of_the_moment(conn: Connection, known: admitting.Admitted) -> None:
    """Who moved gets it at the new address; team, coach and office are named."""
    person = known.people[COACH.address]
    asked = notice(person)
    ids = await notices.issue(conn, ENGAGEMENT, at(1), (asked,))
    await people.change_address(conn, person, "alder@example.net", at(2))
    assert await notices.letters(conn, ids) == [
        Letter(
            id=ids[0],
            subject=ENGAGEMENT,
            notice=asked,
            recipient_name="Coach Alder",
            recipient_address="alder@example.net",
            team_name="Respiratory ward",
            coach_name="Coach Alder",
            office_name="Programme office",
            office_address="office@example.org",
            cohort_label="2026-autumn",
            links_epoch=1,
        )
    ]


async def test_a_letter_of_a_cohort_names_no_team(conn: Connection, known: admitting.Admitted) -> None:
    """A cohort's notice comes from its office, about no team."""
    ids = await notices.issue(conn, COHORT, at(1), (notice(known.people[OFFICE.address], role=Role.OFFICE),))
    (letter,) = await notices.letters(conn, ids)
    assert (letter.team_name, letter.coach_name) == (None, None)
    assert (letter.office_address, letter.cohort_label) == ("office@example.org", "2026-autumn")


async def test_a_settled_notice_is_no_longer_sent(conn: Connection) -> None:
    """Neither issuing nor asking for it again brings it back, and the first word on it holds."""
    asked = [notice(person) for person in ("per_1", "per_2", "per_3", "per_4")]
    ids = await notices.issue(conn, ENGAGEMENT, at(1), asked)
    await notices.settle(conn, ids[0], "sent", at(2), message_id="<1@example.org>")
    await notices.settle(conn, ids[0], "failed", at(3), failure="550")
    await notices.settle(conn, ids[1], "failed", at(2), failure="550")
    await notices.settle(conn, ids[2], "withdrawn", at(2))
    assert await notices.issue(conn, ENGAGEMENT, at(4), asked) == [ids[3]]
    assert await notices.waiting(conn, ENGAGEMENT) == [ids[3]]
    assert [letter.id for letter in await notices.letters(conn, ids)] == [ids[3]]
    assert [(line.notice, line.status) for line in await views.unsent(conn, ENGAGEMENT)] == [
        (notice_id, status) for notice_id, status in sorted([(ids[1], "failed"), (ids[3], "waiting")])
    ]
    assert await conn.fetchval("SELECT status FROM notices WHERE notice = $1", ids[0]) == "sent"


async def test_who_settles_accounts_for_it(conn: Connection) -> None:
    """Sent needs a message id, failed a failure."""
    (issued,) = await notices.issue(conn, ENGAGEMENT, at(1), (notice("per_1"),))
    for status in ("sent", "failed"):
        with pytest.raises(asyncpg.CheckViolationError):
            await notices.settle(conn, issued, status, at(2))
