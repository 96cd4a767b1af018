"""No session becomes unknown before people were asked about it, and a meeting is a meeting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from lifecycle.account import account
from lifecycle.engagement import REDUCER, assess, fold
from lifecycle.engagement.sessions import Session
from schemas import engagement_facts as facts
from schemas.corrections import Correction, EngagementFact
from schemas.facts import LeaveAgreed
from schemas.words import Act, Health, Matter, Outcome, Role
from tests.lifecycle.lives import SLOT, Lived, agreed, fresh, handed_off, local, read


def healthy(lived: Lived) -> bool:
    """Whether the team is on track."""
    return lived.state.health is Health.ON_TRACK


def signed_late() -> Lived:
    """Signatures of 25 August reach the engine on 2 November."""
    lived = fresh()
    lived.go("2026-11-02 10:00")
    for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD):
        lived.tell(facts.AgreementSigned, "2026-08-25", role=role)
    return lived


def leave_shortened() -> Lived:
    """The coach was to be away for eight weeks; on 2 November we hear that it was one."""
    lived = agreed()
    first = date(2026, 9, 7)
    leave = lived.tell(LeaveAgreed, person="per_coach", first_day=first, last_day=date(2026, 10, 30))
    lived.go("2026-11-02 10:00")
    shorter = LeaveAgreed(
        event_id="r", occurred_at=local("2026-09-06"), person="per_coach", first_day=first, last_day=date(2026, 9, 11)
    )
    lived.tell(Correction, corrects=leave, replacement=shorter)
    return lived


def pause_ended_long_ago() -> Lived:
    """The team restarted on 28 September; we hear of it five weeks later."""
    lived = agreed()
    lived.tell(facts.PauseStarted, reason=facts.PauseReason.STAFFING)
    lived.go("2026-11-02 10:00")
    lived.tell(facts.PauseEnded, "2026-09-28")
    return lived


def hand_off_withdrawn() -> Lived:
    """A hand-off was recorded for the wrong team, which comes out five weeks later."""
    lived = handed_off()
    wrong = next(fact.event_id for fact in lived.known.facts.values() if fact.kind == "handed_off")
    lived.go("2028-04-18 15:00")
    lived.tell(Correction, corrects=wrong)
    return lived


def engine_away() -> Lived:
    """Nothing was carried out for weeks."""
    lived = agreed()
    lived.away("2026-11-02 10:00")
    return lived


WAYS = pytest.mark.parametrize(
    "way", [signed_late, leave_shortened, pause_ended_long_ago, hand_off_withdrawn, engine_away]
)


@WAYS
def test_no_session_is_unknown_before_its_question_was_put(way: Callable[[], Lived]) -> None:
    """However long ago they were: expected, asked about at once, reminded, and unknown after seven working days."""
    lived = way()
    days = lived.life.calendar
    assert healthy(lived)
    silent = [s for s in lived.state.sessions if s.report is None and s.outcome is not Outcome.EXCUSED]
    assert len(silent) > 2
    assert {s.outcome for s in silent} == {Outcome.EXPECTED}

    put = lived.now
    lived.go(days.after_working_days(put, 7) - timedelta(hours=1))
    assert lived.went(Matter.ESCALATION) == lived.went(Matter.STALL) == []
    asks = [read(at) for at, item in lived.carried if item.matter is Matter.SESSION and item.about in _days(silent)]
    assert asks == [read(days.after_working_days(put, after)) for after in (0, 2, 5) for _ in silent]

    lived.go(days.after_working_days(put, 7))
    assert not healthy(lived)
    assert {s.outcome for s in lived.state.sessions if s.planned_on in _days(silent)} == {Outcome.UNKNOWN}


def _days(sessions: list[Session]) -> set[date]:
    return {session.planned_on for session in sessions}


@WAYS
def test_answers_to_a_late_question_leave_no_alarm(way: Callable[[], Lived]) -> None:
    """Whoever answers within seven working days is never at risk."""
    lived = way()
    lived.carry_out()
    lived.go(lived.life.calendar.after_working_days(lived.now, 6))
    for session in lived.state.sessions:
        if session.report is None and session.outcome is Outcome.EXPECTED:
            lived.meet(session.day.isoformat(), read(session.ends_at))
    lived.go(lived.life.calendar.after_working_days(lived.now, 2))
    assert lived.went(Matter.ESCALATION) == lived.went(Matter.STALL) == []
    assert healthy(lived)


@WAYS
def test_many_late_questions_come_in_one_mail(way: Callable[[], Lived]) -> None:
    """They are put in the same minute: what one minute has for a person is one mail."""
    lived = way()
    silent = [s for s in lived.state.sessions if s.report is None and s.outcome is not Outcome.EXCUSED]
    lived.carry_out()
    heard = [at for at in lived.heard(Role.COACH, Matter.SESSION) if at == read(lived.now)]
    assert len(heard) == len(silent)


@WAYS
def test_the_same_facts_and_moments_give_the_same_state_in_any_order(way: Callable[[], Lived]) -> None:
    """Invariant 7, with the moments at which questions were put."""
    lived = way()
    lived.go(lived.life.calendar.after_working_days(lived.now, 8))
    backwards = account(REDUCER, reversed(list(lived.known.facts.values())))
    again = assess(backwards, lived.now, dict(reversed(list(lived.done.items()))))
    assert (again.life, again.sessions, again.run) == (lived.life, lived.state.sessions, lived.state.run)


def test_facts_alone_suppose_that_every_question_was_put_in_time() -> None:
    """A fold that knows of no question gives what the punctual engine has."""
    lived = agreed()
    _missing(lived, "2026-09-08")
    lived.go("2026-10-20 15:00")
    told: list[EngagementFact] = list(lived.known.facts.values())  # type: ignore[arg-type] # its own facts
    again = fold(told, lived.now)
    assert again.run == lived.state.run
    assert [s.outcome for s in again.sessions] == [s.outcome for s in lived.state.sessions]


def test_a_stalled_team_is_not_asked_and_its_sessions_become_unknown_all_the_same() -> None:
    """By the rule's own time: nobody is asked about what falls after the stall began."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29")
    lived.go("2026-10-30")
    assert [s for s in lived.went(Matter.SESSION, Act.ASK) if s > "2026-09-29"] == []
    assert [s.outcome for s in lived.state.sessions[4:6]] == [Outcome.UNKNOWN] * 2
    lived.meet("2026-10-29")
    lived.go("2026-10-30 12:00")
    assert healthy(lived)
    assert [s.outcome for s in lived.state.sessions[4:6]] == [Outcome.UNKNOWN] * 2


def test_a_session_moved_far_does_not_hide_those_before_it_from_a_stalled_team() -> None:
    """The next one to become unknown is the earliest by where it stands, not by when it was planned."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29")
    lived.go("2026-10-06 08:00")
    lived.tell(facts.SessionRescheduled, day=date(2026, 10, 6), to_day=date(2026, 11, 12), to_time=SLOT.at)
    assert [read(item.at) for item in lived.ahead(Matter.SESSION)] == ["2026-10-22 11:00"]


def test_a_stalled_team_is_asked_about_an_older_session_that_was_only_now_expected() -> None:
    """A leave that never was, before the stall: its session is asked about, and counts when it is unknown."""
    lived = agreed()
    leave = lived.tell(LeaveAgreed, person="per_coach", first_day=date(2026, 9, 7), last_day=date(2026, 9, 11))
    _missing(lived, "2026-09-15", "2026-09-22", "2026-09-29", "2026-10-06")
    lived.go("2026-10-12 10:00")
    lived.tell(Correction, corrects=leave)
    lived.go("2026-10-12 10:00")
    assert lived.state.health is Health.STALLED
    assert lived.went(Matter.SESSION, Act.ASK)[-1] == "2026-10-12 10:00"
    lived.go("2026-10-21 10:00")
    assert lived.state.sessions[0].outcome is Outcome.UNKNOWN


def test_a_session_whose_question_falls_due_as_the_team_stalls_is_not_asked_about() -> None:
    """The fourth miss becomes unknown in the minute of its question."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15", "2026-09-22")
    lived.go("2026-10-05 12:00")
    lived.tell(facts.SessionRescheduled, day=date(2026, 10, 6), to_day=date(2026, 10, 8), to_time=SLOT.at)
    lived.go("2026-10-08 12:00")
    assert lived.state.health is Health.STALLED
    assert lived.went(Matter.SESSION, Act.ASK) == ["2026-09-29 11:00"]
    assert not lived.state.sessions[4].owed


def test_a_question_missed_before_the_stall_is_put_all_the_same() -> None:
    """The engine was away as it fell due; meanwhile the team stalled by what had been asked before."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15", "2026-09-22")
    lived.go("2026-10-06 08:00")
    lived.away("2026-10-12 10:00")
    lived.go("2026-10-12 10:00")
    assert lived.state.health is Health.STALLED
    assert lived.went(Matter.SESSION, Act.ASK)[-1] == "2026-10-12 10:00"


def test_a_question_put_some_minutes_late_was_put_in_time() -> None:
    """A thousand teams may be asked in the same minute."""
    lived = agreed()
    lived.go("2026-09-08 10:59")
    lived.away("2026-09-08 11:07")
    lived.carry_out()
    assert read(lived.state.sessions[0].known_at) == "2026-09-17 11:00"


def test_a_question_opened_among_misses_neither_lifts_an_alarm_nor_makes_one() -> None:
    """What followed it was missed in a row, whatever its answer; what lies before it joins only when it is unknown."""
    lived = agreed()
    leave = lived.tell(LeaveAgreed, person="per_coach", first_day=date(2026, 9, 14), last_day=date(2026, 9, 18))
    _missing(lived, "2026-09-08", "2026-09-22", "2026-09-29")
    lived.go("2026-10-08 10:00")
    lived.tell(Correction, corrects=leave)
    lived.go("2026-10-09")
    assert lived.state.health is Health.AT_RISK
    assert [s.day.day for s in lived.state.run.misses] == [22, 29]
    assert lived.went(Matter.RELIEF) == []


def _missing(lived: Lived, *days: str) -> None:
    for day in days:
        lived.go(f"{day} 10:30")
        lived.miss(day)


def test_an_extra_meeting_ends_the_run_of_misses() -> None:
    """Not held on two Tuesdays, held on the Thursday: faculty hears nothing."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    assert lived.state.health is Health.AT_RISK
    lived.go("2026-09-17 10:30")
    lived.meet("2026-09-17")
    assert healthy(lived)
    lived.go("2026-09-24")
    assert lived.heard(Role.FACULTY, Matter.ESCALATION) == []
    _missing(lived, "2026-09-29")
    assert [s.day.day for s in lived.state.run.misses] == [29]


def test_a_further_meeting_on_the_day_of_a_missed_session_ends_the_run() -> None:
    """Called off in the morning, and they met in the afternoon."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-15 16:00")
    lived.meet("2026-09-15", "2026-09-15 16:00", session="2026-09-15.2")
    assert lived.state.run.misses == ()


def test_of_two_runs_as_long_about_an_open_question_the_earlier_stands() -> None:
    """An alarm keeps its name for as long as nothing longer follows."""
    lived = agreed()
    leave = lived.tell(LeaveAgreed, person="per_coach", first_day=date(2026, 9, 14), last_day=date(2026, 9, 18))
    _missing(lived, "2026-09-08", "2026-09-22")
    lived.tell(Correction, corrects=leave)
    assert [s.day.day for s in lived.state.run.misses] == [8]


def test_a_meeting_ends_only_the_misses_before_it() -> None:
    """Told late, of a day between two misses: the later one stands."""
    lived = agreed()
    _missing(lived, "2026-09-08", "2026-09-15")
    lived.go("2026-09-16 10:30")
    lived.meet("2026-09-14")
    assert [s.day.day for s in lived.state.run.misses] == [15]


def test_a_meeting_in_an_off_week_of_the_taper_ends_a_stall() -> None:
    """The plan of the week is one thing, what happened another."""
    lived = agreed()
    lived.weekly("2027-10-04")
    lived.tell(facts.TransitionStarted)
    lived.weekly("2028-01-10")
    first = next(item.about for item in lived.ahead(Matter.SESSION) if item.about)
    monthly = [first + timedelta(weeks=weeks) for weeks in (0, 4, 8, 12)]
    _missing(lived, *map(str, monthly))
    assert lived.state.health is Health.STALLED
    off_week = monthly[-1] + timedelta(weeks=2)
    lived.go(f"{off_week} 10:30")
    lived.meet(off_week.isoformat())
    assert healthy(lived)
    lived.go(f"{off_week} 12:00")
    assert lived.ahead(Matter.STALL) == []
    assert lived.heard(Role.OFFICE, Matter.RELIEF) == [f"{off_week} 10:30"]


def test_a_moved_session_counts_on_the_day_it_took_place() -> None:
    """Moved behind two misses and held: the run is over."""
    lived = agreed()
    lived.go("2026-09-07 12:00")
    lived.tell(facts.SessionRescheduled, day=date(2026, 9, 8), to_day=date(2026, 9, 23), to_time=SLOT.at)
    _missing(lived, "2026-09-15", "2026-09-22")
    assert lived.state.health is Health.AT_RISK
    lived.go("2026-09-23 10:30")
    lived.meet("2026-09-23")
    assert healthy(lived)
