"""Activities by which a cohort starts engagements and tells them facts: peers, known by id, never children."""

from __future__ import annotations

from time import monotonic
from typing import Final

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.signatures import Activity, StartEngagements, StartIntroCourses, TellEngagement, TellIntroCourse
from coaching_client import handles
from coaching_client.handles import FactRefusedError
from schemas.due import IntroCourseTold, Refusal, Told
from schemas.subjects import ENGAGEMENT, INTRO_COURSE

_LOOKED_AFTER: Final = 600.0


class Academies:
    """Sees to it that the weekly mail of every academy is kept, as soon as something waits for it."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue
        self._looked_at: dict[str, float] = {}

    async def keep(self, academy: str) -> None:
        """Start its workflow, unless it runs; looked at again after ten minutes, should somebody have ended it."""
        if monotonic() - self._looked_at.get(academy, -_LOOKED_AFTER) >= _LOOKED_AFTER:
            await handles.start_weekly_mail(self._client, academy, task_queue=self._task_queue)
            self._looked_at[academy] = monotonic()


class PeerActivities:
    """Reaches other workflows through the client. Repeating any of it changes nothing."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    @activity.defn(name=Activity.START_ENGAGEMENTS)
    async def start_engagements(self, asked: StartEngagements) -> None:
        """Start each engagement that does not run yet."""
        for peer in asked.engagements:
            await handles.start(self._client, ENGAGEMENT, peer.engagement, peer.opening, task_queue=self._task_queue)

    @activity.defn(name=Activity.TELL_ENGAGEMENT)
    async def tell_engagement(self, asked: TellEngagement) -> Told:
        """Tell an engagement a fact. A refusal fails for good, with the refusal as its detail."""
        try:
            return await handles.tell(
                self._client, ENGAGEMENT, asked.engagement, asked.fact, task_queue=self._task_queue
            )
        except FactRefusedError as refused:
            raise _final(refused.refusal) from None

    @activity.defn(name=Activity.START_INTRO_COURSES)
    async def start_intro_courses(self, asked: StartIntroCourses) -> None:
        """Start each Introduction course that does not run yet, and never did."""
        for opened in asked.openings:
            await handles.start(self._client, INTRO_COURSE, opened.course, opened.opening, task_queue=self._task_queue)

    @activity.defn(name=Activity.TELL_INTRO_COURSE)
    async def tell_intro_course(self, asked: TellIntroCourse) -> IntroCourseTold:
        """Tell an Introduction course a fact, as an engagement."""
        try:
            return await handles.tell(self._client, INTRO_COURSE, asked.course, asked.fact, task_queue=self._task_queue)
        except FactRefusedError as refused:
            raise _final(refused.refusal) from None


def _final(refusal: Refusal) -> ApplicationError:
    return ApplicationError(refusal.code, refusal, type=f"Refused.{refusal.when}", non_retryable=True)
