"""Drives a rehearsal in either world: clocks go on from barrier to barrier.

No clock passes a barrier until all have reached it; one with nothing due before the barrier stays where it stands,
since nothing would happen to it on the way. The cohort's goes after theirs, so that whatever it tells an engagement
has happened by the engagement's clock; Introduction courses follow; the academy's goes last, so that its weekly mail
holds what all have to say. It goes while engagements live their next week already, at which it does not look.
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

from lifecycle.calendar import Calendar
from rehearsal import answers, casting
from rehearsal.acts import Asked, stop_at
from rehearsal.behaviours import Dice
from rehearsal.course import Course
from rehearsal.introductions import Introductions
from rehearsal.script import OPENING_WEEKS, Plot, Script
from rehearsal.team import Team
from rehearsal.world import EngagementLine, World
from schemas.due import Refusal
from schemas.facts import AcademyClosed, Fact
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, AnyKind
from schemas.words import CohortId, EngagementId, IntroCourseId

_BARRIER: Final = time(3, 17)
_WEDNESDAY: Final = 2
_OPENS: Final = time(9, 41)
_SAID_BEFORE: Final = timedelta(weeks=6)
_SAID_CLOSED: Final = ":closed"
_AT_ONCE: Final = 48
"""So many workflows are driven at the same time; a server on a small machine gains nothing from more."""

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
    world: World
    progress: Callable[[Progress], None]
    teams: dict[EngagementId, Team] = field(default_factory=dict)
    ended: set[EngagementId] = field(default_factory=set)
    refused: list[Refused] = field(default_factory=list)
    told: int = 0
    _mail_to: datetime | None = None

    async def play(self) -> None:
        """From the first opening to the last barrier."""
        cohorts = [await self._begin(script) for script in self.plot.scripts]
        await self.world.keep_weekly_mail()
        introductions = Introductions(self.plot, self.world, self._tell_course)
        await introductions.begin()
        barriers = self._barriers(cohorts)
        for week, barrier in enumerate(barriers, 1):
            await self._pass_week(cohorts, introductions, barrier, last=barrier == barriers[-1])
            for asked in await self.world.asked():
                await self._answer(cohorts, introductions, asked, barrier)
            await self._part_from_the_ended()
            alive = len(self._alive())
            self.progress(Progress(week, len(barriers), barrier, alive, len(self.teams), self.told))

    async def _pass_week(
        self, cohorts: list[Cohort], introductions: Introductions, barrier: datetime, *, last: bool
    ) -> None:
        """All clocks to a barrier, in their order, and everything that people tell before it."""
        for cohort in cohorts:
            await self._open(cohort, barrier)
        await self._together([self._catch_up_mail(), *(self._live(team, barrier) for team in self._alive())])
        everybody = last or any(cohort.course.speaks_before(barrier) for cohort in cohorts)
        waiting = self._alive() if everybody else await self._with_something_due(barrier)
        await self._together(self._reach(team.engagement, barrier) for team in waiting)
        for cohort in cohorts:
            newborn = await self._drive_cohort(cohort, barrier)
            await self._welcome(cohort, newborn, barrier)
        await introductions.live(barrier)
        await self._close(barrier)
        self._mail_to = barrier
        if last:
            await self._catch_up_mail()

    async def _catch_up_mail(self) -> None:
        """The weekly mail to the barrier that all else has reached."""
        if self._mail_to is not None:
            to, self._mail_to = self._mail_to, None
            await self.world.advance_mail(to)

    async def _begin(self, script: Script) -> Cohort:
        company = casting.Company(script, await self.world.admit(script))
        course = company.course(self.teams)
        course.plan()
        return Cohort(script, company, course, self._opens(script, course.calendar))

    async def _tell_course(self, course: IntroCourseId, fact: Fact) -> bool:
        return await self._tell(INTRO_COURSE, course, fact)

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
        await self.world.advance(COHORT, cohort.name, cohort.opens)
        await self.world.enrol(cohort.script, cohort.opens.replace(second=1))
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
        if self.plot.ends is None:
            return found
        return [*(barrier for barrier in found if barrier < self.plot.ends), self.plot.ends]

    async def _close(self, barrier: datetime) -> None:
        """The academy says weeks before when it is closed, to all that is open then, and to what comes later."""
        for first, last in self.plot.first.closed:
            if not first - _SAID_BEFORE <= barrier.date() <= last:
                continue
            for kind, subject in await self.world.untold(self.plot.first.academy, _SAID_CLOSED):
                # Each by its own clock, some seconds ago.
                at = (await self.world.clock(kind, subject)).replace(microsecond=0) - timedelta(seconds=5)
                fact = AcademyClosed(
                    event_id=f"{subject}{_SAID_CLOSED}", occurred_at=at, first_day=first, last_day=last
                )
                await self._tell(kind, subject, fact)

    def _alive(self) -> list[Team]:
        return [team for engagement, team in self.teams.items() if engagement not in self.ended]

    async def _live(self, team: Team, barrier: datetime) -> None:
        """One team towards the barrier, to the last thing its people tell before it."""
        team.live_until(barrier)
        for telling in team.agenda.until(barrier):
            await self.world.advance(ENGAGEMENT, team.engagement, telling.at)
            await self._tell(ENGAGEMENT, team.engagement, telling.fact)

    async def _with_something_due(self, barrier: datetime) -> list[Team]:
        lines = await self._recorded()
        return [self.teams[line.engagement] for line in lines if line.next_due is not None and line.next_due <= barrier]

    async def _recorded(self) -> list[EngagementLine]:
        """The engagements of all teams as they stand, by id."""
        return [line for line in await self.world.engagements() if line.engagement in self.teams]

    async def _reach(self, engagement: EngagementId, barrier: datetime) -> None:
        await self.world.advance(ENGAGEMENT, engagement, barrier)

    async def _drive_cohort(self, cohort: Cohort, barrier: datetime) -> list[EngagementId]:
        """The cohort to the barrier, when all others are there; returns the engagements it brought to life."""
        newborn = []
        for telling in cohort.course.agenda.until(barrier):
            await self.world.advance(COHORT, cohort.name, telling.at)
            accepted = await self._tell(COHORT, cohort.name, telling.fact)
            engagement = casting.born(telling.fact, set(self.teams)) if accepted else None
            if engagement is not None:
                newborn.append(engagement)
        if cohort.open:
            await self.world.advance(COHORT, cohort.name, barrier)
        return newborn

    async def _tell(self, kind: AnyKind, subject: str, fact: Fact) -> bool:
        refusal = await self.world.tell(kind, subject, fact)
        if refusal is not None:
            self._note_refusal(subject, fact, refusal)
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
        await self._together(self._start(engagement, barrier) for engagement in newborn)
        for engagement in newborn:
            opening = await self.world.opening(engagement)
            if opening is not None:
                self.teams[engagement] = casting.team(cohort.company, cohort.course, engagement, *opening)

    async def _start(self, engagement: EngagementId, barrier: datetime) -> None:
        await self.world.started(engagement)
        await self._reach(engagement, barrier)

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
