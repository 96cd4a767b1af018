"""What participants tell us first: that they cannot come to a learning session, and that they need help."""

from __future__ import annotations

from datetime import date, time

from schemas import cohort_facts as facts
from schemas.corrections import Correction
from schemas.words import Act, Matter
from tests.lifecycle.cohorts import P1, P2, P3, Lived, fresh, team

SECOND = date(2026, 10, 7)
"""When the second learning session is."""


def _declines(lived: Lived) -> str:
    return lived.tell(facts.LearningSessionDeclined, enrolment=P1, number=2, day=SECOND)


def _told(lived: Lived, matter: Matter) -> list[str]:
    """Who heard of a matter."""
    return [notice.person for _, notice in lived.sent if notice.matter is matter]


def test_who_cannot_come_is_not_reminded_and_office_and_faculty_hear() -> None:
    """Straight away; all others are reminded as ever."""
    lived = fresh(P1, P2)
    lived.go("2026-10-01 09:00")
    before = lived.heard("per_P01", Matter.LEARNING_SESSION)
    _declines(lived)
    lived.go("2026-10-08")
    assert lived.heard("per_P01", Matter.LEARNING_SESSION) == before
    assert lived.heard("per_P02", Matter.LEARNING_SESSION)[-1] == "2026-10-06 09:30"
    faculty = lived.life.enrolments[P1].accepted.faculty or lived.life.opening.office
    assert set(_told(lived, Matter.CANNOT_COME)) == {lived.life.opening.office, faculty}
    assert lived.went(Matter.CANNOT_COME) == ["2026-10-01 09:00"]


def test_who_said_beforehand_is_told_once_how_to_make_it_up() -> None:
    """Nobody is chased for a session of which they told us."""
    lived = fresh(P1, P2)
    lived.go("2026-10-01 09:00")
    _declines(lived)
    lived.go("2026-10-07 14:00")
    lived.attend([2])
    lived.go("2026-12-01")
    assert lived.heard("per_P01", Matter.MAKE_UP) == ["2026-10-12 08:00"]
    assert lived.heard("per_P02", Matter.MAKE_UP) == ["2026-10-12 08:00", "2026-11-09 08:00"]


def test_who_cannot_come_on_a_day_is_told_of_and_reminded_of_another() -> None:
    """What was said of one day says nothing of another."""
    lived = fresh(P1)
    lived.go("2026-09-20")
    _declines(lived)
    lived.tell(facts.LearningSessionMoved, number=2, to_day=date(2026, 10, 14), to_time=time(9, 30))
    lived.go("2026-10-15")
    assert lived.heard("per_P01", Matter.LEARNING_SESSION)[-2:] == ["2026-10-07 09:30", "2026-10-13 09:30"]


def test_who_can_come_after_all_is_reminded_again() -> None:
    """It can be taken back."""
    lived = fresh(P1)
    lived.go("2026-09-20")
    lived.tell(Correction, corrects=_declines(lived), replacement=None)
    lived.go("2026-10-08")
    assert lived.heard("per_P01", Matter.LEARNING_SESSION)[-2:] == ["2026-09-30 09:30", "2026-10-06 09:30"]


def test_nobody_says_twice_that_they_cannot_come_or_of_a_session_that_is_over() -> None:
    """Each refusal says why."""
    lived = fresh(P1)
    lived.go("2026-09-20")
    _declines(lived)
    again = lived.refused(facts.LearningSessionDeclined, enrolment=P1, number=2, day=SECOND)
    assert again.code == "declined_already"
    over = lived.refused(facts.LearningSessionDeclined, enrolment=P1, number=1, day=date(2026, 9, 7))
    assert over.code == "day_over"
    none = lived.refused(facts.LearningSessionDeclined, enrolment=P1, number=9, day=SECOND)
    assert none.code == "no_such_session"


def _teamless() -> Lived:
    """Two months before the course starts, with one participant who has no team."""
    lived = fresh()
    lived.accept(P3)
    lived.go("2026-07-14 09:00")
    return lived


def test_who_asked_for_help_is_not_asked_until_the_office_answers() -> None:
    """The office is asked at once; its answer that there is none goes to them, and the questions go on."""
    lived = _teamless()
    lived.go("2026-08-05 09:00")
    lived.tell(facts.TeamHelpAsked, enrolment=P3)
    lived.go("2026-08-12 10:00")
    asked = lived.heard("per_P03", Matter.MICROSYSTEM)
    lived.tell(facts.NoTeamFound, enrolment=P3)
    lived.go("2026-08-30")
    assert lived.heard(lived.life.opening.office, Matter.TEAM_HELP) == ["2026-08-05 09:00"]
    assert lived.heard("per_P03", Matter.TEAM_HELP) == ["2026-08-12 10:00"]
    assert lived.heard("per_P03", Matter.MICROSYSTEM) == [*asked, "2026-08-17 08:00"]


def test_questions_go_on_when_the_office_does_not_answer_in_time() -> None:
    """What would have been asked meanwhile is asked then; the office is asked once more."""
    lived = _teamless()
    lived.go("2026-08-05 09:00")
    lived.tell(facts.TeamHelpAsked, enrolment=P3)
    before = lived.heard("per_P03", Matter.MICROSYSTEM)
    assert before
    lived.go("2026-08-19 08:59")
    assert lived.heard("per_P03", Matter.MICROSYSTEM) == before
    lived.go("2026-08-20")
    assert lived.went(Matter.TEAM_HELP, Act.REMIND) == ["2026-08-19 09:00"]
    assert lived.heard("per_P03", Matter.MICROSYSTEM) == [*before, "2026-08-19 09:00"]


def test_a_team_that_is_found_ends_the_help() -> None:
    """The office names it, and nobody is asked any more."""
    lived = _teamless()
    lived.tell(facts.TeamHelpAsked, enrolment=P3)
    lived.tell(facts.MicrosystemIdentified, enrolment=P3, team=team(3))
    assert lived.ahead(Matter.TEAM_HELP) == []
    assert lived.refused(facts.TeamHelpAsked, enrolment=P3).code == "has_a_team"


def test_the_office_answers_only_who_asked() -> None:
    """Nobody hears that no team was found who did not ask; nobody asks twice in the time of one answer."""
    lived = _teamless()
    assert lived.refused(facts.NoTeamFound, enrolment=P3).code == "help_not_asked"
    lived.tell(facts.TeamHelpAsked, enrolment=P3)
    assert lived.refused(facts.TeamHelpAsked, enrolment=P3).code == "asked_already"
