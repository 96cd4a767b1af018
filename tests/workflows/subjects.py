"""Engagements and cohorts as tests start, tell and look at them: through the server, as any program does."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from benchmarks.made_up import known
from coaching_client import details, handles
from coaching_client.attributes import SEARCH_ATTRIBUTES
from devstack.settings import External, Ports
from devstack.stack import Stack
from lifecycle import cohort as cohort_rules
from lifecycle import engagement as engagement_rules
from lifecycle.cohort.life import engagement_id
from lifecycle.gathering import Subject as RecordedSubject
from lifecycle.snapshot import snapshot
from operations.callers import Caller
from operations.context import EngineContext
from process.settings import Settings
from records import ledger
from records.database import Pool
from rehearsal.clocks import VirtualClocks, is_virtual_time_event
from schemas import subjects
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.cohort_facts import CohortScheduled
from schemas.corrections import CohortFact, EngagementFact
from schemas.due import CohortStanding, CohortTold, Due, Standing, Told
from schemas.engagement_facts import AgreementSigned, EngagementProposed, People, Slot
from schemas.inputs import SubjectInput
from schemas.programme import Programme
from schemas.rows import TABLES, Row, Rows, by_key
from schemas.words import Role, Weekday
from tests.directories import own_directory

PROGRAMME = Programme(name="sheffield-mca", version=1)
COHORT = "sheffield.2026-autumn"
COACH, FACULTY, SPONSOR, LEAD, OFFICE = "per_coach", "per_faculty", "per_sponsor", "per_lead", "sheffield.office"
SIGNING = (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD)
NIGHT = time(3, 17)
"""An hour in which nothing falls due, so that clocks may be stopped there."""

_numbers = count(1)


def one_more(what: str) -> str:
    """A name that no other test of this run has."""
    return f"{what}-{next(_numbers)}"


def now() -> datetime:
    """The wall clock, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


@asynccontextmanager
async def temporal_server() -> AsyncIterator[str]:
    """The address of the dev server as our stack runs it, without the rest of the stack."""
    elsewhere = External(database_url="postgresql://elsewhere/mca", smtp_url="smtp://elsewhere")
    attributes = {key.name: _TYPES[key.name] for key in SEARCH_ATTRIBUTES}
    with own_directory() as directory:
        stack = Stack(
            directory, Ports(temporal=0, ui=0, smtp=0), external=elsewhere, search_attributes=attributes, throwaway=True
        )
        async with stack:
            assert stack.temporal_address is not None
            yield stack.temporal_address


_TYPES = {key.name: "Datetime" if key.name == "NextDue" else "Keyword" for key in SEARCH_ATTRIBUTES}


def settings_for(database_url: str, task_queue: str, smtp_url: str = "smtp://127.0.0.1:1") -> Settings:
    """The engine's settings for one test."""
    return Settings.from_environment(
        {
            "MCA_DATABASE_URL": database_url,
            "MCA_SMTP_URL": smtp_url,
            "MCA_TASK_QUEUE": task_queue,
            "MCA_NEXUS_GRANTS": "*=admin:*",
        }
    )


def opening_of(engagement: str, at: datetime, course_start: date | None = None, **said: Any) -> EngagementProposed:
    """An engagement proposed at a moment, with all its people."""
    return EngagementProposed.model_validate(
        {
            "event_id": f"{engagement}:proposed",
            "occurred_at": at,
            "programme": PROGRAMME,
            "cohort": engagement.rpartition(".")[0],
            "enrolment": engagement,
            "microsystem": "ms_1",
            "course_start": course_start or (at + timedelta(weeks=10)).date(),
            "slot": Slot(day=Weekday.TUESDAY, at=time(9, 0)),
            "calendar": LATEST_HOLIDAY_TABLE,
            "people": People(coach=COACH, faculty=FACULTY, sponsor=SPONSOR, team_lead=LEAD),
            "watched_from": at,
        }
        | said
    )


TESTER = Caller.trusted("tester", "test")


@dataclass
class Academy:
    """Starts engagements and cohorts on a running engine."""

    client: Client
    pool: Pool
    task_queue: str
    clocks: VirtualClocks

    @property
    def engine(self) -> EngineContext:
        """What operations reach it by."""
        return EngineContext(self.client, self.pool, self.task_queue)

    async def engagement(
        self, *, course_start: date | None = None, at: datetime | None = None, events_at_most: int = 4000, **said: Any
    ) -> Engagement:
        """A running engagement."""
        name = f"{COHORT}.{one_more('P')}"
        found = Engagement(self, name, opening_of(name, at or now(), course_start, **said))
        await found.start(events_at_most=events_at_most)
        if at is None or at <= now():
            await found.begun()
        return found

    @asynccontextmanager
    async def records_held(self) -> AsyncIterator[None]:
        """Nothing is recorded while this lasts: whoever would, waits."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE facts IN EXCLUSIVE MODE")
            yield

    async def cohort(self, opening: CohortScheduled, *enrolments: Any) -> Cohort:
        """A running cohort."""
        found = Cohort(self, one_more("sheffield.c"))
        await known(self.pool, found.name, opening, *enrolments)
        await handles.start(
            self.client, subjects.COHORT, found.name, opening, enrolments, scoped=True, task_queue=self.task_queue
        )
        return found


@dataclass
class Subject:
    """What engagements and cohorts have in common."""

    academy: Academy
    name: str

    @property
    def workflow_id(self) -> str:
        """The workflow's id."""
        raise NotImplementedError

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The current run."""
        return self.academy.client.get_workflow_handle(self.workflow_id)

    async def timeline(self) -> list[Due]:
        """What will fall due."""
        found: list[Due] = await self.handle.query("timeline", result_type=list[Due])
        return found

    async def advance(self, to: datetime) -> datetime:
        """Put its clock forward; the time it reached, in whole seconds."""
        await self.academy.clocks.advance(self.workflow_id, to)
        return await self.clock()

    async def night_of(self, day: date) -> datetime:
        """Put its clock forward to the small hours of a day."""
        return await self.advance(datetime.combine(day, NIGHT, UTC))

    async def ended(self) -> None:
        """Wait until it has closed. Mail that it may not send at this hour goes on the next working morning."""
        await self.advance(await self.clock() + timedelta(weeks=2))
        await self.handle.result()

    async def clock(self) -> datetime:
        """What its clock reads."""
        return (await self.academy.clocks.now(self.workflow_id)).replace(microsecond=0)

    async def events(self) -> list[HistoryEvent]:
        """The history of the current run, without what only exists because of virtual time."""
        found = (await self.handle.fetch_history()).events
        return [event for event in found if not is_virtual_time_event(event)]

    async def counted(self) -> Counter[str]:
        """How many events of each type the current run's history has."""
        return Counter(EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in await self.events())

    async def runs(self) -> list[str]:
        """The ids of its runs, the first one first."""
        chain: list[str] = []
        current: str | None = (await self.handle.describe()).run_id
        while current:
            chain.insert(0, current)
            run = self.academy.client.get_workflow_handle(self.workflow_id, run_id=current)
            async for event in run.fetch_history_events(page_size=1):
                current = event.workflow_execution_started_event_attributes.continued_execution_run_id
                break
        return chain

    async def begun(self) -> None:
        """Wait until its queries are answered."""
        while True:
            try:
                await self.handle.query("state")
            except WorkflowQueryFailedError:
                continue
            return

    async def recorded(self) -> list[str]:
        """The event ids in the ledger, in the order they were recorded."""
        rows = await self.academy.pool.fetch("SELECT event_id FROM facts WHERE subject = $1 ORDER BY seq", self.name)
        return [row["event_id"] for row in rows]

    async def done(self) -> list[str]:
        """The keys of the due items that were carried out, the first one first."""
        rows = await self.academy.pool.fetch(
            "SELECT key FROM done_items WHERE subject = $1 ORDER BY done_at, key", self.name
        )
        return [row["key"] for row in rows]

    async def written_at(self) -> datetime:
        """When something was last recorded of it, and its rows were written."""
        newest = """
            SELECT max(at) FROM (
                SELECT recorded_at AS at FROM facts WHERE subject = $1
                UNION ALL SELECT done_at FROM done_items WHERE subject = $1
            ) AS moments
        """
        found: datetime = await self.academy.pool.fetchval(newest, self.name)
        return found

    async def versions(self) -> dict[tuple[str, str], str]:
        """The transaction that wrote each of its rows: every write of a row, the same or not, is told by it."""
        found: dict[tuple[str, str], str] = {}
        for table in TABLES.values():
            key = "key" if table.key else "''"
            where = f"SELECT {key} AS key, xmin::text AS version FROM {table.name} WHERE {table.owner} = $1"  # noqa: S608
            for row in await self.academy.pool.fetch(where, self.name):
                found[table.name, row["key"]] = row["version"]
        return found

    async def rows_standing(self) -> Rows:
        """Its projections as they stand in the database."""
        found: list[Row] = []
        for model, table in TABLES.items():
            where = f"SELECT * FROM {table.name} WHERE {table.owner} = $1"  # noqa: S608 - our own names
            for row in await self.academy.pool.fetch(where, self.name):
                said: dict[str, Any] = {
                    name: tuple(row[name]) if isinstance(row[name], list) else row[name] for name in model._fields
                }
                found.append(model(**said))
        return by_key(found)

    async def activities(self) -> list[str]:
        """The types of the activities of the current run, in their order."""
        return [
            event.activity_task_scheduled_event_attributes.activity_type.name
            for event in await self.events()
            if event.HasField("activity_task_scheduled_event_attributes")
        ]


@dataclass
class Engagement(Subject):
    """One engagement of a test."""

    opening: EngagementProposed
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def workflow_id(self) -> str:
        """The workflow's id."""
        return subjects.workflow_id(subjects.ENGAGEMENT, self.name)

    async def start(self, *, opening: bool = True, events_at_most: int = 4000) -> None:
        """Start it, or take it up from its ledger."""
        await known(self.academy.pool, self.name, self.opening)
        await self.academy.client.start_workflow(
            subjects.ENGAGEMENT.workflow,
            SubjectInput(
                subject=self.name, opening=self.opening if opening else None, scoped=True, events_at_most=events_at_most
            ),
            id=self.workflow_id,
            task_queue=self.academy.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            static_details=details.of_subject(subjects.ENGAGEMENT, self.name),
        )

    def says(self, kind: type[Any], at: datetime, **said: Any) -> Any:
        """A fact, with an event id of its own."""
        given = {"event_id": f"{self.name}:{next(self.numbers)}", "occurred_at": at} | said
        return kind.model_validate(given)

    async def tell(self, fact: EngagementFact) -> Told:
        """Tell it. Whom it names is known."""
        await known(self.academy.pool, self.name, fact)
        return await self.tell_as_it_is(fact)

    async def tell_as_it_is(self, fact: EngagementFact) -> Told:
        """Tell it, whoever knows whom it names."""
        return await handles.tell(
            self.academy.client, subjects.ENGAGEMENT, self.name, fact, scoped=True, task_queue=self.academy.task_queue
        )

    async def told(self, kind: type[Any], at: datetime | None = None, **said: Any) -> Told:
        """Make a fact of now, or of a moment, and tell it."""
        return await self.tell(self.says(kind, at or await self.clock(), **said))

    async def agreed(self, at: datetime | None = None) -> Told:
        """Have the agreement signed."""
        answers = [await self.told(AgreementSigned, at, role=role) for role in SIGNING]
        return answers[-1]

    async def state(self) -> Standing:
        """Where it stands, as the workflow says."""
        found: Standing = await self.handle.query("state", result_type=Standing)
        return found

    async def rebuilt(self, at: datetime) -> tuple[Standing, Rows]:
        """Where it stands, and its rows, as the ledger alone gives them."""
        async with self.academy.pool.acquire() as connection:
            found = await ledger.load(connection, self.name)
        subject = RecordedSubject.of(found.facts, found.done, at)
        ahead = engagement_rules.upcoming(subject.state, found.done)
        return engagement_rules.standing(subject.state, ahead), snapshot(self.name, subject, ahead)

    async def agrees(self) -> bool:
        """Whether workflow and ledger say the same. Not while something due is being carried out."""
        standing = await self.state()
        return standing == (await self.rebuilt(standing.as_of))[0]


@dataclass
class Cohort(Subject):
    """One cohort of a test."""

    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def workflow_id(self) -> str:
        """The workflow's id."""
        return subjects.workflow_id(subjects.COHORT, self.name)

    async def tell(self, fact: CohortFact) -> CohortTold:
        """Tell it. Whom it names is known."""
        await known(self.academy.pool, self.name, fact)
        return await handles.tell(
            self.academy.client, subjects.COHORT, self.name, fact, scoped=True, task_queue=self.academy.task_queue
        )

    async def told(self, kind: type[Any], at: datetime | None = None, **said: Any) -> CohortTold:
        """Make a fact of now, or of a moment, and tell it."""
        given = {"event_id": f"{self.name}:{next(self.numbers)}", "occurred_at": at or await self.clock()} | said
        return await self.tell(kind.model_validate(given))

    async def state(self) -> CohortStanding:
        """Where it stands, as the workflow says."""
        found: CohortStanding = await self.handle.query("state", result_type=CohortStanding)
        return found

    async def rebuilt(self, at: datetime) -> tuple[CohortStanding, Rows]:
        """Where it stands, and its rows, as the ledger alone gives them."""
        async with self.academy.pool.acquire() as connection:
            found = await ledger.load(connection, self.name)
        subject = RecordedSubject.of(found.facts, found.done, at)
        ahead = cohort_rules.upcoming(subject.state, found.done)
        return cohort_rules.standing(subject.state, ahead), snapshot(self.name, subject, ahead)

    def engagement(self, enrolment: str, number: int = 1) -> Engagement:
        """The engagement that the cohort started for an enrolment."""
        name = engagement_id(enrolment, number)
        return Engagement(self.academy, name, opening_of(name, now()))
