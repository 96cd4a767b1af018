"""The projections of an engagement: what people look up, row by row. Derived from the state alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lifecycle.engagement.concern import concern
from lifecycle.engagement.plan import MATTERS
from lifecycle.engagement.sessions import Session, extra
from lifecycle.engagement.state import State
from lifecycle.engagement.weeks import slot_on
from lifecycle.projection import due_rows, shown, turn
from schemas import rows as r
from schemas.due import DueItem, Standing
from schemas.engagement_facts import CoachPart
from schemas.words import Outcome, Role


def rows(engagement: str, state: State, upcoming: list[DueItem]) -> r.Rows:
    """Every row of the engagement, by table and key. ``upcoming`` is the next item of each matter."""
    found: Iterable[r.Row] = (
        _engagement(engagement, state, upcoming),
        *_people(state),
        *_sessions(state),
        *_told(state),
        *due_rows(upcoming),
    )
    return r.by_key(found)


def _engagement(engagement: str, state: State, upcoming: list[DueItem]) -> r.EngagementRow:
    life, calendar = state.life, state.life.calendar
    agreed = life.agreed_at is not None
    following = upcoming[0] if upcoming else None
    worst = concern(state)
    return r.EngagementRow(
        engagement=engagement,
        cohort=life.opening.cohort,
        enrolment=life.opening.enrolment,
        microsystem=life.opening.microsystem,
        stage=state.stage,
        phase=state.phase,
        ramp_step=life.ramp_step,
        health=state.health,
        paused=life.paused is not None,
        coach_vacant=life.vacant_since is not None,
        no_progress=state.no_progress is not None,
        concern=worst.what if worst else None,
        concern_since=worst.since if worst else None,
        misses=0 if state.ended else len(state.run.misses),
        turn=turn(upcoming),
        next_due=following.at if following else None,
        next_matter=following.matter if following else None,
        next_act=following.act if following else None,
        next_to=following.to if following else (),
        next_about=following.about if following else None,
        next_rule=following.rule if following else None,
        next_weekly=following is not None and MATTERS[following.matter].gathered(following, life.programme.attention),
        programme=life.programme.label,
        calendar=calendar.table,
        zone=calendar.zone,
        language=life.programme.language,
        course_start=life.opening.course_start,
        agreed_at=life.agreed_at,
        hand_off_planned=calendar.day(state.hand_off_planned()) if agreed else None,
        limit_on=calendar.day(state.limit()) if agreed else None,
        handed_off_at=life.handed_off_at,
        ended_at=life.ended_at,
        end_reason=life.end_reason,
        follows=life.opening.follows,
    )


def standing(state: State, ahead: list[DueItem]) -> Standing:
    """Where the engagement stands. ``ahead`` is the next item of each matter."""
    life = state.life
    return Standing(
        as_of=state.now,
        stage=state.stage,
        phase=state.phase,
        ramp_step=life.ramp_step,
        health=state.health,
        paused=life.paused is not None,
        coach_vacant=life.vacant_since is not None,
        no_progress=state.no_progress is not None,
        turn=turn(ahead),
        next_due=shown(ahead[0]) if ahead else None,
        end_reason=life.end_reason,
    )


def _people(state: State) -> Iterator[r.EngagementPersonRow]:
    life = state.life
    for role in (Role.COACH, Role.CO_COACH, Role.INTERIM_COACH):
        person = life.main_coach if role is Role.COACH else life.person(role)
        if person is not None:
            yield r.EngagementPersonRow(role=role, person=person)
    for role, person in life.people.items():
        yield r.EngagementPersonRow(role=role, person=person)


def _sessions(state: State) -> Iterator[r.SessionRow]:
    for session in state.sessions:
        yield _session(session)
    calendar = state.life.calendar
    for name, report in extra(state.life, state.sessions).items():
        yield r.SessionRow(
            session=name,
            week=report.day,
            day=report.day,
            starts_at=calendar.at(report.day, slot_on(state.life, report.day).at),
            outcome=Outcome.HELD,
            counted=False,
            chaired_by=report.chaired_by,
            evaluation=report.evaluation,
            attendance=report.attendance,
        )


def _session(session: Session) -> r.SessionRow:
    report = session.report
    if report is None or report.kind != "session_held":
        reason = report.reason if report is not None else None
        return r.SessionRow(session.name, session.week, session.day, session.starts_at, session.outcome, reason=reason)
    return r.SessionRow(
        session.name,
        session.week,
        session.day,
        session.starts_at,
        session.outcome,
        chaired_by=report.chaired_by,
        evaluation=report.evaluation,
        attendance=report.attendance,
    )


def _told(state: State) -> Iterator[r.Row]:
    life = state.life
    for a in life.assignments:
        yield r.AssignmentRow(person=a.person, part=CoachPart(a.part), since=a.since, until=a.until)
    for s in life.scores:
        yield r.ScoreRow(
            event_id=s.event_id, scorer="team" if s.scorer == "team" else "faculty", score=s.score, scored_at=s.at
        )
    for month, held_at in life.reviews.items():
        yield r.ReviewRow(month=month, held_at=held_at)
    for p in life.pauses:
        yield r.PauseRow(since=p.since, until=p.until, reason=p.reason)
    for role, signed_at in life.signed.items():
        yield r.SignOffRow(document="agreement", role=role, signed_at=signed_at)
    for role, signed_at in life.signed_off.items():
        yield r.SignOffRow(document="readiness", role=role, signed_at=signed_at)
