"""Makes the report: from what either world leaves behind, and from the truth of the rehearsed people."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from records.notices import Issued
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
from rehearsal.world import EngagementLine
from schemas.roster import RosterRow
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
RECEIPTS: Final = ("booking_confirmed", "booking_waiting", "booking_cancelled")
_NO_HISTORY: Final = History(events=0, bytes=0)
_NOTHING: Final = Sessions(expected=0, held=0, not_held=0, unknown=0, excused=0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known of what was rehearsed. The last four are what only servers leave behind."""

    engagements: Mapping[EngagementId, EngagementLine]
    enrolments: Mapping[str, EnrolmentState]
    courses: Sequence[IntroCourseReport]
    sessions: Mapping[EngagementId, Counter[str]]
    notices: Sequence[Issued]
    digests: int
    invitations: Sequence[tuple[str, datetime]] = ()
    histories: Mapping[EngagementId, History] = field(default_factory=dict)
    repeated_mails: int = 0
    personal_data: int = 0


def report(plot: Plot, evidence: Evidence, teams: Mapping[EngagementId, Team]) -> Report:
    """The report on a finished rehearsal; how long it took is for the caller to add."""
    rows = [row for script in plot.scripts for row in _of_cohort(script, evidence, teams)]
    waits = [
        _working_days(teams[row.engagement_id], stall) for row in rows if row.engagement_id for stall in row.stalls
    ]
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
        duplicate_notices=_repeated_notices(evidence.notices) + evidence.repeated_mails,
        personal_data_outside_database=evidence.personal_data,
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
        history=evidence.histories.get(engagement, _NO_HISTORY),
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
        history=_NO_HISTORY,
    )


def _true_stalls(script: Script, team: Team) -> list[Stall]:
    ended = team.calendar.day(team.ended_at) if team.ended_at else None
    return stalls(team.meetings, script.programme.health.stalled_after, ended)


def _seen(team: Team, stall: Stall, about: Sequence[Issued]) -> StallSeen:
    """A stall with the first alarm above the coach while it lasted."""
    days = [team.calendar.day(n.issued_at) for n in about if _alarms_others(n)]
    noticed = [day for day in days if stall.began <= day and (stall.resolved is None or day <= stall.resolved)]
    return StallSeen(began=stall.began, noticed=min(noticed, default=None), resolved=stall.resolved)


def _alarms_others(issued: Issued) -> bool:
    return issued.notice.matter in _ALARMS and issued.notice.role in _ABOVE_THE_COACH


def _working_days(team: Team, stall: StallSeen) -> int | None:
    return team.calendar.working_days_between(stall.began, stall.noticed) if stall.noticed else None


def _false_alarms(script: Script, notices: Sequence[Issued], team: Team) -> int:
    last = script.programme.health.at_risk_after
    alarms = [notice for notice in notices if notice.subject == team.engagement and _alarms_others(notice)]
    return sum(was_meeting(team.meetings, notice.issued_at, last) for notice in alarms)


def _person_weeks(script: Script, notices: Sequence[Issued]) -> list[int]:
    """How many mails a person had in a week in which there was one, session asks aside."""
    weeks: dict[tuple[str, date], set[str]] = defaultdict(set)
    for notice in notices:
        if notice.notice.matter is not Matter.SESSION and notice.message_id and notice.settled_at:
            day = notice.settled_at.astimezone(ZoneInfo(script.programme.zone)).date()
            weeks[notice.notice.person, day - timedelta(days=day.weekday())].add(notice.message_id)
    return [len(mails) for mails in weeks.values()]


def _timed(notices: Sequence[Issued]) -> Iterator[tuple[str, datetime]]:
    """What was sent about which subject, and when. Receipts may go at any hour: who has just booked waits for one."""
    for notice in notices:
        if notice.notice.reason not in RECEIPTS and notice.status == "sent" and notice.settled_at is not None:
            yield notice.subject, notice.settled_at


def _outside(script: Script, subject: str, at: datetime, teams: Mapping[EngagementId, Team]) -> bool:
    team = teams.get(subject)
    calendar = team.calendar if team else script.days()
    return calendar.sendable(at) != at


def _repeated_notices(notices: Sequence[Issued]) -> int:
    keys = Counter((n.subject, n.notice.person, n.notice.item) for n in notices)
    return sum(times - 1 for times in keys.values())


def _spread(numbers: list[int]) -> Spread:
    if not numbers:
        return Spread(median=None, max=None)
    return Spread(median=float(statistics.median(numbers)), max=float(max(numbers)))
