"""Carrying out what is due: real records, real mail, and every way in which either goes wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.headerregistry import Address

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import mailer as mailer_module
from activities.digests import DigestActivities
from activities.mail import read_address
from activities.mailer import Mailer, Server
from activities.notices import MAIL_WAITING, NoticeActivities
from activities.signatures import CarriedOut, CarryOut, Deliver, DigestsSent, SendDigests
from operations.deputies import look_at_offices
from records import incidents, projections, worklist
from records.admitting import Person, Roster, admit
from records.database import Pool
from schemas.corrections import EngagementFact
from schemas.due import Notice
from schemas.engagement_facts import AgreementSigned, CoachAssigned, CoachPart, SessionHeld
from schemas.incidents import IncidentKind
from schemas.rows import EngagementPersonRow, EngagementRow, Row
from schemas.words import Act, Health, Matter, Phase, Role, Stage
from tests.activities import said
from tests.activities.mail_servers import Behaviour, free_port, mail_server
from tests.activities.said import ENGAGEMENT
from tests.lifecycle import lives
from tests.records.telling import changes, record, told

AT = datetime(2026, 10, 6, 10, 0, tzinfo=UTC)
SENDER = read_address("coaching@example.org")


class People:
    """The opaque ids of those in these tests."""

    def __init__(self, ids: dict[str, str]) -> None:
        self.coach = ids["anna@example.org"]
        self.faculty = ids["frank@example.org"]
        self.office = ids["office@example.org"]


@pytest.fixture
async def people(pool: Pool) -> People:
    """A coach, a faculty member and an office, and the engagement they belong to."""
    named = {
        "anna@example.org": "Anna Example",
        "frank@example.org": "Frank Sample",
        "office@example.org": "The Office",
    }
    async with pool.acquire() as connection:
        roster = Roster(tuple(Person(name, address) for address, name in named.items()), ("Ward 12",))
        admitted = await admit(connection, "sheffield", AT, roster)
    known = People(admitted.people)
    row = EngagementRow(
        engagement=ENGAGEMENT,
        cohort="sheffield.2026-autumn",
        enrolment=ENGAGEMENT,
        microsystem=admitted.microsystems["Ward 12"],
        stage=Stage.ACTION,
        phase=Phase.ACTION,
        health=Health.ON_TRACK,
        turn=Role.COACH,
        next_due=AT,
        next_matter=Matter.SESSION,
        next_act=Act.ASK,
        next_rule="session_asked",
        programme="sheffield-mca@1",
        calendar="uk-2026-11",
        zone="Europe/London",
        course_start=date(2026, 10, 5),
    )
    roles = {Role.COACH: known.coach, Role.FACULTY: known.faculty, Role.OFFICE: known.office}
    rows: tuple[Row, ...] = (row, *(EngagementPersonRow(role=role, person=person) for role, person in roles.items()))
    await pool_write(pool, *rows)
    return known


async def pool_write(pool: Pool, *rows: Row) -> None:
    """The engagement's rows."""
    async with pool.acquire() as connection:
        await projections.write(connection, ENGAGEMENT, AT, *changes(*rows))


def mailer_to(port: int) -> Mailer:
    """The way out to a server on this machine."""
    return Mailer(Server(host="127.0.0.1", port=port), SENDER)


def notice(
    person: str, matter: Matter = Matter.SESSION, role: Role = Role.COACH, *, window: str = "2026-10-06"
) -> Notice:
    """A notice as the rules make it."""
    return Notice(
        person=person,
        role=role,
        act=Act.ASK,
        matter=matter,
        window=window,
        turn=role,
        reason="session.asked",
        about=date(2026, 10, 6),
        starts_at=datetime(2026, 10, 6, 8, 0, tzinfo=UTC),
    )


async def carry_out(activities: NoticeActivities, notices: Sequence[Notice] = ()) -> CarriedOut:
    """Carry out one due item with these notices, as the worker would."""
    return await said.carry_out(activities, AT, *notices)


async def statuses(pool: Pool) -> dict[str, str]:
    """What became of the notices, by matter."""
    rows = await pool.fetch("SELECT matter, status FROM notices")
    return {row["matter"]: row["status"] for row in rows}


async def test_what_is_due_is_noted_issued_and_sent(pool: Pool, people: People) -> None:
    """The mail names the team and the session as British readers write it; the notice is settled as sent."""
    server = Behaviour()
    async with mail_server(server) as port:
        done = await carry_out(NoticeActivities(pool, mailer_to(port)), [notice(people.coach)])
    [mail] = server.taken
    assert done == CarriedOut()
    assert mail["Subject"] == "Ward 12: Did your session on Tuesday 6 October 2026 at 9am go ahead?"
    assert mail["Date"].datetime == AT
    settled = await pool.fetchrow("SELECT status, message_id, settled_at FROM notices")
    assert settled is not None
    assert tuple(settled) == ("sent", mail["Message-ID"], AT)
    assert await pool.fetchval("SELECT count(*) FROM done_items") == 1


async def test_notices_to_one_person_at_one_moment_are_one_mail(pool: Pool, people: People) -> None:
    """The most urgent first; another person gets their own mail."""
    server = Behaviour()
    notices = [
        notice(people.coach, Matter.PROGRESS_TEAM),
        notice(people.coach, Matter.SESSION),
        notice(people.coach, Matter.ESCALATION),
        notice(people.faculty, Matter.ESCALATION, Role.FACULTY),
    ]
    async with mail_server(server) as port:
        await carry_out(NoticeActivities(pool, mailer_to(port)), notices)
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in server.taken}
    assert sorted(mails) == ["anna@example.org", "frank@example.org"]
    assert mails["anna@example.org"]["Subject"] == "How is Ward 12 doing? (and 2 more)"
    plain = mails["anna@example.org"].get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    places = [text.index(words) for words in ("How is Ward 12", "Did your session", "Your monthly score")]
    assert places == sorted(places)
    assert await pool.fetchval("SELECT count(*) FROM notices WHERE status = 'sent'") == 4


async def test_repeating_sends_nothing_twice(pool: Pool, people: People) -> None:
    """Whatever Temporal retries, one person hears one matter of one window once."""
    server = Behaviour()
    async with mail_server(server) as port:
        activities = NoticeActivities(pool, mailer_to(port))
        await carry_out(activities, [notice(people.coach)])
        await carry_out(activities, [notice(people.coach)])
        await carry_out(activities, [notice(people.coach), notice(people.faculty, Matter.REVIEW, Role.FACULTY)])
    assert [mail["To"].addresses[0].addr_spec for mail in server.taken] == ["anna@example.org", "frank@example.org"]


async def test_a_crash_after_the_server_accepted_sends_the_same_message_again(pool: Pool, people: People) -> None:
    """Cut off between acceptance and settling, the repeat carries the same Message-ID."""

    class Crashing(NoticeActivities):
        async def _settle(self, *_: object) -> None:
            raise asyncio.CancelledError

    server = Behaviour()
    async with mail_server(server) as port:
        with pytest.raises(asyncio.CancelledError):
            await carry_out(Crashing(pool, mailer_to(port)), [notice(people.coach)])
        await carry_out(NoticeActivities(pool, mailer_to(port)), [notice(people.coach)])
    first, second = server.taken
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_server_that_is_down_keeps_notices_waiting(pool: Pool, people: People) -> None:
    """Carrying out goes on; the ids of what waits are the answer, and delivering tries again until it succeeds."""
    port, server = free_port(), Behaviour()
    activities = NoticeActivities(pool, mailer_to(port))
    done = await carry_out(activities, [notice(people.coach)])
    assert list(done.waiting.values()) == ["session/2026-10-06/0"]
    assert await statuses(pool) == {"session": "waiting"}
    asked = Deliver(subject=ENGAGEMENT, notices=tuple(done.waiting), at=AT)
    with pytest.raises(ApplicationError, match="1 notice waits for the mail server: unreachable") as waits:
        await ActivityEnvironment().run(activities.deliver, asked)
    assert (waits.value.type, waits.value.non_retryable) == (MAIL_WAITING, False)
    async with mail_server(server, port=port):
        assert await ActivityEnvironment().run(activities.deliver, asked) == CarriedOut()
        assert await ActivityEnvironment().run(activities.deliver, asked) == CarriedOut()
    assert len(server.taken) == 1
    assert await statuses(pool) == {"session": "sent"}


async def test_begun_late_nothing_is_sent_that_was_not_judged_anew(pool: Pool, people: People) -> None:
    """The worker or the database was away for hours: by now it may be night, and people may have answered."""
    late = ActivityEnvironment()
    late.info = replace(late.info, started_time=late.info.scheduled_time + timedelta(hours=9))
    asked = CarryOut(subject=ENGAGEMENT, at=AT, known=1, items=(said.ITEM,))
    server = Behaviour()
    async with mail_server(server) as port:
        activities = said.saying(NoticeActivities(pool, mailer_to(port)), notice(people.coach))
        done = await late.run(activities.carry_out, asked)
        weekly = DigestActivities(pool, mailer_to(port))
        assert await late.run(weekly.send_digests, SendDigests(academy="sheffield", at=AT)) == DigestsSent(again_at=AT)
    assert server.taken == []
    assert list(done.waiting.values()) == ["session/2026-10-06/0"]
    assert await statuses(pool) == {"session": "waiting"}


async def test_what_the_server_took_nothing_of_for_days_has_failed(pool: Pool, people: People) -> None:
    """So it stands in the worklist, with its reason."""
    activities = NoticeActivities(pool, mailer_to(free_port()))
    waiting = tuple((await carry_out(activities, [notice(people.coach)])).waiting)
    asked = Deliver(subject=ENGAGEMENT, notices=(), at=AT + timedelta(days=5), withdrawn=waiting, given_up=True)
    await ActivityEnvironment().run(activities.deliver, asked)
    assert await statuses(pool) == {"session": "failed"}
    async with pool.acquire() as conn:
        (found,) = await worklist.unreachable(conn, "sheffield", AT + timedelta(days=5))
    assert (found.person, found.failure) == (people.coach, "given_up")


async def test_a_slow_server_keeps_nobody_from_work(
    pool: Pool, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its time the mail waits and the due item is done."""
    monkeypatch.setattr(mailer_module, "SEND_SECONDS", 0.2)
    async with mail_server(Behaviour(stalls=True)) as port:
        done = await carry_out(NoticeActivities(pool, mailer_to(port)), [notice(people.coach)])
    assert len(done.waiting) == 1
    assert await pool.fetchval("SELECT count(*) FROM done_items") == 1


async def test_one_bad_address_blocks_nobody_else(pool: Pool, people: People) -> None:
    """It is recorded as failed, counted, and not tried again; the other mail goes out; no address is in the record."""
    server = Behaviour(to_recipient={"anna@example.org": "550 5.1.1 <anna@example.org> no such mailbox"})
    notices = [notice(people.coach), notice(people.faculty, Matter.REVIEW, Role.FACULTY)]
    async with mail_server(server) as port:
        activities = NoticeActivities(pool, mailer_to(port))
        assert await carry_out(activities, notices) == CarriedOut(undeliverable=1)
        assert await carry_out(activities, notices) == CarriedOut()
    assert await statuses(pool) == {"session": "failed", "review": "sent"}
    assert await pool.fetchval("SELECT failure FROM notices WHERE status = 'failed'") == "smtp_550"


async def test_a_greylisted_recipient_waits_while_others_get_theirs(pool: Pool, people: People) -> None:
    """A temporary refusal of one recipient is that recipient's alone."""
    server = Behaviour(to_recipient={"anna@example.org": "451 4.7.1 come back later"})
    async with mail_server(server) as port:
        done = await carry_out(
            NoticeActivities(pool, mailer_to(port)),
            [notice(people.coach), notice(people.faculty, Matter.REVIEW, Role.FACULTY)],
        )
    assert len(done.waiting) == 1
    assert await statuses(pool) == {"session": "waiting", "review": "sent"}


async def test_who_was_erased_gets_no_mail(pool: Pool, people: People) -> None:
    """The person has become a stub without an address: the notice fails and the work goes on."""
    await pool.execute(
        "UPDATE people SET name = NULL, address = NULL, erased_at = $2 WHERE person = $1", people.coach, AT
    )
    async with mail_server(server := Behaviour()) as port:
        done = await carry_out(NoticeActivities(pool, mailer_to(port)), [notice(people.coach)])
    assert done == CarriedOut(undeliverable=1)
    assert await pool.fetchval("SELECT failure FROM notices") == "no_address"
    assert not server.taken


async def test_what_nobody_needs_any_more_is_withdrawn(pool: Pool, people: People) -> None:
    """An ask that was answered while the mail server was down is not sent."""
    port, server = free_port(), Behaviour()
    activities = NoticeActivities(pool, mailer_to(port))
    notices = [notice(people.coach), notice(people.coach, Matter.PROGRESS_TEAM)]
    waiting = (await carry_out(activities, notices)).waiting
    stale = await pool.fetchval("SELECT notice FROM notices WHERE matter = 'session'")
    async with mail_server(server, port=port):
        asked = Deliver(subject=ENGAGEMENT, notices=tuple(waiting), at=AT, withdrawn=(stale,))
        await ActivityEnvironment().run(activities.deliver, asked)
    assert await statuses(pool) == {"session": "withdrawn", "progress_team": "sent"}
    assert "monthly score" in server.taken[0]["Subject"]


async def asked_in_vain(activities: NoticeActivities, pool: Pool, people: People) -> Deliver:
    """An agreed engagement of four facts, whose coach is asked about a session while the mail server is down."""
    named = lives.PEOPLE.model_copy(update={"coach": people.coach})
    signed: list[EngagementFact] = [
        AgreementSigned(event_id=f"{role}-signs", occurred_at=lives.local("2026-08-20"), role=role)
        for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD)
    ]
    async with pool.acquire() as connection:
        for known, fact in enumerate([lives.proposed(people=named), *signed]):
            await record(connection, told(fact, known))
    waiting = tuple((await carry_out(activities, [notice(people.coach)])).waiting)
    return Deliver(subject=ENGAGEMENT, notices=waiting, at=AT)


async def test_what_is_answered_between_two_tries_is_not_asked(pool: Pool, people: People) -> None:
    """A delivery is tried for hours: each try judges by what is recorded by then."""
    port, server = free_port(), Behaviour()
    activities = NoticeActivities(pool, mailer_to(port))
    asked = await asked_in_vain(activities, pool, people)
    with pytest.raises(ApplicationError, match="1 notice waits"):
        await ActivityEnvironment().run(activities.deliver, asked)
    held = SessionHeld(event_id="held", occurred_at=AT + timedelta(minutes=40), day=date(2026, 10, 6))
    async with pool.acquire() as connection:
        await record(connection, told(held, known=4))
    async with mail_server(server, port=port):
        assert await ActivityEnvironment().run(activities.deliver, asked) == CarriedOut()
    assert server.taken == []
    assert await pool.fetchval("SELECT because FROM notices") == "no_longer_due"


async def test_what_waited_goes_to_who_has_it_by_now(pool: Pool, people: People) -> None:
    """Somebody else takes over the team while the mail server is down: they are asked, once, and nobody else is."""
    port, server = free_port(), Behaviour()
    activities = NoticeActivities(pool, mailer_to(port))
    asked = await asked_in_vain(activities, pool, people)
    taken_over = CoachAssigned(event_id="new", occurred_at=AT, person=people.faculty, part=CoachPart.MAIN)
    async with pool.acquire() as connection:
        await record(connection, told(taken_over, known=4))
    with pytest.raises(ApplicationError, match="1 notice waits"):
        await ActivityEnvironment().run(activities.deliver, asked)
    async with mail_server(server, port=port):
        for _ in range(2):
            assert await ActivityEnvironment().run(activities.deliver, asked) == CarriedOut()
    assert len(server.taken) == 1
    rows = await pool.fetch("SELECT person, status FROM notices")
    assert {tuple(row) for row in rows} == {(people.coach, "withdrawn"), (people.faculty, "sent")}


async def test_nothing_is_sent_when_the_records_cannot_be_written(pool: Pool, people: People) -> None:
    """The records come first: what they refuse is not said to anybody."""
    await pool.execute("ALTER TABLE notices ADD CONSTRAINT notices_impossible CHECK (matter <> 'session')")
    async with mail_server(server := Behaviour()) as port:
        with pytest.raises(Exception, match="notices_impossible"):
            await carry_out(NoticeActivities(pool, mailer_to(port)), [notice(people.coach)])
    assert not server.taken
    assert await pool.fetchval("SELECT count(*) FROM done_items") == 0


async def test_no_log_line_holds_a_name_or_an_address(
    pool: Pool, people: People, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ids and counts only, also when mail fails."""
    server = Behaviour(to_recipient={"anna@example.org": "550 <anna@example.org> Anna Example is unknown"})
    async with mail_server(server) as port:
        await carry_out(NoticeActivities(pool, mailer_to(port)), [notice(people.coach)])
    said = "".join(capsys.readouterr())
    assert "notices.handed_in" in said
    assert not re.search(r"@|Anna|Ward", said)


async def problems(pool: Pool) -> list[IncidentKind]:
    """What is on the worklist of the offices' own troubles."""
    await look_at_offices(pool, AT + timedelta(hours=1))
    async with pool.acquire() as conn:
        return [one.finding.kind for one in await incidents.open_of(conn, "sheffield")]


async def test_what_is_for_the_deputy_goes_to_the_operator_where_nobody_is_named(pool: Pool, people: People) -> None:
    """Without an operator it is on the worklist until there is a deputy; a deputy who is named has it instead."""
    server = Behaviour()
    operator = Address("Service desk", addr_spec="desk@example.org")

    def overdue(window: str) -> Notice:
        return notice("sheffield.deputy", Matter.OFFICE_OVERDUE, Role.DEPUTY, window=window)

    async with mail_server(server) as port:
        alone = NoticeActivities(pool, mailer_to(port))
        await carry_out(alone, [overdue("vacancy.1")])
        assert await pool.fetchval("SELECT failure FROM notices") == "no_deputy"
        assert await problems(pool) == [IncidentKind.NO_DEPUTY]
        above = NoticeActivities(pool, mailer_to(port), operator=operator)
        await carry_out(above, [overdue("vacancy.2")])
        await pool.execute(
            "INSERT INTO academy_people VALUES ('sheffield', 'deputy/x', 'deputy', $1, $2)", people.faculty, AT
        )
        await carry_out(above, [overdue("vacancy.3")])
    assert await problems(pool) == []
    assert [mail["To"].addresses[0].addr_spec for mail in server.taken] == ["desk@example.org", "frank@example.org"]
    for mail, why in zip(
        server.taken, ("you look after this service", "you are the programme office's deputy"), strict=True
    ):
        plain = mail.get_body(("plain",))
        assert plain is not None
        text = " ".join(plain.get_content().split())
        assert "hasn't answered a question about Ward 12: no coach." in text
        assert why in text
        assert mail["Reply-To"] is None
