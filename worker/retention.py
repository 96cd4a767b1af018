"""The activity that deletes what academies keep no longer."""

from __future__ import annotations

from temporalio import activity

from activities.signatures import Activity, Gone, LetGo
from operations.context import EngineContext
from operations.retention import apply_everywhere


class RetentionActivities:
    """Each call is one night. Repeating it deletes nothing more."""

    def __init__(self, engine: EngineContext) -> None:
        self._engine = engine

    @activity.defn(name=Activity.LET_GO)
    async def let_go(self, asked: LetGo) -> Gone:
        """What is kept too long by now, of every academy that set how long it keeps what."""
        done = await apply_everywhere(self._engine, asked.at, alive=activity.heartbeat)
        return Gone(
            gone=sum(sum(one.counts.values()) for one in done.values()),
            failed=sum(len(one.failed) for one in done.values()),
        )
