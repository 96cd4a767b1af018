"""The weekly session: expected, asked about, chased, told late or wrongly, moved, excused."""

from __future__ import annotations

from datetime import date, time
from itertools import pairwise

import pytest

from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.engagement_facts import Slot
from schemas.facts import LeaveAgreed
from schemas.words import Act, Health, Matter, NotHeldReason, Outcome, Role, Stage, Weekday
from tests.lifecycle.lives import Lived, agreed, fresh, local, read


def _outcomes(lived: Lived) -> dict[str, Outcome]:
    return {session.day.isoformat(): session.outcome for session in lived.state.sessions}


def test_weekly_work_begins_by_itself_at_the_course_start() -> None:
    """Agreed before the course: action from its first morning on, without anybody telling."""
    lived = agreed()
    before = lived.state.stage
    lived.go("2026-09-07 08:00")
    assert (before, lived.state.stage) == (Stage.AGREED, Stage.ACTION)
    assert lived.went(Matter.START) == ["2026-09-07 08:00"]


def test_an_unsigned_agreement_is_asked_for_chased_and_put_to_the_office() -> None:
    """Owed within four weeks of the proposal; whoever has not signed is asked, then the office hears."""
    lived = fresh()
    lived.go("2026-08-18")
    assert lived.went(Matter.AGREEMENT) == ["2026-08-17 08:00"]
    lived.tell(facts.AgreementSigned, role=Role.COACH)
    lived.go("2026-10-30")
    assert lived.heard(Role.COACH, Matter.AGREEMENT) == ["2026-08-17 08:00"]
    assert lived.heard(Role.SPONSOR, Matter.AGREEMENT)[1:] == ["2026-09-07 08:00", "2026-09-14 08:00"]
    assert lived.went(Matter.AGREEMENT, Act.ESCALATE) == ["2026-09-21 08:00"]
    assert lived.state.stage is Stage.PROPOSED


def test_a_session_is_asked_about_one_hour_after_its_end() -> None:
    """9am to 10am on Tuesday: asked at 11am, of the coach."""
    lived = agreed()
    lived.go("2026-09-08 11:00")
    assert lived.went(Matter.SESSION) == ["2026-09-08 11:00"]
    assert lived.heard(Role.COACH, Matter.SESSION) == ["2026-09-08 11:00"]
    assert lived.sent[-1][1].starts_at == local("2026-09-08 09:00")


def test_nobody_is_asked_about_a_session_that_was_told() -> None:
    """An answer before the question makes it needless."""
    lived = agreed()
    lived.go("2026-09-08 10:30")
    lived.meet("2026-09-08")
    lived.go("2026-09-14")
    assert lived.went(Matter.SESSION) == []


def test_an_evening_session_is_asked_about_the_next_working_morning() -> None:
    """Quiet hours: Friday 5pm to 6pm is asked about on Monday at 8am."""
    lived = agreed(slot=Slot(day=Weekday.FRIDAY, at=time(17)))
    lived.go("2026-09-14 08:00")
    assert lived.went(Matter.SESSION) == ["2026-09-14 08:00"]


def test_a_silent_session_is_chased_after_2_and_5_working_days_and_unknown_after_7() -> None:
    """Asked on Tuesday: chased on Thursday and the next Tuesday, unknown on Thursday, not a minute before."""
    lived = agreed()
    lived.go("2026-09-17 10:59")
    chased = [read(at) for at, item in lived.carried if item.about == date(2026, 9, 8)]
    assert chased == ["2026-09-08 11:00", "2026-09-10 11:00", "2026-09-15 11:00"]
    assert _outcomes(lived)["2026-09-08"] is Outcome.EXPECTED
    lived.go("2026-09-17 11:00")
    assert _outcomes(lived)["2026-09-08"] is Outcome.UNKNOWN
    assert lived.went(Matter.SESSION, Act.MOVE_ON) == ["2026-09-17 11:00"]


def test_a_late_answer_clears_unknown() -> None:
    """What is told after weeks is as good as what is told at once."""
    lived = agreed()
    lived.go("2026-09-20")
    assert _outcomes(lived)["2026-09-08"] is Outcome.UNKNOWN
    lived.meet("2026-09-08")
    assert _outcomes(lived)["2026-09-08"] is Outcome.HELD


def test_a_report_six_working_days_late_is_never_unknown() -> None:
    """A late logger is chased, and that is all."""
    lived = agreed()
    lived.go("2026-09-16 17:00")
    lived.meet("2026-09-08")
    assert _outcomes(lived)["2026-09-08"] is Outcome.HELD
    assert lived.went(Matter.SESSION, Act.MOVE_ON) == []


def test_chases_keep_their_distance_when_the_engine_was_away() -> None:
    """Asked three days late, the first chase comes two working days after that, and nothing comes twice."""
    lived = agreed()
    lived.go("2026-09-08 10:59")
    lived.away("2026-09-11 11:00")
    lived.go("2026-09-15 10:59")
    assert [read(at) for at, item in lived.carried if item.about == date(2026, 9, 8)] == ["2026-09-11 11:00"]


@pytest.mark.parametrize("tuesday", ["2026-10-20", "2026-10-27", "2027-03-23", "2027-03-30"])
def test_a_nine_oclock_session_stays_at_nine_over_both_clock_changes(tuesday: str) -> None:
    """Local wall time rules: 9am before and after 25 October 2026 and 28 March 2027."""
    lived = agreed()
    lived.weekly("2027-04-06")
    starts = {session.day.isoformat(): read(session.starts_at) for session in lived.state.sessions}
    assert starts[tuesday] == f"{tuesday} 09:00"


def test_a_session_on_a_bank_holiday_is_excused_and_not_asked_about() -> None:
    """Monday 28 December 2026 stands in for Boxing Day."""
    lived = agreed(slot=Slot(day=Weekday.MONDAY, at=time(9)))
    lived.weekly("2026-12-27")
    lived.go("2027-01-08")
    assert _outcomes(lived)["2026-12-28"] is Outcome.EXCUSED
    assert [item for _, item in lived.carried if item.about == date(2026, 12, 28)] == []


def test_a_session_held_on_a_bank_holiday_counts() -> None:
    """Teams may meet when they need not."""
    lived = agreed(slot=Slot(day=Weekday.MONDAY, at=time(9)))
    lived.weekly("2026-12-29")
    lived.meet("2026-12-28")
    assert _outcomes(lived)["2026-12-28"] is Outcome.HELD


def test_a_wrong_report_is_corrected() -> None:
    """Held turns into not held; the session is counted once."""
    lived = agreed()
    lived.go("2026-09-09")
    told = lived.meet("2026-09-08")
    replacement = facts.SessionNotHeld(
        event_id="r", occurred_at=local("2026-09-08 10:30"), day=date(2026, 9, 8), reason=NotHeldReason.STAFFING
    )
    lived.tell(Correction, corrects=told, replacement=replacement)
    assert _outcomes(lived) == {"2026-09-08": Outcome.NOT_HELD}


def test_a_moved_session_is_asked_about_on_its_new_day_only() -> None:
    """Tuesday's session on Thursday: asked on Thursday."""
    lived = agreed()
    lived.go("2026-09-07")
    lived.tell(facts.SessionRescheduled, day=date(2026, 9, 8), to_day=date(2026, 9, 10), to_time=time(14))
    lived.go("2026-09-11")
    assert lived.went(Matter.SESSION) == ["2026-09-10 16:00"]


def test_a_session_moved_by_weeks_holds_up_no_other() -> None:
    """Moved behind next week's session: that one is asked about in time, the moved one on its day."""
    lived = agreed()
    lived.go("2026-09-07")
    lived.tell(facts.SessionRescheduled, day=date(2026, 9, 8), to_day=date(2026, 9, 24), to_time=time(9))
    lived.go("2026-09-15 11:00")
    assert lived.went(Matter.SESSION) == ["2026-09-15 11:00"]
    lived.meet("2026-09-15")
    lived.go("2026-09-22 10:30")
    lived.meet("2026-09-22")
    lived.go("2026-09-24 11:00")
    assert lived.went(Matter.SESSION) == ["2026-09-15 11:00", "2026-09-24 11:00"]


def test_a_session_cancelled_ahead_is_not_asked_about() -> None:
    """The reason is known already."""
    lived = agreed()
    lived.go("2026-09-07")
    lived.tell(facts.SessionCancelledAhead, day=date(2026, 9, 8), reason=NotHeldReason.CLINICAL_PRESSURE)
    lived.go("2026-09-12")
    assert lived.heard(Role.COACH, Matter.SESSION) == []
    assert _outcomes(lived)["2026-09-08"] is Outcome.NOT_HELD


def test_a_meeting_on_another_day_of_the_week_is_that_weeks_session() -> None:
    """Met on Thursday without telling of a move: held, and asked no more."""
    lived = agreed()
    lived.go("2026-09-10 12:00")
    lived.meet("2026-09-10")
    assert [session.outcome for session in lived.state.sessions] == [Outcome.HELD]


def test_a_new_weekly_slot_holds_from_its_day_and_leaves_the_past_alone() -> None:
    """Tuesday's session that took place stays; from the next week on it is Fridays."""
    lived = agreed()
    lived.go("2026-09-09")
    lived.meet("2026-09-08")
    lived.tell(facts.WeeklySlotChanged, slot=Slot(day=Weekday.FRIDAY, at=time(14)), from_day=date(2026, 9, 10))
    lived.go("2026-09-19")
    assert list(_outcomes(lived)) == ["2026-09-08", "2026-09-18"]
    assert lived.went(Matter.SESSION) == ["2026-09-08 11:00", "2026-09-18 16:00"]


def test_sessions_in_the_leave_of_every_coach_are_excused() -> None:
    """With a co-coach who is there the session is expected; with both away it is not."""
    lived = agreed()
    lived.go("2026-09-07")
    lived.tell(LeaveAgreed, person="per_coach", first_day=date(2026, 9, 14), last_day=date(2026, 9, 27))
    lived.tell(facts.CoachAssigned, "2026-09-07 11:00", person="per_co", part="co")
    lived.tell(LeaveAgreed, person="per_co", first_day=date(2026, 9, 21), last_day=date(2026, 9, 27))
    lived.go("2026-09-28")
    assert _outcomes(lived)["2026-09-15"] is Outcome.UNKNOWN
    assert _outcomes(lived)["2026-09-22"] is Outcome.EXCUSED


def test_not_told_is_not_not_held() -> None:
    """One honest miss and one open question make no alarm."""
    lived = agreed()
    lived.go("2026-09-16")
    lived.miss("2026-09-08")
    assert lived.state.health is Health.ON_TRACK
    assert _outcomes(lived) == {"2026-09-08": Outcome.NOT_HELD, "2026-09-15": Outcome.EXPECTED}


def test_sessions_thin_out_after_the_step_back() -> None:
    """Weekly for four weeks, then fortnightly, from the twelfth week on every fourth."""
    lived = agreed()
    lived.weekly("2027-09-14")
    lived.tell(facts.TransitionStarted)
    lived.weekly("2028-02-01")
    days = [session.day for session in lived.state.sessions if session.day >= date(2027, 9, 14)]
    gaps = [(later - day).days // 7 for day, later in pairwise(days)]
    assert gaps == [1, 1, 1, 1, 2, 2, 2, 2, 4, 4]


def test_every_session_is_asked_about_although_the_step_back_is_overdue() -> None:
    """The timeline supposes a step back that nobody took; real sessions stay weekly and are asked about in time."""
    lived = agreed()
    lived.weekly("2027-12-06")
    lived.go("2028-01-29")
    about = [item.about for at, item in lived.carried if item.matter is Matter.SESSION and item.step == 0]
    assert about[:4] == [date(2027, 12, 7), date(2027, 12, 14), date(2027, 12, 21), date(2028, 1, 4)][: len(about)]
    assert len(about) >= 4
