"""Introduction courses: places, the waiting list, the two days, and what follows, on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import IntroCourseStanding, IntroCourseTold
from schemas.intro_course_facts import (
    BookedBefore,
    BookingCancelled,
    IntroAttendanceTaken,
    IntroCourseCancelled,
    IntroCourseScheduled,
    OfferAccepted,
    PlaceRequested,
)
from schemas.words import BookingState, IntroStage
from tests.workflows.subjects import OFFICE, PROGRAMME, Academy, Subject, now, one_more


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds that is brought about elsewhere."""
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.05)


@dataclass
class Course(Subject):
    """One Introduction course of a test."""

    opening: IntroCourseScheduled
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def workflow_id(self) -> str:
        """The workflow's id."""
        return handles.intro_course_workflow_id(self.name)

    async def start(self) -> None:
        """Start it."""
        await handles.start_intro_course(
            self.academy.client, self.name, self.opening, task_queue=self.academy.task_queue
        )

    async def told(self, kind: type[Any], at: datetime | None = None, **said: Any) -> IntroCourseTold:
        """Make a fact of now and tell it."""
        fact = kind(event_id=f"{self.name}:{next(self.numbers)}", occurred_at=at or await self.clock(), **said)
        return await handles.tell_intro_course(self.academy.client, self.name, fact, task_queue=self.academy.task_queue)

    async def book(self, *people: int, **said: Any) -> None:
        """A place is asked for by each of these people."""
        for number in people:
            booking, person = f"{self.name}.B{number:02}", f"per_{number}"
            await self.told(PlaceRequested, booking=booking, person=person, delegate="external", **said)

    async def states(self) -> dict[str, str]:
        """The state of each booking, by the end of its id."""
        rows = await self.academy.pool.fetch("SELECT booking, state FROM bookings WHERE course = $1", self.name)
        return {row["booking"].rpartition(".")[2]: row["state"] for row in rows}

    async def offered_until(self, booking: str) -> datetime:
        """When the offer to a booking is over, and a minute."""
        body = await self.academy.pool.fetchval(
            "SELECT body FROM facts WHERE subject = $1 AND kind = 'place_offered' AND body ->> 'booking' = $2",
            self.name,
            f"{self.name}.{booking}",
        )
        return datetime.fromisoformat(body["until"]) + timedelta(minutes=1)

    async def becomes(self, booking: str, state: str) -> None:
        """Wait until a booking is in a state: the engine offers, and other courses tell, by themselves."""

        async def holds() -> bool:
            return (await self.states())[booking] == state

        await eventually(holds)

    async def standing(self) -> IntroCourseStanding:
        """Where it stands."""
        found: IntroCourseStanding = await self.handle.query("state", result_type=IntroCourseStanding)
        return found

    async def notices(self, matter: str) -> list[str]:
        """To whom notices of a matter were issued, and by which rule, in order."""
        rows = await self.academy.pool.fetch(
            "SELECT person, reason FROM notices WHERE subject = $1 AND matter = $2 ORDER BY issued_at, person",
            self.name,
            matter,
        )
        return [f"{row['person']} {row['reason']}" for row in rows]


async def course(academy: Academy, places: int = 2, weeks: int = 8) -> Course:
    """A running course on a Wednesday and a Thursday in so many weeks."""
    ahead = (now() + timedelta(weeks=weeks)).date()
    wednesday = ahead + timedelta(days=(2 - ahead.weekday()) % 7)
    opening = IntroCourseScheduled(
        event_id=one_more("scheduled"),
        occurred_at=now(),
        academy="sheffield",
        programme=PROGRAMME,
        day_1=wednesday,
        day_2=wednesday + timedelta(days=1),
        places=places,
        office=OFFICE,
        calendar=LATEST_HOLIDAY_TABLE,
    )
    found = Course(academy, one_more("sheffield.intro-"), opening)
    await found.start()
    await found.begun()
    return found


def afternoon(day: date) -> datetime:
    """The afternoon of a day, before the office is asked who was there."""
    return datetime.fromisoformat(f"{day}T15:30:00+00:00")


async def test_a_full_course_keeps_a_line_and_offers_a_freed_place_to_the_first(academy: Academy) -> None:
    """Two places, four who want one: the third waits first, is offered what comes free, and may take it."""
    one = await course(academy)
    await one.book(1, 2, 3, 4)
    assert (await one.standing()).stage is IntroStage.FULL
    with pytest.raises(FactRefusedError, match="waiting list of this course already"):
        await one.told(PlaceRequested, booking="other", person="per_3", delegate="external")
    await one.told(BookingCancelled, booking=f"{one.name}.B01")
    await one.becomes("B03", BookingState.OFFERED)
    assert await one.states() == {"B01": "cancelled", "B02": "confirmed", "B03": "offered", "B04": "waiting"}
    await one.told(OfferAccepted, booking=f"{one.name}.B03")
    assert (await one.states())["B03"] == BookingState.CONFIRMED
    with pytest.raises(FactRefusedError, match="No place has come free"):
        await one.told(OfferAccepted, booking=f"{one.name}.B04")


async def test_an_offer_nobody_takes_goes_to_the_next(academy: Academy) -> None:
    """After two working days the place is offered to whoever waits next, and the first is told that it is over."""
    one = await course(academy, places=1)
    await one.book(1, 2, 3)
    await one.told(BookingCancelled, booking=f"{one.name}.B01")
    await one.becomes("B02", BookingState.OFFERED)
    await one.advance(await one.offered_until("B02"))
    await one.becomes("B03", BookingState.OFFERED)
    assert await one.states() == {"B01": "cancelled", "B02": "offer_lapsed", "B03": "offered"}
    await one.advance(await one.offered_until("B03") + timedelta(days=4))
    assert (await one.states())["B03"] == BookingState.OFFER_LAPSED
    assert await one.notices("offer") == ["per_2 place_offered", "per_3 place_offered"]
    assert "per_2 booking_offer_lapsed" in await one.notices("booking")


async def test_the_days_the_certificate_and_the_missing_day(academy: Academy) -> None:
    """Instructions, reminder, the list for the office; then certificates, feedback, and the day somebody missed."""
    one = await course(academy, places=3)
    await one.book(1, 2, 3)
    day_1, day_2 = one.opening.day_1, one.opening.day_2
    await one.advance(afternoon(day_1))
    assert await one.notices("joining") == [
        *[f"per_{number} joining_sent" for number in (1, 2, 3)],
        *[f"per_{number} reminder_sent" for number in (1, 2, 3)],
    ]
    here = tuple(f"{one.name}.B0{number}" for number in (1, 2))
    await one.told(IntroAttendanceTaken, day=1, attended=here)
    await one.advance(afternoon(day_2))
    await one.told(IntroAttendanceTaken, day=2, attended=here[:1])
    await one.advance(afternoon(day_2) + timedelta(days=20))
    assert await one.states() == {"B01": "attended", "B02": "part_attended", "B03": "no_show"}
    assert await one.notices("certificate") == ["per_1 both_days_attended"]
    assert await one.notices("feedback") == ["per_1 feedback_asked"] * 2
    assert await one.notices("missing_day") == ["per_2 missing_day_offered"]
    assert await one.notices("intro_attendance") == [f"{OFFICE} attendance_asked"] * 2

    later = await course(academy, places=1, weeks=12)
    before = BookedBefore(course=one.name, booking=here[1])
    await later.advance(await one.clock())
    await later.book(2, days=(2,), rebooks=before)
    await one.advance(afternoon(later.opening.day_2))
    await later.advance(await one.clock())
    await later.told(IntroAttendanceTaken, day=2, attended=(f"{later.name}.B02",))
    await one.becomes("B02", BookingState.ATTENDED)


async def test_a_cancelled_course_tells_everybody_and_ends(academy: Academy) -> None:
    """Who has a place and who waits for one are told, nobody twice, and nothing more follows."""
    one = await course(academy, places=1)
    await one.book(1, 2)
    await one.told(IntroCourseCancelled, reason="no_room")
    await one.advance(afternoon(one.opening.day_2))
    assert await one.notices("course_changed") == ["per_1 course_cancelled", "per_2 course_cancelled"]
    assert (await one.handle.result())["stage"] == IntroStage.CANCELLED
