"""Makes the report: from the records and the workflow histories, and from the truth of the rehearsed people."""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import policy
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from temporalio.client import Client

from coaching_client import handles
from records import lists, notices, rehearsed, views
from records.database import Connection, Pool
from records.lists import Sought
from records.notices import Issued
from records.views import ListedEngagement
from rehearsal import privacy
from rehearsal.clocks import HistorySize, history_size
from rehearsal.meetings import Stall, stalls, was_meeting
from rehearsal.report import (
    EndState,
    EngagementReport,
    History,
    IntroCourseReport,
    Report,
    Sessions,
    Spread,
    StallSeen,
)
from rehearsal.script import Plot, Script
from rehearsal.team import Team
from schemas.roster import RosterRow
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, workflow_id
from schemas.words import (
    EndReason,
    EngagementId,
    EnrolmentState,
    Matter,
    Role,
    Stage,
)

_ALARMS: Final = (Matter.ESCALATION, Matter.STALL)
_ABOVE_THE_COACH: Final = (Role.FACULTY, Role.OFFICE, Role.SPONSOR)
_ENROLMENT_ENDS: Final[dict[EnrolmentState, EndState]] = {
    EnrolmentState.DEFERRED: "deferred",
    EnrolmentState.WITHDRAWN: "withdrawn",
    EnrolmentState.NOT_COMPLETED: "not_completed",
}
_END_OF_REASON: Final[dict[EndReason, EndState]] = {
    EndReason.PARTICIPANT_DEFERRED: "deferred",
    EndReason.PARTICIPANT_WITHDREW: "withdrawn",
}
_RECEIPTS: Final = ("booking_confirmed", "booking_waiting", "booking_cancelled")
_ALL: Final = 100_000
"""More engagements than any rehearsal has."""

_NOTHING: Final = Sessions(expected=0, held=0, not_held=0, unknown=0, excused=0)

_log = structlog.stdlib.get_logger("rehearsal.measure")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the evidence is: the engine's parts, and what they wrote outside the database."""

    client: Client
    pool: Pool
    outbox: Path | None
    logs: tuple[Path, ...]
    metrics: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the records say of what was rehearsed."""

    engagements: dict[EngagementId, ListedEngagement]
    enrolments: dict[str, EnrolmentState]
    courses: list[IntroCourseReport]
    sessions: dict[EngagementId, Counter[str]]
    notices: list[Issued]
    invitations: list[tuple[str, datetime]]
    digests: int
    histories: dict[EngagementId, History]
    findings: list[privacy.Finding]


async def report(plot: Plot, sources: Sources, teams: Mapping[EngagementId, Team]) -> Report:
    """The report on a finished rehearsal; how long it took is for the caller to add."""
    words = await privacy.personal(sources.pool, plot.first.academy)
    evidence = await _evidence(plot, sources, words)
    rows = [row for script in plot.scripts for row in _of_cohort(script, evidence, teams)]
    waits = [
        _working_days(teams[row.engagement_id], stall) for row in rows if row.engagement_id for stall in row.stalls
    ]
    findings = [*evidence.findings, *await asyncio.to_thread(_beside_the_engine, sources, words)]
    for finding in findings:
        _log.error("privacy.found", place=finding.place, kind=finding.kind, times=finding.times)
    return Report(
        engagements=tuple(rows),
        introductions=tuple(evidence.courses),
        mails_per_person_week=_spread(_person_weeks(plot.first, evidence.notices)),
        digests=evidence.digests,
        withheld=sum(notice.status == "withheld" for notice in evidence.notices),
        withdrawn=sum(notice.status == "withdrawn" for notice in evidence.notices),
        escalations=dict(
            sorted(Counter(n.notice.role for n in evidence.notices if n.notice.matter is Matter.ESCALATION).items())
        ),
        mails_outside_windows=sum(
            _outside(plot.first, *sent, teams) for sent in (*_timed(evidence.notices), *evidence.invitations)
        ),
        working_days_to_notice=_spread([days for days in waits if days is not None]),
        stalls_unnoticed=sum(days is None for days in waits),
        false_alarms=(alarms := sum(_false_alarms(plot.first, evidence.notices, team) for team in teams.values())),
        false_alarms_per_engagement_year=_per_year(alarms, teams.values(), plot.first),
        duplicate_notices=_repeated_notices(evidence.notices)
        + await asyncio.to_thread(_repeated_mails, sources.outbox),
        personal_data_outside_database=sum(finding.times for finding in findings),
        wall_seconds=0,
    )


def _of_cohort(script: Script, evidence: Evidence, teams: Mapping[EngagementId, Team]) -> list[EngagementReport]:
    names = [name for name, row in evidence.engagements.items() if row.cohort == script.cohort]
    rows = [_of_engagement(script, evidence, teams[name]) for name in names]
    owners = {row.participant for row in rows}
    rows += [_without(script, evidence, row) for row in script.roster.rows if row.participant not in owners]
    return sorted(rows, key=lambda row: (row.participant, row.engagement_id or ""))


def _per_year(alarms: int, teams: Iterable[Team], script: Script) -> float:
    """How many there were to a year in which a team was expected to meet every week."""
    weeks = sum(len(team.meetings) for team in teams) * script.programme.sessions.every_weeks
    return round(52 * alarms / weeks, 3) if weeks else 0.0


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


async def _evidence(plot: Plot, sources: Sources, words: privacy.Personal) -> Evidence:
    cohorts = [script.cohort for script in plot.scripts]
    async with sources.pool.acquire() as conn:
        listed = await lists.engagements(conn, Sought(within=cohorts), None, _ALL)
        engagements = {line.engagement: line for line in listed}
        enrolments = {line.enrolment: line.state for cohort in cohorts for line in await views.enrolments(conn, cohort)}
        sessions = await rehearsed.sessions(conn, cohorts)
        courses = await _introductions(conn, plot)
        issued = await notices.issued_in(conn, plot.scope)
        invitations = await rehearsed.invitations(conn, plot.scope, _RECEIPTS)
        digests = await rehearsed.digests(conn, plot.scope)
    workflows = [
        *(workflow_id(ENGAGEMENT, engagement) for engagement in engagements),
        *(workflow_id(COHORT, cohort) for cohort in cohorts),
        *(workflow_id(INTRO_COURSE, course.course) for course in courses),
        handles.weekly_mail_id(plot.scope),
    ]
    walks = await asyncio.gather(*(_walk(sources.client, workflow, words) for workflow in workflows))
    return Evidence(
        engagements=engagements,
        enrolments=enrolments,
        sessions=sessions,
        courses=courses,
        notices=issued,
        invitations=invitations,
        digests=digests,
        histories={engagement: size for engagement, (size, _) in zip(engagements, walks, strict=False)},
        findings=[finding for _, findings in walks for finding in findings],
    )


async def _introductions(conn: Connection, plot: Plot) -> list[IntroCourseReport]:
    """What became of the bookings of every course; none where only a cohort was rehearsed."""
    if not plot.courses:
        return []
    return [IntroCourseReport.model_validate(row) for row in await rehearsed.courses(conn, plot.first.academy)]


def _of_engagement(script: Script, evidence: Evidence, team: Team) -> EngagementReport:
    engagement = team.engagement
    row = evidence.engagements[engagement]
    counts = evidence.sessions[engagement]
    about = [notice for notice in evidence.notices if notice.subject == engagement]
    return EngagementReport(
        engagement_id=engagement,
        participant=team.participant,
        behaviour=_roster_row(script, team.participant).behaviour,
        phase=row.phase,
        end_state=_end_state(row.stage, row.end_reason),
        end_reason=row.end_reason,
        sessions=Sessions(
            expected=sum(counts.values()),
            **{outcome: counts[outcome] for outcome in ("held", "not_held", "unknown", "excused")},
        ),
        notices=dict(sorted(Counter(notice.notice.matter for notice in about).items())),
        stalls=tuple(_seen(team, stall, about) for stall in _true_stalls(script, team)),
        history=evidence.histories[engagement],
    )


def _roster_row(script: Script, participant: str) -> RosterRow:
    return next(row for row in script.roster.rows if row.participant == participant)


def _end_state(stage: Stage, reason: EndReason | None) -> EndState | None:
    if stage is Stage.SUSTAINED:
        return "sustained"
    if stage is Stage.ENDED_EARLY:
        return _END_OF_REASON.get(reason, "ended_early") if reason else "ended_early"
    return None


def _without(script: Script, evidence: Evidence, row: RosterRow) -> EngagementReport:
    """Who has no engagement of their own: a co-coach ends as the engagement they joined, unless they left before."""
    state = evidence.enrolments.get(script.plan.enrolment(row.participant))
    left = _ENROLMENT_ENDS.get(state) if state else None
    stayed = row.joins is not None and left not in ("deferred", "withdrawn")
    joined = evidence.engagements.get(script.plan.enrolment(row.joins or "")) if stayed else None
    return EngagementReport(
        engagement_id=None,
        participant=row.participant,
        behaviour=row.behaviour,
        phase=joined.phase if joined else None,
        end_state=_end_state(joined.stage, joined.end_reason) if joined else left,
        end_reason=joined.end_reason if joined else None,
        sessions=_NOTHING,
        notices={},
        stalls=(),
        history=History(events=0, bytes=0),
    )


def _true_stalls(script: Script, team: Team) -> list[Stall]:
    ended = team.calendar.day(team.ended_at) if team.ended_at else None
    return stalls(team.meetings, script.programme.health.stalled_after, ended)


def _seen(team: Team, stall: Stall, about: list[Issued]) -> StallSeen:
    """A stall with the first alarm above the coach while it lasted."""
    days = [team.calendar.day(n.issued_at) for n in about if _alarms_others(n)]
    noticed = [day for day in days if stall.began <= day and (stall.resolved is None or day <= stall.resolved)]
    return StallSeen(began=stall.began, noticed=min(noticed, default=None), resolved=stall.resolved)


def _alarms_others(issued: Issued) -> bool:
    return issued.notice.matter in _ALARMS and issued.notice.role in _ABOVE_THE_COACH


def _working_days(team: Team, stall: StallSeen) -> int | None:
    return team.calendar.working_days_between(stall.began, stall.noticed) if stall.noticed else None


def _false_alarms(script: Script, notices: list[Issued], team: Team) -> int:
    last = script.programme.health.at_risk_after
    alarms = [notice for notice in notices if notice.subject == team.engagement and _alarms_others(notice)]
    return sum(was_meeting(team.meetings, notice.issued_at, last) for notice in alarms)


def _person_weeks(script: Script, notices: list[Issued]) -> list[int]:
    """How many mails a person had in a week in which there was one, session asks aside."""
    weeks: dict[tuple[str, date], set[str]] = defaultdict(set)
    for notice in notices:
        if notice.notice.matter is not Matter.SESSION and notice.message_id and notice.settled_at:
            day = notice.settled_at.astimezone(ZoneInfo(script.programme.zone)).date()
            weeks[notice.notice.person, day - timedelta(days=day.weekday())].add(notice.message_id)
    return [len(mails) for mails in weeks.values()]


def _timed(notices: list[Issued]) -> Iterator[tuple[str, datetime]]:
    """What was sent about which subject, and when. Receipts may go at any hour: who has just booked waits for one."""
    for notice in notices:
        if notice.notice.reason not in _RECEIPTS and notice.status == "sent" and notice.settled_at is not None:
            yield notice.subject, notice.settled_at


def _outside(script: Script, subject: str, at: datetime, teams: Mapping[EngagementId, Team]) -> bool:
    team = teams.get(subject)
    calendar = team.calendar if team else script.days()
    return calendar.sendable(at) != at


def _repeated_notices(notices: list[Issued]) -> int:
    keys = Counter((n.subject, n.notice.person, n.notice.item) for n in notices)
    return sum(times - 1 for times in keys.values())


def _repeated_mails(outbox: Path | None) -> int:
    """Mails of the sink that say the same to the same person on the same day again."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for path in outbox.glob("*.eml") if outbox else ():
        mail = BytesParser(policy=policy.compat32).parsebytes(path.read_bytes())
        plain = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
        day = parsedate_to_datetime(mail["Date"]).date().isoformat()
        seen[mail["To"], mail["Subject"], day, str(plain.get_payload())] += 1
    return sum(times - 1 for times in seen.values())


def _spread(numbers: list[int]) -> Spread:
    if not numbers:
        return Spread(median=None, max=None)
    return Spread(median=float(statistics.median(numbers)), max=float(max(numbers)))
