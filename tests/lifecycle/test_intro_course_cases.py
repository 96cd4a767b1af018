"""The Introduction course: places and the line for them, the two days and what follows; moved, cancelled, mended."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from lifecycle.calendar import calendar
from lifecycle.intro_course import rows, standing, upcoming
from lifecycle.intro_course.series import course_days, series
from schemas import intro_course_facts as facts
from schemas.corrections import Correction
from schemas.facts import AcademyClosed, LeaveAgreed
from schemas.programme import IntroCourse, QuietHours
from schemas.words import BookingState, HolidayDivision, IntroStage, Matter, Role
from tests.lifecycle.intro_courses import COURSE, LATER, A, B, C, D, Lived, fresh, later, pass_on, request
from tests.lifecycle.lives import PROGRAMME, local, read

RULES_OF = PROGRAMME.intro_course
CONFIRMED, WAITING, OFFERED = BookingState.CONFIRMED, BookingState.WAITING, BookingState.OFFERED


def early(**fields: Any) -> Lived:
    """A course that begins before the hours for notices open."""
    rules = RULES_OF.model_copy(update={"starts_at": time(7, 30)})
    return fresh("A", "B", programme=PROGRAMME.model_copy(update={"intro_course": rules}), **fields)


def at_noon(*letters: str, **fields: Any) -> Lived:
    """A course with bookings, at noon of Monday 3 August."""
    lived = fresh(*letters, **fields)
    lived.go("2026-08-03 12:00")
    return lived


def take_back(lived: Lived, event_id: str) -> str:
    """Something was told by mistake."""
    lived.now += timedelta(hours=1)
    return lived.tell(Correction, corrects=event_id)


def test_a_course_goes_from_scheduled_to_closed() -> None:
    """It opens twelve weeks before, is full, has its instructions sent, its two days, and closes six weeks later."""
    lived = fresh(occurred_at=local("2026-06-01"))
    stages = [lived.state.stage]
    lived.go("2026-07-22 09:30")
    stages.append(lived.state.stage)
    lived.book("A", "B")
    for day in ("2026-09-30 09:29", "2026-09-30 09:30", "2026-10-14 09:30", "2026-10-15 09:30"):
        lived.go(day)
        stages.append(lived.state.stage)
    lived.attend(1, "A", "B", when="2026-10-14 16:00")
    lived.go(lived.life.ends(2))
    lived.attend(2, "A", "B")
    lived.go("2026-11-26 15:59")
    assert lived.state.stage is IntroStage.DAY_2
    lived.go("2026-11-26 16:00")
    assert [*stages, lived.state.stage] == list(IntroStage)[:-1]
    assert lived.plan() == []


def test_places_go_in_the_order_of_the_requests_and_then_there_is_a_line() -> None:
    """Each has it in writing at once, also on a Saturday night; who waits hears their place in the line."""
    lived = fresh()
    lived.go("2026-07-25 23:10")
    lived.book(*"ABCD")
    assert [lived.is_now(one) for one in (A, B, C, D)] == [CONFIRMED, CONFIRMED, WAITING, WAITING]
    assert lived.heard("B") == ["booking_confirmed 2026-07-25 23:11"]
    assert lived.heard("D") == ["booking_waiting 2026-07-25 23:13"]
    assert [notice.number for _, notice in lived.sent] == [None, None, 1, 2]
    found = rows(COURSE, lived.state, upcoming(lived.state, lived.done))
    assert [found["bookings", one].place for one in (A, B, C, D)] == [None, None, 1, 2]  # type: ignore[union-attr]
    assert (lived.state.stage, standing(lived.state, []).waiting) == (IntroStage.FULL, 2)


@pytest.mark.parametrize(
    ("letter", "says"),
    [("A", "already has a place"), ("C", "already been offered a place"), ("D", "is already on the waiting list")],
)
def test_the_same_person_is_booked_once_and_hears_how_they_stand(letter: str, says: str) -> None:
    """A second booking is refused kindly, whatever became of the first."""
    lived = at_noon(*"ABCD")
    lived.cancel("B")
    again = request(COURSE, letter) | {"booking": f"{COURSE}.again"}
    refused = lived.after().refused(facts.PlaceRequested, **again)
    assert says in refused.reason
    assert refused.reason.endswith("Nothing was changed.")


def test_who_cancelled_may_come_back_at_the_end_of_the_line() -> None:
    """Under a new booking; the old one stays cancelled."""
    lived = at_noon(*"ABC")
    lived.cancel("A")
    lived.after().tell(facts.PlaceRequested, **(request(COURSE, "A") | {"booking": f"{COURSE}.again"}))
    assert [lived.is_now(one) for one in (A, C, f"{COURSE}.again")] == [BookingState.CANCELLED, OFFERED, WAITING]
    assert "no place" in lived.refused(facts.BookingCancelled, booking=A).reason


def test_a_freed_place_is_offered_to_the_first_in_line_for_two_working_days() -> None:
    """Offered on Thursday evening: told on Friday at eight, theirs until Tuesday at eight, then the next one's."""
    lived = fresh(*"ABCD")
    lived.go("2026-08-06 20:00")
    lived.cancel("A")
    assert lived.heard("C", Matter.OFFER) == []
    lived.go("2026-08-11 07:59")
    assert lived.heard("C", Matter.OFFER) == ["place_offered 2026-08-07 08:00"]
    assert (lived.is_now(C), lived.is_now(D)) == (OFFERED, WAITING)
    lived.go("2026-08-11 08:00")
    assert lived.heard("C")[-1] == "booking_offer_lapsed 2026-08-11 08:00"
    assert lived.heard("D", Matter.OFFER) == ["place_offered 2026-08-11 08:00"]
    assert "until Tuesday 11 August" in lived.refused(facts.OfferAccepted, booking=C).reason
    lived.take("D")
    assert lived.is_now(D) is CONFIRMED
    assert lived.heard("D")[-1] == "booking_confirmed 2026-08-11 08:00"


def test_an_offer_ends_when_the_course_begins_and_nobody_hears_of_it_afterwards() -> None:
    """A place freed on the eve is offered until half past nine; then it is over."""
    lived = fresh(*"ABC")
    lived.go("2026-10-13 12:00")
    lived.cancel("A")
    assert lived.life.bookings[C].offered_until == local("2026-10-14 09:30")
    lived.go("2026-10-20")
    assert lived.heard("C") == ["booking_waiting 2026-07-22 12:02", "place_offered 2026-10-13 12:00"]
    assert lived.is_now(C) is BookingState.OFFER_LAPSED


def test_an_offer_waits_for_no_holidays_in_which_nobody_reads() -> None:
    """Freed on the eve of the August bank holiday weekend: it stands until Wednesday."""
    lived = fresh(*"ABC")
    lived.go("2026-08-28 17:00")
    lived.cancel("A")
    assert lived.life.bookings[C].offered_until == local("2026-09-02 17:00")


def test_nobody_passes_the_line_while_the_engine_is_away() -> None:
    """An offer ends in an outage; whoever books before the engine is back stands behind those who wait."""
    lived = at_noon(*"ABC", places=1)
    lived.cancel("A")
    lived.away("2026-08-07 12:00")
    lived.tell(facts.PlaceRequested, **request(COURSE, "D"))
    assert [lived.is_now(one) for one in (B, C, D)] == [BookingState.OFFER_LAPSED, OFFERED, WAITING]


def test_a_cancellation_told_late_frees_the_place_for_the_line_not_for_who_came_since() -> None:
    """The office forgot it for a week, in which somebody else asked."""
    lived = at_noon(*"ABC")
    lived.book("D")
    lived.go("2026-08-10 12:00")
    lived.cancel("A", when="2026-07-30 10:00")
    assert (lived.is_now(C), lived.is_now(D)) == (OFFERED, WAITING)


def test_who_is_offered_a_place_by_mistake_is_told_that_they_wait_again() -> None:
    """A cancellation was a mistake: the place is its owner's again, both hear it, and a later offer is told anew."""
    lived = at_noon(*"ABC")
    mistake = lived.cancel("A")
    take_back(lived, mistake)
    assert (lived.is_now(A), lived.is_now(C)) == (CONFIRMED, WAITING)
    assert lived.heard("A")[-1] == "booking_confirmed 2026-08-03 13:00"
    assert lived.heard("C")[1:] == ["place_offered 2026-08-03 12:00", "booking_waiting 2026-08-03 13:00"]
    assert lived.heard("office", Matter.CONTRADICTION) == ["fact_without_effect 2026-08-03 13:00"]
    lived.go("2026-08-05 12:00")
    lived.cancel("B")
    assert lived.heard("C", Matter.OFFER)[1:] == ["place_offered 2026-08-05 12:00"]


def test_what_a_correction_changes_at_night_is_told_in_the_morning() -> None:
    """It is no receipt of anything they did."""
    lived = at_noon("A")
    lived.go("2026-08-03 21:00")
    mistake = lived.cancel("A")
    take_back(lived, mistake)
    lived.go("2026-08-05")
    assert lived.heard("A")[1:] == ["booking_cancelled 2026-08-03 21:00", "booking_confirmed 2026-08-04 08:00"]


def test_fewer_places_than_are_taken_take_nobody_s_place() -> None:
    """Three have a place, one is left: only when two have gone is the next that goes a free one."""
    lived = at_noon(*"ABCD", places=3)
    lived.tell(facts.IntroPlacesChanged, places=1)
    assert [lived.is_now(one) for one in (A, B, C, D)] == [CONFIRMED, CONFIRMED, CONFIRMED, WAITING]
    for letter in "AB":
        lived.now += timedelta(hours=1)
        lived.cancel(letter)
    assert lived.is_now(D) is WAITING
    lived.now += timedelta(hours=1)
    lived.cancel("C")
    assert lived.is_now(D) is OFFERED


def test_more_places_are_offered_to_as_many_as_wait() -> None:
    """A larger room: the whole line is asked, in its order, and the last place is free again."""
    lived = at_noon(*"ABCD")
    lived.tell(facts.IntroPlacesChanged, places=5)
    assert (lived.is_now(C), lived.is_now(D)) == (OFFERED, OFFERED)
    assert [one.event_id.partition(":")[0] for one in lived.known.facts.values() if one.kind == "place_offered"] == [
        C,
        D,
    ]
    lived.after().book("E")
    assert lived.is_now(f"{COURSE}.E") is CONFIRMED


def test_joining_instructions_go_two_weeks_before_and_a_reminder_two_days() -> None:
    """At the hour of the course; with the day it begins, and to nobody without a place."""
    lived = fresh(*"ABC")
    lived.go("2026-10-14")
    assert lived.heard("A", Matter.JOINING) == ["joining_sent 2026-09-30 09:30", "reminder_sent 2026-10-12 09:30"]
    assert lived.heard("C", Matter.JOINING) == []
    starts = {notice.starts_at for _, notice in lived.sent if notice.matter is Matter.JOINING}
    assert starts == {local("2026-10-14 09:30")}


def test_reminders_go_rather_earlier_than_on_a_holiday() -> None:
    """A course after the Easter weekend of 2027: two days before is Easter Monday, so the Thursday before."""
    lived = fresh("A", day_1=date(2027, 3, 31), day_2=date(2027, 4, 1), occurred_at=local("2027-02-01"))
    lived.go("2027-03-31 07:00")
    assert lived.heard("A", Matter.JOINING) == ["joining_sent 2027-03-17 09:30", "reminder_sent 2027-03-25 09:30"]


@pytest.mark.parametrize(
    ("booked", "heard"),
    [
        ("2026-10-05 19:00", ["joining_sent 2026-10-06 08:00", "reminder_sent 2026-10-12 09:30"]),
        ("2026-10-12 10:00", ["joining_sent 2026-10-12 10:00"]),
        ("2026-10-13 22:00", ["joining_sent 2026-10-14 08:00"]),
    ],
)
def test_who_books_late_has_the_instructions_at_once_and_no_reminder_that_is_over(
    booked: str, heard: list[str]
) -> None:
    """Within the hours for notices; on the morning of the course itself if need be."""
    lived = fresh()
    lived.go(booked)
    lived.book("A")
    lived.go("2026-10-14 09:00")
    assert lived.heard("A", Matter.JOINING) == heard


def test_after_an_outage_instructions_and_reminder_do_not_come_in_the_same_minute() -> None:
    """Two days before: the instructions alone; they say all that a reminder would."""
    lived = fresh("A")
    lived.away("2026-10-12 11:00")
    lived.go("2026-10-14 09:00")
    assert lived.heard("A", Matter.JOINING) == ["joining_sent 2026-10-12 11:00"]


def test_half_past_nine_stays_half_past_nine_over_a_clock_change() -> None:
    """Booked in summer time, held in winter time, on either side of 25 October 2026 and 28 March 2027."""
    lived = fresh("A", day_1=date(2026, 10, 28), day_2=date(2026, 10, 29))
    assert read(lived.life.starts(1)) == "2026-10-28 09:30"
    lived.go("2026-10-28 09:00")
    assert lived.heard("A", Matter.JOINING) == ["joining_sent 2026-10-14 09:30", "reminder_sent 2026-10-26 09:30"]
    spring = fresh("A", day_1=date(2027, 3, 24), day_2=date(2027, 3, 31), occurred_at=local("2027-01-04")).life
    assert [read(spring.starts(day)) for day in (1, 2)] == ["2027-03-24 09:30", "2027-03-31 09:30"]
    assert spring.starts(2) - spring.starts(1) == timedelta(days=7, hours=-1)


def test_the_office_has_the_list_in_the_morning_and_is_asked_for_it_until_it_is_told() -> None:
    """An hour after the end, then weekly by the weekly mail."""
    lived = fresh("A")
    lived.go("2026-10-29 12:00")
    assert lived.went(Matter.INTRO_ATTENDANCE, window="day-1") == [
        "2026-10-14 08:00",
        "2026-10-14 17:00",
        "2026-10-21 17:00",
        "2026-10-28 17:00",
    ]
    asked = [notice for _, notice in lived.sent if notice.matter is Matter.INTRO_ATTENDANCE]
    assert {(notice.person, notice.role) for notice in asked} == {("sheffield.office", Role.OFFICE)}
    assert [notice.gathered for notice in asked if notice.number == 1] == [False, True, True, True]


def test_attendance_is_told_by_a_list() -> None:
    """Whoever is not on it was not there."""
    lived = fresh("A", "B")
    lived.held("AB", "A")
    assert (lived.is_now(A), lived.is_now(B)) == (BookingState.ATTENDED, BookingState.PART_ATTENDED)
    assert lived.life.all_told(lived.now)


def test_attendance_is_told_by_a_tap_for_each_delegate() -> None:
    """Once everybody was tapped, nobody asks for a list, and the course closes."""
    lived = fresh("A", "B")
    for day, seen in ((1, (True, True)), (2, (True, False))):
        lived.go(lived.life.starts(day))
        for booking, attended in zip((A, B), seen, strict=True):
            lived.tell(facts.DelegateSeen, booking=booking, day=day, attended=attended)
    lived.go("2027-01-10")
    assert (lived.is_now(A), lived.is_now(B)) == (BookingState.ATTENDED, BookingState.PART_ATTENDED)
    assert lived.went(Matter.INTRO_ATTENDANCE) == ["2026-10-14 08:00", "2026-10-15 08:00"]
    assert lived.state.stage is IntroStage.CLOSED


def test_taps_at_the_door_are_no_whole_list() -> None:
    """Nobody knows of whom nothing was told: the list is still asked for."""
    lived = fresh("A", "B")
    lived.go(lived.life.starts(1))
    lived.tell(facts.DelegateSeen, booking=A, day=1)
    lived.go("2026-10-14 18:00")
    assert len(lived.went(Matter.INTRO_ATTENDANCE)) == 2
    assert lived.is_now(B) is CONFIRMED


def test_attendance_is_told_on_the_day_at_the_earliest_and_only_of_who_has_a_place() -> None:
    """Refusals say what is missing."""
    lived = fresh(*"ABC")
    lived.go("2026-10-13 12:00")
    assert lived.refused(facts.DelegateSeen, booking=A, day=1).when == "not_yet"
    lived.go("2026-10-14 09:00")
    assert "day 1" in lived.refused(facts.DelegateSeen, booking=C, day=1).reason
    assert C in lived.refused(facts.IntroAttendanceTaken, day=1, attended=(A, C)).reason
    assert lived.refused(facts.DelegateSeen, booking=f"{COURSE}.X", day=1).code == "unknown_booking"


def test_attendance_is_corrected_later() -> None:
    """Told as absent, she was there: the missing day is not asked for again, and the certificate comes."""
    lived = fresh("A")
    lived.go(lived.life.ends(1))
    lived.attend(1, "A")
    lived.go(lived.life.ends(2))
    wrong = lived.attend(2)
    assert lived.heard("A")[-1] == "missing_day_offered 2026-10-15 16:00"
    lived.go("2026-10-20 12:00")
    right = facts.IntroAttendanceTaken(event_id="r", occurred_at=local("2026-10-15 16:00"), day=2, attended=(A,))
    lived.tell(Correction, corrects=wrong, replacement=right)
    lived.go("2027-01-10")
    assert lived.is_now(A) is BookingState.ATTENDED
    assert lived.heard("A", Matter.CERTIFICATE) == ["both_days_attended 2026-10-20 12:00"]
    assert lived.went(Matter.MISSING_DAY) == ["2026-10-15 16:00"]


def test_both_days_bring_a_certificate_and_feedback_is_asked_and_chased_once() -> None:
    """The certificate on the day, the question an hour after it, once more after five working days."""
    lived = fresh("A", "B")
    lived.held("AB", "AB")
    lived.go("2026-10-19 12:00")
    lived.tell(facts.FeedbackGiven, booking=B)
    lived.go("2027-01-10")
    assert lived.heard("A", Matter.CERTIFICATE) == ["both_days_attended 2026-10-15 16:00"]
    assert lived.heard("A", Matter.FEEDBACK) == ["feedback_asked 2026-10-15 17:00", "feedback_asked 2026-10-22 17:00"]
    assert lived.heard("B", Matter.FEEDBACK) == ["feedback_asked 2026-10-15 17:00"]
    assert "Thank you" in lived.refused(facts.FeedbackGiven, booking=B).reason


def test_a_certificate_comes_also_when_attendance_is_told_months_later() -> None:
    """The course would have closed in November; told in January, it closes then, and asks for no feedback any more."""
    lived = fresh("A")
    lived.go("2027-01-10 20:00")
    stages = [lived.state.stage]
    for day in (1, 2):
        lived.attend(day, "A")
    assert [*stages, lived.state.stage] == [IntroStage.DAY_2, IntroStage.CLOSED]
    lived.go("2027-02-01")
    assert lived.heard("A", Matter.CERTIFICATE) == ["both_days_attended 2027-01-11 08:00"]
    assert lived.heard("A", Matter.FEEDBACK) == []


def test_a_certificate_comes_also_after_the_course_has_closed() -> None:
    """Attendance is put right when all is over."""
    lived = fresh("A")
    lived.held("A", "")
    lived.go("2026-12-01 12:00")
    assert lived.state.ended
    lived.tell(facts.DelegateSeen, when="2026-10-15 17:00", booking=A, day=2)
    assert lived.heard("A", Matter.CERTIFICATE) == ["both_days_attended 2026-12-01 12:00"]


def test_one_day_without_the_other_is_offered_again_and_made_up_on_a_later_course() -> None:
    """Asked at once and a month later; booked on the later course, nobody asks any more; attended, the certificate."""
    lived = fresh("A")
    lived.held("A", "")
    lived.go("2026-11-20")
    assert lived.heard("A", Matter.MISSING_DAY) == [
        "missing_day_offered 2026-10-15 16:00",
        "missing_day_offered 2026-11-12 16:00",
    ]
    second = later(lived, "A", 2)
    lived.go("2026-12-03 12:00")
    assert lived.state.stage is IntroStage.DAY_2
    assert [item.matter for item in lived.plan()] == [Matter.INTRO_COURSE]
    second.go(second.life.ends(2))
    second.attend(2, "A")
    pass_on(second, lived)
    assert lived.heard("A", Matter.CERTIFICATE) == ["both_days_attended 2026-12-10 16:00"]
    assert second.heard("A", Matter.CERTIFICATE) == []
    assert (lived.is_now(A), lived.state.stage) == (BookingState.ATTENDED, IntroStage.CLOSED)
    assert second.heard("A", Matter.JOINING) == ["joining_sent 2026-11-26 09:30", "reminder_sent 2026-12-08 09:30"]


@pytest.mark.parametrize(
    ("how", "asked"),
    [
        ("absent", ["2026-12-10 16:00", "2027-01-07 16:00"]),
        ("gave it up", ["2026-12-01 12:00", "2026-12-29 12:00"]),
        ("cancelled course", ["2026-12-01 12:00", "2026-12-29 12:00"]),
    ],
)
def test_a_day_missed_again_is_offered_again_and_then_the_first_course_closes(how: str, asked: list[str]) -> None:
    """No certificate; and nobody is asked for ever."""
    lived = fresh("A")
    lived.held("A", "")
    second = later(lived, "A", 2)
    if how == "absent":
        second.go(second.life.ends(2))
        second.attend(2)
    elif how == "gave it up":
        second.go("2026-12-01 12:00")
        second.cancel("A")
    else:
        second.go("2026-12-01 12:00")
        second.tell(facts.IntroCourseCancelled, reason="no_room")
    pass_on(second, lived)
    before = len(lived.heard("A", Matter.MISSING_DAY))
    lived.go("2027-02-01")
    assert lived.heard("A", Matter.MISSING_DAY)[before - 1 :] == [f"missing_day_offered {at}" for at in asked]
    assert lived.life.bookings[A].rebooked[2].outcome == "missed"
    assert (lived.is_now(A), lived.state.stage) == (BookingState.PART_ATTENDED, IntroStage.CLOSED)
    assert lived.went(Matter.CERTIFICATE) == []


def test_a_day_that_is_told_missed_when_all_was_over_is_offered_too() -> None:
    """The course is not over for whoever lacks a day."""
    lived = fresh("A")
    lived.held("A", "A")
    lived.go("2026-12-10 12:00")
    assert lived.state.ended
    lived.tell(facts.DelegateSeen, booking=A, day=2, attended=False)
    lived.go("2027-02-01")
    heard = ["missing_day_offered 2026-12-10 12:00", "missing_day_offered 2027-01-07 12:00"]
    assert lived.heard("A", Matter.MISSING_DAY) == heard
    assert lived.state.ended


def test_after_an_outage_over_the_days_nobody_is_asked_who_is_there_today() -> None:
    """Only who was."""
    lived = fresh("A")
    lived.go("2026-10-10")
    lived.away("2026-10-19 10:00")
    lived.go("2026-10-20")
    asked = [notice.step for _, notice in lived.sent if notice.matter is Matter.INTRO_ATTENDANCE]
    assert asked == [1, 1]


def test_what_is_put_right_as_of_the_same_minute_counts_on_the_first_course() -> None:
    """The correction bears the time of the list; what was told last holds, and is told once."""
    lived = fresh("A")
    lived.held("A", "")
    second = later(lived, "A", 2)
    second.go(second.life.ends(2))
    wrong, at = second.attend(2), second.now
    pass_on(second, lived)
    right = facts.IntroAttendanceTaken(event_id="r", occurred_at=at, day=2, attended=(f"{LATER}.A",))
    second.tell(Correction, occurred_at=at, corrects=wrong, replacement=right)
    pass_on(second, lived)
    assert lived.is_now(A) is BookingState.ATTENDED


def test_what_is_corrected_on_the_later_course_is_corrected_on_the_first() -> None:
    """Her name was forgotten on the list, then put on it, then taken off again: the last word holds."""
    lived = fresh("A")
    lived.held("A", "")
    second = later(lived, "A", 2)
    second.go(second.life.ends(2))
    wrong, at = second.attend(2), second.now
    heard = []
    for there in ((f"{LATER}.A",), (), (f"{LATER}.A",)):
        pass_on(second, lived)
        heard.append(lived.is_now(A))
        second.now += timedelta(hours=1)
        right = facts.IntroAttendanceTaken(event_id="r", occurred_at=at, day=2, attended=there)
        wrong = second.tell(Correction, corrects=wrong, replacement=right)
    pass_on(second, lived)
    part, attended = BookingState.PART_ATTENDED, BookingState.ATTENDED
    assert [*heard, lived.is_now(A)] == [part, attended, part, attended]
    assert len(lived.heard("A", Matter.CERTIFICATE)) == 1


def test_a_later_course_cancelled_by_mistake_is_booked_again() -> None:
    """The first course waits for it once more, and asks no more."""
    lived = fresh("A")
    lived.held("A", "")
    second = later(lived, "A", 2)
    second.go("2026-12-01 12:00")
    mistake = second.tell(facts.IntroCourseCancelled, reason="no_room")
    pass_on(second, lived)
    take_back(second, mistake)
    pass_on(second, lived)
    assert lived.life.bookings[A].rebooked[2].outcome == "booked"
    lived.go("2026-12-08 12:00")
    assert (len(lived.heard("A", Matter.MISSING_DAY)), lived.state.ended) == (2, False)


def test_who_comes_to_one_day_alone_takes_a_place_of_that_day_alone() -> None:
    """Two single days fit where one whole course does."""
    lived = fresh(places=1)
    lived.book("A", days=(1,))
    lived.book("B", days=(2,))
    lived.book("C")
    assert [lived.is_now(one) for one in (A, B, C)] == [CONFIRMED, CONFIRMED, WAITING]
    lived.cancel("A")
    assert lived.is_now(C) is WAITING
    lived.after().book("D", days=(1,))
    assert lived.is_now(D) is CONFIRMED


def test_a_no_show_is_noted_and_asked_nothing() -> None:
    """Neither certificate nor feedback nor a missing day."""
    lived = fresh("A")
    lived.held("", "")
    lived.go("2026-12-10")
    assert (lived.is_now(A), lived.state.stage) == (BookingState.NO_SHOW, IntroStage.CLOSED)
    assert [line.partition(" ")[0] for line in lived.heard("A")] == [
        "booking_confirmed",
        "joining_sent",
        "reminder_sent",
    ]


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ("2026-10-01 11:00", "2026-10-01 11:00"),
        ("2026-10-01 21:00", "2026-10-02 08:00"),
        ("2026-10-14 08:30", "2026-10-14 08:30"),
    ],
)
def test_a_cancelled_course_is_told_to_all_at_once(told: str, heard: str) -> None:
    """Whoever has a place, or waits for one that could still come free; on the day itself too. Then nothing more."""
    lived = fresh(*"ABC")
    lived.go(told)
    lived.tell(facts.IntroCourseCancelled, reason="no_faculty")
    lived.go("2026-12-01")
    assert lived.heard("A", Matter.COURSE_CHANGED) == [f"course_cancelled {heard}"]
    assert lived.heard("C", Matter.COURSE_CHANGED) == [f"course_cancelled {heard}"]
    assert (lived.state.stage, lived.plan()) == (IntroStage.CANCELLED, [])
    assert lived.refused(facts.PlaceRequested, **request(COURSE, "D")).code == "course_is_cancelled"


@pytest.mark.parametrize(
    ("told", "what"),
    [("2026-10-13 20:00", "course"), ("2026-10-14 19:00", "day_2"), ("2026-10-15 05:00", "day_2")],
)
def test_who_would_set_out_before_the_hours_open_is_told_at_once(told: str, what: str) -> None:
    """A course at half past seven, cancelled on the eve of either day or in the night."""
    lived = early()
    lived.go(told)
    lived.tell(facts.IntroCourseCancelled, reason="other")
    assert lived.heard("A", Matter.COURSE_CHANGED) == [f"{what}_cancelled {told}"]


def test_day_2_alone_is_cancelled_and_who_was_there_on_day_1_makes_it_up() -> None:
    """Told at once; the office is asked who was there on day 1; day 2 of a later course is offered, and counts."""
    lived = fresh(*"ABC")
    lived.book("D", days=(2,))
    lived.go("2026-10-15 08:30")
    lived.tell(facts.IntroCourseCancelled, reason="no_faculty")
    assert [lived.heard(one, Matter.COURSE_CHANGED) for one in "ABC"] == [
        ["day_2_cancelled 2026-10-15 08:30"],
        ["day_2_cancelled 2026-10-15 08:30"],
        [],
    ]
    assert (lived.state.stage, lived.state.ended) == (IntroStage.CANCELLED, False)
    lived.go("2026-10-16 09:00")
    assert "Day 2" in lived.refused(facts.IntroAttendanceTaken, day=2, attended=(A,)).reason
    lived.attend(1, "A")
    assert [lived.is_now(one) for one in (A, B)] == [BookingState.PART_ATTENDED, BookingState.NO_SHOW]
    second = later(lived, "A", 2)
    assert lived.heard("A", Matter.MISSING_DAY) == ["missing_day_offered 2026-10-16 09:00"]
    assert lived.heard("B", Matter.MISSING_DAY) == []
    second.go(second.life.ends(2))
    second.attend(2, "A")
    pass_on(second, lived)
    assert lived.heard("A", Matter.CERTIFICATE) == ["both_days_attended 2026-12-10 16:00"]
    lived.go("2026-12-20")
    assert (lived.state.stage, lived.state.ended, lived.plan()) == (IntroStage.CANCELLED, True, [])


def test_who_missed_day_1_is_promised_no_day_2() -> None:
    """They hear that day 2 is cancelled too, and may choose another course."""
    lived = fresh("A", "B")
    lived.go(lived.life.ends(1))
    lived.attend(1, "A")
    lived.go("2026-10-14 17:00")
    lived.tell(facts.IntroCourseCancelled, reason="no_faculty")
    heard = [lived.heard(one, Matter.COURSE_CHANGED) for one in "AB"]
    assert heard == [["day_2_cancelled 2026-10-14 17:00"], ["day_2_cancelled_for_absent 2026-10-14 17:00"]]


@pytest.mark.parametrize("moved", [False, True])
def test_a_tap_at_the_door_does_not_outlive_its_day(moved: bool) -> None:
    """Early birds are tapped at a quarter to nine, and at nine the day is called off: nobody was there."""
    lived = fresh("A")
    lived.go(lived.life.ends(1))
    lived.attend(1, "A")
    lived.go("2026-10-15 08:45")
    lived.tell(facts.DelegateSeen, booking=A, day=2)
    lived.after(15)
    if moved:
        lived.tell(facts.IntroCourseMoved, day_1=lived.life.dates[0], day_2=date(2026, 11, 12))
    else:
        lived.tell(facts.IntroCourseCancelled, reason="no_room")
    lived.go("2026-11-12 17:00")
    assert lived.heard("A", Matter.CERTIFICATE) == []
    assert lived.is_now(A) is (CONFIRMED if moved else BookingState.PART_ATTENDED)
    assert len(lived.heard("office", Matter.INTRO_ATTENDANCE)) == (4 if moved else 2)


def test_after_day_2_is_cancelled_leave_and_closed_weeks_still_count() -> None:
    """The missing day is offered to who is back, and when the academy is."""
    lived = fresh("A")
    lived.go("2026-10-14 17:00")
    lived.tell(facts.IntroCourseCancelled, reason="no_faculty")
    lived.tell(LeaveAgreed, person="per_A", first_day=date(2026, 10, 16), last_day=date(2026, 10, 23))
    lived.tell(AcademyClosed, first_day=date(2026, 10, 26), last_day=date(2026, 10, 27))
    lived.go("2026-10-16 09:00")
    lived.attend(1, "A")
    lived.go("2026-11-01")
    assert lived.heard("A", Matter.MISSING_DAY) == ["missing_day_offered 2026-10-28 08:00"]


def test_day_2_cancelled_by_mistake_is_on_again_and_everybody_hears_it() -> None:
    """As long as it has not begun."""
    lived = fresh("A")
    lived.go("2026-10-14 17:00")
    mistake = lived.tell(facts.IntroCourseCancelled, reason="other")
    take_back(lived, mistake)
    lived.go("2026-10-15 09:00")
    assert lived.heard("A")[-2:] == ["day_2_cancelled 2026-10-14 17:00", "booking_confirmed 2026-10-15 08:00"]
    assert lived.state.stage is IntroStage.DAY_1


def test_day_2_alone_is_moved_once_day_1_has_begun() -> None:
    """Who has a place on it hears of it at once; day 1 stays where it was."""
    lived = fresh(*"ABC")
    lived.go("2026-10-14 17:00")
    moved = dict[str, Any](day_1=lived.life.dates[0], day_2=date(2026, 10, 22))
    assert "only day 2" in lived.refused(facts.IntroCourseMoved, **(moved | {"day_1": date(2026, 10, 21)})).reason
    lived.tell(facts.IntroCourseMoved, **moved)
    assert [lived.heard(one, Matter.COURSE_CHANGED) for one in "AC"] == [["day_2_moved 2026-10-14 17:00"], []]
    lived.go(lived.life.ends(2))
    lived.attend(1, "A")
    lived.attend(2, "A")
    assert lived.heard("A", Matter.CERTIFICATE) == ["both_days_attended 2026-10-22 16:00"]
    assert len(lived.heard("A", Matter.JOINING)) == 2
    assert lived.refused(facts.IntroCourseMoved, **moved).code == "course_has_begun"
    assert lived.refused(facts.IntroCourseCancelled, reason="other").code == "course_is_over"


def test_who_waits_still_when_the_course_begins_hears_that_no_place_came_free() -> None:
    """Once, as it begins; not who had a place, gave up waiting, or was told that the course is cancelled."""
    lived = fresh(*"ABCD")
    lived.go("2026-10-13 10:00")
    lived.cancel("D")
    lived.go("2026-10-20")
    assert [reason for reason in lived.heard("C") if "no_place" in reason] == ["no_place_came_free 2026-10-14 09:30"]
    assert not [reason for letter in "ABD" for reason in lived.heard(letter) if "no_place" in reason]


def test_a_moved_course_keeps_its_places_and_tells_all_at_once() -> None:
    """Instructions and reminder come anew for the new days; the line stays as it was."""
    lived = fresh(*"ABC")
    lived.go("2026-10-13 16:00")
    lived.tell(facts.IntroCourseMoved, day_1=date(2026, 11, 4), day_2=date(2026, 11, 5))
    assert [lived.is_now(one) for one in (A, B, C)] == [CONFIRMED, CONFIRMED, WAITING]
    for letter in "ABC":
        assert lived.heard(letter, Matter.COURSE_CHANGED) == ["course_moved 2026-10-13 16:00"]
    lived.go("2026-11-04 09:00")
    assert lived.heard("A", Matter.JOINING)[2:] == ["joining_sent 2026-10-21 09:30", "reminder_sent 2026-11-02 09:30"]
    assert lived.went(Matter.INTRO_ATTENDANCE) == ["2026-11-04 08:00"]


@pytest.mark.parametrize("told_in_the_night", [False, True])
def test_days_that_were_told_wrongly_are_told_again(told_in_the_night: bool) -> None:
    """A move corrected, then withdrawn: who heard of it hears of the days as they are now; who never did does not."""
    lived = fresh(*"ABC")
    lived.go("2026-09-01 20:00" if told_in_the_night else "2026-09-01 16:00")
    wrong = lived.tell(facts.IntroCourseMoved, day_1=date(2026, 11, 4), day_2=date(2026, 11, 5))
    lived.go("2026-09-01 21:00")
    lived.book("D")
    right = facts.IntroCourseMoved(
        event_id="right", occurred_at=lived.now, day_1=date(2026, 11, 11), day_2=date(2026, 11, 12)
    )
    lived.tell(Correction, corrects=wrong, replacement=right)
    lived.go("2026-09-02 07:00")
    if told_in_the_night:
        lived.tell(Correction, corrects=wrong)
        lived.go("2026-09-03")
        assert lived.life.moved_at == ()
        assert [lived.heard(one, Matter.COURSE_CHANGED) for one in "ABC"] == [[], [], []]
        assert lived.heard("D", Matter.COURSE_CHANGED) == ["course_moved 2026-09-02 08:00"]
        return
    lived.go("2026-09-02 10:00")
    first = "course_moved 2026-09-01 16:00"
    assert lived.heard("A", Matter.COURSE_CHANGED) == [first, "course_moved 2026-09-02 08:00"]
    assert lived.heard("D", Matter.COURSE_CHANGED) == ["course_moved 2026-09-02 08:00"]
    lived.tell(Correction, corrects=wrong)
    assert lived.life.dates == (date(2026, 10, 14), date(2026, 10, 15))
    assert lived.heard("A", Matter.COURSE_CHANGED)[2:] == ["course_moved 2026-09-02 10:00"]
    lived.go("2026-10-14 09:00")
    assert lived.heard("A", Matter.COURSE_CHANGED)[3:] == []


def test_a_course_moved_in_the_night_before_it_is_told_at_once() -> None:
    """By the morning they would have set out; a course that is weeks away waits for the morning."""
    lived = early()
    lived.go("2026-10-13 20:00")
    lived.tell(facts.IntroCourseMoved, day_1=date(2026, 11, 4), day_2=date(2026, 11, 5))
    assert lived.heard("A", Matter.COURSE_CHANGED) == ["course_moved 2026-10-13 20:00"]
    lived.go("2026-10-14 20:00")
    lived.tell(facts.IntroCourseMoved, day_1=date(2026, 11, 11), day_2=date(2026, 11, 12))
    lived.go("2026-10-20")
    assert lived.heard("A", Matter.COURSE_CHANGED)[1:] == ["course_moved 2026-10-15 08:00"]


def test_of_a_move_only_those_hear_who_still_have_or_want_a_place_by_then() -> None:
    """An offer that ended in the night before the notice goes is told as that, and not as a move."""
    lived = fresh(*"ABC")
    lived.go("2026-08-03 17:30")
    lived.cancel("A")
    lived.go("2026-08-05 17:29")
    lived.away("2026-08-05 20:00")
    lived.tell(facts.IntroCourseMoved, when="2026-08-05 17:29", day_1=date(2026, 11, 4), day_2=date(2026, 11, 5))
    lived.go("2026-08-07")
    assert lived.heard("C")[2:] == ["booking_offer_lapsed 2026-08-06 08:00"]
    assert lived.heard("B", Matter.COURSE_CHANGED) == ["course_moved 2026-08-06 08:00"]


def test_a_course_moves_to_working_days_still_to_come_and_only_before_it_has_begun() -> None:
    """Refusals say why."""
    lived = fresh("A")
    lived.go("2026-10-01")
    for day_1, day_2 in ((date(2026, 12, 24), date(2026, 12, 25)), (date(2026, 11, 7), date(2026, 11, 9))):
        assert "a working day" in lived.refused(facts.IntroCourseMoved, day_1=day_1, day_2=day_2).reason
    past, days = date(2026, 9, 30), dict[str, Any](day_1=date(2026, 11, 4), day_2=date(2026, 11, 5))
    assert lived.refused(facts.IntroCourseMoved, day_1=past, day_2=days["day_2"]).code == "moved_where_to"
    lived.go("2026-10-14 09:30")
    assert lived.refused(facts.IntroCourseMoved, **days).code == "course_has_begun"
    assert lived.refused(facts.BookingCancelled, booking=A).code == "course_has_begun"


def test_a_course_cancelled_by_mistake_is_on_again_and_everybody_hears_it() -> None:
    """The correction is told by a new receipt; cancelled once more, that is told once more."""
    lived = at_noon(*"ABC")
    mistake = lived.tell(facts.IntroCourseCancelled, reason="other")
    take_back(lived, mistake)
    assert lived.heard("A")[1:] == ["course_cancelled 2026-08-03 12:00", "booking_confirmed 2026-08-03 13:00"]
    assert lived.heard("C")[1:] == ["course_cancelled 2026-08-03 12:00", "booking_waiting 2026-08-03 13:00"]
    lived.go("2026-08-04 12:00")
    lived.tell(facts.IntroCourseCancelled, reason="no_room")
    assert lived.heard("A")[-1] == "course_cancelled 2026-08-04 12:00"


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_wish_to_coach_is_put_to_the_office_until_it_is_handed_on(cancelled: bool) -> None:
    """On the weekly morning, then every four weeks; the course closes after that, and a cancelled one keeps it too."""
    lived = fresh("A")
    lived.go(lived.life.ends(1))
    lived.attend(1, "A")
    lived.tell(facts.CoachingWished, booking=A)
    if cancelled:
        lived.tell(facts.IntroCourseCancelled, reason="no_faculty")
    else:
        lived.go(lived.life.ends(2))
        lived.attend(2, "A")
    lived.go("2026-12-20 12:00")
    assert lived.went(Matter.COACHING_WISH) == ["2026-10-19 08:00", "2026-11-16 08:00", "2026-12-14 08:00"]
    assert lived.state.stage is (IntroStage.CANCELLED if cancelled else IntroStage.DAY_2)
    lived.tell(facts.HandedOnToCohort, booking=A, cohort="sheffield.2027-spring")
    lived.go("2027-02-01")
    assert (len(lived.went(Matter.COACHING_WISH)), lived.plan()) == (3, [])
    assert lived.state.ended


def test_nothing_is_sent_in_a_closed_fortnight_but_receipts() -> None:
    """Reminders go before it: where both would go at once, the instructions say it all."""
    lived = fresh("A")
    lived.tell(AcademyClosed, first_day=date(2026, 9, 28), last_day=date(2026, 10, 12))
    lived.go("2026-10-01 12:00")
    lived.book("B")
    lived.go("2026-10-14 09:00")
    assert lived.heard("A", Matter.JOINING) == ["joining_sent 2026-09-25 09:30"]
    assert lived.heard("B") == ["booking_confirmed 2026-10-01 12:00", "joining_sent 2026-10-13 08:00"]


def test_what_can_wait_waits_for_a_delegate_who_is_away() -> None:
    """Instructions come on the morning they are back; who is away until the course has them all the same."""
    lived = fresh("A", "B")
    lived.tell(LeaveAgreed, person="per_A", first_day=date(2026, 9, 28), last_day=date(2026, 10, 6))
    lived.tell(LeaveAgreed, person="per_B", first_day=date(2026, 9, 28), last_day=date(2026, 10, 13))
    lived.go("2026-10-14 09:00")
    assert lived.heard("A", Matter.JOINING) == ["joining_sent 2026-10-07 08:00", "reminder_sent 2026-10-12 09:30"]
    assert lived.heard("B", Matter.JOINING) == ["joining_sent 2026-09-30 09:30", "reminder_sent 2026-10-12 09:30"]


def test_feedback_is_asked_when_a_delegate_is_back() -> None:
    """A week of leave after the course: asked, and chased from then on."""
    lived = fresh("A")
    lived.tell(LeaveAgreed, person="per_A", first_day=date(2026, 10, 16), last_day=date(2026, 10, 25))
    for day, on in ((1, "2026-10-14"), (2, "2026-10-16")):
        lived.go(f"{on} 17:00")
        lived.attend(day, "A")
    lived.go("2026-11-10")
    assert lived.went(Matter.FEEDBACK) == ["2026-10-26 08:00", "2026-11-02 08:00"]


def test_an_unexpected_fact_is_put_to_the_office_once() -> None:
    """A cancellation told late makes an acceptance impossible that was recorded since."""
    lived = at_noon(*"ABC")
    lived.cancel("A")
    lived.now += timedelta(hours=1)
    lived.take("C")
    lived.now += timedelta(hours=1)
    lived.cancel("C", when="2026-08-03 12:30")
    lived.go("2026-08-20")
    assert lived.is_now(C) is BookingState.CANCELLED
    assert lived.heard("office", Matter.CONTRADICTION) == ["fact_without_effect 2026-08-03 14:00"]
    assert lived.heard("C")[-1] == "booking_cancelled 2026-08-03 14:00"


DAYS = calendar("uk-2026-11", HolidayDivision.ENGLAND_AND_WALES, "Europe/London", QuietHours())


def test_courses_are_held_every_other_month_on_working_days() -> None:
    """The second Wednesday of the odd months and the day after."""
    found = list(series(IntroCourse(), DAYS, date(2026, 7, 1), date(2027, 7, 31)))
    assert [f"{first:%d %b}" for first, _ in found] == [
        "08 Jul",
        "09 Sep",
        "11 Nov",
        "13 Jan",
        "10 Mar",
        "12 May",
        "14 Jul",
    ]
    assert all(second - first == timedelta(days=1) for first, second in found)


@pytest.mark.parametrize(
    ("rules", "year", "month", "days"),
    [
        ({"first_day_on": "thursday", "week_of_month": 1}, 2026, 4, (date(2026, 4, 9), date(2026, 4, 10))),
        ({"first_day_on": "monday", "week_of_month": 1}, 2026, 5, (date(2026, 5, 11), date(2026, 5, 12))),
        ({"first_day_on": "thursday", "week_of_month": 4}, 2026, 12, (date(2027, 1, 7), date(2027, 1, 8))),
        (
            {"first_day_on": "monday", "week_of_month": 4, "days_apart": 7},
            2027,
            3,
            (date(2027, 4, 5), date(2027, 4, 12)),
        ),
    ],
    ids=["Good Friday", "May Day", "Christmas", "Easter Monday as day 2"],
)
def test_a_bank_holiday_puts_both_days_off_by_weeks(
    rules: dict[str, Any], year: int, month: int, days: tuple[date, date]
) -> None:
    """Also where it is the second of the two, or the next week has one too."""
    assert course_days(IntroCourse(**rules), DAYS, year, month) == days


def test_a_course_put_off_into_the_next_year_is_in_the_series_of_that_year() -> None:
    """December's course that is held in January is found once."""
    rules = IntroCourse.model_validate({"first_day_on": "thursday", "week_of_month": 4, "months": (12,)})
    assert list(series(rules, DAYS, date(2026, 12, 31), date(2027, 12, 1))) == [(date(2027, 1, 7), date(2027, 1, 8))]


def test_two_months_of_closed_weeks_leave_no_course() -> None:
    """It is said, not guessed."""
    with pytest.raises(ValueError, match="no two working days"):
        course_days(IntroCourse(), DAYS.with_closed(date(2026, 9, 1), date(2026, 11, 30)), 2026, 9)


def test_a_later_course_tells_each_thing_once() -> None:
    """Booked, then attended: two facts for the earlier course, whatever is looked at in between."""
    lived = fresh("A")
    lived.held("A", "")
    second = later(lived, "A", 2)
    second.go(second.life.ends(2))
    second.attend(2, "A")
    pass_on(second, lived)
    second.go(second.now + timedelta(weeks=2))
    pass_on(second, lived)
    told = [fact for fact in lived.known.facts.values() if isinstance(fact, facts.MissingDayRebooked)]
    assert [(fact.outcome, fact.course) for fact in told] == [("booked", LATER), ("attended", LATER)]
