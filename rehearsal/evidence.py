"""What a rehearsal on servers leaves behind: records, workflow histories, mails, logs and metrics."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from email import policy
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

import structlog
from temporalio.client import Client

from coaching_client import handles
from records import lists, notices, rehearsed, views
from records.database import Connection, Pool
from records.lists import Sought
from rehearsal import privacy
from rehearsal.clocks import HistorySize, history_size
from rehearsal.measure import RECEIPTS, Evidence
from rehearsal.report import History, IntroCourseReport
from rehearsal.script import Plot, first_week
from rehearsal.served import ALL, engagement_line
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, workflow_id

_log = structlog.stdlib.get_logger("rehearsal.evidence")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the evidence is: the engine's parts, and what they wrote outside the database."""

    client: Client
    pool: Pool
    outbox: Path | None
    logs: tuple[Path, ...]
    metrics: str | None


async def evidence(plot: Plot, sources: Sources) -> Evidence:
    """Everything that the report is made from."""
    words = await privacy.personal(sources.pool, plot.first.academy)
    found, walked = await _evidence(plot, sources, words)
    findings = [*walked, *await asyncio.to_thread(_beside_the_engine, sources, words)]
    for finding in findings:
        _log.error("privacy.found", place=finding.place, kind=finding.kind, times=finding.times)
    return replace(
        found,
        repeated_mails=await asyncio.to_thread(_repeated_mails, sources.outbox),
        personal_data=sum(finding.times for finding in findings),
    )


def _beside_the_engine(sources: Sources, words: privacy.Personal) -> list[privacy.Finding]:
    found = privacy.in_files(sources.logs, words)
    return found + privacy.in_metrics(sources.metrics, words) if sources.metrics else found


async def _walk(client: Client, workflow: str, words: privacy.Personal) -> tuple[History, list[privacy.Finding]]:
    """All runs of one workflow, read once: how long they are, and what personal stands in them."""
    size, findings = HistorySize(0, 0), []
    async for run in client.list_workflows(f"WorkflowId = '{workflow}'"):
        history = await client.get_workflow_handle(workflow, run_id=run.run_id).fetch_history()
        size += history_size(history)
        findings += await asyncio.to_thread(privacy.in_run, workflow, run, history, words)
    return History(events=size.events, bytes=size.bytes), findings


async def _evidence(plot: Plot, sources: Sources, words: privacy.Personal) -> tuple[Evidence, list[privacy.Finding]]:
    cohorts = [script.cohort for script in plot.scripts]
    async with sources.pool.acquire() as conn:
        listed = await lists.engagements(conn, Sought(within=cohorts), None, ALL)
        engagements = {line.engagement: engagement_line(line) for line in listed}
        enrolments = {line.enrolment: line.state for cohort in cohorts for line in await views.enrolments(conn, cohort)}
        sessions = await rehearsed.sessions(conn, cohorts)
        courses = await _introductions(conn, plot)
        issued = await notices.issued_in(conn, plot.scope)
        invitations = await rehearsed.invitations(conn, plot.scope, RECEIPTS)
        digests = await rehearsed.digests(conn, plot.scope, first_week(plot))
    workflows = [
        *(workflow_id(ENGAGEMENT, engagement) for engagement in engagements),
        *(workflow_id(COHORT, cohort) for cohort in cohorts),
        *(workflow_id(INTRO_COURSE, course.course) for course in courses),
        handles.weekly_mail_id(plot.scope),
    ]
    walks = await asyncio.gather(*(_walk(sources.client, workflow, words) for workflow in workflows))
    found = Evidence(
        engagements=engagements,
        enrolments=enrolments,
        sessions=sessions,
        courses=courses,
        notices=issued,
        invitations=invitations,
        digests=digests,
        histories={engagement: size for engagement, (size, _) in zip(engagements, walks, strict=False)},
    )
    return found, [finding for _, findings in walks for finding in findings]


async def _introductions(conn: Connection, plot: Plot) -> list[IntroCourseReport]:
    """What became of the bookings of every course; none where only a cohort was rehearsed."""
    if not plot.courses:
        return []
    return [IntroCourseReport.model_validate(row) for row in await rehearsed.courses(conn, plot.first.academy)]


def _repeated_mails(outbox: Path | None) -> int:
    """Mails of the sink that say the same to the same person on the same day again."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for path in outbox.glob("*.eml") if outbox else ():
        mail = BytesParser(policy=policy.compat32).parsebytes(path.read_bytes())
        plain = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
        day = parsedate_to_datetime(mail["Date"]).date().isoformat()
        seen[mail["To"], mail["Subject"], day, str(plain.get_payload())] += 1
    return sum(times - 1 for times in seen.values())
