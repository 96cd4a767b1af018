"""Nothing is silent because it is excused: who stands in for a coach who is away, and whether an interim one stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.cover_facts import CoverWaived, InterimKept, NoCoverReason
from schemas.engagement_facts import CoachPart, PauseReason
from schemas.facts import LeaveAgreed
from schemas.programme import Absence
from schemas.words import Act, Matter, Role
from tests.lifecycle.lives import PROGRAMME, Lived, agreed, local

BOTH = (Role.OFFICE, Role.COACH)


def _away(lived: Lived, first: str, last: str, person: str = "per_coach") -> str:
    begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    return lived.tell(LeaveAgreed, person=person, first_day=begins, last_day=ends, confirmed=True)


def _meeting(until: str = "2026-10-12") -> Lived:
    """A team that has met every week."""
    lived = agreed()
    lived.weekly(until)
    return lived


def _asked(lived: Lived) -> list[str]:
    return lived.went(Matter.COVER, Act.ASK)


def test_a_coach_away_for_more_than_3_weeks_is_asked_about_before_the_leave_begins() -> None:
    """Four weeks before a planned leave, of the office and of the coach, and then as any decision owed."""
    lived = _meeting()
    _away(lived, "2026-12-07", "2026-12-28")
    assert [item.to for item in lived.ahead(Matter.COVER)] == [BOTH]
    lived.weekly("2026-12-06")
    assert lived.heard(Role.COACH, Matter.COVER)[0] == lived.heard(Role.OFFICE, Matter.COVER)[0] == "2026-11-09 08:00"
    assert lived.went(Matter.COVER, Act.REMIND) == ["2026-11-16 08:00", "2026-11-23 08:00"]
    assert lived.went(Matter.COVER, Act.ESCALATE) == ["2026-11-30 08:00"]


@pytest.mark.parametrize(("last", "asked"), [("2026-12-27", 0), ("2026-12-28", 1)])
def test_three_weeks_of_leave_are_no_question(last: str, asked: int) -> None:
    """One day more is."""
    lived = _meeting("2026-12-01")
    _away(lived, "2026-12-07", last)
    assert len(lived.ahead(Matter.COVER)) == asked


def test_leave_told_late_is_asked_about_at_once() -> None:
    """A sole coach on leave for a year: the office hears in the minute it is told, and a date lies ahead."""
    lived = _meeting()
    _away(lived, "2026-10-12", "2027-10-10")
    lived.go("2026-10-12 12:01")
    assert _asked(lived) == ["2026-10-12 12:00"]
    (notice, *_) = [notice for _, notice in lived.sent if notice.matter is Matter.COVER]
    assert notice.answer_by is not None
    assert notice.answer_by > lived.now
    lived.go("2027-03-01")
    assert len(lived.heard(Role.OFFICE, Matter.COVER)) > 4


def test_what_counts_is_how_long_everybody_who_coaches_is_away() -> None:
    """A co-coach who is there stands in; two whose leave overlaps for four weeks leave the team alone."""
    lived = _meeting()
    lived.tell(facts.CoachAssigned, person="per_co", part=CoachPart.CO)
    _away(lived, "2026-12-07", "2027-02-28")
    assert lived.ahead(Matter.COVER) == []
    _away(lived, "2027-01-04", "2027-01-31", person="per_co")
    assert [item.about for item in lived.ahead(Matter.COVER)] == [date(2027, 1, 4)]


def test_leave_told_in_parts_is_one_absence() -> None:
    """Two weeks and two more from the Monday on are four; known since the second was told."""
    lived = _meeting()
    _away(lived, "2026-12-07", "2026-12-18")
    assert lived.ahead(Matter.COVER) == []
    lived.weekly("2026-12-01")
    _away(lived, "2026-12-21", "2027-01-01")
    lived.go("2026-12-01 12:01")
    assert _asked(lived) == ["2026-12-01 12:00"]


def test_leave_before_weekly_work_begins_does_not_count() -> None:
    """Away until a week into the course: nothing is missed for long."""
    lived = agreed()
    _away(lived, "2026-08-20", "2026-09-14")
    assert lived.ahead(Matter.COVER) == []
    _away(lived, "2026-09-15", "2026-09-30")
    assert [item.about for item in lived.ahead(Matter.COVER)] == [date(2026, 9, 7)]


def test_the_question_ends_when_somebody_stands_in_and_begins_anew_when_they_leave() -> None:
    """The interim coach leaves while the coach is still away."""
    lived = _meeting()
    _away(lived, "2026-10-12", "2027-06-30")
    lived.go("2026-10-14")
    lived.tell(facts.CoachAssigned, person="per_interim", part=CoachPart.INTERIM)
    assert lived.ahead(Matter.COVER) == []
    lived.weekly("2026-11-18")
    lived.tell(facts.CoachLeft, person="per_interim")
    lived.go("2026-11-18 12:01")
    assert _asked(lived) == ["2026-10-12 12:00", "2026-11-18 12:00"]


def test_the_question_ends_with_a_pause_and_comes_back_after_it() -> None:
    """While paused nothing is due but the pause; when it ends the coach is still away."""
    lived = _meeting()
    _away(lived, "2026-10-12", "2027-06-30")
    lived.go("2026-10-14")
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
    lived.go("2026-11-18")
    assert lived.ahead(Matter.COVER) == []
    lived.tell(facts.PauseEnded)
    assert lived.ahead(Matter.COVER)


def test_the_question_ends_when_the_leave_turns_out_shorter() -> None:
    """Corrected to three weeks: nobody is asked any more; to seven, they are."""
    lived = _meeting()
    told = _away(lived, "2026-10-12", "2027-06-30")
    lived.go("2026-10-14")
    for number, last in enumerate((date(2026, 11, 1), date(2026, 11, 29))):
        other = LeaveAgreed(
            event_id=f"other{number}", occurred_at=local("2026-10-12 12:00"), person="per_coach",
            first_day=date(2026, 10, 12), last_day=last,
        )  # fmt: skip
        lived.tell(Correction, corrects=told, replacement=other)
        assert bool(lived.ahead(Matter.COVER)) == bool(number)


def test_nobody_needed_is_asked_again_on_the_day_that_was_named() -> None:
    """If the coach is still away; the question is a new one then."""
    lived = _meeting()
    _away(lived, "2026-10-12", "2027-01-31")
    lived.go("2026-10-14")
    lived.tell(CoverWaived, reason=NoCoverReason.TEAM_LEADS, review_on=date(2026, 11, 16))
    lived.go("2026-11-17")
    assert _asked(lived) == ["2026-10-12 12:00", "2026-11-16 08:00"]
    lived.tell(CoverWaived, reason=NoCoverReason.OTHER, review_on=date(2027, 2, 15))
    lived.go("2027-03-01")
    assert len(_asked(lived)) == 2


def test_nobody_needed_says_nothing_of_a_later_absence() -> None:
    """Only of the one that was asked about, and has its date in sight."""
    lived = _meeting()
    _away(lived, "2026-10-12", "2026-11-30")
    _away(lived, "2027-04-05", "2027-05-30")
    lived.go("2026-10-14")
    lived.tell(CoverWaived, reason=NoCoverReason.QUIET_TIME, review_on=date(2026, 12, 14))
    assert [item.about for item in lived.ahead(Matter.COVER)] == [date(2027, 4, 5)]
    assert lived.refused(CoverWaived, reason=NoCoverReason.OTHER, review_on=date(2026, 10, 14)).when == "never"


def test_a_programme_says_which_absence_is_long_and_how_early_it_is_asked() -> None:
    """After one week, eight weeks ahead."""
    rules = Absence(cover_after_weeks=1, cover_asked_weeks_before=8)
    lived = agreed(programme=PROGRAMME.model_copy(update={"version": 2, "absence": rules}))
    _away(lived, "2026-12-07", "2026-12-18")
    lived.weekly("2026-10-13")
    assert _asked(lived) == ["2026-10-12 08:00"]


def test_an_interim_coach_without_an_end_is_asked_about_every_8_weeks() -> None:
    """Of faculty, then of the office; "stays" puts it off by as long again, until there is a main coach."""
    lived = _meeting("2027-01-06")
    lived.tell(facts.CoachLeft, person="per_coach")
    lived.go("2027-01-07")
    lived.tell(facts.CoachAssigned, person="per_interim", part=CoachPart.INTERIM)
    lived.weekly("2027-03-05")
    assert lived.heard(Role.FACULTY, Matter.INTERIM) == ["2027-03-04 12:00"]
    lived.tell(InterimKept)
    lived.weekly("2027-05-25")
    assert lived.went(Matter.INTERIM, Act.ASK) == ["2027-03-04 12:00", "2027-04-30 12:00"]
    assert lived.went(Matter.INTERIM, Act.ESCALATE) == ["2027-05-24 08:00"]
    lived.tell(facts.CoachAssigned, person="per_new")
    assert lived.ahead(Matter.INTERIM) == []


def test_an_interim_coach_is_asked_about_on_the_day_that_was_named() -> None:
    """Said when they were assigned, or when they stayed."""
    lived = _meeting("2027-01-06")
    lived.tell(facts.CoachLeft, person="per_coach")
    lived.go("2027-01-07")
    named = date(2027, 2, 1)
    lived.tell(facts.CoachAssigned, person="per_interim", part=CoachPart.INTERIM, review_on=named)
    lived.weekly("2027-02-02")
    assert lived.went(Matter.INTERIM) == ["2027-02-01 08:00"]
    lived.tell(InterimKept, review_on=date(2027, 5, 17))
    assert [item.at for item in lived.ahead(Matter.INTERIM)] == [local("2027-05-17 08:00")]


def test_an_interim_coach_is_asked_about_when_the_coach_is_back() -> None:
    """Who stood in for six weeks of leave does not go on unasked."""
    lived = _meeting()
    _away(lived, "2026-10-19", "2026-11-29")
    lived.go("2026-10-13")
    lived.tell(facts.CoachAssigned, person="per_interim", part=CoachPart.INTERIM)
    lived.weekly("2026-11-30 09:00")
    assert lived.went(Matter.INTERIM) == ["2026-11-30 08:00"]
    lived.tell(facts.CoachLeft, person="per_interim")
    assert lived.ahead(Matter.INTERIM) == []
    assert lived.life.acting_coach == "per_coach"


@pytest.mark.parametrize("last_day", [None, date(2026, 10, 9)])
def test_an_interim_coach_is_asked_about_when_the_leave_is_taken_back(last_day: date | None) -> None:
    """Or was over already: the coach is back from the moment on at which that is told."""
    lived = _meeting()
    wrong = _away(lived, "2026-10-05", "2026-11-29")
    lived.tell(facts.CoachAssigned, person="per_interim", part=CoachPart.INTERIM)
    lived.weekly("2026-10-21")
    told = lived.known.facts[wrong]
    shorter = told.model_copy(update={"last_day": last_day}) if last_day else None
    lived.tell(Correction, corrects=wrong, replacement=shorter)
    lived.go("2026-10-22")
    assert lived.went(Matter.INTERIM) == ["2026-10-21 12:00"]


def test_only_an_interim_coach_stays_for_the_time_being() -> None:
    """And a date to ask again lies ahead."""
    lived = _meeting()
    assert lived.refused(InterimKept).code == "no_interim"
    past: dict[str, Any] = {"person": "per_interim", "part": CoachPart.INTERIM, "review_on": date(2026, 10, 12)}
    assert lived.refused(facts.CoachAssigned, None, **past).code == "reviewed_in_the_past"


def test_leave_that_turns_out_long_by_a_late_correction_is_owed_by_a_day_ahead() -> None:
    """Two weeks of leave become sixteen in the third: the answer has its time from when it was asked."""
    lived = _meeting()
    told = _away(lived, "2026-10-12", "2026-10-25")
    lived.go("2026-11-05")
    longer = LeaveAgreed(
        event_id="longer", occurred_at=local("2026-10-12 12:00"), person="per_coach",
        first_day=date(2026, 10, 12), last_day=date(2027, 1, 31),
    )  # fmt: skip
    lived.tell(Correction, corrects=told, replacement=longer)
    lived.go("2026-11-05 13:00")
    (item,) = [item for _, item in lived.carried if item.matter is Matter.COVER]
    assert item.answer_by == local("2026-11-19 12:00")


def test_leave_in_a_far_year_stops_nothing() -> None:
    """Nobody coaches so long: it is taken, and asked about when its time comes into sight."""
    lived = _meeting()
    _away(lived, "2090-10-12", "2090-12-31")
    assert lived.ahead(Matter.COVER) == lived.ahead(Matter.LEAVE) == []
