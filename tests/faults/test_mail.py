"""Mail that cannot be sent waits or is given up in sight; the engagement goes on, and nobody gets a mail twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from activities import mailer
from records import admitting
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.corrections import Correction
from schemas.engagement_facts import EndedEarly, People
from schemas.improvement_facts import MeasureDefined
from schemas.intro_course_facts import PlaceRequested
from schemas.programme import Attention
from schemas.programme_fit import SILENT
from schemas.words import EndReason, Matter
from tests.activities.mail_servers import Behaviour, free_port, mail_server, silent_server
from tests.faults.waiting import eventually
from tests.workflows.courses import afternoon, course
from tests.workflows.subjects import PROGRAMME, Academy, Engagement, now, one_more, settings_for
from worker.main import engine

PARTS = ("coach", "faculty", "sponsor", "lead", "office")
COACH, FACULTY, SPONSOR, LEAD, OFFICE = (f"{who}@example.org" for who in PARTS)


@dataclass
class Scene:
    """An engagement whose people have addresses, an engine, and the port its mail server is to be on."""

    life: Engagement
    pool: Pool
    port: int

    async def at_the_first_question(self) -> None:
        """Let the first mail fall due: the question for the agreement, to coach, sponsor and team lead."""
        asked = (await self.life.timeline())[0]
        await self.life.advance(asked.at + timedelta(hours=20))

    async def notices(self) -> Counter[tuple[str, str | None]]:
        """How many notices there are of each status and failure."""
        rows = await self.pool.fetch("SELECT status, failure FROM notices")
        return Counter((row["status"], row["failure"]) for row in rows)

    async def any_waits(self) -> bool:
        """Whether mail was kept back."""
        return bool(await self.pool.fetchval("SELECT count(*) FROM notices WHERE status = 'waiting'"))

    async def tried_again(self) -> bool:
        """Whether mail that waits shows in the UI, with its attempts."""
        pending = (await self.life.handle.describe()).raw_description.pending_activities
        return any(one.activity_type.name == "deliver" and one.attempt > 1 for one in pending)


@pytest.fixture
async def scene(temporal: Client, database_url: str, pool: Pool) -> AsyncIterator[Scene]:
    """Nobody listens yet where the mail goes. Under this programme nothing waits for the weekly mail."""
    port = free_port()
    everybody = tuple(admitting.Person(who.partition("@")[0], who) for who in (COACH, FACULTY, SPONSOR, LEAD, OFFICE))
    roster = admitting.Roster(everybody, ("Ward",))
    async with pool.acquire() as connection:
        admitted = await admitting.admit(connection, "sheffield", now(), roster)
    settings = settings_for(database_url, one_more("mail"), f"smtp://127.0.0.1:{port}")
    async with engine(temporal, settings):
        academy = Academy(temporal, pool, settings.task_queue, VirtualClocks(temporal, timeout_seconds=60))
        life = await academy.engagement(
            programme=PROGRAMME.model_copy(update={"attention": Attention(at_once=tuple(set(Matter) - SILENT))}),
            microsystem=admitted.microsystems["Ward"],
            people=People(
                coach=admitted.people[COACH],
                faculty=admitted.people[FACULTY],
                sponsor=admitted.people[SPONSOR],
                team_lead=admitted.people[LEAD],
            ),
        )
        yield Scene(life, pool, port)


async def test_mail_waits_for_a_server_that_is_down_and_is_sent_once(scene: Scene) -> None:
    """The engagement takes facts meanwhile; when the server is back, everybody gets one mail."""
    due = asyncio.create_task(scene.at_the_first_question())
    await eventually(scene.tried_again)
    await scene.life.told(MeasureDefined, now(), measure="m", better="lower")
    behaviour = Behaviour()
    async with mail_server(behaviour, port=scene.port):
        await due
    assert sorted(behaviour.recipients) == sorted([COACH, SPONSOR, LEAD])
    assert await scene.notices() == {("sent", None): 3}


async def test_mail_that_is_refused_for_now_goes_later(scene: Scene) -> None:
    """A server that greylists gets it again; who was served is not served twice."""
    behaviour = Behaviour(to_recipient={COACH: "451 4.7.1 Try again later"})
    async with mail_server(behaviour, port=scene.port):
        due = asyncio.create_task(scene.at_the_first_question())
        await eventually(scene.tried_again)
        behaviour.to_recipient.clear()
        await due
    assert sorted(behaviour.recipients) == sorted([COACH, SPONSOR, LEAD])
    assert await scene.notices() == {("sent", None): 3}


async def test_an_address_that_is_wrong_for_good_is_shown_and_blocks_nothing(scene: Scene) -> None:
    """The others get theirs; the failure stands in the records, and the engagement goes on."""
    behaviour = Behaviour(to_recipient={SPONSOR: "550 5.1.1 No such user"})
    async with mail_server(behaviour, port=scene.port):
        await scene.at_the_first_question()
    assert sorted(behaviour.recipients) == sorted([COACH, LEAD])
    assert await scene.notices() == {("sent", None): 2, ("failed", "smtp_550"): 1}
    assert (await scene.life.told(MeasureDefined, measure="m", better="lower")).standing.next_due is not None


async def test_a_server_that_answers_no_more_holds_up_no_fact(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was handed in without an answer is tried again under the same Message-ID."""
    monkeypatch.setattr(mailer, "SEND_SECONDS", 0.5)
    behaviour = Behaviour(stalls=True)
    async with mail_server(behaviour, port=scene.port):
        due = asyncio.create_task(scene.at_the_first_question())
        await eventually(scene.tried_again)
        await scene.life.told(MeasureDefined, now(), measure="m", better="lower")
        behaviour.stalls = False
        await due
    assert sorted(behaviour.recipients) == sorted([COACH, SPONSOR, LEAD])
    assert len({mail["Message-ID"] for mail in behaviour.taken}) == 3
    assert await scene.notices() == {("sent", None): 3}


async def test_a_mail_server_that_hangs_holds_up_no_booking(
    temporal: Client, database_url: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Places are asked for, recorded and answered while the first confirmation is still being handed in."""
    monkeypatch.setattr(mailer, "CONNECT_SECONDS", 30.0)
    names = [f"d{number}@example.org" for number in range(21)]
    async with pool.acquire() as connection:
        roster = admitting.Roster(tuple(admitting.Person("Delegate", name) for name in names))
        admitted = await admitting.admit(connection, "sheffield", now(), roster)
    port, task_queue = free_port(), one_more("hangs")
    async with engine(temporal, settings_for(database_url, task_queue, f"smtp://127.0.0.1:{port}")):
        academy = Academy(temporal, pool, task_queue, VirtualClocks(temporal, timeout_seconds=60))
        found = await course(academy, places=30)
        await found.advance(afternoon(found.opening.day_1 - timedelta(weeks=3)))

        async def book(name: str) -> None:
            await found.told(
                PlaceRequested,
                booking=f"{found.name}.{name.partition('@')[0]}",
                person=admitted.people[name],
                delegate="external",
            )

        async def handing_in() -> bool:
            pending = (await found.handle.describe()).raw_description.pending_activities
            return [one.activity_type.name for one in pending] == ["carry_out"]

        async with silent_server(port):
            await book(names[0])
            await eventually(handing_in)
            for name in names[1:]:
                await book(name)
            assert await handing_in()
            assert len(await found.states()) == len(names)
        mails = Behaviour()
        async with mail_server(mails, port=port):
            await found.advance(await found.clock() + timedelta(hours=2))
        assert set(mails.recipients) == set(names)
        rows = await pool.fetch("SELECT person, status FROM notices WHERE matter = 'booking'")
        assert Counter(row["status"] for row in rows) == {"sent": len(names)}


async def test_mail_that_nobody_can_take_for_days_is_set_aside(scene: Scene) -> None:
    """After five days it is given up in sight; what follows is still asked."""
    asked = (await scene.life.timeline())[0]
    await scene.life.advance(asked.at + timedelta(days=8))
    assert not await scene.any_waits()
    assert (await scene.notices())["failed", "given_up"] == 3
    assert (await scene.life.state()).next_due is not None


async def test_an_end_that_is_put_right_while_mail_waits_is_no_end(scene: Scene) -> None:
    """An engagement that has ended waits for its last mail; a correction told meanwhile keeps it alive."""
    due = asyncio.create_task(scene.at_the_first_question())
    await eventually(scene.tried_again)
    ended = scene.life.says(EndedEarly, now(), reason=EndReason.OTHER)
    await scene.life.tell(ended)
    await scene.life.told(Correction, now(), corrects=ended.event_id)
    async with mail_server(Behaviour(), port=scene.port):
        await due
        await scene.life.advance(await scene.life.clock() + timedelta(days=25))
        await eventually(lambda: _asked_twice(scene.life))
    assert (await scene.life.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    assert (await scene.life.state()).next_due is not None


async def _asked_twice(life: Engagement) -> bool:
    return len([key for key in await life.done() if key.startswith("agreement/")]) > 1
