"""Virtual clocks on a real server, driven as a rehearsal drives them."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import strategies as st
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from devstack.temporal import TIME_SKIPPING
from rehearsal.clocks import (
    ClockOvershotError,
    ClockStalledError,
    HistorySize,
    NoTimeSkippingError,
    VirtualClocks,
    history_size,
    is_virtual_time_event,
)
from tests.dev_server import dev_server
from tests.rehearsal.toys import Life, Sleeper, Starter, World

WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)
SOON = timedelta(minutes=1)
"""More than any of these tests takes: a clock that went with the wall has not gone further."""
QUEUE = "toys"

FLAGS = TIME_SKIPPING | {
    "history.workflowIdReuseMinimalInterval": '"0s"',
    "history.timerProcessorMaxPollRPS": "2000",
}

_numbers = count(1)


async def server(**flags: str) -> WorkflowEnvironment:
    """A dev server with these settings."""
    return await dev_server(
        dev_server_log_level="error",
        dev_server_extra_args=[part for k, v in flags.items() for part in ("--dynamic-config-value", f"{k}={v}")],
    )


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    """Of a server that skips time."""
    async with await server(**FLAGS) as environment:
        yield environment.client


@pytest.fixture
async def world(client: Client) -> AsyncIterator[World]:
    """A world with a worker in it."""
    made = World(client)
    async with Worker(
        client,
        task_queue=QUEUE,
        workflows=[Sleeper, Starter],
        activities=[made.carry_out, made.start],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield made


@pytest.fixture
def clocks(client: Client) -> VirtualClocks:
    """The clocks of the server's workflows."""
    return VirtualClocks(client, timeout_seconds=60)


def in_ten_weeks() -> datetime:
    """The first due instant of most lives here."""
    return datetime.now(UTC).replace(microsecond=0) + 10 * WEEK


def weekly(opened: datetime, items: int = 100, items_a_run: int = 1_000_000) -> Life:
    """Something due every week."""
    return Life(opened.timestamp(), WEEK.total_seconds(), items, items_a_run=items_a_run)


async def begin(client: Client, life: Life) -> WorkflowHandle[Sleeper, int]:
    """A life started as any workflow is; the handle follows its runs."""
    workflow_id = f"sleeper-{next(_numbers)}"
    await client.start_workflow(Sleeper.run, life, id=workflow_id, task_queue=QUEUE)
    return client.get_workflow_handle_for(Sleeper.run, workflow_id)


def within(at: datetime | None, to: datetime, by: timedelta = SOON) -> bool:
    """Whether an instant is the other one, or soon after."""
    return at is not None and to <= at <= to + by


async def test_what_is_due_before_the_target_is_carried_out_and_nothing_after(
    client: Client, world: World, clocks: VirtualClocks
) -> None:
    """A clock put forward over three due items has them behind it, in order, each at its time."""
    opened = in_ten_weeks()
    life = await begin(client, weekly(opened))

    assert within(await clocks.advance(life.id, opened - HOUR), opened - HOUR)
    assert life.id not in world.diary
    assert within(await clocks.advance(life.id, opened + 2 * WEEK + HOUR), opened + 2 * WEEK + HOUR)

    assert [what for what, _ in world.diary[life.id]] == ["due 0", "due 1", "due 2"]
    assert all(within(at, opened + n * WEEK) for n, (_, at) in enumerate(world.diary[life.id]))


async def test_many_clocks_meet_at_every_barrier(client: Client, world: World, clocks: VirtualClocks) -> None:
    """28 lives driven together, told something each week, are all at the barrier and have all done the same."""
    opened = in_ten_weeks()
    lives = [await begin(client, weekly(opened)) for _ in range(28)]

    async def week(life: WorkflowHandle[Sleeper, int], number: int) -> datetime | None:
        await clocks.advance(life.id, opened + number * WEEK + HOUR)
        await life.execute_update(Sleeper.tell, f"told {number}")
        return await clocks.advance(life.id, opened + number * WEEK + 2 * HOUR)

    for number in range(3):
        barrier = opened + number * WEEK + 2 * HOUR
        assert all(within(at, barrier) for at in await asyncio.gather(*(week(life, number) for life in lives)))

    expected = [f"{kind} {number}" for number in range(3) for kind in ("due", "told")]
    assert all([what for what, _ in world.diary[life.id]] == expected for life in lives)


async def test_a_clock_never_goes_back(client: Client, world: World, clocks: VirtualClocks) -> None:
    """Advanced to an instant behind it, a clock stays what it is."""
    opened = in_ten_weeks()
    life = await begin(client, weekly(opened))
    await clocks.advance(life.id, opened - HOUR)

    assert within(await clocks.advance(life.id, opened - WEEK), opened - HOUR)
    assert within(await clocks.now(life.id), opened - HOUR)
    assert life.id not in world.diary


async def test_a_workflow_started_by_an_activity_starts_at_wall_time_and_is_brought_to_the_barrier(
    client: Client, world: World, clocks: VirtualClocks
) -> None:
    """However far its starter is, a peer starts on the wall clock, stands still, and can be put forward."""
    opened = in_ten_weeks()
    peer, starter = f"peer-{next(_numbers)}", f"starter-{next(_numbers)}"
    await client.start_workflow(Starter.run, args=[weekly(opened), peer], id=starter, task_queue=QUEUE)
    barrier = opened + HOUR

    await clocks.advance(starter, barrier)
    await clocks.adopt(peer)

    assert within(await clocks.now(peer), datetime.now(UTC) - SOON, 2 * SOON)
    assert peer not in world.diary
    assert within(await clocks.advance(peer, barrier), barrier)
    assert [what for what, _ in world.diary[peer]] == ["due 0"]


async def test_a_clock_goes_on_through_continue_as_new(client: Client, world: World, clocks: VirtualClocks) -> None:
    """Five runs in one advance, and then more: nothing is missed and the clock is where it should be."""
    opened = in_ten_weeks()
    life = await begin(client, weekly(opened, items_a_run=2))

    for weeks in (10, 13):
        to = opened + weeks * WEEK + HOUR
        assert within(await clocks.advance(life.id, to), to)

    assert [what for what, _ in world.diary[life.id]] == [f"due {n}" for n in range(14)]


async def test_a_year_of_daily_timers_fits_in_one_advance(client: Client, world: World, clocks: VirtualClocks) -> None:
    """The server's own limit of 200 jumps does not end an advance."""
    assert world.client is client
    opened, day = in_ten_weeks(), timedelta(days=1)
    life = await begin(client, Life(opened.timestamp(), day.total_seconds(), 400, quiet=True))

    to = opened + 230 * day + HOUR

    assert within(await clocks.advance(life.id, to), to)


async def test_an_ended_workflow_is_not_advanced(client: Client, world: World, clocks: VirtualClocks) -> None:
    """None is the answer when it ends on the way, and ever after; its clock stands at its end."""
    opened = in_ten_weeks()
    life = await begin(client, weekly(opened, items=2))

    assert await clocks.advance(life.id, opened + 20 * WEEK) is None
    assert await clocks.advance(life.id, opened + 30 * WEEK) is None
    assert await life.result() == 2
    assert len(world.diary[life.id]) == 2
    assert within(await clocks.now(life.id), opened + WEEK)


async def test_a_workflow_that_ended_since_is_not_advanced(
    client: Client,
    world: World,  # noqa: ARG001 - it carries out
    clocks: VirtualClocks,
) -> None:
    """A clock that was left at a time is not asked again what it reads: that it has ended shows when it is put on."""
    opened = in_ten_weeks()
    life = await begin(client, weekly(opened, items=4))
    assert within(await clocks.advance(life.id, opened + WEEK / 2), opened + WEEK / 2)

    await life.terminate()

    assert await clocks.advance(life.id, opened + 2 * WEEK) is None


async def test_an_unknown_workflow_cannot_be_advanced(clocks: VirtualClocks) -> None:
    """There is a difference between a workflow that has ended and one that never was."""
    with pytest.raises(RPCError):
        await clocks.advance("nobody", in_ten_weeks())
    with pytest.raises(RPCError):
        await clocks.adopt("nobody")


async def test_an_advance_that_gets_stuck_ends_with_what_it_waits_for(client: Client, world: World) -> None:
    """An activity that keeps failing ends the advance after the time allowed; then the clock goes with the wall."""
    opened = in_ten_weeks()
    life = await begin(client, weekly(opened))
    impatient = VirtualClocks(client, timeout_seconds=3)
    world.broken = True

    with pytest.raises(ClockStalledError, match=rf"{life.id} .* carry_out \(attempt \d+\)"):
        await impatient.advance(life.id, opened + 10 * WEEK)
    stalled = await impatient.now(life.id)
    world.broken = False

    assert opened <= stalled < opened + WEEK
    assert within(await impatient.now(life.id), stalled)
    await life.terminate("else another test's worker would carry out what is left")


async def test_a_clock_beyond_its_target_is_noticed(client: Client, world: World, clocks: VirtualClocks) -> None:
    """Put further by somebody else while something due was being carried out, the clock is not taken for the target."""
    opened = in_ten_weeks()
    life = await begin(client, weekly(opened))
    world.hold = asyncio.Event()

    near = asyncio.ensure_future(clocks.advance(life.id, opened + HOUR))
    await world.holding.wait()
    far = asyncio.ensure_future(clocks.advance(life.id, opened + 5 * WEEK + HOUR))
    async with asyncio.timeout(10):
        while await _advances(life) != 2:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)
    world.hold.set()

    with pytest.raises(ClockOvershotError, match=life.id):
        await near
    assert within(await far, opened + 5 * WEEK + HOUR)


async def _advances(life: WorkflowHandle[Sleeper, int]) -> int:
    events = (await life.fetch_history()).events
    return sum(event.HasField("workflow_execution_options_updated_event_attributes") for event in events)


async def test_the_same_life_has_the_same_size(client: Client, world: World, clocks: VirtualClocks) -> None:
    """However many jumps it took, what virtual time adds to a history is not counted."""
    opened = in_ten_weeks()
    sizes = []
    for stops in (1, 4):
        life = await begin(client, weekly(opened))
        for stop in range(stops):
            await clocks.advance(life.id, opened + 3 * WEEK + HOUR - (stops - 1 - stop) * 2 * HOUR)
        await life.execute_update(Sleeper.tell, "something", id="the same")
        history = await life.fetch_history()
        assert sum(map(is_virtual_time_event, history.events)) > 4
        sizes.append(history_size(history))

    assert sizes[0] == sizes[1]
    assert sizes[0].bytes > sum(len(what) + len(at.isoformat()) for what, at in world.diary[life.id])
    assert sizes[0] + sizes[1] == HistorySize(2 * sizes[0].events, 2 * sizes[0].bytes)


async def test_a_server_without_virtual_clocks_is_told_apart() -> None:
    """Where time skipping is not switched on, taking over a clock says what is missing."""
    async with await server() as environment:
        life = await begin(environment.client, weekly(in_ten_weeks()))
        with pytest.raises(NoTimeSkippingError, match="WorkflowTimeSkippingEnabled"):
            await VirtualClocks(environment.client).adopt(life.id)


instants = st.integers(0, 24 * 60).map(lambda minutes: datetime(2027, 3, 28, tzinfo=UTC) + timedelta(minutes=minutes))


def test_leaving_keeps_the_status_and_what_was_printed() -> None:
    """Nothing that would be done at exit is done, but what was printed arrives."""
    program = (
        "import atexit; atexit.register(print, 'late'); print('early'); from rehearsal.clocks import leave; leave(3)"
    )
    left = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (left.returncode, left.stdout) == (3, "early\n")
