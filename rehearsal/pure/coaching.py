"""How participants coach, from what the records would show of their engagements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from rehearsal.pure.subject import PureSubject
from schemas.cohort_facts import Coaching
from schemas.engagement_facts import CoachPart
from schemas.rows import AssignmentRow, EngagementRow, SessionRow
from schemas.words import EnrolmentId, Outcome, PersonId

_EXPECTED = (Outcome.HELD, Outcome.NOT_HELD, Outcome.UNKNOWN)


class _Record(NamedTuple):
    """The rows of one engagement."""

    engagement: EngagementRow
    assignments: tuple[AssignmentRow, ...]
    sessions: tuple[SessionRow, ...]


def coaching(people: Mapping[EnrolmentId, PersonId], engagements: Iterable[PureSubject]) -> tuple[Coaching, ...]:
    """How they coach, in the order given: as the query ``coaching`` of the records counts it."""
    records = [_record(engagement) for engagement in engagements]
    return tuple(_coaching(enrolment, person, records) for enrolment, person in people.items())


def _record(engagement: PureSubject) -> _Record:
    rows = engagement.rows().values()
    own = next(row for row in rows if isinstance(row, EngagementRow))
    return _Record(
        own,
        tuple(row for row in rows if isinstance(row, AssignmentRow)),
        tuple(row for row in rows if isinstance(row, SessionRow)),
    )


def _coaching(enrolment: EnrolmentId, person: PersonId, records: Iterable[_Record]) -> Coaching:
    mine = [
        (record, assignment)
        for record in records
        for assignment in record.assignments
        if assignment.person == person and (record.engagement.enrolment == enrolment or assignment.part is CoachPart.CO)
    ]
    running = [record for record, assignment in mine if _runs(record.engagement, assignment)]
    met = {
        (record.engagement.engagement, session.week, session.day, session.counted): session
        for record, assignment in mine
        for session in _during(record, assignment)
    }
    counted = [session for session in met.values() if session.counted and session.outcome in _EXPECTED]
    return Coaching(
        enrolment=enrolment,
        agreed=any(record.engagement.agreed_at is not None for record, _ in mine),
        paused=any(record.engagement.paused for record in running),
        running=bool(running),
        sessions_expected=len(counted),
        sessions_held=sum(session.outcome is Outcome.HELD for session in counted),
        last_coached=_last(session.day for session in met.values() if session.outcome is Outcome.HELD),
    )


def _runs(engagement: EngagementRow, assignment: AssignmentRow) -> bool:
    return assignment.until is None and engagement.ended_at is None and engagement.handed_off_at is None


def _during(record: _Record, assignment: AssignmentRow) -> Iterator[SessionRow]:
    return (
        session
        for session in record.sessions
        if assignment.since <= session.starts_at and (assignment.until is None or session.starts_at < assignment.until)
    )


def _last(days: Iterable[date]) -> date | None:
    return max(days, default=None)
