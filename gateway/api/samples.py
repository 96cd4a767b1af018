"""An example of every answer, made by the models and the rules themselves: so it is always what would be answered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from gateway.api import answers, intro_courses, would_be_coaches
from gateway.examples import example_of
from gateway.problems import KINDS, ProblemDetails
from lifecycle import cohort as cohort_rules
from lifecycle import engagement as rules
from lifecycle import intro_course as course_rules
from lifecycle.projection import shown
from records.audit import AuditLine
from records.lists import ListedFact
from records.views import CohortLine, ListedEngagement, ListedEnrolment
from schemas.corrections import COHORT_FACT, ENGAGEMENT_FACT, INTRO_COURSE_FACT, EngagementFact
from schemas.due import CohortTold, IntroCourseTold, Told
from schemas.engagement_facts import SessionHeld
from schemas.programme_file import shipped_programme
from schemas.words import BookingState, CohortStage, Delegate, EnrolmentState, IntroStage, Matter, Role

_COHORT: Final = "sheffield.2027-autumn"
_COURSE: Final = "sheffield.intro-2027-09"
_ENGAGEMENT: Final = "sheffield.2027-autumn.P01"
_COACH: Final = "per_3f2a"
_PROPOSED: Final = datetime(2027, 8, 2, 9, tzinfo=UTC)
_NOW: Final = datetime(2027, 10, 4, 16, 12, 9, tzinfo=UTC)
_START: Final = date(2027, 10, 4)


@cache
def samples() -> dict[str, dict[str, Any]]:
    """By operation id and status, as JSON."""
    found: dict[str, dict[str, BaseModel]] = {
        "live": {"200": answers.Running(status="live")},
        "ready": {"200": answers.Running(status="ready")},
        **_of_cohorts(),
        **_of_engagements(),
        **_of_intro_courses(),
        **_of_facts(),
        **_of_the_rest(),
    }
    return {
        operation: {status: answer.model_dump(mode="json") for status, answer in by_status.items()}
        for operation, by_status in found.items()
    }


def _facts() -> list[EngagementFact]:
    def told(kind: str, event_id: str, at: datetime, **said: Any) -> EngagementFact:  # noqa: ANN401 - fields of a fact
        return ENGAGEMENT_FACT.validate_python(example_of(kind) | {"event_id": event_id, "occurred_at": at} | said)

    people = {"coach": _COACH, "office": "per_0a11", "sponsor": "per_58d2", "team_lead": "per_9c41"}
    signed = [
        told("agreement_signed", f"form-{number}", _PROPOSED + timedelta(days=7), role=role)
        for number, role in enumerate((Role.COACH, Role.SPONSOR, Role.TEAM_LEAD), start=1)
    ]
    held = told("session_held", "diary-8841", datetime(2027, 10, 4, 10, tzinfo=UTC))
    return [told("engagement_proposed", f"{_ENGAGEMENT}:proposed", _PROPOSED, people=people), *signed, held]


@cache
def _state() -> rules.State:
    return rules.fold(_facts(), _NOW)


@cache
def _told() -> Told:
    state = _state()
    standing = rules.standing(state, rules.upcoming(state, {}))
    return Told(event_id="diary-8841", recorded_at=_NOW, standing=standing)


def _cohort_told() -> CohortTold:
    at = {"cohort_scheduled": _PROPOSED, "enrolment_accepted": _PROPOSED + timedelta(hours=1)}
    facts = [
        COHORT_FACT.validate_python(example_of(kind) | {"event_id": f"office-{number}", "occurred_at": when})
        for number, (kind, when) in enumerate(at.items())
    ]
    confirmed = COHORT_FACT.validate_python(
        example_of("cohort_confirmed") | {"event_id": "office-7", "occurred_at": _PROPOSED + timedelta(weeks=6)}
    )
    state = cohort_rules.fold([*facts, confirmed], confirmed.occurred_at)
    standing = cohort_rules.standing(state, cohort_rules.upcoming(state, {}))
    return CohortTold(event_id="office-7", recorded_at=confirmed.occurred_at, standing=standing)


def _course_told() -> IntroCourseTold:
    at = datetime(2027, 6, 21, 9, tzinfo=UTC)
    facts = [
        INTRO_COURSE_FACT.validate_python(example_of(kind) | {"event_id": f"course-{number}", "occurred_at": at})
        for number, kind in enumerate(("intro_course_scheduled", "place_requested"))
    ]
    state = course_rules.fold(facts, at)
    standing = course_rules.standing(state, course_rules.upcoming(state, {}))
    return IntroCourseTold(event_id="course-1", recorded_at=at, standing=standing)


def _of_intro_courses() -> dict[str, dict[str, BaseModel]]:
    day = datetime(2027, 9, 8, 8, 30, tzinfo=UTC)
    shown = intro_courses.CourseShown(
        course=_COURSE,
        academy="sheffield",
        stage=IntroStage.OPEN,
        day_1_starts_at=day,
        day_1_ends_at=day + timedelta(minutes=390),
        day_2_starts_at=day + timedelta(days=1),
        day_2_ends_at=day + timedelta(days=1, minutes=390),
        opens_at=day - timedelta(weeks=12),
        places=20,
        confirmed=17,
        waiting=0,
        venue="Seminar room 3",
        joining="Tea and coffee from 9am.",
    )
    booked = intro_courses.BookingAnswered(
        event_id=f"{_COURSE}:sheet:B01", booking=f"{_COURSE}.5f0c1b6a7d", state=BookingState.CONFIRMED
    )
    refused = intro_courses.BookingAnswered(
        event_id=f"{_COURSE}:sheet:B02",
        line=3,
        code="booked_already",
        reason="This person has a place on this course already. Nothing was changed.",
    )
    booking = intro_courses.BookingShown(
        booking=f"{_COURSE}.5f0c1b6a7d",
        person="per_61fe",
        delegate=Delegate.EXTERNAL,
        state=BookingState.CONFIRMED,
        days=(1, 2),
        place=None,
        attended_1=None,
        attended_2=None,
        wishes_coaching=False,
        handed_on_to=None,
    )
    coach = would_be_coaches.WouldBeCoach(
        course=_COURSE, booking=booking.booking, person=booking.person, delegate=booking.delegate
    )
    said = intro_courses.FeedbackShown(answers=14, useful=4.6, confident=3.9, recommends=4.7, comments=("More time.",))
    return {
        "schedule_intro_course": {
            "200": intro_courses.CourseScheduled(course=_COURSE, fresh=False),
            "201": intro_courses.CourseScheduled(course=_COURSE, fresh=True),
            "202": intro_courses.CourseScheduled(course=_COURSE, fresh=True),
        },
        "list_would_be_coaches": {"200": would_be_coaches.WouldBeCoaches(items=(coach,))},
        "list_intro_courses": {"200": intro_courses.Courses(items=(shown,))},
        "show_intro_course": {"200": shown},
        "list_bookings": {"200": intro_courses.Bookings(items=(booking,))},
        "show_feedback": {"200": said},
        "show_course_why": {"200": answers.Reasons(items=course_rules.why(_course_state(), {}, "next"))},
        "book_places": {
            "200": intro_courses.BookingsAnswered(items=(booked.model_copy(update={"line": 2}), refused)),
            "201": booked,
        },
    }


def _course_state() -> course_rules.State:
    at = datetime(2027, 6, 21, 9, tzinfo=UTC)
    opening = INTRO_COURSE_FACT.validate_python(example_of("intro_course_scheduled") | {"occurred_at": at})
    return course_rules.fold([opening], at)


def _cohort_state() -> cohort_rules.State:
    opening = COHORT_FACT.validate_python(example_of("cohort_scheduled") | {"occurred_at": _PROPOSED})
    return cohort_rules.fold([opening], _PROPOSED)


def _listed() -> ListedEngagement:
    standing = _told().standing
    due = standing.next_due
    return ListedEngagement(
        engagement=_ENGAGEMENT,
        cohort=_COHORT,
        enrolment=_ENGAGEMENT,
        coach=_COACH,
        stage=standing.stage,
        phase=standing.phase,
        ramp_step=standing.ramp_step,
        health=standing.health,
        paused=standing.paused,
        coach_vacant=standing.coach_vacant,
        turn=standing.turn,
        next_due=due.at if due else None,
        next_matter=due.matter if due else None,
        hand_off_planned=_state().hand_off_planned().date(),
        limit_on=_state().limit().date(),
        ended_at=None,
        end_reason=None,
    )


def _of_cohorts() -> dict[str, dict[str, BaseModel]]:
    line = CohortLine(
        cohort=_COHORT,
        stage=CohortStage.IN_TEACHING,
        course_start=_START,
        programme="sheffield-mca@1",
        turn=Role.OFFICE,
        next_due=datetime(2027, 11, 1, 9, tzinfo=UTC),
        next_matter=Matter.LEARNING_SESSION,
        enrolments=28,
        engagements=26,
        running=26,
        at_risk=2,
        stalled=0,
    )
    enrolment = ListedEnrolment(_ENGAGEMENT, _COACH, EnrolmentState.IN_TRAINING, 1, None, (_ENGAGEMENT,))
    fresh = answers.Scheduled(cohort=_COHORT, fresh=True, added=(_ENGAGEMENT,), known=())
    again = answers.Scheduled(cohort=_COHORT, fresh=False, added=(), known=(_ENGAGEMENT,))
    fault = answers.RosterLine(
        where="line 3, column session_time",
        line=3,
        column="session_time",
        problem="is not a time",
        remedy="write hours and minutes from 00:00 to 23:59, like 09:30",
    )
    checked = answers.RosterChecked(faultless=False, participants=0, teams=0, faults=(fault,), warnings=())
    return {
        "schedule_cohort": {"200": again, "201": fresh, "202": fresh},
        "check_roster": {"200": checked},
        "list_cohorts": {"200": answers.Cohorts(items=(line,))},
        "show_cohort_why": {"200": answers.Reasons(items=cohort_rules.why(_cohort_state(), {}, "next"))},
        "show_cohort": {"200": answers.CohortShown(cohort=line, enrolments=(enrolment,))},
    }


def _of_engagements() -> dict[str, dict[str, BaseModel]]:
    state, listed = _state(), _listed()
    people = (answers.RoleHeld(role=Role.COACH, person=_COACH), answers.RoleHeld(role=Role.OFFICE, person="per_0a11"))
    numbered = enumerate(_facts(), start=1)
    return {
        "list_engagements": {"200": answers.Engagements(items=(listed,), next="c2hlZmZpZWxkLjIwMjctYXV0dW1uLlAwMQ")},
        "show_engagement": {
            "200": answers.EngagementShown(engagement=listed, standing=_told().standing, people=people, unsent=())
        },
        "show_timeline": {"200": answers.Timeline(items=tuple(shown(item) for item in rules.plan(state, {})[:3]))},
        "show_why": {"200": answers.Reasons(items=rules.why(state, {}, "next"))},
        "list_facts": {
            "200": answers.Facts(
                items=tuple(
                    ListedFact(number, _NOW, fact) for number, fact in numbered if isinstance(fact, SessionHeld)
                )
            )
        },
    }


def _of_facts() -> dict[str, dict[str, BaseModel]]:
    told, kept = _told(), answers.Kept(event_id="diary-8841", status="waiting")
    status, title, remedy = KINDS["invalid"]
    problem = ProblemDetails(type="/problems/invalid", title=title, status=status, detail=remedy)
    many = (
        answers.AnsweredFact(subject=_ENGAGEMENT, event_id="diary-8841", status=200, told=told),
        answers.AnsweredFact(subject=_COHORT, event_id="office-9", status=status, problem=problem),
    )
    became = answers.FactStatus(
        event_id="diary-8841", subject=_ENGAGEMENT, status="recorded", recorded_at=told.recorded_at, answer=told
    )
    return {
        "tell_engagement": {"200": told, "202": kept},
        "tell_cohort": {"200": _cohort_told(), "202": kept.model_copy(update={"event_id": "office-7"})},
        "tell_intro_course": {"200": _course_told(), "202": kept.model_copy(update={"event_id": "office-7"})},
        "tell_many": {"200": answers.AnsweredFacts(items=many)},
        "show_fact": {"200": became},
    }


def _of_the_rest() -> dict[str, dict[str, BaseModel]]:
    programme = shipped_programme()
    listed = answers.ListedProgramme(name=programme.name, version=programme.version, label=programme.label)
    entry = AuditLine(
        at=_NOW,
        caller="key_5b1f0c93aa",
        door="http",
        action="tell session_held",
        subject=_ENGAGEMENT,
        event_id="diary-8841",
        refused=None,
        recorded=True,
    )
    return {
        "list_programmes": {"200": answers.Programmes(items=(listed,))},
        "show_programme": {"200": answers.ProgrammeShown(programme=programme)},
        "list_audit": {"200": answers.AuditEntries(items=(entry,))},
    }
