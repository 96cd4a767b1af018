"""Drives a rehearsal: everything real but the clocks, which go on from barrier to barrier.

No clock passes a barrier until all have reached it; one with nothing due before the barrier stays where it stands,
since nothing would happen to it on the way. The cohort's goes after theirs, so that whatever it tells an engagement
has happened by the engagement's clock; Introduction courses follow; the academy's goes last, so that its weekly mail
holds what all have to say.
Between two barriers engagements are driven at the same time. Barriers lie at an odd moment of a night, when nothing is
due: on Wednesdays, so that what Monday's mail asks is answered that week.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from coaching_client import handles
from lifecycle.calendar import Calendar
from operations.cohorts import admit, start_cohort
from operations.context import EngineContext
from records import lists, notes, views
from records.database import Pool
from records.lists import Sought
from records.views import ListedEngagement
from rehearsal import answers, casting
from rehearsal.acts import REHEARSED, Asked, Telling, stop_at
from rehearsal.asking import Questions
from rehearsal.behaviours import Dice
from rehearsal.clocks import VirtualClocks
from rehearsal.course import Course
from rehearsal.introductions import Introductions
from rehearsal.script import OPENING_WEEKS, Plot, Script
from rehearsal.team import Team
from schemas import engagement_facts as facts
from schemas.due import Refusal
from schemas.facts import AcademyClosed, Fact
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, AnyKind, kept_in, workflow_id
from schemas.words import CohortId, EngagementId

_BARRIER: Final = time(3, 17)
_WEDNESDAY: Final = 2
_OPENS: Final = time(9, 41)
_SAID_BEFORE: Final = timedelta(weeks=6)
_SAID_CLOSED: Final = ":closed"
_AT_ONCE: Final = 48
"""So many workflows are driven at the same time; a server on a small machine gains nothing from more."""

_ALL: Final = 100_000
"""More engagements than any rehearsal has."""

_SECONDS_TO_START: Final = 60.0
_GLANCE_SECONDS: Final = 0.05

_NOTED: Final = (facts.AimSet, facts.ReadinessRefused, facts.EndedEarly)

_log = structlog.stdlib.get_logger("rehearsal.stage")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rehearsal is: virtual weeks, the virtual time of the barrier (UTC), and what lives and was told."""

    week: int
    weeks: int
    at: datetime
    alive: int
    engagements: int
    told: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A fact that was refused though its teller had reason to think it legal: a fault of rules or behaviours."""

    subject: str
    kind: str
    event_id: str
    occurred_at: datetime
    refusal: Refusal


@dataclass(slots=True)
class Cohort:
    """One cohort on the stage. ``opens`` is when it is told its enrolments; ``open`` whether it was."""

    script: Script
    company: casting.Company
    course: Course
    opens: datetime
    open: bool = False

    @property
    def name(self) -> CohortId:
        """The cohort's id."""
        return self.script.cohort


@dataclass(slots=True)
class Stage:
    """Where a plot is played. ``teams`` are all that ever lived, ``ended`` those whose engagement is over."""

    plot: Plot
    client: Client
    pool: Pool
    task_queue: str
    clocks: VirtualClocks
    progress: Callable[[Progress], None]
    teams: dict[EngagementId, Team] = field(default_factory=dict)
    ended: set[EngagementId] = field(default_factory=set)
    refused: list[Refused] = field(default_factory=list)
    told: int = 0

    async def play(self, now: datetime) -> None:
        """From the first opening to the last barrier. ``now`` is the wall clock, by which notes are kept."""
        await self._need_virtual_clocks()
        cohorts = [await self._begin(script, now) for script in self.plot.scripts]
        # Of this cohort or academy alone: by a clock that is ahead, nobody else's mail may be judged.
        await handles.start_weekly_mail(self.client, self.plot.scope, task_queue=self.task_queue)
        await self.clocks.adopt(handles.weekly_mail_id(self.plot.scope))
        introductions = self._introductions(now)
        await introductions.begin(now)
        questions = Questions(self.pool, self.plot.scope)
        barriers = self._barriers(cohorts)
        for week, barrier in enumerate(barriers, 1):
            await self._pass_week(cohorts, introductions, barrier, now, last=barrier == barriers[-1])
            for asked in await questions.new():
                await self._answer(cohorts, introductions, asked, barrier)
            await self._part_from_the_ended()
            alive = len(self._alive())
            self.progress(Progress(week, len(barriers), barrier, alive, len(self.teams), self.told))

    async def _pass_week(
        self, cohorts: list[Cohort], introductions: Introductions, barrier: datetime, now: datetime, *, last: bool
    ) -> None:
        """All clocks to a barrier, in their order, and everything that people tell before it."""
        for cohort in cohorts:
            await self._open(cohort, barrier)
        await self._together(self._live(team, barrier, now) for team in self._alive())
        everybody = last or any(cohort.course.speaks_before(barrier) for cohort in cohorts)
        waiting = self._alive() if everybody else await self._with_something_due(barrier)
        await self._together(self._reach(team.engagement, barrier) for team in waiting)
        for cohort in cohorts:
            newborn = await self._drive_cohort(cohort, barrier, now)
            await self._welcome(cohort, newborn, barrier)
        await introductions.live(barrier)
        await self._close(barrier, now)
        await self.clocks.advance(handles.weekly_mail_id(self.plot.scope), barrier)

    async def _begin(self, script: Script, now: datetime) -> Cohort:
        """Admit everybody and start the cohort, without enrolments yet: on the wall clock, as any workflow starts."""
        openings = await admit(self.pool, script.plan, script.roster, now)
        found = await casting.find_teams(self.pool, script, now)
        await handles.start(
            self.client, COHORT, script.cohort, openings.scheduled, scoped=True, task_queue=self.task_queue
        )
        await self.clocks.adopt(workflow_id(COHORT, script.cohort))
        company = casting.Company(script, openings, found)
        course = company.course(self.teams)
        course.plan()
        return Cohort(script, company, course, self._opens(script, course.calendar))

    async def _need_virtual_clocks(self) -> None:
        """Before anything is started: without them the cohort would live by the wall clock, and write mail."""
        await self._adopted(workflow_id(COHORT, self.plot.first.cohort))

    def _introductions(self, now: datetime) -> Introductions:
        async def tell(course: str, fact: Fact) -> bool:
            return await self._tell(INTRO_COURSE, course, Telling(fact.occurred_at, fact), now)

        return Introductions(self.plot, self.client, self.pool, self.task_queue, self.clocks, tell)

    def _opens(self, script: Script, days: Calendar) -> datetime:
        day = days.add_working_days(script.course_start - timedelta(weeks=OPENING_WEEKS), 0)
        return stop_at(days.at(day, _OPENS), Dice(script.seed, "office").on("opening"))

    async def _open(self, cohort: Cohort, barrier: datetime) -> None:
        """The office starts the cohort with its roster, as the command line does; its teams come to the barrier.

        Before the cohort goes on: it tells an engagement that somebody joins, which is heard when that has begun.
        """
        if cohort.open or cohort.opens >= barrier:
            return
        cohort.open = True
        script = cohort.script
        await self.clocks.advance(workflow_id(COHORT, script.cohort), cohort.opens)
        at = cohort.opens.replace(second=1)
        engine = EngineContext(self.client, self.pool, self.task_queue)
        await start_cohort(engine, REHEARSED, script.plan, script.roster, at=at, wait=False)
        first = [enrolled.enrolment for enrolled in cohort.company.openings.enrolments if enrolled.team]
        await self._welcome(cohort, first, barrier)

    def _barriers(self, cohorts: list[Cohort]) -> list[datetime]:
        """Every Wednesday's small hours from the first opening on until the months of all are over."""
        opening, days = cohorts[0].opens, cohorts[0].course.calendar
        chance = Dice(self.plot.first.seed, "barriers").on("seconds")
        scripts = (cohort.script for cohort in cohorts)
        end = max(days.add_months(days.at(script.course_start, _BARRIER), script.months) for script in scripts)
        barrier = stop_at(days.at(days.next_weekday(days.day(opening), _WEDNESDAY), _BARRIER), chance)
        found = []
        while barrier <= end:
            found.append(barrier)
            barrier = days.add_weeks(barrier, 1)
        return found

    async def _close(self, barrier: datetime, now: datetime) -> None:
        """The academy says weeks before when it is closed, to all that is open then, and to what comes later."""
        for first, last in self.plot.first.closed:
            if not first - _SAID_BEFORE <= barrier.date() <= last:
                continue
            async with self.pool.acquire() as conn:
                untold = await views.open_subjects(conn, self.plot.first.academy, _SAID_CLOSED)
            for subject, table in untold:
                # Each by its own clock, some seconds ago.
                clock = await self.clocks.now(workflow_id(kept_in(table), subject))
                at = clock.replace(microsecond=0) - timedelta(seconds=5)
                fact = AcademyClosed(
                    event_id=f"{subject}{_SAID_CLOSED}", occurred_at=at, first_day=first, last_day=last
                )
                await self._tell(kept_in(table), subject, Telling(at, fact), now)

    def _alive(self) -> list[Team]:
        return [team for engagement, team in self.teams.items() if engagement not in self.ended]

    async def _live(self, team: Team, barrier: datetime, now: datetime) -> None:
        """One team towards the barrier, to the last thing its people tell before it."""
        team.live_until(barrier)
        workflow = workflow_id(ENGAGEMENT, team.engagement)
        for telling in team.agenda.until(barrier):
            await self.clocks.advance(workflow, telling.at)
            await self._tell(ENGAGEMENT, team.engagement, telling, now)

    async def _with_something_due(self, barrier: datetime) -> list[Team]:
        lines = await self._recorded()
        return [self.teams[line.engagement] for line in lines if line.next_due is not None and line.next_due <= barrier]

    async def _recorded(self) -> list[ListedEngagement]:
        """The engagements of all teams as they stand, by id."""
        async with self.pool.acquire() as conn:
            listed = await lists.engagements(conn, Sought(within=[self.plot.scope]), None, _ALL)
        return [line for line in listed if line.engagement in self.teams]

    async def _reach(self, engagement: EngagementId, barrier: datetime) -> None:
        await self.clocks.advance(workflow_id(ENGAGEMENT, engagement), barrier)

    async def _drive_cohort(self, cohort: Cohort, barrier: datetime, now: datetime) -> list[EngagementId]:
        """The cohort to the barrier, when all others are there; returns the engagements it brought to life."""
        workflow = workflow_id(COHORT, cohort.name)
        newborn = []
        for telling in cohort.course.agenda.until(barrier):
            await self.clocks.advance(workflow, telling.at)
            accepted = await self._tell(COHORT, cohort.name, telling, now)
            engagement = casting.born(telling.fact, set(self.teams)) if accepted else None
            if engagement is not None:
                newborn.append(engagement)
        if cohort.open:
            await self.clocks.advance(workflow, barrier)
        return newborn

    async def _tell(self, kind: AnyKind, subject: str, telling: Telling, now: datetime) -> bool:
        fact = telling.fact
        if isinstance(fact, _NOTED):
            async with self.pool.acquire() as conn:
                await notes.keep(conn, subject, fact.event_id, f"Words of the team, rehearsed {fact.event_id}", now)
        try:
            await handles.tell(self.client, kind, subject, fact, scoped=True, task_queue=self.task_queue)  # type: ignore[arg-type]  # one of the union
        except handles.FactRefusedError as refused:
            self._note_refusal(subject, fact, refused.refusal)
            return False
        self.told += 1
        return True

    def _note_refusal(self, subject: str, fact: Fact, refusal: Refusal) -> None:
        kind: str = fact.kind
        self.refused.append(Refused(subject, kind, fact.event_id, fact.occurred_at, refusal))
        _log.warning("rehearsal.refused", subject=subject, kind=kind, event_id=fact.event_id, code=refusal.code)

    async def _welcome(self, cohort: Cohort, newborn: list[EngagementId], barrier: datetime) -> None:
        """Bring engagements that the cohort has started to the barrier, and give them their people."""
        if not newborn:
            return
        await self._together(self._adopt(engagement, barrier) for engagement in newborn)
        for team in await casting.gather(self.pool, cohort.company, cohort.course, newborn):
            self.teams[team.engagement] = team

    async def _adopt(self, engagement: EngagementId, barrier: datetime) -> None:
        """Take over an engagement's clock as soon as the cohort has started it."""
        async with asyncio.timeout(_SECONDS_TO_START):
            while not await self._adopted(workflow_id(ENGAGEMENT, engagement)):  # noqa: ASYNC110  # nothing announces it
                await asyncio.sleep(_GLANCE_SECONDS)
        await self._reach(engagement, barrier)

    async def _adopted(self, workflow: str) -> bool:
        try:
            await self.clocks.adopt(workflow)
        except RPCError as unknown:
            if unknown.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def _answer(
        self, cohorts: list[Cohort], introductions: Introductions, asked: Asked, barrier: datetime
    ) -> None:
        course = next((cohort.course for cohort in cohorts if cohort.name == asked.subject), None)
        if course is not None:
            course.answer(asked, barrier)
        elif asked.subject in self.teams:
            answers.answer(self.teams[asked.subject], asked, barrier)
        elif asked.subject in introductions.courses:
            await introductions.answer(asked, barrier)

    async def _part_from_the_ended(self) -> None:
        for line in await self._recorded():
            if line.ended_at is not None and line.engagement not in self.ended:
                self.ended.add(line.engagement)
                self.teams[line.engagement].part(line.ended_at)

    async def _together(self, drives: Iterable[Awaitable[None]]) -> None:
        """Drive at the same time, so many at once; the first failure stops the rest and is raised as it is."""
        room = asyncio.Semaphore(_AT_ONCE)

        async def with_room(drive: Awaitable[None]) -> None:
            async with room:
                await drive

        try:
            async with asyncio.TaskGroup() as group:
                for drive in drives:
                    group.create_task(with_room(drive))
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
