"""Introduction courses as tests start, tell and look at them: through the server, as any program does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from benchmarks.made_up import known
from coaching_client import handles
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import IntroCourseStanding, IntroCourseTold
from schemas.intro_course_facts import IntroCourseScheduled, PlaceRequested
from schemas.subjects import INTRO_COURSE, workflow_id
from tests.workflows.subjects import PROGRAMME, Academy, Subject, now, one_more


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
        return workflow_id(INTRO_COURSE, self.name)

    async def start(self) -> None:
        """Start it."""
        await known(self.academy.pool, self.name, self.opening)
        await handles.start(
            self.academy.client, INTRO_COURSE, self.name, self.opening, scoped=True, task_queue=self.academy.task_queue
        )

    async def told(self, kind: type[Any], at: datetime | None = None, **said: Any) -> IntroCourseTold:
        """Make a fact of now and tell it."""
        fact = kind(event_id=f"{self.name}:{next(self.numbers)}", occurred_at=at or await self.clock(), **said)
        await known(self.academy.pool, self.name, fact)
        return await handles.tell(
            self.academy.client, INTRO_COURSE, self.name, fact, scoped=True, task_queue=self.academy.task_queue
        )

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
        calendar=LATEST_HOLIDAY_TABLE,
    )
    found = Course(academy, one_more("sheffield.intro-"), opening)
    await found.start()
    await found.begun()
    return found


def afternoon(day: date) -> datetime:
    """The afternoon of a day, before the office is asked who was there."""
    return datetime.fromisoformat(f"{day}T15:30:00+00:00")
