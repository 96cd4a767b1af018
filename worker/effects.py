"""The activity by which an academy's or a person's workflow reaches all that its facts concern."""

from __future__ import annotations

from datetime import datetime

from temporalio import activity

from activities.signatures import Activity, PeersTold, TellPeers
from operations.context import EngineContext
from operations.effects import pass_on, pass_on_all
from schemas.words import Code


class EffectActivities:
    """Passes on what academies and people were told. Repeating it tells nobody twice."""

    def __init__(self, engine: EngineContext) -> None:
        self._engine = engine

    @activity.defn(name=Activity.TELL_PEERS)
    async def tell_peers(self, asked: TellPeers) -> PeersTold:
        """What one subject was told."""
        heard = await pass_on(self._engine, asked.subject, asked.at)
        return PeersTold(told=len(heard.told), refused=len(heard.refused), late=len(heard.late))

    async def pass_on_all(self, academy: Code, at: datetime) -> bool:
        """What an academy and its people were told; whether all answered. A refusal is an answer too."""
        return not (await pass_on_all(self._engine, academy, at, alive=activity.heartbeat)).late
