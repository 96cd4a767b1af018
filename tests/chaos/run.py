"""One run: an academy with two cohorts and an Introduction course lives its months while trouble is drawn for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final

from activities.mail import read_address
from activities.mailer import Mailer
from operations.context import EngineContext
from operations.reconciling import reconcile
from operations.watching import Watch
from rehearsal.script import Plot, Script
from rehearsal.stage import Progress
from schemas.bookings import check_bookings
from schemas.incidents import IncidentKind
from schemas.programme_file import shipped_programme
from schemas.roster import Contact, Roster
from schemas.roster_check import check_roster
from tests.chaos import checks, trouble
from tests.chaos.hostile import lives_on, moves_in
from tests.chaos.living import LivingStage, PatientWorld
from tests.chaos.servers import OPERATOR, QUEUE, Servers
from tests.rehearsal.test_driver import next_spring
from tests.workflows.subjects import settings_for

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
_LATER: Final = timedelta(weeks=2)
_LONGEST_WAIT: Final = 0.4
_KILLED_IN: Final = 0.5
_STEP: Final = timedelta(minutes=10)
"""Each disturbance of a night comes so long after the one before."""
_SOON: Final = timedelta(minutes=1)
_DUMPS: Final = 3


def plot(months: int, seed: int, participants: tuple[tuple[str, ...], ...], bookings: int) -> Plot:
    """Two cohorts, the second two weeks after the first, and one course booked by so many."""
    roster = check_roster((EXAMPLES / "roster-2026-autumn.csv").read_bytes()).roster
    lines = check_bookings((EXAMPLES / "intro-course-bookings.csv").read_bytes()).lines
    assert roster is not None
    start = next_spring()
    scripts = tuple(
        Script(
            academy=trouble.VICTIM,
            cohort=f"{trouble.VICTIM}.chaos-{number}",
            roster=Roster(tuple(row for row in roster.rows if row.participant in chosen)),
            course_start=start + number * _LATER,
            programme=shipped_programme(),
            office=Contact("Programme office", "office@example.org"),
            months=months,
            seed=seed + number,
        )
        for number, chosen in enumerate(participants)
    )
    return Plot(trouble.VICTIM, scripts, lines[:bookings], courses=1)


@dataclass
class Outcome:
    """What was drawn, what was found, and the figures of a run."""

    seed: int
    drawn: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)


@dataclass
class Chaos:
    """Draws trouble from a bag that holds every kind once, filled again when it is empty: so all kinds occur."""

    servers: Servers
    outcome: Outcome
    each_week: float
    say: Callable[[str], None]
    stage: LivingStage = field(init=False)
    mails: checks.Mails = field(default_factory=checks.Mails)
    heard: checks.Heard = field(default_factory=checks.Heard)
    expected: list[tuple[IncidentKind, str]] = field(default_factory=list)
    restores: list[checks.Window] = field(default_factory=list)
    _bags: dict[str, list[str]] = field(default_factory=dict)
    _dumps: list[tuple[Path, datetime]] = field(default_factory=list)
    _armed: tuple[str, float] | None = None
    _present: datetime | None = None
    _looked_at: datetime | None = None
    _moved_in: bool = False

    def __post_init__(self) -> None:
        self._dice = Random(self.outcome.seed)  # noqa: S311 - the same seed draws the same trouble

    def _draw(self, bag: str, kinds: list[str]) -> str:
        left = self._bags.setdefault(bag, [])
        if not left:
            left.extend(sorted(kinds))
            self._dice.shuffle(left)
        return left.pop()

    async def between(self, barrier: datetime, all_open: bool) -> None:
        """At a standstill: trouble is drawn, then what keeps record and engine together is asked to look."""
        self._present = barrier
        self.servers.stands_at(barrier)
        await self.mails.note(self.servers.pool)
        if not self._moved_in:
            self._moved_in = True
            await moves_in(self.servers, barrier)
        await lives_on(self.stage.world.clocks, barrier)
        await self.look(barrier)
        wanted = int(self.each_week) + (self._dice.random() < self.each_week % 1)
        for _ in range(wanted):
            at = self._later()
            kind = self._draw("standstill", list(trouble.STANDSTILL))
            dice = Random(self._dice.random())  # noqa: S311 - no secret either
            scene = trouble.Scene(
                self.servers, self.stage, at, dice, self._dumps, self.restores, self.expected, self.outcome.findings
            )
            done = await trouble.STANDSTILL[kind](scene)
            if done is None:
                self._bags["standstill"].insert(0, kind)
            self._note(kind, done, barrier)
            await self.look(at + _SOON)
        if all_open:
            await self._dump(barrier)
        if self._dice.random() < _KILLED_IN:
            self._armed = (self._draw("beside", list(trouble.BESIDE)), self._dice.uniform(0, _LONGEST_WAIT))

    def _later(self) -> datetime:
        """A little later in the same night: what is started now begins then."""
        assert self._present is not None
        self._present += _STEP
        self.servers.stands_at(self._present)
        return self._present

    async def _dump(self, barrier: datetime) -> None:
        """A backup of this night; taken when all is open, since only then the records hold everybody's names."""
        into = self.servers.directory / f"{barrier:%Y-%m-%d}.dump"
        await self.servers.dump(into)
        self._dumps[:] = [*self._dumps, (into, barrier)][-_DUMPS:]

    async def look(self, at: datetime) -> None:
        """Compare records and workflows, by the academy's clock; the operator hears."""
        engine = EngineContext(self.servers.client, self.servers.pool, QUEUE, clock=lambda: at)
        settings = settings_for(self.servers.postgres.url, QUEUE, self.servers.smtp_url)
        async with (
            Mailer(settings.mail_server, settings.sender) as mailer,
            Watch(self.servers.pool, mailer, read_address(OPERATOR)).over(at),
        ):
            await reconcile(engine, at, self._looked_at)
        self._looked_at = at
        await self.heard.note(self.servers.pool)

    def beside(self) -> Awaitable[None] | None:
        """What was armed for this week, once."""
        if self._armed is None:
            return None
        (kind, after), self._armed = self._armed, None
        self._note(kind, f"after {after:.2f} s", self._present)
        return trouble.BESIDE[kind](self.servers, after)

    def _note(self, kind: str, done: str | None, at: datetime | None) -> None:
        if done is None:
            return
        self.outcome.counts[kind] += 1
        self.outcome.drawn.append(line := f"{at:%Y-%m-%d} {kind}: {done}")
        self.say(line)


async def live(
    servers: Servers, plotted: Plot, seed: int, each_week: float, say: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Live it, then look at everything."""
    outcome, began = Outcome(seed), monotonic()
    chaos = Chaos(servers, outcome, each_week, say)
    weeks = 0

    def progress(reached: Progress) -> None:
        nonlocal weeks
        weeks = reached.week

    world = PatientWorld(plotted, servers, datetime.now(UTC))
    chaos.stage = LivingStage(
        plotted,
        world,
        progress,
        between=chaos.between,
        beside=chaos.beside,
    )
    await chaos.stage.play()
    assert chaos._present is not None
    for _ in range(2):
        await chaos.look(chaos._later())
    await chaos.mails.note(servers.pool)
    outcome.findings += await findings(servers, chaos, chaos._present)
    outcome.figures = {
        "virtual weeks": weeks,
        "seconds": round(monotonic() - began),
        "facts told": chaos.stage.told,
        "told again, for lack of an answer": world.repeats,
        "mails": len(list(servers.outbox.glob("*.eml"))),
        "mails handed over twice, known by their Message-ID": servers.mail.repeats,
        "kills": dict(servers.kills),
        "refused": len(chaos.stage.refused),
        "facts lost in a window that was named": len(await checks.lost(servers.pool, chaos.stage.world.answered)),
        "clocks that ran on": world.patient.overshot,
        "incidents": dict(Counter(kind for kind, _ in chaos.heard.told)),
    }
    return outcome


async def findings(servers: Servers, chaos: Chaos, at: datetime) -> list[str]:
    """Whatever does not hold."""
    found = await checks.disagreements(servers.client, servers.pool, at, (trouble.VICTIM,))
    found += await checks.strangers(servers.client, servers.pool)
    found += [
        f"{told.subject}: {told.fact.kind} {told.answer.event_id} was answered, and is not recorded"
        for told in await checks.lost(servers.pool, chaos.stage.world.answered)
        # What neither records nor workflow know is in a window that the operator was told.
        if not any(window.holds(told.answer.recorded_at) for window in chaos.restores)
    ]
    found += chaos.mails.twice(servers.outbox)
    found += await chaos.heard.unheard(servers.pool, chaos.expected, servers.outbox, chaos.restores)
    found += [
        f"{one.subject}: {one.kind} {one.event_id} was refused: {one.refusal.reason}" for one in chaos.stage.refused
    ]
    return found
