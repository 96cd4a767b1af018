"""Workflows of the engine's shape, without its rules: they sleep to the next due item, and are told things."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from temporalio import activity, workflow
from temporalio.client import Client

_AT_MOST = timedelta(seconds=30)


@dataclass(frozen=True)
class Life:
    """What falls due from ``opened`` on (seconds since 1970), ``every`` so many seconds, ``items`` times in all."""

    opened: float
    every: float
    items: int
    done: int = 0
    items_a_run: int = 1_000_000
    quiet: bool = False
    """Nothing is carried out: waking is all that happens."""


@workflow.defn
class Sleeper:
    """Carries out what is due, one activity each; an update, with an activity of its own, is told in between."""

    @workflow.init
    def __init__(self, life: Life) -> None:
        self._done = life.done
        self._told = 0

    @workflow.run
    async def run(self, life: Life) -> int:
        """Returns how many items were carried out, by the last of the runs."""
        while self._done < life.items:
            await self._sleep_until(life.opened + life.every * self._done)
            if not life.quiet:
                await self._carry_out(f"due {self._done}")
            self._done += 1
            if self._done - life.done >= life.items_a_run:
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(Life(life.opened, life.every, life.items, self._done, life.items_a_run))
        return self._done

    @workflow.update
    async def tell(self, what: str) -> int:
        """Returns how many things were told to this run."""
        await self._carry_out(what)
        self._told += 1
        return self._told

    async def _sleep_until(self, due: float) -> None:
        while (left := due - workflow.now().timestamp()) > 0:
            told = self._told
            try:
                await workflow.wait_condition(lambda told=told: self._told != told, timeout=left)  # type: ignore[misc]
            except TimeoutError:
                return

    async def _carry_out(self, what: str) -> None:
        now = workflow.now().isoformat(timespec="seconds")
        await workflow.execute_activity(CARRY_OUT, args=[what, now], start_to_close_timeout=_AT_MOST)


@workflow.defn
class Starter:
    """Sleeps until ``life`` opens, then has an activity start a Sleeper of that life with a client, and sleeps on."""

    @workflow.run
    async def run(self, life: Life, sleeper: str) -> None:
        """Ends when the items of ``life`` would have ended."""
        await workflow.sleep(timedelta(seconds=life.opened - workflow.now().timestamp()))
        await workflow.execute_activity(START, args=[life, sleeper], start_to_close_timeout=_AT_MOST)
        await workflow.sleep(timedelta(seconds=life.every * life.items))


CARRY_OUT = "carry_out"
START = "start"


@dataclass
class World:
    """What the workflows do to the world: what was carried out and when, by workflow id."""

    client: Client
    diary: dict[str, list[tuple[str, datetime]]] = field(default_factory=dict)
    broken: bool = False
    hold: asyncio.Event | None = None
    """While set and not happened, nothing is finished."""
    holding: asyncio.Event = field(default_factory=asyncio.Event)

    @activity.defn(name=CARRY_OUT)
    async def carry_out(self, what: str, now: str) -> None:
        """Note what was done at which virtual time."""
        if self.broken:
            raise ConnectionError("the world is broken")
        if self.hold is not None:
            self.holding.set()
            await self.hold.wait()
        workflow_id = activity.info().workflow_id
        assert workflow_id is not None
        self.diary.setdefault(workflow_id, []).append((what, datetime.fromisoformat(now).astimezone(UTC)))

    @activity.defn(name=START)
    async def start(self, life: Life, sleeper: str) -> None:
        """Start a workflow as a cohort starts its engagements."""
        await self.client.start_workflow(Sleeper.run, life, id=sleeper, task_queue=activity.info().task_queue)
