"""The Introduction course's pages in front of the whole engine: booked by anybody, and answered by one tap each."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client

from activities.links import Purpose
from coaching_client import handles
from gateway.settings import GatewaySettings
from lifecycle.calendar import calendar
from lifecycle.dates import date_range
from operations.context import EngineContext
from operations.intro_courses import CoursePlan, schedule_course
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme import QuietHours
from schemas.roster import Contact
from schemas.subjects import INTRO_COURSE, workflow_id
from schemas.words import HolidayDivision, Matter
from tests.activities.mail_servers import Behaviour
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.reading import Page
from tests.workflows.subjects import OFFICE, PROGRAMME, TESTER, now, one_more
from worker.main import Engine

NEEDS = "A seat near the door, please"
HOURS = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, "Europe/London", QuietHours())
"""When notices may go: whatever the hour is in which the tests run."""
PEOPLE = {"dora": "Dora Delegate", "emil": "Emil External", "fay": "Fay Further"}


@dataclass
class Course:
    """One course on the engine, and the mails it caused."""

    site: Site
    client: Client
    mail: Behaviour
    name: str
    days: tuple[date, date]
    task_queue: str

    @property
    def workflow(self) -> str:
        """The workflow's id."""
        return workflow_id(INTRO_COURSE, self.name)

    async def until(self, at: datetime) -> None:
        """Put its clock forward."""
        await VirtualClocks(self.client).advance(self.workflow, at)

    async def afternoon(self, day: int) -> None:
        """The afternoon of a day of the course, before the office is asked who was there."""
        await self.until(datetime.fromisoformat(f"{self.days[day - 1]}T14:30:30+00:00"))

    async def book(self, who: str, **given: str) -> Page:
        """Book by the public form, the mail and its link; the page after the button."""
        page = Page(200, (await self.site.http.get(f"/courses/{self.name}/book")).text, None)  # type: ignore[arg-type]
        form = {
            "state": page.state, "answer": "book.yes", "book-who-name": PEOPLE[who],
            "book-who-email": f"{who}@example.org", "book-organisation": one_more("Example Trust "),
            "book-delegate": "external",
        }  # fmt: skip
        asked = await self.site.http.post(f"/courses/{self.name}/book", data=form)
        assert "Check your email" in asked.text, asked.text
        token = self.token_in_mail(f"{who}@example.org")
        page = await self.site.get(token)
        assert PEOPLE[who] in page.words
        return await self.press(token, page, "confirm.yes", **given)

    async def tell(self, kind: type[Any], **said: Any) -> None:
        """Tell the course a fact of now."""
        at = (await VirtualClocks(self.client).now(self.workflow)).replace(microsecond=0)
        fact = kind(event_id=one_more("told"), occurred_at=at, **said)
        await handles.tell(self.client, INTRO_COURSE, self.name, fact, scoped=True, task_queue=self.task_queue)

    async def press(self, token: str, page: Page, answer: str, **given: Any) -> Page:
        """Press a button of a page, and go where it leads."""
        return await self.site.post(token, page, answer, **given)

    def token_in_mail(self, address: str) -> str:
        """The token of the confirmation in the newest mail to an address."""
        for message in reversed(self.mail.taken):
            if address in message["To"] and "confirm your booking" in message["Subject"]:
                body = message.get_body(("plain",))
                assert body is not None
                return str(re.findall(r"/a/(\S+)", body.get_content())[0])
        raise AssertionError(f"no mail to {address}")

    async def asked(self, who: str, matter: Matter) -> str:
        """The token of the last notice of a matter to somebody; waits until it was issued."""
        async with asyncio.timeout(30):
            while True:
                row = await self.site.pool.fetchrow(
                    "SELECT notice, person FROM notices JOIN people USING (person)"
                    " WHERE subject = $1 AND matter = $2 AND lower(address) = $3 ORDER BY step DESC, issued_at DESC",
                    self.name,
                    matter,
                    f"{who}@example.org",
                )
                if row is not None:
                    far = now() + timedelta(days=500)
                    return self.site.token(Purpose.NOTICE, row["person"], self.name, row["notice"], far)
                await asyncio.sleep(0.05)

    async def states(self) -> dict[str, str]:
        """The state of each delegate's booking."""
        rows = await self.site.pool.fetch(
            "SELECT split_part(address, '@', 1) AS who, state FROM bookings JOIN people USING (person)"
            " WHERE course = $1",
            self.name,
        )
        return {row["who"]: row["state"] for row in rows}

    async def becomes(self, who: str, state: str) -> None:
        """Wait until a booking is in a state."""
        async with asyncio.timeout(30):
            while (await self.states()).get(who) != state:  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.05)


@pytest.fixture
async def make(
    site: Site,
    temporal: Client,
    pool: Pool,
    settings: GatewaySettings,
    mail: Behaviour,
    running: Engine,  # noqa: ARG001
) -> Any:
    """Schedules a course of the academy's office, in so many weeks, with so many places."""

    async def made(places: int, weeks: int = 8) -> Course:
        day = (now() + timedelta(weeks=weeks)).date()
        wednesday = day + timedelta(days=(2 - day.weekday()) % 7)
        days = (wednesday, wednesday + timedelta(days=1))
        office = Contact("Sheffield MCA", f"{OFFICE}@example.org")
        plan = CoursePlan(
            "sheffield", f"sheffield.{one_more('intro-')}", *days, PROGRAMME, office, places, venue="Seminar room 3"
        )
        await schedule_course(EngineContext(temporal, pool, settings.task_queue), TESTER, plan)
        return Course(site, temporal, mail, plan.course, days, settings.task_queue)

    return made


async def test_a_place_is_booked_through_the_mail_waited_for_and_taken(make: Any) -> None:
    """One place: the first has it, the second waits, is offered what the first gives back, and takes it."""
    one: Course = await make(1)
    assert "1 place left" in (await one.site.http.get("/courses/sheffield")).text
    first = await one.book("dora", **{"confirm-needs": NEEDS})
    assert first.title == "You have a place"
    assert NEEDS not in first.words
    assert "Seminar room 3" in first.words
    assert (await one.book("emil")).title == "You're on the waiting list: number 1"
    again = await one.book("dora")
    assert again.status == 409
    assert "already has a place on this course" in again.words
    assert "Full: 1 person" in (await one.site.http.get("/courses/sheffield")).text

    token = await one.asked("dora", Matter.BOOKING)
    page = await one.site.get(token)
    assert NEEDS in page.text
    assert (await one.press(token, page, "cancel.yes")).title == "Your booking is cancelled"
    await one.becomes("emil", "offered")
    await one.until(HOURS.sendable(now()))
    token = await one.asked("emil", Matter.OFFER)
    page = await one.site.get(token)
    assert "keeping a place for you until" in page.words
    assert "We've recorded it." in (await one.press(token, page, "take.yes")).words
    assert await one.states() == {"dora": "cancelled", "emil": "confirmed"}


async def test_who_waits_still_when_the_course_begins_is_shown_the_next_ones(make: Any) -> None:
    """On the page of the booking, and by a mail of its own."""
    one: Course = await make(1)
    await one.book("dora")
    await one.book("emil")
    await one.afternoon(1)
    page = await one.site.get(await one.asked("emil", Matter.BOOKING))
    assert page.title == "No place came free"
    assert "Choose another course" in page.words
    assert not page.buttons
    async with asyncio.timeout(30):
        while not await one.site.pool.fetchval(  # noqa: ASYNC110 - nothing announces it
            "SELECT count(*) FROM notices WHERE subject = $1 AND reason = 'no_place_came_free'", one.name
        ):
            await asyncio.sleep(0.05)


async def test_before_a_course_opens_nothing_is_booked_in_public(make: Any) -> None:
    """The office may book by a sheet; whoever finds the address is told from when."""
    one: Course = await make(3, weeks=20)
    page = await one.site.http.get(f"/courses/{one.name}/book")
    assert page.status_code == 409
    assert "book this course yet" in page.text
    assert "book a place from" in page.text


async def test_pressing_twice_books_once(make: Any) -> None:
    """The link of the mail shows the booking afterwards, and a second press changes nothing."""
    one: Course = await make(2)
    await one.book("dora")
    token = one.token_in_mail("dora@example.org")
    shown = await one.site.http.get(f"/a/{token}")
    assert "You have a place" in shown.text
    assert "cancel.yes" not in shown.text
    onward = re.findall(r"/a/([\w.-]+)\">Change or cancel", shown.text)[0]
    assert not one.site.links.read(onward, now()).alone
    assert "We&#39;ll email you a code" in (await one.site.http.get(f"/a/{onward}")).text
    pressed = await one.site.http.post(f"/a/{token}", data={"answer": "confirm.yes"})
    assert pressed.status_code == 303
    assert await one.states() == {"dora": "confirmed"}


async def test_who_shares_a_mailbox_says_who_the_place_is_for(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The public form asks nobody; the mailbox does, and nothing is booked before it is said."""
    course: Course = await make(2)
    await course.book("dora")
    monkeypatch.setitem(PEOPLE, "dora", "Dana Delegate")
    asked = await course.book("dora")
    assert (asked.status, "Select who the place is for" in asked.words) == (422, True)
    assert "Dora Delegate, now called Dana Delegate" in asked.words
    await course.book("dora", **{"confirm-person": "another person"})
    assert await course.states() == {"dora": "confirmed"}
    names = await course.site.pool.fetch("SELECT name FROM people WHERE address = 'dora@example.org' ORDER BY name")
    assert [row["name"] for row in names] == ["Dana Delegate", "Dora Delegate"]


async def test_access_needs_are_seen_by_the_delegate_and_the_office_alone(make: Any) -> None:
    """They are in no fact, no event, no workflow's history, and on nobody else's page."""
    one: Course = await make(3)
    await one.book("dora", **{"confirm-needs": NEEDS})
    other = await one.book("emil")
    assert NEEDS not in other.text
    office = await one.site.get(one.site.token(Purpose.COURSE, OFFICE, one.name))
    assert f"Dora Delegate needs {NEEDS}" in office.words
    assert re.search("Have a place (Dora Delegate, Emil External|Emil External, Dora Delegate)", office.words)
    assert (await one.site.get(one.site.token(Purpose.COURSE, "per_other", one.name))).status == 403
    for table in ("facts", "events", "notices"):
        held = await one.site.pool.fetchval(f"SELECT count(*) FROM {table} WHERE {table}::text LIKE $1", f"%{NEEDS}%")  # noqa: S608
        assert held == 0, table
    history = await one.client.get_workflow_handle(one.workflow).fetch_history()
    whole = b"".join(event.SerializeToString() for event in history.events)
    for word in (NEEDS, "Dora", "dora@example.org", "Example Trust"):
        assert word.encode() not in whole


async def test_once_day_1_has_begun_the_office_moves_or_cancels_day_2_alone(make: Any) -> None:
    """On the page of the course; who has a place hears of both, and is not sent to book both days once more."""
    one: Course = await make(3)
    await one.book("dora")
    await one.afternoon(1)
    token = one.site.token(Purpose.COURSE, OFFICE, one.name)
    page = await one.site.get(token)
    assert {"move", "cancel"} <= {button.partition(".")[0] for button in page.buttons}
    day = one.days[1] + timedelta(weeks=1)
    on = {"move-second-day": str(day.day), "move-second-month": str(day.month), "move-second-year": str(day.year)}
    moved = await one.press(token, page, "move.yes", **on)
    assert f"The course was moved to {date_range(one.days[0], day)}" in moved.words, moved.words
    gone = await one.press(token, moved, "cancel.yes", **{"cancel-reason": "no_faculty"})
    assert "Day 2 is cancelled" in gone.words
    mine = await one.site.get(await one.asked("dora", Matter.COURSE_CHANGED))
    assert mine.title == "Day 2 is cancelled"
    assert "Choose another course" not in mine.words


async def test_a_page_left_open_since_before_day_1_cancels_nothing_afterwards(make: Any) -> None:
    """It would cancel the whole course as of then, and the attendance of day 1 with it."""
    one: Course = await make(3)
    await one.book("dora")
    await one.until(datetime.fromisoformat(f"{one.days[0]}T08:30:00+00:00"))
    token = one.site.token(Purpose.COURSE, OFFICE, one.name)
    page = await one.site.get(token)
    await one.afternoon(1)
    await one.press(token, page, "cancel.yes", **{"cancel-reason": "no_faculty"})
    kinds = await one.site.pool.fetch("SELECT kind FROM facts WHERE subject = $1", one.name)
    assert "intro_course_cancelled" not in {row["kind"] for row in kinds}


async def test_who_leaves_the_mail_open_stands_where_they_press(make: Any) -> None:
    """Behind whoever booked meanwhile, and was told their number."""
    one: Course = await make(1)
    await one.book("dora")
    answered = await one.site.http.get(f"/courses/{one.name}/book")
    page = Page(200, answered.text, answered.headers)
    form = {"book-who-name": PEOPLE["fay"], "book-who-email": "fay@example.org", "book-organisation": "Example Trust"}
    form |= {"state": page.state, "answer": "book.yes", "book-delegate": "external"}
    await one.site.http.post(f"/courses/{one.name}/book", data=form)
    token = one.token_in_mail("fay@example.org")
    shown = await one.site.get(token)
    await asyncio.sleep(1.1)
    assert (await one.book("emil")).title == "You're on the waiting list: number 1"
    assert (await one.press(token, shown, "confirm.yes")).title == "You're on the waiting list: number 2"


async def test_the_list_of_the_day_then_feedback_and_a_wish(make: Any) -> None:
    """Each is tapped at the door; the saved list holds. Feedback is summed up, and a wish goes to a cohort's list."""
    one: Course = await make(3)
    for who in ("dora", "emil"):
        await one.book(who, **{"confirm-needs": NEEDS})
    for day in (1, 2):
        await one.afternoon(day)
        token = await one.asked(OFFICE, Matter.INTRO_ATTENDANCE)
        page = await one.site.get(token)
        tap = next(button for button in page.buttons if button.startswith("here-"))
        tapped = await one.press(token, page, tap)
        assert "1 of 2 are here so far" in tapped.words
        bookings = [row["booking"] for row in await one.site.pool.fetch("SELECT booking FROM bookings ORDER BY 1")]
        here = bookings if day == 1 else bookings[:1]
        saved = await one.press(token, tapped, "list.yes", **{"list-attended": here})
        assert f"{'2 were' if day == 1 else '1 was'} there on day {day}" in saved.words
    assert sorted((await one.states()).values()) == ["attended", "part_attended"]
    await one.until(datetime.fromisoformat(f"{one.days[1]}T20:30:30+00:00") + timedelta(days=1))

    (there,) = [who for who, state in (await one.states()).items() if state == "attended"]
    (missed,) = [who for who, state in (await one.states()).items() if state == "part_attended"]
    token = await one.asked(there, Matter.FEEDBACK)
    page = await one.site.get(token)
    given = {"feedback-useful": "5", "feedback-confident": "4", "feedback-recommends": "5", "feedback-coach": "yes"}
    sent = await one.press(token, page, "feedback.yes", **given, **{"feedback-comment": "More tea"})
    assert "We've recorded it." in sent.words
    office = await one.site.get(one.site.token(Purpose.COURSE, OFFICE, one.name))
    assert "1 answered; shown once there are 5 or more" in office.words
    assert "More tea" not in office.words
    kinds = await one.site.pool.fetch("SELECT kind FROM facts WHERE subject = $1 ORDER BY seq DESC LIMIT 2", one.name)
    assert {row["kind"] for row in kinds} == {"feedback_given", "coaching_wished"}

    token = await one.asked(missed, Matter.MISSING_DAY)
    assert "No later course has a free place yet" in (await one.site.get(token)).words
    later: Course = await make(1, weeks=12)
    await later.until(await VirtualClocks(one.client).now(one.workflow))
    page = await one.site.get(token)
    chosen = await one.press(token, page, "choose.yes", **{"choose-course": later.name})
    assert "We've recorded it." in chosen.words, chosen.words
    assert await later.states() == {missed: "confirmed"}
    needs = await one.site.pool.fetch("SELECT needs FROM access_needs WHERE course = $1", later.name)
    assert [row["needs"] for row in needs] == [NEEDS]
