"""The weekly mail of an academy: one a person over all engagements, judged when it goes, whatever fails meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from coaching_client import handles
from operations.academies import close_academy
from operations.leaves import Away, agree_leave
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.corrections import Correction
from schemas.engagement_facts import AgreementSigned, EndedEarly
from schemas.facts import Teller
from schemas.inputs import WeeklyMailInput
from schemas.programme import Attention
from schemas.words import EndReason, Role, office_of
from tests.activities.mail_servers import Behaviour, mail_server
from tests.workflows.subjects import (
    COACH,
    FACULTY,
    LEAD,
    PROGRAMME,
    SPONSOR,
    TESTER,
    Academy,
    Engagement,
    now,
    one_more,
    opening_of,
    settings_for,
)
from worker.main import engine

QUIET = "Your coaching week: nothing to do"
NAMES = {COACH: "Anna", FACULTY: "Farid", SPONSOR: "Sue", LEAD: "Lena"}


@dataclass
class Town(Academy):
    """An academy of this test's own, with a mail server."""

    name: str
    mail: Behaviour
    lives: list[Engagement] = field(default_factory=list)

    @property
    def workflow_id(self) -> str:
        """The academy's workflow."""
        return handles.weekly_mail_id(self.name)

    async def proposed(self, **said: Any) -> Engagement:
        """One more engagement, proposed now: coach, sponsor and team lead are asked to sign on a Monday."""
        name = f"{self.name}.2026-autumn.P{len(self.lives) + 1:02}"
        life = Engagement(self, name, opening_of(name, now(), **said))
        await life.start()
        await life.begun()
        self.lives.append(life)
        return life

    async def opened(self) -> None:
        """The academy's workflow runs, and its clock is ours."""
        await handles.start_weekly_mail(self.client, self.name, task_queue=self.task_queue)
        await self.clocks.adopt(self.workflow_id)

    async def go(self, to: datetime) -> None:
        """Everybody to a moment, the academy last."""
        for life in self.lives:
            await self.clocks.advance(life.workflow_id, to)
        await self.clocks.advance(self.workflow_id, to)

    def to(self, person: str) -> list[str]:
        """The texts of the mails somebody got, without links."""
        return [
            re.sub(r"http\S+", "<link>", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
            for mail in self.mail.taken
            if person in str(mail["To"])
        ]

    async def away(self, life: Engagement) -> list[tuple[str, date]]:
        """What an engagement was told of closed weeks and leave, with the first day."""
        rows = await self.pool.fetch(
            "SELECT kind, (body->>'first_day')::date AS day FROM facts"
            " WHERE subject = $1 AND kind IN ('academy_closed', 'leave_agreed') ORDER BY kind, day",
            life.name,
        )
        return [(row["kind"], row["day"]) for row in rows]

    async def statuses(self) -> dict[str, int]:
        """How many notices became what, and why."""
        rows = await self.pool.fetch(
            "SELECT concat_ws(' ', status, because) AS became, count(*) AS n FROM notices WHERE gathered GROUP BY 1"
        )
        return {row["became"]: row["n"] for row in rows}


@pytest.fixture
async def town(temporal: Client, pool: Pool, database_url: str) -> AsyncIterator[Town]:
    """An academy with an engine, a mail server and people who have addresses."""
    name, queue, behaviour = one_more("academy"), one_more("queue"), Behaviour()
    everybody = NAMES | {office_of(name): "The Office"}
    await pool.executemany(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5)",
        [(person, name, called, f"{person}@example.org", now()) for person, called in everybody.items()],
    )
    async with mail_server(behaviour) as port:
        settings = settings_for(database_url, queue, f"smtp://127.0.0.1:{port}")
        async with engine(temporal, settings):
            found = Town(temporal, pool, queue, VirtualClocks(temporal, timeout_seconds=60), name, behaviour)
            await found.opened()
            yield found


def monday(weeks: int = 1) -> datetime:
    """The Tuesday night after the Monday that lies at least so many weeks ahead."""
    day = now().date() + timedelta(weeks=weeks)
    day += timedelta(days=-day.weekday() % 7 + 1)
    return now().replace(year=day.year, month=day.month, day=day.day, hour=3, minute=17, second=33)


async def test_one_mail_a_person_holds_what_all_their_teams_ask(town: Town) -> None:
    """A coach with two teams is asked to sign twice, in one mail; nothing goes before it or a second time."""
    await town.proposed()
    await town.proposed()
    await town.go(monday())
    assert sorted(str(mail["To"]) for mail in town.mail.taken if mail["Subject"] != QUIET) == [
        "Anna <per_coach@example.org>", "Lena <per_lead@example.org>", "Sue <per_sponsor@example.org>",
    ]  # fmt: skip
    (mail,) = town.to(COACH)
    assert len(re.findall(r"^\d+\. ", mail, re.MULTILINE)) == 2
    assert await town.statuses() == {"sent": 6}
    assert await town.pool.fetchval("SELECT count(*) FROM digests WHERE status = 'sent' AND lines = 2") == 3


async def test_a_mail_that_had_to_wait_says_only_what_still_holds(town: Town) -> None:
    """The mail server takes nothing all Monday; by Tuesday one team's coach has signed, and another team has ended."""
    signed, ended = await town.proposed(), await town.proposed()
    town.mail.to_data = "451 greylisted"
    await town.go(monday() - timedelta(hours=5))
    assert await town.statuses() == {"waiting": 6}
    await signed.told(AgreementSigned, role=Role.COACH)
    await ended.told(EndedEarly, reason=EndReason.TEAM_DISBANDED)
    town.mail.to_data = ""
    await town.go(monday() + timedelta(days=1))
    assert await town.statuses() == {"sent": 2, "withdrawn no_longer_due": 4}
    assert sorted(mail["To"].addresses[0].display_name for mail in town.mail.taken if mail["Subject"] != QUIET) == [
        "Lena",
        "Sue",
    ]
    assert {mail["Date"].datetime.hour for mail in town.mail.taken} <= {7, 8}


async def test_what_has_no_room_is_withheld_with_its_reason(town: Town) -> None:
    """A mail of one line: of two questions one goes, the other stands on the page and says why it did not go."""
    short = PROGRAMME.model_copy(update={"attention": Attention(lines_at_most=1)})
    for _ in range(2):
        await town.proposed(programme=short)
    await town.go(monday())
    assert await town.statuses() == {"sent": 3, "withheld beyond_lines": 3}
    assert "1 less urgent task is" in town.to(COACH)[0]


async def test_somebody_without_an_address_costs_nobody_else_theirs(town: Town) -> None:
    """Their notices fail, with the reason; the others' go."""
    await town.pool.execute(
        "UPDATE people SET name = NULL, address = NULL, erased_at = now() WHERE person = $1", SPONSOR
    )
    await town.proposed()
    await town.go(monday())
    assert await town.statuses() == {"sent": 2, "failed": 1}


async def test_who_stopped_the_weekly_mail_gets_none(town: Town) -> None:
    """It is withheld with its reason; the others get theirs, with a way to stop it."""
    await town.pool.execute("UPDATE people SET weekly_mail = false WHERE person = $1", SPONSOR)
    await town.proposed()
    await town.go(monday())
    assert await town.statuses() == {"sent": 2, "withheld declined": 1}
    assert {mail["To"].addresses[0].display_name for mail in town.mail.taken} == {"Anna", "Lena", "The Office"}


async def test_an_office_hears_every_week_also_that_nothing_is_due(town: Town) -> None:
    """For as long as anything is open: from its absence it knows that something is wrong. It has no way to stop it."""
    await town.go(monday())
    assert town.mail.taken == []
    life = await town.proposed()
    await town.go(monday(weeks=6))
    office = town.to("The Office")
    assert "There's nothing you need to do this week." in office[0]
    assert "Stop this weekly email" not in office[0]
    rows = await town.pool.fetch("SELECT week FROM digests WHERE person = $1 ORDER BY week", office_of(town.name))
    weeks = [row["week"] for row in rows]
    assert len(weeks) == len(office) > 2
    assert {later - before for before, later in pairwise(weeks)} == {timedelta(weeks=1)}
    await life.told(EndedEarly, reason=EndReason.TEAM_DISBANDED)
    await town.go(monday(weeks=9))
    assert len(town.to("The Office")) == len(office)


async def test_after_an_outage_it_looks_late_and_once_more(town: Town) -> None:
    """A look that is an hour late says what fell due meanwhile, as does the next, when all others have woken too."""
    handle = town.client.get_workflow_handle(town.workflow_id)
    await handle.terminate()
    given = WeeklyMailInput(academy=town.name, again_at=now() - timedelta(hours=1))
    await town.client.start_workflow("WeeklyMailWorkflow", given, id=town.workflow_id, task_queue=town.task_queue)
    await town.clocks.adopt(town.workflow_id)
    await town.clocks.advance(town.workflow_id, now() + timedelta(days=8))
    looks = [
        json.loads(event.activity_task_scheduled_event_attributes.input.payloads[0].data)
        async for event in town.client.get_workflow_handle(town.workflow_id).fetch_history_events()
        if event.activity_task_scheduled_event_attributes.activity_type.name == "send_digests"
    ]
    assert [one["late"] for one in looks][:3] == [True, True, False]
    first, second = (datetime.fromisoformat(one["at"]) for one in looks[:2])
    assert timedelta(minutes=14) < second - first < timedelta(minutes=16)


async def test_nobody_need_start_it(town: Town) -> None:
    """Whoever puts something into the pigeonholes sees to it that somebody empties them."""
    await town.client.get_workflow_handle(town.workflow_id).terminate()
    life = await town.proposed()
    await town.clocks.advance(life.workflow_id, monday())
    described = await town.client.get_workflow_handle(town.workflow_id).describe()
    assert described.status is WorkflowExecutionStatus.RUNNING


async def test_what_begins_later_hears_of_closed_weeks_and_leave_on_the_next_morning(town: Town) -> None:
    """Once, and not again where it was taken back; a closing that is over, or was taken back, is told to nobody."""
    first = await town.proposed()
    day = now().date() + timedelta(days=40)
    for weeks in (0, 4):
        start = day + timedelta(weeks=weeks)
        await close_academy(town.engine, TESTER, town.name, start, start + timedelta(days=6))
    mistaken = day + timedelta(weeks=4)
    await close_academy(town.engine, TESTER, town.name, mistaken, mistaken + timedelta(days=6), back=True)
    away = Away(town.name, COACH, day, day + timedelta(days=3), now(), Teller(role=Role.OFFICE))
    await agree_leave(town.engine, TESTER, away)
    later = await town.proposed()
    await town.go(monday(weeks=1))
    assert await town.away(later) == [("academy_closed", day), ("leave_agreed", day)]
    leave = await town.pool.fetchval(
        "SELECT event_id FROM facts WHERE subject = $1 AND kind = 'leave_agreed'", later.name
    )
    await later.told(Correction, corrects=leave)
    await town.go(monday(weeks=2))
    assert await town.away(later) == [("academy_closed", day), ("leave_agreed", day)]
    assert await town.away(first) == [("academy_closed", day), ("academy_closed", mistaken), ("leave_agreed", day)]
