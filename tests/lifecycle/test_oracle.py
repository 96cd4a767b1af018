"""What the rules reckon, and what another reckoning says: random lives, due at the same minutes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from lifecycle.account import account
from lifecycle.engagement import REDUCER
from schemas import engagement_facts as facts
from schemas.engagement_facts import PauseReason, Slot
from schemas.facts import AcademyClosed, LeaveAgreed
from schemas.words import HolidayDivision, Matter, NotHeldReason, Role, Weekday
from tests.drawing import MANY
from tests.lifecycle.lives import LONDON, Lived, local, proposed, ready
from tests.lifecycle.oracle import SUBDIVISIONS, Story, plain

EXAMPLES = 1000 if MANY else 25
_DAY = timedelta(days=1)
_STARTS = st.dates(date(2026, 8, 24), date(2027, 9, 30)) | st.sampled_from(
    [date(2026, 8, 31), date(2026, 10, 31), date(2027, 5, 31), date(2027, 8, 29), date(2027, 8, 30), date(2027, 8, 31)]
)
_HELD = st.sampled_from(["h", "sh", "nh", "ssh", "nnh", "sn", "hns", "hhnn", "snh", "nsh", "sssh", "nnnh"])
_EVENING = time(20)
_LOOKS = (Matter.PAUSE_REVIEW, Matter.PAUSE_DECISION)


def _wall(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, LONDON).astimezone()


@st.composite
def stories(draw: st.DrawFn, *, weeks: int = 30) -> Story:
    """Eight months of a team: signed before or after the course began, with closed weeks, leave and pauses."""
    start = draw(_STARTS)
    spans = st.lists(st.tuples(st.integers(0, 7 * weeks), st.integers(0, 13)), max_size=2)
    closed, leaves = (
        tuple((start + first * _DAY, start + (first + length) * _DAY) for first, length in draw(spans))
        for _ in range(2)
    )
    pauses, after = [], start + 20 * _DAY
    for ahead, length in draw(st.lists(st.tuples(st.integers(0, 60), st.integers(3, 120)), max_size=2)):
        since = after + ahead * _DAY
        after = since + length * _DAY
        pauses.append((_wall(since, _EVENING), _wall(after, draw(st.sampled_from([time(9), time(15, 30), _EVENING])))))
        after += 22 * _DAY
    told = "".join(draw(st.lists(_HELD, min_size=1, max_size=6)))
    assume("ssss" not in (misses := (told + told).replace("n", "s")) and "h" in misses)
    return Story(
        division=draw(st.sampled_from(sorted(SUBDIVISIONS))),
        course_start=start,
        signed=_wall(start + draw(st.integers(-20, 10)) * _DAY, draw(st.sampled_from([time(7), time(12), time(19)]))),
        weekday=draw(st.integers(0, 4)),
        clock=draw(st.sampled_from([time(7, 30), time(9), time(12, 15), time(16), time(17, 30)])),
        until=_wall(start + timedelta(weeks=weeks), time(12)),
        closed=closed,
        leaves=leaves,
        pauses=tuple(pauses),
        told=told,
    )


def begun(story: Story) -> Lived:
    """The engagement of a story: proposed, and told what is known of the days ahead."""
    opening = proposed(
        occurred_at=_wall(story.course_start - 28 * _DAY, time(12)),
        course_start=story.course_start,
        slot=Slot(day=list(Weekday)[story.weekday], at=story.clock),
        division=HolidayDivision(story.division),
    )
    lived = Lived(account(REDUCER, [opening]), opening.occurred_at)
    for first, last in story.closed:
        lived.tell(AcademyClosed, first_day=first, last_day=last)
    for first, last in story.leaves:
        lived.tell(LeaveAgreed, person="per_coach", first_day=first, last_day=last)
    return lived


def live(story: Story) -> Lived:
    """It is told everything as it happens, until its end."""
    lived = begun(story)
    told = [(story.signed, "signed", story.course_start)]
    for since, until in story.pauses:
        told += [(since, "rests", story.course_start), (until, "goes on", story.course_start)]
    told += [(plain(each.ends) + timedelta(minutes=30), how, each.day) for each, how in story.outcomes() if how != "s"]
    for at, what, day in sorted(told, key=lambda each: each[0]):
        if at <= story.until:
            lived.go(at)
            _tell(lived, what, day)
    lived.go(story.until)
    return lived


def _tell(lived: Lived, what: str, day: date) -> None:
    match what:
        case "signed":
            for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD):
                lived.tell(facts.AgreementSigned, role=role)
        case "rests":
            lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
        case "goes on":
            lived.tell(facts.PauseEnded)
        case "h":
            lived.tell(facts.SessionHeld, day=day)
        case _:
            lived.tell(facts.SessionNotHeld, day=day, reason=NotHeldReason.STAFFING)


@settings(max_examples=EXAMPLES)
@given(stories())
def test_a_life_is_asked_reminded_alarmed_and_looked_at_on_the_same_minutes(story: Story) -> None:
    """Every ask, reminder and unknown session; every step of an alarm; every look at a pause; the first review."""
    note(repr(story))
    lived = live(story)
    asked = [(at, item.act.value, item.about) for at, item in lived.carried if item.matter is Matter.SESSION]
    assert sorted(asked) == story.asks()
    alarms = [(at, item.to[0].value) for at, item in lived.carried if item.matter is Matter.ESCALATION]
    assert sorted(alarms) == story.alarms()
    looks = [(at, item.matter.value) for at, item in lived.carried if item.matter in _LOOKS]
    assert sorted(looks) == story.looks()
    reviews = [(at, item.window) for at, item in lived.carried if item.matter is Matter.REVIEW and item.step == 0]
    assert [at for at, _ in reviews] == [at for _, at in story.reviews()]


@settings(max_examples=EXAMPLES * 5)
@given(stories(weeks=110), st.integers(0, 2))
def test_hand_off_and_limit_lie_on_the_same_minutes(story: Story, extensions: int) -> None:
    """Months from the later of course start and agreement, paused time left out; at a month's end, its last day."""
    lived = begun(story)
    told = [(story.signed, "signed")]
    for since, until in story.pauses:
        told += [(since, "rests"), (until, "goes on")]
    for at, what in sorted(told):
        lived.now = at
        _tell(lived, what, story.course_start)
    lived.now = max(lived.now, story.signed, _wall(story.course_start, time(12)))
    for _ in range(extensions):
        lived.tell(facts.ExtensionGranted)
    assert lived.state.hand_off_planned() == plain(story.months_on(18))
    assert lived.state.limit() == plain(story.months_on(24 + 3 * extensions))


@settings(max_examples=EXAMPLES)
@given(stories())
def test_signatures_that_nobody_gives_are_asked_for_on_the_same_minutes(story: Story) -> None:
    """The agreement is never signed: the three who sign, then the office, again and again."""
    lived = begun(story)
    lived.go(story.until)
    asked = [(at, item.to[0].value) for at, item in lived.carried if item.matter is Matter.AGREEMENT]
    assert asked == story.agreement(lived.life.opening.occurred_at)


@pytest.mark.parametrize("division", SUBDIVISIONS)
@pytest.mark.parametrize("day", ["2027-11-30", "2027-12-31", "2028-02-29", "2028-03-27"])
def test_aftercare_is_asked_chased_and_put_to_the_office_on_the_same_minutes(division: str, day: str) -> None:
    """Handed off at a month's end, on a leap day, the day after summer time began; nobody ever answers."""
    story = Story(division, date(2026, 9, 7), local("2026-08-20"), 1, time(9), local("2029-10-01"))
    lived = begun(story)
    lived.now = story.signed
    _tell(lived, "signed", story.course_start)
    lived.weekly(day)
    ready(lived)
    lived.tell(facts.HandedOff)
    handed_off = lived.now
    lived.go(story.until)
    asked = [(at, item.to[0].value) for at, item in lived.carried if item.matter is Matter.AFTERCARE]
    assert asked == story.aftercare(handed_off)
