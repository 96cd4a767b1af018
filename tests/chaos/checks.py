"""What must hold after all of it, read from the servers: each finding is a sentence."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError

from coaching_client import handles
from lifecycle.gathering import Subject
from lifecycle.incidents import INCIDENTS
from records import incidents, ledger
from records.database import Connection, Pool
from records.subjects import verify
from schemas.incidents import IncidentKind
from schemas.subjects import KINDS, AnyKind, kind_of, workflow_id
from tests.chaos.living import Told
from tests.chaos.servers import OPERATOR

_NO_TIME = "1970-01-01T00:00:00+00:00"
_NEVER = (IncidentKind.UNACCOUNTED, IncidentKind.STUCK)
"""What none of the troubles may lead to: all of them are mended before something is late."""

KEEPS_TIME = ("engagement", "cohort", "intro_course")
_RUNNING = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING
_SUBJECTS = "SELECT DISTINCT subject FROM facts ORDER BY subject"
_SENT = """
    SELECT subject, person, matter, "window", step, message_id FROM notices
    WHERE status = 'sent' AND message_id IS NOT NULL
    """


@dataclass
class Mails:
    """Which mail said what: what the records know of each, also of those that a restored database has forgotten."""

    said: dict[tuple[str, ...], set[str]] = field(default_factory=lambda: defaultdict(set))

    async def note(self, pool: Pool) -> None:
        """Read what was sent by now."""
        for row in await pool.fetch(_SENT):
            key = (row["subject"], row["person"], row["matter"], row["window"], str(row["step"]))
            self.said[key].add(row["message_id"])

    def twice(self, outbox: Path) -> list[str]:
        """What one person was sent twice, by Message-ID and by person, matter, window and step."""
        went = Counter(_ids(outbox))
        found = [f"{message} went {times} times" for message, times in went.items() if times > 1]
        for key, messages in self.said.items():
            if len(messages & went.keys()) > 1:
                found.append(f"{'/'.join(key)} was sent as {len(messages)} mails")
        return found


@dataclass
class Heard:
    """Every incident there was, by what it was about, and
    whether the operator was told: a restored database forgets.
    """

    told: dict[tuple[str, str], bool] = field(default_factory=dict)
    facts: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    async def note(self, pool: Pool) -> None:
        """Read what was found by now."""
        for row in await pool.fetch("SELECT kind, subject, facts, told_at IS NOT NULL AS told FROM incidents"):
            about = (row["kind"], row["subject"])
            self.facts[about] = row["facts"]
            self.told[about] = self.told.get(about, False) or row["told"]

    async def unheard(
        self, pool: Pool, expected: Iterable[tuple[IncidentKind, str]], outbox: Path, forgotten: Sequence[Window]
    ) -> list[str]:
        """What was done and nobody heard of, and what is still said to be wrong though somebody could mend it."""
        found = [f"nobody was told of {kind} of {subject}" for (kind, subject), told in self.told.items() if not told]
        found += [
            f"{about} was found: {facts}"
            for about, facts in self.facts.items()
            # What went in a window that a restored database has forgotten is missed there.
            if about[0] in _NEVER
            and not any(one.holds(datetime.fromisoformat(facts.get("until", _NO_TIME))) for one in forgotten)
        ]
        wanted = list(expected)
        found += [
            f"{kind} of {subject} was not found" for kind, subject in set(wanted) if (kind, subject) not in self.told
        ]
        found += _unsaid(Counter(kind for kind, _ in wanted), outbox)
        async with pool.acquire() as conn:
            left = [incident.finding for incident in await incidents.open_of(conn)]
        found += [f"{one} is open still" for one in left if not INCIDENTS[one.kind].closed_by_hand]
        return found


def _unsaid(wanted: Counter[IncidentKind], outbox: Path) -> list[str]:
    """What stands in fewer of the operator's mails than it happened: those that were taken for repeats say nothing."""
    read = BytesParser(policy=policy.default)
    mails = [read.parsebytes(path.read_bytes()) for path in sorted(outbox.glob("*.eml"))]
    bodies = [mail.get_body(("plain",)) for mail in mails if OPERATOR in str(mail["To"])]
    lines = Counter(
        line.partition(". ")[2] for body in bodies if body is not None for line in body.get_content().splitlines()
    )
    return [
        f"the operator read {lines[INCIDENTS[kind].label]} times of {kind}, which happened {times} times"
        for kind, times in wanted.items()
        if lines[INCIDENTS[kind].label] < times
    ]


def _ids(outbox: Path) -> list[str]:
    headers = BytesHeaderParser()
    return [str(headers.parsebytes(path.read_bytes())["Message-ID"]).strip() for path in outbox.glob("*.eml")]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One subject as its ledger has it."""

    kind: AnyKind
    name: str
    subject: Subject
    facts: int

    @property
    def open(self) -> bool:
        """Whether something will still fall due."""
        return bool(self.subject.book.upcoming(self.subject.state, self.subject.done))


async def recorded(conn: Connection, at: datetime) -> list[Recorded]:
    """Everything of which something is recorded, at a moment."""
    found = []
    for row in await conn.fetch(_SUBJECTS):
        held = await ledger.load(conn, row["subject"])
        subject = Subject.of(held.facts, held.done, at)
        found.append(Recorded(kind_of(subject.book.REDUCER.opening), row["subject"], subject, len(held.facts)))
    return found


async def disagreements(client: Client, pool: Pool, at: datetime, academies: tuple[str, ...]) -> list[str]:
    """Where ledger, workflow and projections do not agree, and what is open and does not run."""
    async with pool.acquire() as conn:
        known = [one for one in await recorded(conn, at) if one.name.partition(".")[0] in academies]
        found = [
            f"{one.name}: {table} {key} is not what its ledger gives"
            for one in known
            for table, key in await verify(conn, one.name)
        ]
    keeping = [one for one in known if one.kind.name in KEEPS_TIME and one.open]
    for asked in await asyncio.gather(*(_disagrees(client, pool, one) for one in keeping)):
        found += asked
    return found


async def _disagrees(client: Client, pool: Pool, one: Recorded) -> list[str]:
    stalled = await not_running(client, workflow_id(one.kind, one.name))
    if stalled:
        return [f"{one.name} {stalled}"]
    asked = handles.handle(client, one.kind, one.name)
    try:
        standing = await asked.query("state", result_type=one.kind.standing)
    except WorkflowQueryFailedError as failed:
        return [f"{one.name} does not answer: {failed}"]
    async with pool.acquire() as conn:
        held = await ledger.load(conn, one.name)
    subject = Subject.of(held.facts, held.done, standing.as_of)
    ahead = subject.book.upcoming(subject.state, subject.done)
    if standing != subject.book.standing(subject.state, ahead):
        return [f"{one.name}: its workflow says {standing}, its ledger {subject.book.standing(subject.state, ahead)}"]
    return []


async def not_running(client: Client, workflow: str) -> str | None:
    """What keeps a workflow from its work; None if nothing does."""
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow)
    )
    try:
        seen = await client.workflow_service.describe_workflow_execution(request, retry=True)
    except RPCError as failed:
        return f"does not run: {failed.status.name}"
    status = seen.workflow_execution_info.status
    if status != _RUNNING:
        return f"does not run: {WorkflowExecutionStatus.Name(status).removeprefix('WORKFLOW_EXECUTION_STATUS_')}"
    if seen.HasField("pending_workflow_task") and seen.pending_workflow_task.attempt > 1:
        return f"is stuck: its task failed {seen.pending_workflow_task.attempt} times"
    return None


async def strangers(client: Client, pool: Pool) -> list[str]:
    """Running workflows of a subject's kind of which nothing is recorded, or that are stuck."""
    subjects = {row["subject"] for row in await pool.fetch(_SUBJECTS)}
    names = {kind.workflow: kind for kind in KINDS}
    found = []
    async for run in _running(client):
        kind = names.get(run[1])
        if kind is None:
            continue
        subject = run[0].removeprefix(f"{kind.prefix}:")
        if subject not in subjects:
            found.append(f"{run[0]} runs, and nothing is recorded of it")
        elif stalled := await not_running(client, run[0]):
            found.append(f"{run[0]} {stalled}")
    return found


async def _running(client: Client) -> AsyncIterator[tuple[str, str]]:
    async for run in client.list_workflows("ExecutionStatus = 'Running'"):
        yield run.id, run.workflow_type


@dataclass(frozen=True, slots=True)
class Window:
    """What was recorded between a dump and its restoration."""

    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.since < at <= self.until


async def lost(pool: Pool, answered: list[Told]) -> list[Told]:
    """What was told and answered, and is in the ledger no more."""
    rows = await pool.fetch("SELECT subject, event_id FROM facts")
    kept = {(row["subject"], row["event_id"]) for row in rows}
    return [told for told in answered if (told.subject, told.answer.event_id) not in kept]
