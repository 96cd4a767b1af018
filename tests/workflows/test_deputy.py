"""What the office does not answer reaches its deputy, whoever that is by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from activities.mail import read_address
from activities.mailer import Mailer, Server
from operations.deputies import look_at_offices, tell_deputies
from operations.erasing import erase
from operations.leaves import Away, agree_leave
from operations.offices import join_office, leave_office, name_deputy
from records import bounces, digests, incidents, notices, offices
from schemas.engagement_facts import CoachLeft
from schemas.facts import Teller
from schemas.roster import Contact
from schemas.words import Role
from tests.activities.mail_servers import Behaviour, mail_server
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


async def dana_of(academy: Academy) -> str:
    """Who Dana is."""
    person: str = await academy.pool.fetchval("SELECT person FROM people WHERE address = $1", DANA.email)
    return person


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
    await erase(academy.engine, TESTER, await dana_of(academy), now())
    assert await address(academy, life) is None


async def test_members_come_and_go_and_are_forgotten(academy: Academy) -> None:
    """Erasing one takes them out of the office."""

    async def staff() -> set[tuple[str, str | None]]:
        async with academy.pool.acquire() as conn:
            return {(one.part, one.address) for one in await offices.staff(conn, "sheffield")}

    before = replace(academy.engine, clock=lambda: now() - timedelta(minutes=2))
    for member in (Contact("Olga", "olga@example.org"), Contact("Omar", "omar@example.org"), DANA):
        await join_office(before, TESTER, "sheffield", member)
    await name_deputy(academy.engine, TESTER, "sheffield", DANA)
    await leave_office(academy.engine, TESTER, "sheffield", "Omar@example.org")
    assert await staff() == {
        ("member", "olga@example.org"),
        ("member", "dana@example.org"),
        ("deputy", "dana@example.org"),
    }
    done = await erase(academy.engine, TESTER, await dana_of(academy), now())
    assert done is not None
    assert done.heard.told == ("sheffield",)
    assert await staff() == {("member", "olga@example.org")}


def working_day(ahead: int) -> datetime:
    """Midday of the Tuesday so many weeks ahead that is no bank holiday."""
    day = now() + timedelta(weeks=ahead)
    day += timedelta(days=-day.weekday() + 1)
    return day.replace(hour=12, minute=0, second=0)


async def test_an_office_all_on_leave_is_told_to_its_deputy_once(academy: Academy) -> None:
    """While one is there nobody is; when somebody is back it is over."""
    before = replace(academy.engine, clock=lambda: now() - timedelta(minutes=2))
    for name in ("olga", "omar"):
        await join_office(before, TESTER, "sheffield", Contact(name.title(), f"{name}@example.org"))
    await name_deputy(before, TESTER, "sheffield", DANA)
    at = working_day(3)

    async def found() -> list[str]:
        await look_at_offices(academy.pool, at)
        async with academy.pool.acquire() as conn:
            return [one.finding.kind for one in await incidents.open_of(conn, "sheffield")]

    async with academy.pool.acquire() as conn:
        members = [one.person for one in await offices.staff(conn, "sheffield") if one.part == "member"]
    for person, expected in zip(members, ([], ["office_away"]), strict=True):
        first, last = at.date() - timedelta(days=3), at.date() + timedelta(days=3)
        heard = await agree_leave(
            academy.engine, TESTER, Away("sheffield", person, first, last, now(), Teller(role=Role.OFFICE))
        )
        assert heard.told == ("sheffield",)
        assert await found() == expected
    server = Behaviour()
    async with mail_server(server) as port:
        mailer = Mailer(Server("127.0.0.1", port), read_address("engine@example.org"))
        assert await tell_deputies(academy.pool, mailer, at.replace(hour=3)) == 0
        assert [await tell_deputies(academy.pool, mailer, at) for _ in range(2)] == [1, 0]
    (mail,) = server.taken
    assert mail["To"].addresses[0].addr_spec == "dana@example.org"
    assert "Everyone who works in the programme office at sheffield is on leave until" in str(mail.get_body(("plain",)))
    at += timedelta(weeks=1)
    assert await found() == []


async def test_an_office_whose_mail_comes_back_is_an_incident_until_it_is_mended(academy: Academy) -> None:
    """A weekly mail that said nothing counts as well."""
    at = now()
    mailbox = offices.Mailbox("Programme office", "office@example.org")
    async with academy.pool.acquire() as conn:
        await offices.keep(conn, "sheffield", mailbox, at - timedelta(days=3), anew=True)
        await digests.begin(conn, "sheffield", at.date(), at - timedelta(days=1), ["sheffield.office"], quiet=True)
        await digests.settle(
            conn, "sheffield.office", at.date(), at - timedelta(days=1), status="sent", message_id="<m@example.org>",
            failure=None, lines=0, withheld=0,
        )  # fmt: skip
        await look_at_offices(academy.pool, at)
        assert await incidents.open_of(conn, "sheffield") == []
        await bounces.came_back(conn, "<m@example.org>", at, "bounced_5.1.1")
        await look_at_offices(academy.pool, at)
        assert [one.finding.kind for one in await incidents.open_of(conn, "sheffield")] == ["office_unreachable"]
        await offices.keep(conn, "sheffield", offices.Mailbox("Office", "new@example.org"), at, anew=True)
        await look_at_offices(academy.pool, at)
        assert await incidents.open_of(conn, "sheffield") == []
