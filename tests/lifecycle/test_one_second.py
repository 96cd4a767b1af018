"""Facts of one second stand in a fixed order of kinds: leaving before coming, ending before beginning.

For every pair of kinds: what is possible one after the other is possible in one second, in whatever order it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Any

import pytest

from lifecycle import academy, cohort, engagement, intro_course
from lifecycle.account import Account, account, advance
from schemas import academy_facts, cohort_facts, engagement_facts, intro_course_facts
from schemas import improvement_facts as improvement
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.cohort_facts import Coaching
from schemas.due import Refusal
from schemas.engagement_facts import CoachPart, Slot
from schemas.facts import AcademyClosed, CalendarRevised, Fact, LeaveAgreed, PersonLeft
from schemas.words import NotHeldReason, Role, Weekday
from tests.lifecycle import cohorts, intro_courses, lives
from tests.lifecycle.cohorts import P1, P2, P3
from tests.lifecycle.lives import Lived, local

WEEK = timedelta(weeks=1)
SECOND = timedelta(seconds=1)
Known = Account[Any]
Said = tuple[type[Fact], dict[str, Any]]


def _at(when: str) -> Lived:
    lived = lives.agreed()
    lived.now = local(when)
    return lived


def _ready(*, signed: bool = True) -> Lived:
    lived = _at("2026-10-20")
    for day in ("2026-09-22", "2026-09-29", "2026-10-06", "2026-10-13"):
        lived.meet(day, chaired_by="team")
    lives.ready(lived, without=lambda part: part.startswith("sign") and not signed)
    lived.now += timedelta(days=1)
    return lived


def _told(lived: Lived, kind: type[Fact], **fields: Any) -> Lived:
    lived.tell(kind, **fields)
    lived.now += timedelta(days=1)
    return lived


def _handed_off() -> Lived:
    lived = _told(_ready(), engagement_facts.HandedOff)
    lived.now += timedelta(days=85)
    return lived


LIVES: dict[str, Callable[[], Lived]] = {
    "proposed": lives.fresh,
    "working": lambda: _at("2026-10-20"),
    "paused": lambda: _told(_at("2026-10-20"), engagement_facts.PauseStarted, reason="other"),
    "without a coach": lambda: _told(_at("2026-10-20"), engagement_facts.CoachLeft, person="per_coach"),
    "with a co-coach": lambda: _told(
        _at("2026-10-20"), engagement_facts.CoachAssigned, person="per_b", part=CoachPart.CO
    ),
    "in transition": lambda: _told(_at("2027-10-20"), engagement_facts.TransitionStarted),
    "to be signed off": lambda: _ready(signed=False),
    "signed off": _ready,
    "handed off": _handed_off,
    "relapsed": lambda: _told(_handed_off(), engagement_facts.AftercareReported, month=3, holding=False),
}


def _of_engagement(today: date) -> Iterator[Said]:
    facts = engagement_facts
    for person in ("per_coach", "per_b"):
        yield from ((facts.CoachAssigned, {"person": person, "part": part}) for part in CoachPart)
        yield from ((kind, {"person": person}) for kind in (facts.CoachLeft, facts.CoachStopped, PersonLeft))
    for role in (Role.COACH, Role.SPONSOR, Role.FACULTY, Role.TEAM_LEAD):
        yield facts.AgreementSigned, {"role": role}
        yield facts.SignedOff, {"role": role}
        yield facts.RoleChanged, {"role": role}
        yield facts.RoleChanged, {"role": role, "person": "per_b"}
    yield LeaveAgreed, {"person": "per_coach", "first_day": today, "last_day": today + WEEK}
    yield facts.WeeklySlotChanged, {"slot": Slot(day=Weekday.FRIDAY, at=time(9)), "from_day": today}
    yield facts.SessionHeld, {"day": today}
    yield facts.SessionNotHeld, {"day": today, "reason": NotHeldReason.OTHER}
    yield facts.SessionCancelledAhead, {"day": today, "reason": NotHeldReason.OTHER}
    yield facts.SessionRescheduled, {"day": today, "to_day": today + WEEK, "to_time": time(9)}
    yield improvement.MeasureDefined, {"measure": "falls", "better": "lower"}
    yield improvement.MeasurementRecorded, {"measure": "falls", "value": 1, "day": today}
    yield improvement.ChartRebased, {"measure": "falls", "from_day": today, "reason": "other"}
    aim = {"measure": "falls", "target": 1, "by_day": today + WEEK}
    yield improvement.AimSet, {"aim": "specific", **aim}
    yield improvement.AimClosed, {"outcome": "reached"}
    yield improvement.ChangeIdeaAdded, {"idea": 1}
    for standardise in (False, True):
        number = 1 + standardise
        days = {"from_day": today, "until_day": today + WEEK}
        yield improvement.PdsaPlanned, {"cycle": number, "standardise": standardise, **days}
        yield improvement.PdsaStudied, {"cycle": number, "as_predicted": "no", "decision": "adopt"}
    yield improvement.HelpAgreed, {"help": "other"}
    yield facts.ProgressScored, {"scorer": "team", "score": 1}
    yield facts.ReviewHeld, {"month": 6}
    yield facts.PauseStarted, {"reason": "other"}
    yield from ((kind, {}) for kind in (facts.PauseReviewed, facts.PauseEnded, facts.TransitionStarted))
    yield from ((kind, {}) for kind in (facts.ReadinessAssessed, facts.HandedOff, facts.Relapsed, facts.BoosterHeld))
    yield facts.ReadinessRefused, {"back_to": "action", "conditions": 1, "review_on": today + WEEK}
    yield facts.OwnerNamed, {"role": "process_owner", "person": "per_b"}
    yield from ((facts.AftercareReported, {"month": 3, "holding": holding}) for holding in (True, False))
    yield facts.ExtensionGranted, {}
    yield facts.EndedEarly, {"reason": "other"}
    yield facts.SponsorReleased, {}
    yield CalendarRevised, {"calendar": "uk-2025-12"}
    yield AcademyClosed, {"first_day": today, "last_day": today + WEEK}


def _of_cohort(today: date) -> Iterator[Said]:
    facts = cohort_facts
    yield facts.CohortConfirmed, {}
    yield facts.CohortCancelled, {"reason": "other"}
    for key in (P1, P2, P3):
        person = f"per_{key[-3:]}"
        yield facts.EnrolmentAccepted, {"enrolment": key, "person": person}
        yield facts.EnrolmentAccepted, {"enrolment": key, "person": person, "joins": P1}
        yield facts.MicrosystemIdentified, {"enrolment": key, "team": cohorts.team(7)}
        yield facts.ConditionalStartDecided, {"enrolment": key, "allowed": True}
        yield facts.LearningSessionMadeUp, {"enrolment": key, "number": 1}
        yield facts.LearningSessionDeclined, {"enrolment": key, "number": 2, "day": today}
        yield facts.TeamHelpAsked, {"enrolment": key}
        yield facts.NoTeamFound, {"enrolment": key}
        yield facts.EnrolmentDeferred, {"enrolment": key}
        yield facts.EnrolmentDeferred, {"enrolment": key, "to_cohort": "sheffield.later"}
        yield facts.EnrolmentWithdrawn, {"enrolment": key, "reason": "time"}
        yield from ((facts.EnrolmentCompleted, {"enrolment": key, "completed": done}) for done in (True, False))
        yield facts.RefresherHeld, {"enrolment": key}
        yield facts.CoachingOffered, {"enrolment": key, "answer": "later"}
        yield LeaveAgreed, {"person": person, "first_day": today, "last_day": today + WEEK}
        yield PersonLeft, {"person": person}
        yield facts.LearningSessionHeld, {"number": 1, "attended": (key,)}
    yield facts.LearningSessionMoved, {"number": 1, "to_day": today, "to_time": time(9)}
    yield facts.CoachingSeen, {"coaching": (Coaching(enrolment=P1, **cohorts.COACHES_WELL),)}
    yield CalendarRevised, {"calendar": "uk-2025-12"}
    yield AcademyClosed, {"first_day": today, "last_day": today + WEEK}


def _of_intro_course(today: date) -> Iterator[Said]:
    facts = intro_course_facts
    for letter in "AB":
        booking, person = f"{intro_courses.COURSE}.{letter}", f"per_{letter}"
        yield facts.BookingCancelled, {"booking": booking}
        yield from ((kind, {"booking": booking}) for kind in (facts.FeedbackGiven, facts.CoachingWished))
        yield PersonLeft, {"person": person}
        for day in (1, 2):
            yield facts.DelegateSeen, {"booking": booking, "day": day}
            yield facts.IntroAttendanceTaken, {"day": day, "attended": (booking,)}
            yield facts.MissingDayRebooked, {"booking": booking, "day": day, "course": intro_courses.LATER}
    yield facts.IntroPlacesChanged, {"places": 5}
    yield facts.IntroCourseMoved, {"day_1": date(2026, 11, 4), "day_2": date(2026, 11, 5)}
    yield facts.IntroCourseCancelled, {"reason": "other"}
    yield CalendarRevised, {"calendar": "uk-2025-12"}
    yield AcademyClosed, {"first_day": today, "last_day": today}


def _of_academy(today: date) -> Iterator[Said]:
    facts = academy_facts
    for person in ("per_a", "per_b"):
        yield facts.OfficeMemberJoined, {"person": person}
        yield facts.OfficeMemberLeft, {"person": person}
        yield facts.DeputyNamed, {"person": person}
        yield PersonLeft, {"person": person}
    yield facts.DeputyNamed, {}
    yield AcademyClosed, {"first_day": today, "last_day": today + WEEK}
    yield CalendarRevised, {"calendar": "uk-2025-12"}


def _hold_together(known: Known, at: datetime, said: list[Said]) -> None:
    """Each pair that is possible in one order, a second apart, is possible in one second, and gives one life."""
    later = at + timedelta(minutes=1)
    told = [kind(event_id=f"x{number}", occurred_at=at, **fields) for number, (kind, fields) in enumerate(said)]
    after = [advance(known, fact, later) for fact in told]
    for (first, one), (_, other) in product(enumerate(told), enumerate(told)):
        before = after[first]
        if one is other or isinstance(before, Refusal):
            continue
        moved = other.model_copy(update={"occurred_at": at + SECOND})
        if not isinstance(advance(before, moved, later), Refusal):
            both = account(known.rules, [*known.facts.values(), one, other])
            assert both.void.keys() <= known.void.keys(), (one, other, both.void)
            assert _told_in_turn(known, one, other, later) == both.life, (one, other)
            assert _told_in_turn(known, other, one, later) == both.life, (one, other)


def _told_in_turn(known: Known, one: Fact, other: Fact, now: datetime) -> Any:
    """The life after both were told; what was refused at first is told once more."""
    for fact in (one, other, one):
        after = advance(known, fact, now)
        known = known if isinstance(after, Refusal) else after
    return known.life


@pytest.mark.parametrize("name", LIVES)
def test_any_two_facts_of_an_engagement_hold_in_one_second_where_they_hold_one_after_the_other(name: str) -> None:
    """A coach left and another was assigned; a pause ended and the next began: neither is void, or refused for good."""
    lived = LIVES[name]()
    assert lived.known.rules is engagement.REDUCER
    _hold_together(lived.known, lived.now, list(_of_engagement(lived.now.date())))


@pytest.mark.parametrize("when", ["2026-08-20", "2026-10-20"])
def test_any_two_facts_of_a_cohort_hold_in_one_second_where_they_hold_one_after_the_other(when: str) -> None:
    """A participant found a team and left; the course moved and was cancelled."""
    lived = cohorts.fresh(P1)
    lived.accept(P2)
    lived.now = local(when)
    assert lived.known.rules is cohort.REDUCER
    _hold_together(lived.known, lived.now, list(_of_cohort(lived.now.date())))


def test_any_two_facts_of_an_academy_hold_in_one_second_where_they_hold_one_after_the_other() -> None:
    """Somebody left the office and came back; the deputy was taken back, and another one named."""
    began = local("2026-06-01")
    opened = academy_facts.AcademyOpened(event_id="opened", occurred_at=began, calendar=LATEST_HOLIDAY_TABLE)
    member = academy_facts.OfficeMemberJoined(event_id="joined", occurred_at=began + SECOND, person="per_a")
    at = began + timedelta(days=1)
    _hold_together(account(academy.REDUCER, [opened, member]), at, list(_of_academy(at.date())))


@pytest.mark.parametrize("when", ["2026-08-20", "2026-10-14 20:00", "2026-10-20"])
def test_any_two_facts_of_an_introduction_course_hold_in_one_second_where_they_hold_one_after_the_other(
    when: str,
) -> None:
    """A day is made up and somebody was there after all; a delegate gave feedback and another list was handed in."""
    lived = intro_courses.fresh("A", "B")
    if when == "2026-10-20":
        lived.held("AB", "A")
    lived.now = local(when)
    assert lived.known.rules is intro_course.REDUCER
    _hold_together(lived.known, lived.now, list(_of_intro_course(lived.now.date())))


def test_whoever_leaves_in_the_second_in_which_somebody_comes_leaves_first() -> None:
    """So the new coach is there, whichever of the two was told first."""
    kinds = (engagement_facts.CoachLeft, engagement_facts.CoachAssigned)
    for told in (kinds, kinds[::-1]):
        lived = _at("2026-10-20")
        for kind in told:
            lived.tell(kind, person="per_coach" if kind is engagement_facts.CoachLeft else "per_new")
        assert (lived.life.main_coach, lived.life.vacant_since) == ("per_new", None)
        assert lived.known.void == {}


def test_a_pause_that_ends_in_the_second_in_which_the_next_begins_ends_first() -> None:
    """So the team is paused, and was before."""
    lived = _told(_at("2026-10-20"), engagement_facts.PauseStarted, reason="other")
    lived.tell(engagement_facts.PauseEnded)
    lived.tell(engagement_facts.PauseStarted, reason="other")
    assert [pause.until is None for pause in lived.life.pauses] == [False, True]
