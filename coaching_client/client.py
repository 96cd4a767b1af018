"""A small typed client: start, tell and ask, by ids alone. It needs a Temporal server and neither rules nor records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, Self, TypeVar

from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from coaching_client import handles
from coaching_client.answers import CohortStarted, RefusedEnrolment
from coaching_client.handles import TASK_QUEUE, WORTH_REPEATING, FactRefusedError
from schemas.cohort_facts import CohortScheduled, EnrolmentAccepted
from schemas.corrections import CohortFact, EngagementFact, IntroCourseFact
from schemas.due import CohortStanding, CohortTold, Due, IntroCourseStanding, IntroCourseTold, Standing, Told, Why
from schemas.engagement_facts import EngagementProposed
from schemas.intro_course_facts import IntroCourseScheduled
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE
from schemas.words import CohortId, EngagementId, IntroCourseId

_TRIES: Final = 7
_FIRST_WAIT: Final = timedelta(milliseconds=50)

T = TypeVar("T")


class UnknownSubjectError(Exception):
    """Temporal keeps no workflow of this id: it never was, or it closed longer ago than the namespace keeps.

    What was recorded of it can still be read from the records, and a fact told to it wakes it up.
    """

    def __init__(self, workflow_id: str) -> None:
        super().__init__(f"There is no workflow {workflow_id}. Is the id written right?")


class CoachingClient:
    """Starts engagements, cohorts and Introduction courses, tells them facts, asks them. Everything may be repeated.

    Calls wait for the engine as long as it takes: bound them with :func:`asyncio.timeout`. What a call was cut off
    from may have happened, and its repeat is harmless. All raise RPCError when the Temporal server stays unreachable.
    """

    def __init__(self, temporal: Client, *, task_queue: str = TASK_QUEUE) -> None:
        """``temporal`` must have Temporal's pydantic data converter, as :meth:`connect` gives it."""
        self._temporal = temporal
        self._task_queue = task_queue

    @classmethod
    async def connect(
        cls,
        *,
        address: str | None = None,
        namespace: str | None = None,
        profile: str | None = None,
        task_queue: str = TASK_QUEUE,
    ) -> Self:
        """Connect as Temporal's ``TEMPORAL_*`` variables and profiles say; what is given here goes first.

        Raises RuntimeError when no server answers.
        """
        config: dict[str, Any] = dict(ClientConfig.load_client_connect_config(profile=profile))
        config |= {"target_host": address or config.get("target_host", "localhost:7233")}
        if namespace:
            config |= {"namespace": namespace}
        temporal = await Client.connect(**config, data_converter=pydantic_data_converter)
        return cls(temporal, task_queue=task_queue)

    async def start_engagement(self, engagement: EngagementId, opening: EngagementProposed) -> Told:
        """Start an engagement; returns when its opening is recorded, a repeat with the first answer.

        Raises FactRefusedError (``different_content``, ``began_already``) when it was begun before with another
        opening. Usually a cohort starts its engagements itself.
        """
        await handles.start(self._temporal, ENGAGEMENT, engagement, opening, task_queue=self._task_queue)
        return await self.tell(engagement, opening)

    async def start_cohort(
        self, cohort: CohortId, opening: CohortScheduled, enrolments: Iterable[EnrolmentAccepted] = ()
    ) -> CohortStarted:
        """Start a cohort; returns when it and its enrolments are recorded. A running one is told the late enrolments.

        Raises FactRefusedError (``different_content``, ``began_already``) when it was begun before with another
        opening. People are ids: whoever they are must be known to the records already.
        """
        given = tuple(enrolments)
        await handles.start(self._temporal, COHORT, cohort, opening, given, task_queue=self._task_queue)
        await self.tell_cohort(cohort, opening)
        refused = []
        for enrolment in given:
            try:
                await self.tell_cohort(cohort, enrolment)
            except FactRefusedError as error:
                refused.append(RefusedEnrolment(enrolment=enrolment.enrolment, refusal=error.refusal))
        return CohortStarted(standing=await self.cohort_state(cohort), refused=tuple(refused))

    async def start_intro_course(self, course: IntroCourseId, opening: IntroCourseScheduled) -> IntroCourseTold:
        """Start an Introduction course; returns when its opening is recorded, a repeat with the first answer.

        Raises FactRefusedError as :meth:`start_engagement`. Bookings are facts about people whom the records know.
        """
        await handles.start(self._temporal, INTRO_COURSE, course, opening, task_queue=self._task_queue)
        return await self.tell_intro_course(course, opening)

    async def tell(self, engagement: EngagementId, fact: EngagementFact) -> Told:
        """Tell an engagement a fact; returns when it is recorded, a repeat with the first answer.

        Raises FactRefusedError: nothing was changed, and its ``refusal`` says why.
        """
        return await handles.tell(
            self._temporal, ENGAGEMENT, engagement, handles.from_outside(fact), task_queue=self._task_queue
        )

    async def tell_cohort(self, cohort: CohortId, fact: CohortFact) -> CohortTold:
        """Tell a cohort a fact, as :meth:`tell` does an engagement."""
        return await handles.tell(
            self._temporal, COHORT, cohort, handles.from_outside(fact), task_queue=self._task_queue
        )

    async def tell_intro_course(self, course: IntroCourseId, fact: IntroCourseFact) -> IntroCourseTold:
        """Tell an Introduction course a fact, as :meth:`tell` does an engagement."""
        return await handles.tell(
            self._temporal, INTRO_COURSE, course, handles.from_outside(fact), task_queue=self._task_queue
        )

    async def state(self, engagement: EngagementId) -> Standing:
        """Where an engagement stands, and whose turn it is. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, ENGAGEMENT, engagement), "state", Standing)

    async def timeline(self, engagement: EngagementId) -> list[Due]:
        """Everything that will fall due, earliest first, to the end. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, ENGAGEMENT, engagement), "timeline", list[Due])

    async def why(self, engagement: EngagementId, about: str) -> list[Why]:
        """The reason of a due item (by its key), a matter, ``health`` or ``next``. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, ENGAGEMENT, engagement), "why", list[Why], about)

    async def cohort_state(self, cohort: CohortId) -> CohortStanding:
        """Where a cohort stands. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, COHORT, cohort), "state", CohortStanding)

    async def cohort_timeline(self, cohort: CohortId) -> list[Due]:
        """Everything that will fall due of a cohort, earliest first. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, COHORT, cohort), "timeline", list[Due])

    async def intro_course_state(self, course: IntroCourseId) -> IntroCourseStanding:
        """Where an Introduction course stands: its places, and how many wait. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, INTRO_COURSE, course), "state", IntroCourseStanding)

    async def intro_course_timeline(self, course: IntroCourseId) -> list[Due]:
        """Everything that will fall due of an Introduction course, earliest first. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, INTRO_COURSE, course), "timeline", list[Due])

    async def _asked(self, handle: WorkflowHandle[Any, Any], query: str, answer: type[T], *about: str) -> T:
        """A query, asked again while the workflow has not begun, or is between two runs."""
        wait = _FIRST_WAIT
        for last in (*(False,) * (_TRIES - 1), True):
            try:
                found: T = await handle.query(query, args=about, result_type=answer)
            except WorkflowQueryFailedError:
                if await handles.nothing_recorded(self._temporal, handle):
                    raise UnknownSubjectError(handle.id) from None
                if last:
                    raise
            except RPCError as failed:
                if failed.status is RPCStatusCode.NOT_FOUND:
                    raise UnknownSubjectError(handle.id) from None
                if last or failed.status not in WORTH_REPEATING:
                    raise
            else:
                return found
            await asyncio.sleep(wait.total_seconds())
            wait *= 2
        raise AssertionError("the last try returns or raises")
