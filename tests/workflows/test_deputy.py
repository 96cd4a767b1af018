"""What the office does not answer reaches its deputy, whoever that is by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from operations.offices import join_office, leave_office, name_deputy
from operations.people import erase
from records import notices, offices
from schemas.engagement_facts import CoachLeft
from schemas.roster import Contact
from tests.workflows.subjects import COACH, TESTER, Academy, Engagement, now

DANA = Contact("Dana Deputy", "dana@example.org")


async def address(academy: Academy, life: Engagement) -> str | None:
    """Where the mail to the deputy would go now."""
    ids = await academy.pool.fetch("SELECT notice FROM notices WHERE matter = 'office_overdue'")
    async with academy.pool.acquire() as conn:
        await conn.execute("UPDATE notices SET status = 'waiting', settled_at = NULL, failure = NULL")
        letters = await notices.letters(conn, [row["notice"] for row in ids])
    assert {(letter.subject, letter.notice.person) for letter in letters} == {(life.name, "sheffield.deputy")}
    return letters[0].recipient_address


async def test_the_deputy_hears_of_a_vacancy_that_the_office_leaves_open(academy: Academy) -> None:
    """Faculty was asked for two weeks, the office after that; who is the deputy is known when the mail goes."""
    life = await academy.engagement()
    await life.told(CoachLeft, person=COACH)
    await life.advance(await life.clock() + timedelta(weeks=4))
    assert await academy.pool.fetchval("SELECT count(*) FROM notices WHERE matter = 'office_overdue'") == 0
    await life.advance(await life.clock() + timedelta(weeks=3))
    assert await address(academy, life) is None
    await name_deputy(academy.engine, TESTER, "sheffield", DANA)
    assert await address(academy, life) == "dana@example.org"
    await erase(academy.engine, TESTER, "sheffield", "dana@example.org", now())
    assert await address(academy, life) is None


async def test_members_come_and_go_and_are_forgotten(academy: Academy) -> None:
    """Erasing one takes them out of the office."""

    async def staff() -> set[tuple[str, str | None]]:
        async with academy.pool.acquire() as conn:
            return {(one.part, one.address) for one in await offices.staff(conn, "sheffield")}

    before = replace(academy.engine, clock=lambda: now() - timedelta(minutes=2))
    for name in ("olga", "omar", "dana"):
        await join_office(before, TESTER, "sheffield", Contact(name.title(), f"{name}@example.org"))
    await name_deputy(academy.engine, TESTER, "sheffield", DANA)
    await leave_office(academy.engine, TESTER, "sheffield", "Omar@example.org")
    assert await staff() == {
        ("member", "olga@example.org"),
        ("member", "dana@example.org"),
        ("deputy", "dana@example.org"),
    }
    heard = await erase(academy.engine, TESTER, "sheffield", "dana@example.org", now())
    assert heard is not None
    assert heard.told == ("sheffield",)
    assert await staff() == {("member", "olga@example.org")}
