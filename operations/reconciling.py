"""Records and running workflows are compared, and what differs is mended: the ledger wins, and Temporal keeps the time.

One listing of the running workflows, one of the subjects that keep time: what is missing is started from its ledger.
Only what looks wrong is looked at one by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog
from temporalio.client import WorkflowExecutionStatus

from activities.recording import recorded_again
from coaching_client import handles, schedules
from coaching_client.attributes import NEXT_DUE
from operations import intro_calendars as calendars
from operations.context import EngineContext
from operations.failed_openings import failed_openings
from operations.looking import caught_up, differs, hindrance, known_by, looked_at, status_of
from operations.unknown_workflows import unknown_workflows
from records import incidents, intro_calendars, ledger, notices, open_subjects, people, reconciliations, retention
from records.open_subjects import OpenSubject
from records.subjects import Subjects
from records.zones import zone_of
from schemas.incidents import ENGINE, Finding, IncidentKind
from schemas.recording import Restore
from schemas.subjects import KINDS, kind_of, workflow_id

OVERDUE: Final = timedelta(minutes=15)
"""What has not happened by then is looked at."""

GAP: Final = timedelta(minutes=12)
"""Two runs so far apart: the engine was away, and is given until the next run to do what fell due meanwhile."""

_EACH: Final = 25
"""More than so many missing at once are one incident: somebody has taken Temporal away."""

_LOOKED_AT: Final = 300
"""So many are looked at one by one in a run; the rest in the next."""

_AT_A_TIME: Final = 16

_SCANNED: Final = (
    IncidentKind.NOT_RUNNING,
    IncidentKind.MANY_NOT_RUNNING,
    IncidentKind.ID_TAKEN,
    IncidentKind.PAUSED,
    IncidentKind.BEHIND,
    IncidentKind.STUCK,
    IncidentKind.WORKFLOW_UNKNOWN,
    IncidentKind.SCHEDULE_MISSING,
    IncidentKind.COURSES_NOT_OPENED,
    IncidentKind.WEEKLY_MAIL_MISSING,
)
"""What every run looks for: one that it does not find again is over."""

_TYPES: Final = {kind.prefix: kind.workflow for kind in KINDS} | {
    handles.weekly_mail_id("").rstrip(":"): handles.WEEKLY_MAIL_WORKFLOW
}
"""Which type of workflow belongs under the ids of each prefix."""

_log = structlog.stdlib.get_logger("operations.reconciling")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a run found, and how many subjects keep time."""

    subjects: int
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Run:
    engine: EngineContext
    at: datetime
    alive: Callable[[], None]
    findings: list[Finding] = field(default_factory=list)

    async def each(self, items: Iterable[T], do: Callable[[T], Awaitable[Finding | None]]) -> list[Finding]:
        """Do it for each, some at a time; what was found."""
        room, found = asyncio.Semaphore(_AT_A_TIME), list[Finding]()

        async def one(item: T) -> None:
            async with room:
                finding = await do(item)
            self.alive()
            if finding is not None:
                found.append(finding)

        await asyncio.gather(*(one(item) for item in items))
        return sorted(found, key=lambda finding: (finding.kind, finding.subject, finding.key))


async def reconcile(
    engine: EngineContext,
    at: datetime,
    last: datetime | None = None,
    *,
    noted: bool = True,
    alive: Callable[[], None] = lambda: None,
) -> Agreed:
    """Bring records and workflows to agree, as of ``at``. Repeating it is safe, also by several at once.

    ``last`` is when Temporal remembers that it was done before: records that do not are older, and all is compared.
    ``noted``: the run counts as one of the schedule's. ``alive`` is called on the way, for whoever watches.
    """
    run = _Run(engine, at, alive)
    async with engine.connection() as conn:
        before = await reconciliations.last(conn)
    running = await _running(engine)
    if last is not None and (before is None or before < last):
        run.findings += await _compared(run, running, before, last)
    async with engine.connection() as conn:
        keeping = await open_subjects.everything(conn)
    run.findings += await _started(run, keeping, running)
    awake = before is not None and at - before <= GAP
    run.findings += await _mended(run, _suspects(keeping, running, at), awake=awake)
    run.findings += await _weekly_mails(run, keeping, running)
    run.findings += await _schedules(run)
    run.findings += await unknown_workflows(engine, at)
    await _keep(run, await failed_openings(engine, running, before or at - timedelta(days=1)), noted=noted)
    _log.info("reconciled", subjects=len(keeping), running=len(running), findings=len(run.findings))
    return Agreed(len(keeping), tuple(run.findings))


async def _running(engine: EngineContext) -> dict[str, datetime | None]:
    """The workflows of this engine that run, by id, and when each says that something falls due next."""
    query = f"TaskQueue = '{engine.task_queue}' AND ExecutionStatus = 'Running'"
    found = engine.client.list_workflows(query, page_size=1000)
    return {
        workflow.id: workflow.typed_search_attributes.get(NEXT_DUE)
        async for workflow in found
        if workflow.workflow_type == _TYPES.get(workflow.id.partition(":")[0], workflow.workflow_type)
    }


def _id(subject: OpenSubject) -> str:
    return workflow_id(kind_of(subject.opening), subject.subject)


# What does not run.


async def _started(
    run: _Run, keeping: Collection[OpenSubject], running: Mapping[str, datetime | None]
) -> list[Finding]:
    missing = [subject for subject in keeping if _id(subject) not in running]
    async with run.engine.connection() as conn:
        openings = await open_subjects.openings(conn, [subject.subject for subject in missing])

    async def again(subject: OpenSubject) -> Finding | None:
        kind, status = kind_of(subject.opening), await status_of(run.engine, _id(subject))
        if status == "running":
            return await _taken(run.engine, _id(subject), subject.subject)
        if status == "paused":
            return Finding(kind=IncidentKind.PAUSED, subject=subject.subject, facts={"workflow": _id(subject)})
        if status == "completed" and (finding := await _restored(run, _id(subject))) is not None:
            return finding
        opening = openings[subject.subject]
        await handles.start(
            run.engine.client, kind, subject.subject, opening, recorded=True, task_queue=run.engine.task_queue
        )
        return Finding(
            kind=IncidentKind.NOT_RUNNING,
            subject=subject.subject,
            facts={"status": status},
            done="restarted",
            mended=status != "failed",
        )

    found = await run.each(missing, again)
    held = {IncidentKind.ID_TAKEN, IncidentKind.PAUSED}
    restarted = [finding for finding in found if finding.kind not in held]
    taken = [finding for finding in found if finding.kind in held][:_EACH]
    if len(restarted) > _EACH:
        facts = {"number": str(len(restarted))}
        many = Finding(kind=IncidentKind.MANY_NOT_RUNNING, subject=ENGINE, facts=facts, done="restarted", mended=True)
        return [many, *taken]
    return [*restarted, *taken]


async def _taken(engine: EngineContext, workflow: str, subject: str) -> Finding | None:
    """What runs under the id of ours and is not ours: another type, or on another queue. Nobody else's is ended."""
    there = await engine.client.get_workflow_handle(workflow).describe()
    ours = there.workflow_type == _TYPES[workflow.partition(":")[0]] and there.task_queue == engine.task_queue
    if ours or there.status is not WorkflowExecutionStatus.RUNNING:
        return None
    facts = {"workflow": workflow, "type": there.workflow_type, "queue": there.task_queue}
    return Finding(kind=IncidentKind.ID_TAKEN, subject=subject, facts=facts)


async def _restored(run: _Run, workflow: str) -> Finding | None:
    """What a workflow that has come to its end knows, and the records lack."""
    subject = workflow.partition(":")[2]
    known = await known_by(run.engine, workflow)
    async with run.engine.connection() as conn:
        held = (await ledger.as_known(conn, [subject]))[subject]
        if known is None or not differs(known, held).lost:
            return None
        asked = Restore(subject=subject, at=run.at, facts=known.facts, done=known.done)
        restored = await Subjects().restore(conn, asked)
    return recorded_again(subject, restored)


# What runs, and does not move or knows less.


def _suspects(
    keeping: Iterable[OpenSubject], running: Mapping[str, datetime | None], at: datetime
) -> list[OpenSubject]:
    """Those of which something is overdue, or which wait for another moment than their records say."""
    there = [subject for subject in keeping if _id(subject) in running]
    overdue = [subject for subject in there if subject.next_due and subject.next_due <= at - OVERDUE]
    apart = [
        subject
        for subject in there
        if subject.next_due and subject.next_due > at - OVERDUE and subject.next_due != running[_id(subject)]
    ]
    return [*overdue, *apart][:_LOOKED_AT]


async def _mended(run: _Run, suspects: Collection[OpenSubject], *, awake: bool) -> list[Finding]:
    async def look(subject: OpenSubject) -> Finding | None:
        overdue = subject.next_due is not None and subject.next_due <= run.at - OVERDUE
        due = subject.next_due.isoformat() if subject.next_due else ""
        known = await known_by(run.engine, _id(subject))
        if known is not None:
            async with run.engine.connection() as conn:
                held = (await ledger.as_known(conn, [subject.subject]))[subject.subject]
            apart = differs(known, held)
            if not (apart or overdue):
                return None
            took = await caught_up(run.engine, _id(subject))
            if apart and took is not None:
                # What was on its way to it when it was looked at is not taken up again.
                return _behind(subject.subject) if took else None
        if not (overdue and awake):
            return None
        reason, attempts = await hindrance(run.engine, _id(subject))
        facts = {"due": due, "reason": reason, "attempts": str(attempts)}
        return Finding(kind=IncidentKind.STUCK, subject=subject.subject, facts=facts)

    return await run.each(suspects, look)


def _behind(subject: str) -> Finding:
    return Finding(kind=IncidentKind.BEHIND, subject=subject, done="caught_up", mended=True)


# Records that are older than what runs.


async def _compared(run: _Run, running: Collection[str], before: datetime | None, last: datetime) -> list[Finding]:
    """Every running workflow hands over what its records have lost; what none of them knows is named by its window."""
    named = [(kind, name) for kind in KINDS for name in running if name.startswith(f"{kind.prefix}:")]

    async def compare(workflow: str) -> Finding | None:
        subject = workflow.partition(":")[2]
        known = await known_by(run.engine, workflow)
        async with run.engine.connection() as conn:
            held = (await ledger.as_known(conn, [subject]))[subject]
        if known is not None and not differs(known, held):
            return None
        if known is not None and await caught_up(run.engine, workflow) is not None:
            return None
        reason, attempts = await hindrance(run.engine, workflow)
        facts = {"due": run.at.isoformat(), "reason": reason, "attempts": str(attempts)}
        return Finding(kind=IncidentKind.STUCK, subject=subject, facts=facts)

    stuck = await run.each([name for _, name in named], compare)
    ended = (await _ended(run.engine, before)).difference(running)
    restored = await run.each(sorted(ended), lambda name: _restored(run, name))
    for name in running:
        if name.startswith(handles.weekly_mail_id("")):
            await _went(run, name, before)
    window = {"from": before.isoformat() if before else "the beginning", "to": last.isoformat()}
    lost = Finding(kind=IncidentKind.RECORDS_LOST, subject=ENGINE, key=window["to"], facts=window, done="compared")
    async with run.engine.connection() as conn:
        back = await people.named_again(conn)
    erased = [Finding(kind=IncidentKind.ERASURE_UNDONE, subject=academy, key=person) for academy, person in back]
    return [*stuck, *restored, *erased, lost]


async def _ended(engine: EngineContext, since: datetime | None) -> set[str]:
    """The workflows of subjects that came to their end, or to rest, since a time."""
    types = ", ".join(f"'{kind.workflow}'" for kind in KINDS)
    query = f"TaskQueue = '{engine.task_queue}' AND ExecutionStatus = 'Completed' AND WorkflowType IN ({types})"
    if since is not None:
        query += f" AND CloseTime >= '{since.isoformat()}'"
    return {found.id async for found in engine.client.list_workflows(query, page_size=1000)}


async def _went(run: _Run, weekly_mail: str, before: datetime | None) -> None:
    """What an academy's weekly mails took with them since the records' own time is not mailed again."""
    at = await looked_at(run.engine, weekly_mail)
    if at is not None and (before is None or at > before):
        async with run.engine.connection() as conn:
            await notices.went_weekly(conn, weekly_mail.removeprefix(handles.weekly_mail_id("")), at)


# What is not a subject.


async def _weekly_mails(run: _Run, keeping: Iterable[OpenSubject], running: Collection[str]) -> list[Finding]:
    academies = sorted({subject.subject.partition(".")[0] for subject in keeping})
    missing = [academy for academy in academies if handles.weekly_mail_id(academy) not in running]

    async def again(academy: str) -> Finding | None:
        status = await status_of(run.engine, handles.weekly_mail_id(academy))
        if status == "running":
            taken = await _taken(run.engine, handles.weekly_mail_id(academy), academy)
            # On another queue, another engine mails its own.
            return taken if taken and taken.facts["queue"] == run.engine.task_queue else None
        if status == "paused":
            facts = {"workflow": handles.weekly_mail_id(academy)}
            return Finding(kind=IncidentKind.PAUSED, subject=academy, facts=facts)
        async with run.engine.connection() as conn:
            zone = await zone_of(conn, academy)
        await handles.start_weekly_mail(run.engine.client, academy, zone=zone, task_queue=run.engine.task_queue)
        async with run.engine.connection() as conn:
            if status == "deleted" and not await open_subjects.had_weekly_mail(conn, academy):
                return None
        return Finding(
            kind=IncidentKind.WEEKLY_MAIL_MISSING,
            subject=academy,
            facts={"status": status},
            done="restarted",
            mended=True,
        )

    return await run.each(missing, again)


async def _schedules(run: _Run) -> list[Finding]:
    async with run.engine.connection() as conn:
        meant = await intro_calendars.everything(conn)
        deleting = await retention.academies(conn)
    found = []
    nightly = schedules.retention_schedule_id(run.engine.task_queue)
    # Whoever pauses it holds all deletion, and is not overruled.
    if deleting and await schedules.hindrance(run.engine.client, nightly) == "deleted":
        await schedules.keep_retention(run.engine.client, task_queue=run.engine.task_queue)
        found.append(schedule_missing(ENGINE, nightly, "deleted"))
    for given in meant:
        name = schedules.intro_schedule_id(given.academy)
        if status := await schedules.hindrance(run.engine.client, name):
            await calendars.keep_schedule(run.engine, given, run.at)
            found.append(schedule_missing(given.academy, name, status))
        elif ended := await schedules.ended_badly(run.engine.client, name):
            facts = {"status": ended.replace("_", " ")}
            found.append(Finding(kind=IncidentKind.COURSES_NOT_OPENED, subject=given.academy, facts=facts))
    return found


def schedule_missing(subject: str, schedule: str, status: str) -> Finding:
    """A schedule was deleted or paused, and was made again."""
    return Finding(
        kind=IncidentKind.SCHEDULE_MISSING,
        subject=subject,
        key=schedule,
        facts={"status": status},
        done="made_again",
        mended=True,
    )


async def _keep(run: _Run, failed: list[Finding], *, noted: bool) -> None:
    """Keep what was found. A start that failed is over once its subject is recorded, or when somebody closes it."""
    async with run.engine.connection() as conn, conn.transaction():
        opened = [
            kept.finding for kept in await incidents.open_of(conn) if kept.finding.kind is IncidentKind.OPENING_FAILED
        ]
        begun = await open_subjects.openings(conn, [finding.subject for finding in opened])
        still = [*(finding for finding in opened if finding.subject not in begun), *failed]
        await incidents.open_incidents(conn, [*run.findings, *failed], run.at)
        await incidents.close_others(conn, _SCANNED, run.findings, run.at)
        await incidents.close_others(conn, [IncidentKind.OPENING_FAILED], still, run.at)
        run.findings += failed
        if noted:
            await reconciliations.note(conn, run.at, len(run.findings))
