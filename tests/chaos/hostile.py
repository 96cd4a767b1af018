"""Somebody who may tell another academy's facts, and puts this one's ids into them: at a door, or with a client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from temporalio.client import WorkflowUpdateFailedError

from coaching_client import handles
from operations import telling
from operations.callers import Caller, NotAllowedError
from operations.cohorts import CohortPlan, start_cohort
from operations.context import EngineContext
from rehearsal.acts import REHEARSED
from rehearsal.clocks import VirtualClocks
from schemas import cohort_facts, engagement_facts
from schemas import improvement_facts as improvement
from schemas.engagement_facts import Slot
from schemas.facts import Fact
from schemas.programme_file import shipped_programme
from schemas.roster import Contact
from schemas.roster_check import check_roster
from schemas.subjects import COHORT, ENGAGEMENT, AnyKind, workflow_id
from schemas.words import Role, Weekday
from tests.chaos.servers import QUEUE, Servers
from tests.faults.waiting import eventually
from tests.rehearsal.test_stage import EXAMPLE

if TYPE_CHECKING:
    from tests.chaos.trouble import Scene

ACADEMY: Final = "leeds"
OWN: Final = f"{ACADEMY}.own"
ENGAGED: Final = f"{OWN}.P01"
_CALLER: Final = Caller.of("hostile", "http", ACADEMY)
_SLOT: Final = Slot(day=Weekday.TUESDAY, at=time(9, 0))
_TAKES: Final = 4


async def moves_in(servers: Servers, present: datetime) -> None:
    """The other academy: a cohort with one team, of which nothing falls due while all this is lived."""
    roster = check_roster(EXAMPLE.read_bytes()).roster
    assert roster is not None
    one = type(roster)(roster.rows[:1])
    starts = present.date() + timedelta(weeks=150)
    plan = CohortPlan(ACADEMY, OWN, starts, shipped_programme(), Contact("Office", "office@leeds.example.org"))
    engine = EngineContext(servers.client, servers.pool, QUEUE)
    await start_cohort(engine, REHEARSED, plan, one, at=engine.clock())
    await eventually(lambda: _begun(servers), seconds=60)
    await handles.start_weekly_mail(servers.client, ACADEMY, task_queue=QUEUE)


async def _begun(servers: Servers) -> bool:
    return bool(await servers.pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", ENGAGED))


async def lives_on(clocks: VirtualClocks, to: datetime) -> None:
    """Its clocks go with the others'."""
    for kind, subject in ((ENGAGEMENT, ENGAGED), (COHORT, OWN)):
        await clocks.advance(workflow_id(kind, subject), to)
    await clocks.advance(handles.weekly_mail_id(ACADEMY), to)


async def hostile(scene: Scene) -> str | None:
    """A few of the ways, each by the door or by a bare client: nothing of the other academy may change."""
    before = await _facts_of_victim(scene)
    ways = list(await _ways(scene))
    if not ways:
        return None
    chosen = scene.dice.sample(ways, min(_TAKES, len(ways)))
    for name, kind, subject, fact in chosen:
        bare = scene.dice.random() < 0.5
        if became := await _taken(scene, kind, subject, fact, bare=bare):
            scene.findings.append(f"hostile: {name} {became} {'from a bare client' if bare else 'at the door'}")
    await _takes_ids(scene)
    await _tells_others(scene)
    if (after := await _facts_of_victim(scene)) != before:
        scene.findings.append(f"hostile: {sorted(after - before)} appeared in the other academy")
    return ", ".join(name for name, *_ in chosen)


async def _facts_of_victim(scene: Scene) -> set[str]:
    rows = await scene.servers.pool.fetch("SELECT event_id FROM facts WHERE subject LIKE 'sheffield%'")
    return {row["event_id"] for row in rows}


async def _ways(scene: Scene) -> Iterator[tuple[str, AnyKind, str, Any]]:
    pool, dice = scene.servers.pool, scene.dice
    engagements = [row["engagement"] for row in await pool.fetch("SELECT engagement FROM engagements ORDER BY 1")]
    theirs = [name for name in engagements if not name.startswith(ACADEMY)]
    people = await pool.fetch("SELECT person, academy FROM people ORDER BY person")
    teams = await pool.fetch("SELECT microsystem FROM microsystems WHERE academy <> $1 ORDER BY 1", ACADEMY)
    if not theirs:
        return iter(())
    their = dice.choice([row["person"] for row in people if row["academy"] != ACADEMY])
    own = dice.choice([row["person"] for row in people if row["academy"] == ACADEMY])
    engagement, team = dice.choice(theirs), dice.choice([row["microsystem"] for row in teams])
    enrolment = engagement.partition("-2")[0] if engagement.count(".") > 1 else engagement
    return _made(scene, their, own, engagement, enrolment, team)


def _made(
    scene: Scene, their: str, own: str, engagement: str, enrolment: str, team: str
) -> Iterator[tuple[str, AnyKind, str, Any]]:
    number = scene.dice.randrange(1 << 30)
    of_theirs = cohort_facts.Team(microsystem=team, slot=_SLOT)
    new = {"enrolment": f"{OWN}.X{number}", "person": own}
    ways: tuple[tuple[str, AnyKind, type[Fact], dict[str, Any]], ...] = (
        ("joins", COHORT, cohort_facts.EnrolmentAccepted, new | {"joins": engagement}),
        ("enrolment", COHORT, cohort_facts.EnrolmentAccepted, new | {"enrolment": enrolment}),
        ("person", COHORT, cohort_facts.EnrolmentAccepted, new | {"person": their}),
        ("team", COHORT, cohort_facts.EnrolmentAccepted, new | {"team": of_theirs}),
        ("withdrawn", COHORT, cohort_facts.EnrolmentWithdrawn, {"enrolment": enrolment, "reason": "time"}),
        ("microsystem", COHORT, cohort_facts.MicrosystemIdentified, {"enrolment": ENGAGED, "team": of_theirs}),
        ("coach", ENGAGEMENT, engagement_facts.CoachAssigned, {"person": their}),
        ("role", ENGAGEMENT, engagement_facts.RoleChanged, {"role": Role.SPONSOR, "person": their}),
    )
    for name, kind, model, said in ways:
        base = {"event_id": f"{OWN}:h{number}-{name}", "occurred_at": scene.present - timedelta(hours=2)}
        yield name, kind, OWN if kind is COHORT else ENGAGED, model.model_validate(base | said)


async def _taken(scene: Scene, kind: AnyKind, subject: str, fact: Any, *, bare: bool) -> str | None:
    """What became of it; None when it was refused in a sentence."""
    servers = scene.servers
    try:
        if bare:
            await handles.tell(servers.client, kind, subject, fact, task_queue=QUEUE)
        else:
            await telling.tell(EngineContext(servers.client, servers.pool, QUEUE), _CALLER, subject, fact)
    except (handles.FactRefusedError, NotAllowedError):
        return None
    except WorkflowUpdateFailedError as failed:
        return f"failed without a sentence ({failed.cause})"
    return "was taken"


async def _takes_ids(scene: Scene) -> None:
    """Event ids that the other academy's people and pages will use are theirs all the same."""
    if not scene.stage.world.answered:
        return
    told = scene.dice.choice(scene.stage.world.answered)
    named = f"{told.subject}:r{scene.dice.randrange(60, 90)}"
    for event_id in (named, f"{told.subject}:closed", f"{told.subject}:proposed", f"{told.subject}:scheduled"):
        fact = improvement.MeasureDefined(
            event_id=event_id, occurred_at=scene.present - timedelta(hours=1), measure="m", better="lower"
        )
        became = await _taken(scene, ENGAGEMENT, ENGAGED, fact, bare=scene.dice.random() < 0.5)
        if became and became != "was taken":
            scene.findings.append(f"hostile: {event_id} {became}")


async def _tells_others(scene: Scene) -> None:
    """A fact of the other academy, told outright at the door."""
    if not scene.stage.world.answered:
        return
    told = scene.dice.choice(scene.stage.world.answered)
    fact = told.fact.model_copy(update={"event_id": f"hostile-{scene.dice.randrange(1 << 30)}"})
    if await _taken(scene, told.kind, told.subject, fact, bare=False):
        scene.findings.append(f"hostile: {told.fact.kind} of {told.subject} was told at a door of {ACADEMY}")
