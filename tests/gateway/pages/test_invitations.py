"""Invitations by mail from the whole engine, read back by another implementation."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import vobject  # type: ignore[import-untyped] # it has none
from temporalio.service import RPCError

from activities.links import Purpose
from coaching_client import handles
from rehearsal.clocks import VirtualClocks
from schemas.engagement_facts import PauseReason, PauseStarted, WeeklySlotChanged
from schemas.intro_course_facts import IntroCourseMoved
from schemas.words import Matter
from tests.activities.mail_servers import Behaviour
from tests.gateway.conftest import Town
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.test_courses import HOURS, Course, make
from tests.workflows.subjects import COACH, now
from worker.main import Engine

__all__ = ["make"]


def invitations(mail: Behaviour, to: str) -> list[tuple[str, Any, EmailMessage]]:
    """Method, event and mail of the invitations to an address, in the order they came."""
    found = []
    for message in mail.taken:
        part = next((one for one in message.walk() if one.get_content_type() == "text/calendar"), None)
        if part is not None and to in message["To"]:
            calendar = vobject.readOne(part.get_content())
            assert part.get_param("method") == calendar.method.value
            found.append((calendar.method.value, calendar.vevent, message))
    return found


def _text(message: EmailMessage) -> str:
    return next(str(one.get_content()) for one in message.walk() if one.get_content_type() == "text/calendar")


async def come(mail: Behaviour, to: str, number: int) -> list[tuple[str, Any, EmailMessage]]:
    """Wait for so many."""
    async with asyncio.timeout(30):
        while len(invitations(mail, to)) < number:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.05)
    return invitations(mail, to)


async def test_a_delegate_is_invited_to_both_days_and_hears_what_becomes_of_them(make: Any, mail: Behaviour) -> None:
    """Requested with the place, moved with the course under the same UID, cancelled with the booking."""
    one: Course = await make(2)
    await one.book("dora")
    asked = await come(mail, "dora@example.org", 2)
    assert [(method, int(event.sequence.value)) for method, event, _ in asked] == [("REQUEST", 0)] * 2
    assert {event.dtstart.value.date() for _, event, _ in asked} == set(one.days)
    assert {event.dtstart.value.strftime("%H:%M") for _, event, _ in asked} == {"09:30"}
    assert "DTSTART;TZID=Europe/London:" in _text(asked[0][2])
    assert asked[0][1].organizer.value.lower().startswith("mailto:sheffield.office@")
    assert asked[0][2]["Auto-Submitted"] == "auto-generated"

    days = [day + timedelta(weeks=2) for day in one.days]
    await one.tell(IntroCourseMoved, day_1=days[0], day_2=days[1])
    await one.until(HOURS.sendable(now() + timedelta(days=4)))
    moved = (await come(mail, "dora@example.org", 4))[2:]
    assert {event.uid.value for _, event, _ in moved} == {event.uid.value for _, event, _ in asked}
    assert [(method, int(event.sequence.value)) for method, event, _ in moved] == [("REQUEST", 1)] * 2
    assert {event.dtstart.value.date() for _, event, _ in moved} == set(days)

    token = await one.asked("dora", Matter.BOOKING)
    await one.press(token, await one.site.get(token), "cancel.yes")
    gone = (await come(mail, "dora@example.org", 6))[4:]
    assert [(method, int(event.sequence.value)) for method, event, _ in gone] == [("CANCEL", 2)] * 2
    assert {event.status.value for _, event, _ in gone} == {"CANCELLED"}


async def test_what_a_calendar_could_not_be_told_it_hears_in_the_morning(make: Any, mail: Behaviour) -> None:
    """The course is moved while the mail server takes nothing, and nothing else happens in it for weeks."""
    one: Course = await make(2)
    await one.book("dora")
    await come(mail, "dora@example.org", 2)
    mail.to_data = "451 greylisted"
    days = [day + timedelta(weeks=2) for day in one.days]
    await one.tell(IntroCourseMoved, day_1=days[0], day_2=days[1])
    await asyncio.sleep(1)
    mail.to_data = ""
    assert len(invitations(mail, "dora@example.org")) == 2
    clocks, academy = VirtualClocks(one.client), handles.weekly_mail_id("sheffield")
    # Another test's worker may have had it, and is gone.
    with suppress(RPCError):
        await one.client.get_workflow_handle(academy).terminate()
    await handles.start_weekly_mail(one.client, "sheffield", task_queue=one.task_queue)
    await clocks.adopt(academy)
    await clocks.advance(academy, now() + timedelta(days=7))
    moved = (await come(mail, "dora@example.org", 4))[2:]
    assert [(method, int(event.sequence.value)) for method, event, _ in moved] == [("REQUEST", 1)] * 2
    assert {event.dtstart.value.date() for _, event, _ in moved} == set(days)
    assert {message["Date"].datetime.strftime("%H:%M") for _, _, message in moved} <= {"08:00", "07:00"}


async def test_a_coach_who_asks_for_it_is_invited_to_sessions(
    site: Site,
    town: Town,
    mail: Behaviour,
    running: Engine,  # noqa: ARG001
) -> None:
    """Nobody is until they choose so; a pause takes back what is still to come, and names stay out of the history.

    The new hour is told after Tuesday's session: this week has had its session, so that Thursday's is the next week's.
    """
    life = await town.engagement(course_start=now().date() + timedelta(weeks=1))
    await life.agreed()
    await life.night_of(now().date() + timedelta(weeks=2))
    morning = (await life.clock()).replace(hour=10)
    await life.advance(morning + timedelta(days=(1 - morning.weekday()) % 7))
    assert invitations(mail, COACH) == []
    await site.answer(site.token(Purpose.WEEKLY_MAIL), "invite")
    assert "Stop sending me invitations" in (await site.get(site.token(Purpose.WEEKLY_MAIL))).words
    slot: dict[str, Any] = {"slot": {"day": "thursday", "at": "14:00"}, "from_day": (await life.clock()).date()}
    await life.told(WeeklySlotChanged, **slot)
    asked = await come(mail, COACH, 1)
    assert {method for method, _, _ in asked} == {"REQUEST"}
    assert {event.dtstart.value.strftime("%A %H:%M") for _, event, _ in asked} == {"Thursday 14:00"}
    assert "Ward 12" in asked[0][1].summary.value

    await life.told(PauseStarted, reason=PauseReason.STAFFING)
    gone = (await come(mail, COACH, len(asked) + 1))[len(asked) :]
    assert {method for method, _, _ in gone} == {"CANCEL"}
    assert {event.uid.value for _, event, _ in gone} == {event.uid.value for _, event, _ in asked}
    history = b"".join(event.SerializeToString() for event in await life.events())
    assert b"Anna Example" not in history
