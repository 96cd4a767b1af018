"""The activity by which a workflow reaches all that its facts concern."""

from __future__ import annotations

from datetime import datetime

from temporalio import activity

from activities.signatures import Activity, PeersTold, TellPeers
from operations.context import EngineContext
from operations.effects import pass_on, pass_on_all
from operations.intro_calendars import follow_academy
from operations.leavers import vacate_due
from operations.open_forms import forget_overdue
from operations.taking_over import take_over
from schemas.inputs import TakenOver, TakeOver
from schemas.words import Code


class EffectActivities:
    """Passes on what subjects were told. Repeating it tells nobody twice."""

    def __init__(self, engine: EngineContext) -> None:
        self._engine = engine

    @activity.defn(name=Activity.TELL_PEERS)
    async def tell_peers(self, asked: TellPeers) -> PeersTold:
        """What one subject was told."""
        heard = await pass_on(self._engine, asked.subject, asked.at)
        await follow_academy(self._engine, asked.subject, asked.at)
        return PeersTold(told=len(heard.told), refused=len(heard.refused), late=len(heard.late))

    @activity.defn(name=Activity.TAKE_OVER)
    async def take_over(self, asked: TakeOver) -> TakenOver:
        """Record the past of a cohort, and have its workflows know it. Repeating it records nothing twice."""
        return await take_over(self._engine, asked)

    async def pass_on_all(self, academy: Code, at: datetime) -> bool:
        """What an academy, its people and what is open in it were told, and who left it; whether all answered.

        Bookings that nobody looked at in time are forgotten.
        """
        await follow_academy(self._engine, academy, at)
        heard = await pass_on_all(self._engine, academy, at, alive=activity.heartbeat)
        async with self._engine.connection() as conn:
            await forget_overdue(conn, at)
        answered = await vacate_due(self._engine, academy, alive=activity.heartbeat)
        return answered and not heard.late
