"""An asked-and-answered week: the session is over, the coach is asked by mail, and answers that it was held."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError

from benchmarks.histories import Measured, measured
from benchmarks.made_up import known
from benchmarks.subjects import OFFICE, SLOT, agreement, opening, wall
from coaching_client import handles
from records import admitting, offices
from records.database import Pool
from records.offices import Mailbox
from rehearsal.clocks import VirtualClocks
from schemas.due import Due, Standing
from schemas.engagement_facts import EngagementProposed, People, SessionHeld
from schemas.subjects import ENGAGEMENT, workflow_id
from schemas.words import Act, Matter

_QUIET: Final = time(3, 17)
"""An hour of the night in which nothing falls due: a clock may stand still there."""
_AN_HOUR_AFTER: Final = timedelta(hours=1, minutes=7)
_ROLES: Final = ("coach", "faculty", "sponsor", "team_lead")


class Week:
    """An engagement on a virtual clock, in its weekly work."""

    def __init__(self, client: Client, pool: Pool, task_queue: str, engagement: str) -> None:
        self._client = client
        self._pool = pool
        self._task_queue = task_queue
        self._engagement = engagement
        self._clocks = VirtualClocks(client)
        self._workflow = workflow_id(ENGAGEMENT, engagement)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The engagement's workflow."""
        return handles.handle(self._client, ENGAGEMENT, self._engagement)

    async def begin(self) -> date:
        """Start it, have the agreement signed, and go to the eve of its second session; the day of that session."""
        now = wall()
        begun = await self._opening(now)
        await handles.start(self._client, ENGAGEMENT, self._engagement, begun, task_queue=self._task_queue)
        await self._stands()
        for signed in agreement(begun, now):
            await handles.tell(self._client, ENGAGEMENT, self._engagement, signed, task_queue=self._task_queue)
        await self._clocks.adopt(self._workflow)
        first = begun.course_start + timedelta(days=(1 - begun.course_start.weekday()) % 7)
        await self._eve(first)
        await self.answered(first)
        return first + timedelta(weeks=1)

    async def answered(self, day: date) -> Measured:
        """Live the week of the session of a day; what it added to the history, from one eve to the next."""
        before = await self.history()
        ask = await self._ask(day)
        await self._clocks.advance(self._workflow, ask.at + _AN_HOUR_AFTER)
        await self._tell(day)
        await self._eve(day + timedelta(weeks=1))
        return await self.history() - before

    async def history(self) -> Measured:
        """The history so far."""
        return measured((await self.handle.fetch_history()).events)

    async def mails(self) -> int:
        """How many notices of this engagement were sent."""
        sent = "SELECT count(*) FROM notices WHERE subject = $1 AND status = 'sent'"
        return int(await self._pool.fetchval(sent, self._engagement))

    async def _opening(self, now: datetime) -> EngagementProposed:
        everybody = tuple(admitting.Person(f"A {role}", f"{role}@example.org") for role in _ROLES)
        async with self._pool.acquire() as connection:
            admitted = await admitting.admit(connection, "bench", now, admitting.Roster(everybody, ("A team",)))
            await offices.keep(connection, "bench", Mailbox(OFFICE.name, OFFICE.email), now, anew=False)
        given = {role: admitted.people[f"{role}@example.org"] for role in _ROLES}
        begins = (now + timedelta(weeks=3)).date()
        made = opening(
            self._engagement, now, course_start=begins, watched_from=now, people=People.model_validate(given)
        )
        made = made.model_copy(update={"microsystem": admitted.microsystems["A team"]})
        await known(self._pool, self._engagement, made)
        return made

    async def _stands(self) -> None:
        """Wait until the opening is recorded."""
        while True:
            try:
                await self.handle.query("state", result_type=Standing)
            except WorkflowQueryFailedError:
                continue
            return

    async def _ask(self, day: date) -> Due:
        timeline: list[Due] = await self.handle.query("timeline", result_type=list[Due])
        return next(due for due in timeline if (due.matter, due.act, due.about) == (Matter.SESSION, Act.ASK, day))

    async def _eve(self, day: date) -> None:
        await self._clocks.advance(self._workflow, datetime.combine(day, _QUIET, UTC))

    async def _tell(self, day: date) -> None:
        over = datetime.combine(day, SLOT.at, UTC) + timedelta(hours=1)
        held = SessionHeld(event_id=f"{self._engagement}:{day}", occurred_at=over, day=day)
        await handles.tell(self._client, ENGAGEMENT, self._engagement, held, task_queue=self._task_queue)
