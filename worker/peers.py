"""Activities by which a cohort starts engagements and tells them facts: peers, known by id, never children."""

from __future__ import annotations

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.signatures import Activity, StartEngagements, TellEngagement
from coaching_client.handles import FactRefusedError, start_engagement, tell
from schemas.due import Told


class PeerActivities:
    """Reaches other workflows through the client. Repeating any of it changes nothing."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    @activity.defn(name=Activity.START_ENGAGEMENTS)
    async def start_engagements(self, asked: StartEngagements) -> None:
        """Start each engagement that does not run yet."""
        for peer in asked.engagements:
            await start_engagement(self._client, peer.engagement, peer.opening, task_queue=self._task_queue)

    @activity.defn(name=Activity.TELL_ENGAGEMENT)
    async def tell_engagement(self, asked: TellEngagement) -> Told:
        """Tell an engagement a fact. A refusal fails for good, with the refusal as its detail."""
        try:
            return await tell(self._client, asked.engagement, asked.fact, task_queue=self._task_queue)
        except FactRefusedError as refused:
            told = refused.refusal
            raise ApplicationError(told.code, told, type=f"Refused.{told.when}", non_retryable=True) from None
