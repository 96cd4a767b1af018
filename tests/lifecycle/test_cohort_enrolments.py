"""One participant: looks for a team, starts conditionally, practises, lapses, refreshes, leaves; and every refusal."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from schemas import cohort_facts as facts
from schemas.corrections import Correction
from schemas.engagement_facts import SessionHeld
from schemas.facts import Fact, LeaveAgreed
from schemas.words import Act, EnrolmentState, Matter
from tests.lifecycle.cohorts import COACHES_WELL, COHORT, P1, P2, Lived, completed, fresh, taught, team
from tests.lifecycle.lives import PROGRAMME, read


def _without_team(when: str = "2026-06-22") -> Lived:
    lived = fresh()
    lived.go(when)
    lived.accept(P1)
    return lived


def test_a_team_is_asked_for_eight_four_and_one_week_before_the_start() -> None:
    """The participant is asked, then the grace of four weeks runs in silence, then the office decides."""
    lived = _without_team()
    assert lived.is_now() is EnrolmentState.MICROSYSTEM_PENDING
    lived.go("2026-10-06")
    assert lived.heard("per_P01", Matter.MICROSYSTEM) == ["2026-07-13 08:00", "2026-08-10 08:00", "2026-09-01 08:00"]
    assert lived.went(Matter.CONDITIONAL_START) == ["2026-10-05 08:00"]
    assert lived.heard("sheffield.office", Matter.CONDITIONAL_START) == ["2026-10-05 08:00"]


@pytest.mark.parametrize(
    ("accepted", "asked"),
    [
        (
            "2026-08-20 15:00",
            [
                "2026-08-20 15:00", "2026-08-27 15:00", "2026-09-03 15:00", "2026-09-10 15:00", "2026-09-17 15:00",
                "2026-09-24 15:00", "2026-10-01 15:00",
            ],
        ),
        ("2026-08-08 15:00", ["2026-08-10 08:00", "2026-09-01 08:00"]),
        ("2026-09-03 20:00", ["2026-09-04 08:00", "2026-09-11 08:00", "2026-09-18 08:00", "2026-09-25 08:00",
                              "2026-10-02 08:00"]),
        ("2026-10-20 10:00", ["2026-10-20 10:00", "2026-10-27 10:00", "2026-11-03 10:00", "2026-11-10 10:00"]),
    ],
)  # fmt: skip
def test_somebody_accepted_late_is_asked_for_a_team_at_once_and_then_weekly_through_grace(
    accepted: str, asked: list[str]
) -> None:
    """Late is within four weeks of the start, or after it; nobody is asked outside sending hours."""
    lived = _without_team(accepted)
    lived.go("2026-11-16")
    assert lived.heard("per_P01", Matter.MICROSYSTEM) == asked


def test_no_two_asks_for_a_team_are_close_together() -> None:
    """Back from leave a day before the next ask: that one is left out."""
    lived = _without_team("2026-08-20 15:00")
    lived.tell(LeaveAgreed, person="per_P01", first_day=date(2026, 8, 26), last_day=date(2026, 9, 1))
    lived.go("2026-09-11")
    assert lived.heard("per_P01", Matter.MICROSYSTEM) == ["2026-08-20 15:00", "2026-09-02 08:00", "2026-09-10 15:00"]


def test_how_often_somebody_accepted_late_is_asked_is_a_parameter() -> None:
    """Every other week, and late only within two weeks of the start."""
    rules = PROGRAMME.microsystem.model_copy(update={"late_within_weeks": 2, "late_asked_every_weeks": 2})
    lived = fresh(programme=PROGRAMME.model_copy(update={"microsystem": rules}))
    lived.go("2026-08-18 10:00")
    lived.accept(P1)
    lived.go("2026-09-03 10:00")
    lived.accept(P2)
    lived.go("2026-10-04")
    assert lived.heard("per_P01", Matter.MICROSYSTEM) == ["2026-08-18 10:00", "2026-09-01 08:00"]
    assert lived.heard("per_P02", Matter.MICROSYSTEM) == ["2026-09-03 10:00", "2026-09-17 10:00", "2026-10-01 10:00"]


def test_grace_runs_from_a_late_acceptance() -> None:
    """Accepted in the seventh week, also over the autumn clock change: four weeks, then the office decides."""
    lived = _without_team("2026-10-20 10:00")
    assert lived.ahead(Matter.CONDITIONAL_START) == ["2026-11-17 10:00"]


def test_a_team_found_in_grace_ends_the_question() -> None:
    """Identified in the third week: in training, and nobody decides anything."""
    lived = _without_team()
    lived.go("2026-09-23")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team())
    assert lived.is_now() is EnrolmentState.IN_TRAINING
    lived.go("2026-12-01")
    assert lived.went(Matter.CONDITIONAL_START) == []


def test_a_team_named_before_the_start_makes_a_participant_ready() -> None:
    """Ready, and in training from the course's first morning."""
    lived = fresh(P1)
    assert lived.is_now() is EnrolmentState.READY
    lived.go("2026-09-07 08:00")
    assert lived.is_now() is EnrolmentState.IN_TRAINING


def test_a_conditional_start_is_looked_at_again_when_its_time_is_up() -> None:
    """Allowed until a day: asked on that morning, decided anew, and over when a team is found."""
    lived = _without_team()
    lived.go("2026-10-07")
    lived.tell(facts.ConditionalStartDecided, enrolment=P1, allowed=True, until=date(2026, 11, 4))
    assert lived.is_now() is EnrolmentState.CONDITIONAL_START
    lived.go("2026-11-05")
    assert lived.went(Matter.CONDITIONAL_START, Act.ASK) == ["2026-10-05 08:00", "2026-11-04 08:00"]
    lived.tell(facts.ConditionalStartDecided, enrolment=P1, allowed=True)
    assert lived.ahead(Matter.CONDITIONAL_START) == ["2026-12-03 12:00"]
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team())
    assert lived.ahead(Matter.CONDITIONAL_START) == []


def test_a_refused_start_stays_with_the_office() -> None:
    """Whoever may not start is deferred or withdrawn by the office; it is asked again until then."""
    lived = _without_team()
    lived.go("2026-10-07")
    lived.tell(facts.ConditionalStartDecided, enrolment=P1, allowed=False)
    assert lived.is_now() is EnrolmentState.MICROSYSTEM_PENDING
    assert lived.ahead(Matter.CONDITIONAL_START) == ["2026-11-04 12:00"]
    lived.tell(facts.EnrolmentDeferred, enrolment=P1, to_cohort="sheffield.2027-spring")
    assert lived.ahead(Matter.CONDITIONAL_START) == []


def test_an_open_conditional_start_is_chased() -> None:
    """Owed in two weeks: reminded after one and two, urged five working days later, then every four weeks."""
    lived = _without_team()
    lived.go("2026-12-01")
    assert lived.went(Matter.CONDITIONAL_START) == [
        "2026-10-05 08:00",
        "2026-10-12 08:00",
        "2026-10-19 08:00",
        "2026-10-26 08:00",
        "2026-11-23 08:00",
    ]


def test_an_enrolment_goes_from_training_to_alumnus() -> None:
    """In training, training complete, practising once seen to coach, alumnus once the team carries on alone."""
    lived = taught(P1)
    seen = [lived.is_now()]
    lived.tell(facts.EnrolmentCompleted, enrolment=P1, completed=True)
    seen.append(lived.is_now())
    lived.go("2027-03-10")
    lived.look(last_coached=date(2027, 3, 9))
    seen.append(lived.is_now())
    lived.look(running=False)
    lived.now = lived.now.replace(minute=30)
    lived.look(running=False)
    seen.append(lived.is_now())
    assert seen == [
        EnrolmentState.IN_TRAINING,
        EnrolmentState.TRAINING_COMPLETE,
        EnrolmentState.PRACTISING,
        EnrolmentState.ALUMNUS,
    ]
    assert lived.state.ended


def test_the_records_are_read_every_four_weeks_while_anybody_coaches() -> None:
    """Over the spring clock change at the same hour; not once everybody has finished."""
    lived = completed(P1)
    lived.records[P1] = lived.records[P1].model_copy(update={"last_coached": date(2028, 1, 1)})
    lived.go("2027-06-01")
    assert lived.went(Matter.COACHING_CHECK) == [
        "2027-03-07 08:00",
        "2027-04-04 08:00",
        "2027-05-02 08:00",
        "2027-05-30 08:00",
    ]
    lived.records[P1] = lived.records[P1].model_copy(update={"running": False})
    lived.go("2027-12-01")
    assert lived.went(Matter.COACHING_CHECK)[4:] == ["2027-06-27 08:00"]
    assert lived.state.ended


def test_a_lapsed_coach_is_offered_a_refresher_once_then_faculty_hears() -> None:
    """Eight weeks after the last session, as the records have it; nothing goes on a bank holiday."""
    lived = completed(P1)
    lived.go("2027-10-01")
    assert lived.is_now() is EnrolmentState.LAPSED
    assert lived.heard("per_P01", Matter.LAPSE) == ["2027-05-04 08:00"]
    assert lived.heard("per_faculty", Matter.LAPSE) == ["2027-06-01 08:00"]
    notice = next(notice for _, notice in lived.sent if notice.matter is Matter.LAPSE)
    assert (notice.about, notice.detail) == (date(2027, 3, 2), P1)


def test_nobody_counts_as_lapsed_on_old_records() -> None:
    """The eight weeks are over between two readings: the next reading decides, and shows that they coach."""
    lived = completed(P1)
    lived.records[P1] = lived.records[P1].model_copy(update={"last_coached": date(2027, 3, 3)})
    lived.go("2027-04-30")
    assert lived.is_now() is EnrolmentState.PRACTISING
    lived.records[P1] = lived.records[P1].model_copy(update={"last_coached": date(2027, 4, 27)})
    lived.go("2027-06-20")
    assert lived.went(Matter.LAPSE) == []


def test_a_refresher_brings_a_coach_back_and_a_second_lapse_is_a_new_one() -> None:
    """Refreshing until seen to coach; eight more weeks of silence, and the offer is made again."""
    lived = completed(P1)
    lived.go("2027-05-10")
    lived.tell(facts.RefresherHeld, enrolment=P1)
    assert lived.is_now() is EnrolmentState.REFRESHING
    assert lived.ahead(Matter.LAPSE) == []
    back = fresh()
    back.known, back.now, back.done, back.records = lived.known, lived.now, dict(lived.done), dict(lived.records)
    back.numbers, back.records[P1] = (
        lived.numbers,
        lived.records[P1].model_copy(update={"last_coached": date(2027, 5, 25)}),
    )
    back.go("2027-06-01")
    assert back.is_now() is EnrolmentState.PRACTISING
    lived.go("2027-08-01")
    assert lived.is_now() is EnrolmentState.LAPSED
    assert lived.heard("per_P01", Matter.LAPSE) == ["2027-05-04 08:00", "2027-07-26 08:00"]


def test_a_pause_and_leave_do_not_count_towards_a_lapse() -> None:
    """The eight weeks run from when the coach was last seen to pause, or came back."""
    lived = completed(P1)
    lived.records[P1] = lived.records[P1].model_copy(update={"paused": True})
    lived.go("2027-06-01")
    assert lived.is_now() is EnrolmentState.PRACTISING
    lived.records[P1] = lived.records[P1].model_copy(update={"paused": False})
    lived.tell(LeaveAgreed, person="per_P01", first_day=date(2027, 7, 1), last_day=date(2027, 7, 20))
    lived.go("2027-07-10")
    assert lived.is_now() is EnrolmentState.ON_LEAVE
    lived.go("2027-09-10")
    assert lived.went(Matter.LAPSE) == []
    lived.go("2027-10-10")
    assert lived.is_now() is EnrolmentState.LAPSED


def test_a_participant_without_faculty_lapses_to_the_office() -> None:
    """Somebody always hears."""
    lived = completed(P2)
    lived = fresh()
    lived.accept(P1, team=team(), faculty=None)
    lived.records[P1] = facts.Coaching(enrolment=P1, last_coached=date(2027, 3, 2), **COACHES_WELL)
    lived.attend(range(1, 6), P1)
    lived.go("2027-03-10")
    lived.tell(facts.EnrolmentCompleted, enrolment=P1, completed=True)
    lived.go("2027-07-01")
    assert lived.heard("sheffield.office", Matter.LAPSE) == ["2027-06-01 08:00"]


def test_deferral_is_linked_to_the_new_place_once_that_is_known() -> None:
    """First the deferral, months later the link; the state stays, and no moment changes."""
    lived = fresh(P1)
    lived.go("2026-08-24")
    lived.tell(facts.EnrolmentDeferred, enrolment=P1)
    since = lived.life.enrolments[P1].deferred_at
    lived.accept(P2)
    lived.go("2027-05-01")
    lived.tell(facts.EnrolmentDeferred, enrolment=P1, to_enrolment="sheffield.2027-spring.P05")
    one = lived.life.enrolments[P1]
    assert (one.deferred_to, one.deferred_at) == ("sheffield.2027-spring.P05", since)
    assert lived.is_now() is EnrolmentState.DEFERRED
    again = {"enrolment": P1, "to_enrolment": "sheffield.2027-spring.P05"}
    assert lived.refused(facts.EnrolmentDeferred, **again).code == "deferred_already"


def test_a_withdrawal_is_corrected() -> None:
    """It was somebody else: the participant is in training as before."""
    lived = fresh(P1)
    lived.go("2026-10-01")
    wrong = lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="time")
    assert lived.is_now() is EnrolmentState.WITHDRAWN
    lived.tell(Correction, corrects=wrong)
    assert lived.is_now() is EnrolmentState.IN_TRAINING


def test_who_did_not_complete_is_asked_nothing_more() -> None:
    """No make-up, no lapse; and with everybody decided the cohort has ended."""
    lived = taught(P1)
    lived.tell(facts.EnrolmentCompleted, enrolment=P1, completed=False)
    assert lived.is_now() is EnrolmentState.NOT_COMPLETED
    assert lived.state.ended


_REFUSED: list[tuple[str, type[Fact], dict[str, Any], str, str]] = [
    ("2026-08-01", facts.EnrolmentAccepted, {"enrolment": P1, "person": "per_x"}, "never", "already enrolled"),
    ("2027-03-08", facts.EnrolmentAccepted, {"enrolment": P2, "person": "per_x"}, "never", "teaching had ended"),
    (
        "2026-08-01",
        facts.MicrosystemIdentified,
        {"enrolment": P2, "team": team()},
        "not_yet",
        "enrolled in this cohort",
    ),
    ("2026-08-01", facts.MicrosystemIdentified, {"enrolment": P1, "team": team()}, "never", "recorded"),
    ("2026-08-01", facts.ConditionalStartDecided, {"enrolment": P1, "allowed": True}, "never", "has a team"),
    ("2026-08-01", facts.LearningSessionHeld, {"number": 1, "attended": ()}, "not_yet", "hadn't started"),
    ("2026-09-09", facts.LearningSessionHeld, {"number": 2, "attended": ()}, "not_yet", "taken place yet"),
    ("2026-09-09", facts.LearningSessionHeld, {"number": 7, "attended": ()}, "never", "6 learning sessions"),
    ("2026-09-09", facts.LearningSessionHeld, {"number": 1, "attended": (P2,)}, "not_yet", "Not enrolled"),
    ("2026-09-09", facts.LearningSessionMadeUp, {"number": 1, "enrolment": P1}, "not_yet", "recorded yet"),
    ("2026-09-09", facts.LearningSessionMoved, {"number": 9}, "never", "no learning session with this number"),
    (
        "2026-09-09",
        facts.LearningSessionMoved,
        {"number": 2, "to_day": date(2026, 9, 8)},
        "never",
        "today or a later day",
    ),
    ("2026-09-09", facts.LearningSessionMoved, {"number": 2, "to_day": date(2050, 9, 8)}, "never", "half a year"),
    ("2026-09-09", facts.RefresherHeld, {"enrolment": P1}, "not_yet", "the course was being taught"),
    ("2027-03-08", facts.CoachingOffered, {"enrolment": P1, "answer": "no"}, "not_yet", "haven't completed"),
    ("2026-09-09", facts.CohortConfirmed, {}, "never", "the course was being taught"),
    ("2026-08-01", facts.EnrolmentCompleted, {"enrolment": P1, "completed": False}, "not_yet", "hadn't started"),
    ("2027-03-08", facts.EnrolmentDeferred, {"enrolment": P1}, "never", "Teaching has ended"),
    (
        "2026-08-01",
        LeaveAgreed,
        {"person": "per_P01", "first_day": date(2026, 8, 2), "last_day": date(2026, 8, 1)},
        "never",
        "last day",
    ),
]


@pytest.mark.parametrize(("when", "kind", "fields", "how", "words"), _REFUSED)
def test_what_cannot_be_is_refused_with_a_reason(
    when: str, kind: type[Fact], fields: dict[str, Any], how: str, words: str
) -> None:
    """Never or not yet, in a sentence that a coach understands."""
    lived = fresh(P1)
    lived.tell(facts.CohortConfirmed)
    lived.go(when)
    if kind is facts.LearningSessionMoved:
        fields = {"to_day": date(2026, 10, 20), "to_time": time(9, 30)} | fields
    refusal = lived.refused(kind, **fields)
    assert refusal.when == how
    assert words in refusal.reason
    assert refusal.reason.endswith(".")


def test_a_conditional_start_has_a_sensible_end() -> None:
    """On a later day, within a year: no question is put off for ever."""
    lived = _without_team()
    lived.go("2026-10-07")
    for until in (date(2026, 10, 7), date(2050, 1, 1)):
        refusal = lived.refused(facts.ConditionalStartDecided, enrolment=P1, allowed=True, until=until)
        assert (refusal.when, refusal.code) == ("never", "until_when")


def test_whoever_left_comes_back_with_a_new_place() -> None:
    """The old one stays as it ended, and takes no more facts."""
    lived = fresh(P1)
    lived.go("2026-10-01")
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="health")
    lived.now = lived.now.replace(minute=30)
    assert "new place" in lived.refused(facts.EnrolmentAccepted, enrolment=P1, person="per_P01").reason
    assert "has left" in lived.refused(facts.EnrolmentCompleted, enrolment=P1, completed=False).reason
    lived.tell(facts.EnrolmentAccepted, enrolment=f"{COHORT}.P01b", person="per_P01", team=team(2))
    assert lived.is_now(f"{COHORT}.P01b") is EnrolmentState.IN_TRAINING


def test_whoever_finished_the_course_does_not_leave_it() -> None:
    """A coach who stops is told of to the team's engagement."""
    lived = completed(P1, P2)
    lived.go("2027-04-01")
    refusal = lived.refused(facts.EnrolmentWithdrawn, enrolment=P1, reason="time")
    assert (refusal.when, refusal.code) == ("never", "course_is_over")


def test_leave_begins_and_ends_in_the_records_by_itself() -> None:
    """Whoever looks at the cohort's page sees who is away today, not who was when something was told last."""
    lived = fresh(P1)
    lived.go("2026-09-10")
    lived.tell(LeaveAgreed, person="per_P01", first_day=date(2026, 9, 14), last_day=date(2026, 9, 20))
    seen = []
    for day in ("2026-09-13 23:59", "2026-09-14 00:00", "2026-09-20 23:59", "2026-09-21 00:00"):
        lived.go(day)
        seen.append(lived.written["enrolments", P1]._asdict()["state"])
    away, there = EnrolmentState.ON_LEAVE, EnrolmentState.IN_TRAINING
    assert seen == [there, away, away, there]


def test_nobody_is_reminded_of_a_learning_session_while_on_leave() -> None:
    """The reminder of the day before reaches whoever is back by then."""
    lived = fresh(P1, P2)
    lived.go("2026-09-21")
    lived.tell(LeaveAgreed, person="per_P02", first_day=date(2026, 9, 24), last_day=date(2026, 10, 1))
    lived.go("2026-10-06")
    told = [(read(at)[:10], n.person) for at, n in lived.sent if n.matter is Matter.LEARNING_SESSION and n.number == 2]
    assert told == [("2026-09-30", "per_P01"), ("2026-10-06", "per_P01"), ("2026-10-06", "per_P02")]


def test_a_cohort_is_told_nothing_of_another_kind_of_subject() -> None:
    """Neither as a fact nor as what holds in place of one; the refusal names the kind."""
    lived = fresh(P1)
    told = next(reversed(lived.known.facts))
    held = SessionHeld(event_id="elsewhere", occurred_at=lived.now, day=lived.now.date())
    plain = lived.refused(SessionHeld, day=lived.now.date())
    instead = lived.refused(Correction, corrects=told, replacement=held)
    assert {(refusal.when, refusal.code) for refusal in (plain, instead)} == {("never", "not_told_here")}
    assert all("session held" in refusal.reason for refusal in (plain, instead))
