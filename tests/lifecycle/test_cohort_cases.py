"""The taught course: confirmed, reminded of, attended, made up, completed and closed; cancelled; imported late."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import count

import pytest

from lifecycle.account import account
from lifecycle.cohort import REDUCER, fold, rows, standing, upcoming
from schemas import cohort_facts as facts
from schemas.corrections import CohortFact, Correction
from schemas.facts import LeaveAgreed, ProgrammeAdopted
from schemas.programme import Course, Microsystem, Programme
from schemas.words import Act, CohortStage, EnrolmentState, Matter, Role
from tests.lifecycle.cohorts import COACHES_WELL, COHORT, P1, P2, P3, Lived, completed, fresh, taught, team
from tests.lifecycle.lives import PROGRAMME, local, read


def test_a_cohort_goes_from_planned_to_closed() -> None:
    """Planned, confirmed by the office, taught and over by its dates, closed when everybody's completion is decided."""
    lived = fresh(P1, P2)
    stages = [lived.state.stage]
    lived.tell(facts.CohortConfirmed)
    stages.append(lived.state.stage)
    for day in ("2026-09-07 07:59", "2026-09-07 08:00", "2027-03-07 07:59", "2027-03-07 08:00"):
        lived.go(day)
        stages.append(lived.state.stage)
    lived.tell(facts.EnrolmentCompleted, enrolment=P1, completed=False)
    stages.append(lived.state.stage)
    lived.tell(facts.EnrolmentCompleted, enrolment=P2, completed=False)
    assert [*stages, lived.state.stage] == [
        CohortStage.PLANNED,
        CohortStage.CONFIRMED,
        CohortStage.CONFIRMED,
        CohortStage.IN_TEACHING,
        CohortStage.IN_TEACHING,
        CohortStage.TEACHING_COMPLETE,
        CohortStage.TEACHING_COMPLETE,
        CohortStage.CLOSED,
    ]
    assert lived.state.ended
    assert lived.plan() == []


def test_the_office_is_asked_to_confirm_the_course_and_reminded_until_it_starts() -> None:
    """Asked four weeks ahead, so that it is confirmed two weeks before; the start ends the question."""
    lived = fresh(P1)
    lived.go("2026-09-30")
    assert lived.went(Matter.COHORT_CONFIRMATION, Act.ASK) == ["2026-08-10 08:00"]
    assert lived.went(Matter.COHORT_CONFIRMATION, Act.REMIND) == ["2026-08-17 08:00", "2026-08-24 08:00"]
    assert lived.went(Matter.COHORT_CONFIRMATION, Act.ESCALATE) == ["2026-09-01 08:00"]
    notice = lived.sent[0][1]
    assert (notice.person, notice.number, notice.answer_by) == ("sheffield.office", 1, local("2026-08-24 08:00"))
    assert lived.ahead(Matter.COHORT_CONFIRMATION) == []


def test_a_course_that_starts_next_week_is_confirmed_at_once() -> None:
    """The weekly morning would be the start itself; so the office, and whoever has no team, are asked today."""
    lived = fresh(occurred_at=local("2026-09-01 15:00"))
    lived.accept(P1)
    lived.go("2026-09-06")
    assert lived.went(Matter.COHORT_CONFIRMATION) == ["2026-09-01 15:00"]
    assert lived.sent[0][1].answer_by == local("2026-09-07 08:00")
    assert lived.went(Matter.MICROSYSTEM) == ["2026-09-01 15:00"]
    assert lived.went(Matter.LEARNING_SESSION) == ["2026-09-04 09:30"]


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_course_is_cancelled_until_teaching_starts(confirmed: bool) -> None:
    """Then all hear of it at once, nothing more falls due, and its engagements are ended; later it is too late."""
    lived = fresh(P1, P2)
    if confirmed:
        lived.tell(facts.CohortConfirmed)
    started = fresh(P1)
    started.go("2026-09-07 08:00")
    assert started.refused(facts.CohortCancelled, reason="other").when == "never"
    lived.go("2026-09-01")
    lived.tell(facts.CohortCancelled, reason="too_few_participants")
    assert (lived.state.stage, lived.state.ended) == (CohortStage.CANCELLED, True)
    lived.carry_out()
    assert lived.plan() == []
    assert [lived.heard(one, Matter.LEARNING_SESSION)[-1] for one in ("per_P01", "per_P02")] == ["2026-09-01 12:00"] * 2
    assert lived.meant()[2:] == [("P01", "ended_early"), ("P02", "ended_early")]
    lived.now += timedelta(minutes=1)
    assert "the course had been cancelled" in lived.refused(facts.CohortConfirmed).reason


def test_learning_sessions_are_monthly_on_working_days() -> None:
    """9.30am from the course start on; a Saturday's and a Sunday's are on the Monday after, whatever the clocks do."""
    life = fresh().life
    assert [read(life.learning_session(number)) for number in life.numbers] == [
        "2026-09-07 09:30",
        "2026-10-07 09:30",
        "2026-11-09 09:30",
        "2026-12-07 09:30",
        "2027-01-07 09:30",
        "2027-02-08 09:30",
    ]
    spring = fresh(course_start=date(2027, 1, 31), occurred_at=local("2027-01-04")).life
    days = [read(spring.learning_session(number)) for number in spring.numbers]
    assert days[1:4] == ["2027-03-01 09:30", "2027-03-31 09:30", "2027-04-30 09:30"]
    easter = fresh(course_start=date(2026, 4, 3), occurred_at=local("2026-03-04")).life
    assert read(easter.learning_session(1)) == "2026-04-07 09:30"


def test_reminders_go_a_week_and_a_day_before_on_working_days_or_earlier() -> None:
    """Session 1 is on a Monday after a bank holiday week; the day before is a Sunday: the Friday before that."""
    lived = fresh(P1)
    lived.go("2026-12-08")
    assert lived.went(Matter.LEARNING_SESSION, window="1") == ["2026-08-28 09:30", "2026-09-04 09:30"]
    assert lived.went(Matter.LEARNING_SESSION, window="2") == ["2026-09-30 09:30", "2026-10-06 09:30"]
    assert lived.went(Matter.LEARNING_SESSION, window="3") == ["2026-11-02 09:30", "2026-11-06 09:30"]
    assert len(lived.heard("per_P01", Matter.LEARNING_SESSION)) == 8


def test_only_who_is_still_there_is_reminded() -> None:
    """Whoever deferred, withdrew or did not complete hears nothing more of the course."""
    lived = fresh(P1, P2, P3)
    lived.tell(facts.EnrolmentDeferred, enrolment=P2)
    lived.go("2026-08-28 09:30")
    assert {notice.person for _, notice in lived.sent if notice.matter is Matter.LEARNING_SESSION} == {
        "per_P01",
        "per_P03",
    }


def test_a_moved_session_is_reminded_of_anew() -> None:
    """Those who were reminded of the old day hear of the new one, even if it is close."""
    lived = fresh(P1)
    lived.go("2026-10-01")
    lived.tell(facts.LearningSessionMoved, number=2, to_day=date(2026, 10, 21), to_time=time(14))
    lived.go("2026-10-19")
    lived.tell(facts.LearningSessionMoved, number=2, to_day=date(2026, 10, 22), to_time=time(14))
    lived.go("2026-11-01")
    assert lived.went(Matter.LEARNING_SESSION, window="2") == [
        "2026-09-30 09:30",
        "2026-10-01 12:00",
        "2026-10-14 14:00",
        "2026-10-19 12:00",
        "2026-10-21 14:00",
    ]
    assert lived.went(Matter.ATTENDANCE, window="2") == ["2026-10-23 08:00", "2026-10-30 08:00"]


def test_sessions_moved_out_of_their_order_are_each_reminded_in_time() -> None:
    """The third session comes before the second: nothing waits for anything else."""
    lived = fresh(P1)
    lived.go("2026-09-20")
    lived.tell(facts.LearningSessionMoved, number=2, to_day=date(2026, 12, 14), to_time=time(9, 30))
    lived.go("2026-11-10")
    assert lived.went(Matter.LEARNING_SESSION, window="3") == ["2026-11-02 09:30", "2026-11-06 09:30"]
    assert lived.went(Matter.ATTENDANCE, window="3") == ["2026-11-09 14:00"]


def test_a_reminder_is_never_stale() -> None:
    """After an outage only the reminder that nothing overtook goes, and none once the session has begun."""
    lived = fresh(P1)
    lived.go("2026-09-20")
    lived.away("2026-10-06 10:00")
    lived.go("2026-10-08")
    assert lived.went(Matter.LEARNING_SESSION, window="2") == ["2026-10-06 10:00"]
    lived.away("2026-11-09 09:45")
    lived.go("2026-11-10")
    assert lived.went(Matter.LEARNING_SESSION, window="3") == []


def test_the_office_is_asked_who_attended_every_week_until_it_tells() -> None:
    """An hour after the session's end: 9.30am to 1pm, so 2pm."""
    lived = fresh(P1)
    lived.go("2026-09-22")
    assert lived.went(Matter.ATTENDANCE) == ["2026-09-07 14:00", "2026-09-14 14:00", "2026-09-21 14:00"]
    assert [notice.number for _, notice in lived.sent if notice.matter is Matter.ATTENDANCE][-1] == 1
    lived.tell(facts.LearningSessionHeld, number=1, attended=(P1,))
    lived.go("2026-10-06")
    assert len(lived.went(Matter.ATTENDANCE)) == 3


def test_attendance_is_not_asked_of_a_closed_course() -> None:
    """Once it is decided of everybody whether they completed the course, nobody needs it."""
    lived = fresh(P1)
    lived.go("2027-03-10")
    assert lived.ahead(Matter.ATTENDANCE)
    lived.tell(facts.EnrolmentCompleted, enrolment=P1, completed=False)
    assert lived.ahead(Matter.ATTENDANCE) == []


def test_whoever_missed_a_session_is_asked_to_make_it_up_and_reminded_once() -> None:
    """On the weekly morning, and four weeks later, also after the clocks went back; making it up ends it."""
    lived = fresh(P1, P2, P3)
    lived.attend([1], P1)
    lived.go("2026-09-20")
    lived.tell(facts.LearningSessionMadeUp, number=1, enrolment=P3)
    lived.go("2026-10-07 09:00")
    lived.attend([2], P1, P2, P3)
    lived.go("2026-12-01")
    assert lived.heard("per_P02", Matter.MAKE_UP) == ["2026-09-14 08:00", "2026-10-12 08:00"]
    assert lived.heard("per_P03", Matter.MAKE_UP) == ["2026-09-14 08:00"]
    assert lived.heard("per_P01", Matter.MAKE_UP) == []

    notice = next(notice for _, notice in lived.sent if notice.matter is Matter.MAKE_UP)
    assert (notice.number, notice.about, notice.detail) == (1, date(2026, 9, 7), P2)


def test_a_late_participant_need_not_make_up_what_came_before() -> None:
    """Accepted after the first session, with a team: nothing is asked but what comes."""
    lived = fresh(P1)
    lived.attend([1], P1)
    lived.go("2026-09-10")
    lived.accept(P2, team=team(2))
    lived.go("2026-10-06")
    assert lived.heard("per_P02", Matter.MAKE_UP) == []
    assert lived.heard("per_P02", Matter.LEARNING_SESSION) == ["2026-09-30 09:30", "2026-10-06 09:30"]
    assert lived.is_now(P2) is EnrolmentState.IN_TRAINING


def test_completion_names_everything_that_lacks() -> None:
    """Agreement, learning sessions and team sessions; made-up ones count."""
    lived = fresh(P1)
    lived.attend([1, 2, 3], P1)
    lived.attend([4, 5])
    lived.go("2027-02-20")
    refusal = lived.refused(facts.EnrolmentCompleted, enrolment=P1, completed=True)
    assert refusal.when == "not_yet"
    assert refusal.reason == (
        "Still needed to complete the course: a signed agreement; 5 learning sessions attended (now 3); "
        "75% of team sessions held (now 0 of 0)."
    )
    lived.tell(facts.LearningSessionMadeUp, number=4, enrolment=P1)
    lived.tell(facts.LearningSessionMadeUp, number=5, enrolment=P1)
    lived.look(sessions_held=14)
    lived.now += timedelta(minutes=1)
    assert "now 14 of 20" in lived.refused(facts.EnrolmentCompleted, enrolment=P1, completed=True).reason
    lived.go("2027-02-21")
    lived.look(sessions_held=15)
    lived.go("2027-02-22")
    lived.tell(facts.EnrolmentCompleted, enrolment=P1, completed=True)
    assert lived.refused(facts.EnrolmentCompleted, enrolment=P1, completed=False).when == "never"


def test_completion_is_asked_of_the_office_after_the_records_were_read_and_chased() -> None:
    """Teaching ends on a Sunday; on Monday it is asked, owed in four weeks, chased, then asked every four weeks."""
    lived = taught(P1, P2)
    lived.go("2027-06-01")
    assert lived.went(Matter.COACHING_CHECK)[:2] == ["2027-03-07 08:00", "2027-04-04 08:00"]
    asked = [read(at) for at, item in lived.carried if item.matter is Matter.COMPLETION]
    assert asked == [
        "2027-03-08 08:00",
        "2027-03-30 08:00",
        "2027-04-05 08:00",
        "2027-04-12 08:00",
        "2027-05-11 08:00",
    ]
    first = next(notice for _, notice in lived.sent if notice.matter is Matter.COMPLETION)
    assert (first.person, first.number) == ("sheffield.office", 2)
    lived.tell(facts.EnrolmentCompleted, enrolment=P1, completed=True)
    lived.tell(facts.EnrolmentCompleted, enrolment=P2, completed=False)
    assert lived.ahead(Matter.COMPLETION) == []


def test_a_cohort_imported_a_year_late_asks_nothing_stale() -> None:
    """Its facts are all told; on its first day here the records are read, and nobody gets a mail."""
    lived = completed(P1, P2)
    imported = Lived(account(REDUCER, lived.known.facts.values()), local("2027-10-04 09:00"), numbers=count(100))
    imported.records = {
        P1: facts.Coaching(enrolment=P1, last_coached=date(2027, 9, 28), **COACHES_WELL),
        P2: facts.Coaching(enrolment=P2, last_coached=date(2027, 9, 28), **COACHES_WELL | {"running": False}),
    }
    imported.go("2027-10-05")
    assert imported.sent == []
    assert (imported.is_now(P1), imported.is_now(P2)) == (EnrolmentState.PRACTISING, EnrolmentState.ALUMNUS)
    assert upcoming(imported.state, imported.done)[0].matter is Matter.COACHING_CHECK


def test_a_cohort_imported_without_its_attendance_asks_only_what_is_still_open() -> None:
    """No reminder of a session that is over, no make-up, no asking for teams: the office's open answers alone."""
    lived = fresh(P1)
    lived.accept(P2)
    lived.now = local("2027-10-04 09:00")
    lived.tell(facts.LearningSessionHeld, "2026-09-07 14:00", number=1, attended=(P1,))
    lived.go("2027-10-05")
    assert {item.matter for _, item in lived.carried if item.to} == {
        Matter.ATTENDANCE,
        Matter.CONDITIONAL_START,
        Matter.COMPLETION,
    }
    assert {notice.role for _, notice in lived.sent} == {Role.OFFICE}
    keys = [item.key for _, item in lived.carried]
    assert len(keys) == len(set(keys))


def test_a_check_whose_reading_is_withdrawn_is_made_again() -> None:
    """The records are read every four weeks whatever becomes of a reading."""
    lived = completed(P1)
    seen = next(event for event, fact in lived.known.facts.items() if fact.kind == "coaching_seen")
    lived.tell(Correction, corrects=seen)
    assert lived.ahead(Matter.COACHING_CHECK)[0] == "2027-04-04 08:00"


def test_late_facts_are_as_good_as_timely_ones() -> None:
    """Told in any order, the same facts give the same cohort."""
    known: list[CohortFact] = list(completed(P1, P2).known.facts.values())  # type: ignore[arg-type]  # its own facts
    now = local("2027-03-10")
    assert fold(reversed(known), now) == fold(known, now)


def test_a_fact_that_became_impossible_goes_to_the_office_once() -> None:
    """Somebody who had withdrawn, as is told late, cannot have made up a session since."""
    lived = fresh(P1)
    lived.attend([1])
    lived.go("2026-09-20")
    made_up = lived.tell(facts.LearningSessionMadeUp, number=1, enrolment=P1)
    lived.tell(facts.EnrolmentWithdrawn, "2026-09-18", enrolment=P1, reason="time")
    assert set(lived.known.void) == {made_up}
    lived.go("2026-10-01")
    assert lived.went(Matter.CONTRADICTION) == ["2026-09-21 08:00"]


def test_a_correction_puts_attendance_right() -> None:
    """Who was marked as missing was there after all: nobody asks to make it up."""
    lived = fresh(P1)
    lived.attend([1])
    wrong = next(event for event, fact in lived.known.facts.items() if fact.kind == "learning_session_held")
    right = facts.LearningSessionHeld(event_id="r", occurred_at=lived.now, number=1, attended=(P1,))
    lived.tell(Correction, corrects=wrong, replacement=right)
    lived.go("2026-10-01")
    assert lived.went(Matter.MAKE_UP) == []
    assert lived.life.enrolments[P1].attended == {1}


def test_another_version_of_the_programme_holds_from_then_on() -> None:
    """What is not over yet goes by the new rules; another programme is refused."""
    lived = fresh(P1)
    shorter = PROGRAMME.model_copy(update={"version": 2, "course": Course(length_months=5, learning_sessions=5)})
    lived.tell(ProgrammeAdopted, programme=shorter)
    assert list(lived.life.numbers) == [1, 2, 3, 4, 5]
    assert read(lived.life.teaching_ends_at) == "2027-02-07 08:00"
    assert lived.refused(ProgrammeAdopted, programme=Programme(name="other", version=1)).when == "never"


def test_a_programme_that_asks_for_nothing_ahead_works() -> None:
    """No reminders and no early asks for a team are possible rules."""
    quiet = Course(reminder_days_before=())
    lived = fresh(
        programme=PROGRAMME.model_copy(update={"course": quiet, "microsystem": Microsystem(asked_weeks_before=())})
    )
    lived.accept(P1)
    lived.go("2026-10-12")
    assert lived.went(Matter.MICROSYSTEM) + lived.went(Matter.LEARNING_SESSION) == []
    assert lived.went(Matter.CONDITIONAL_START, Act.ASK) == ["2026-10-05 08:00"]


def test_the_rows_and_the_standing_show_the_course() -> None:
    """One row for the cohort, each enrolment and each learning session, and whose turn it is."""
    lived = fresh(P1)
    lived.accept(P2)
    lived.attend([1], P1)
    ahead = upcoming(lived.state, lived.done)
    found = rows(COHORT, lived.state, ahead)
    assert len([key for key in found if key[0] == "learning_sessions"]) == 6
    assert found["learning_sessions", "1"]._asdict()["attended"] == 1
    assert found["enrolments", P2]._asdict()["state"] == "microsystem_pending"
    now = standing(lived.state, ahead)
    assert (now.enrolments, now.running, now.stage) == (2, 2, CohortStage.IN_TEACHING)
    assert now.next_due is not None
    assert now.next_due.at - lived.now < timedelta(weeks=1)


def test_a_cancelled_course_is_told_even_after_its_first_day() -> None:
    """The engine was away over the first day: all hear as soon as the hours for notices open."""
    lived = fresh(P1)
    lived.tell(facts.CohortCancelled, reason="other")
    lived.away("2026-09-12 20:00")
    lived.go("2026-09-20")
    assert lived.heard("per_P01", Matter.LEARNING_SESSION) == ["2026-09-14 08:00"]


def test_nobody_is_in_training_or_on_leave_from_a_cancelled_course() -> None:
    """Nothing falls due there, and time alone changes nobody's state."""
    lived = fresh(P1)
    lived.tell(LeaveAgreed, person="per_P01", first_day=date(2026, 9, 14), last_day=date(2026, 9, 20))
    lived.tell(facts.CohortCancelled, reason="other")
    seen = []
    for day in ("2026-08-01", "2026-09-10", "2026-09-16", "2026-10-01"):
        lived.go(day)
        seen.append(lived.is_now())
    assert seen == [EnrolmentState.READY] * 4
