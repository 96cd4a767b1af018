"""What a team's meetings truly were, and what follows from it for stalls and alarms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from lifecycle.engagement.sessions import until_now
from rehearsal.meetings import Diary, Meeting, stalls, was_meeting
from schemas.engagement_facts import Slot
from schemas.roster_cells import Behaviour
from schemas.words import Weekday
from tests.rehearsal import paper
from tests.rehearsal.paper import DAYS, PROGRAMME

TUESDAYS = Slot(day=Weekday.TUESDAY, at=time(9, 0))
MONDAYS = Slot(day=Weekday.MONDAY, at=time(9, 0))
FAR = datetime(2030, 1, 1, tzinfo=UTC)


def meetings(*met: bool) -> list[Meeting]:
    """Weekly meetings from 2 March 2027 on."""
    starts = [datetime(2027, 3, 2, 9, tzinfo=UTC) + timedelta(weeks=week) for week in range(len(met))]
    return [Meeting(at.date(), at, at + timedelta(hours=1), took) for at, took in zip(starts, met, strict=True)]


def diary(slot: Slot = TUESDAYS, stepped_back: datetime | None = None) -> Diary:
    """Meetings from 1 March 2027 on."""
    return Diary(DAYS, PROGRAMME, slot, datetime(2027, 3, 1, 8, tzinfo=UTC), stepped_back)


def test_four_missed_in_a_row_are_a_stall() -> None:
    """It began with the first missed meeting and ended with the next one held; shorter runs are none."""
    lived = meetings(True, False, False, False, False, True, False, True)

    (stall,) = stalls(lived, 4, None)

    assert stall.began == lived[1].day
    assert stall.run == 4
    assert stall.resolved == lived[5].day


def test_stall_that_never_ends_is_resolved_by_the_end_of_the_engagement() -> None:
    """Without a meeting after it, the day the engagement ended resolves it, or nothing does."""
    lived = meetings(True, False, False, False, False)

    assert [s.resolved for s in stalls(lived, 4, date(2027, 6, 1))] == [date(2027, 6, 1)]
    assert [s.resolved for s in stalls(lived, 4, None)] == [None]


def test_team_that_met_in_one_of_the_last_two_weeks_was_meeting() -> None:
    """An alarm about it is false; after two missed meetings it is true."""
    lived = meetings(True, False, False, True)

    assert was_meeting(lived, lived[1].ends_at + timedelta(hours=1), 2)
    assert not was_meeting(lived, lived[2].ends_at + timedelta(hours=1), 2)
    assert was_meeting(lived, lived[3].ends_at + timedelta(hours=1), 2)


def test_meeting_that_is_not_over_says_nothing_yet() -> None:
    """Only meetings that were over when the alarm went out are judged."""
    lived = meetings(False, False, True)

    assert not was_meeting(lived, lived[2].starts_at, 2)


def test_nobody_meets_on_a_bank_holiday() -> None:
    """Easter Monday and the May holidays of 2027 are free."""
    days = [meeting.day for meeting in diary(MONDAYS).days(date(2027, 3, 22), datetime(2027, 6, 8, tzinfo=UTC))]

    assert date(2027, 3, 29) not in days
    assert date(2027, 5, 3) not in days
    assert date(2027, 5, 31) not in days
    assert date(2027, 4, 5) in days


def test_meetings_stay_at_the_same_wall_time() -> None:
    """Nine o'clock stays nine o'clock when the clocks change on 28 March 2027."""
    starts = [m.starts_at.hour for m in diary().days(date(2027, 3, 23), datetime(2027, 4, 1, tzinfo=UTC))]

    assert starts == [9, 8]


def test_meetings_thin_out_after_the_step_back() -> None:
    """Weekly for four weeks, then fortnightly, after twelve weeks every fourth."""
    stepped_back = datetime(2027, 6, 2, 10, tzinfo=UTC)
    days = [m.day for m in diary(stepped_back=stepped_back).days(date(2027, 6, 8), datetime(2027, 11, 1, tzinfo=UTC))]

    gaps = [(later - earlier).days // 7 for earlier, later in pairwise(days)]
    assert gaps == [1, 1, 1, 2, 2, 2, 2, 4, 4]


def test_people_and_rules_expect_the_same_sessions() -> None:
    """The diary that people keep by themselves agrees with the rules' own reckoning, to the last session."""
    lived = paper.rehearse(Behaviour.STEADY, seed=4)

    expected = {s.day for s in until_now(lived.known.life, lived.now, lived.done)[0] if not DAYS.is_holiday(s.day)}
    assert {meeting.day for meeting in lived.team.meetings} == expected


def test_nobody_meets_after_the_end() -> None:
    """The diary is empty from the hand-off on."""
    ended = diary()
    ended.ends = datetime(2027, 4, 1, tzinfo=UTC)

    assert max(m.day for m in ended.days(date(2027, 3, 1), FAR)) == date(2027, 3, 30)
