"""A new programme, slot or calendar holds from when it is adopted; what lies before it is judged by what held then."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.account import account
from lifecycle.engagement import REDUCER, assess
from lifecycle.engagement.sessions import Session
from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.engagement_facts import Slot
from schemas.facts import AcademyClosed, CalendarRevised, Fact, ProgrammeAdopted
from schemas.programme import Aftercare, HealthRules, Programme, QuietHours, Sessions
from schemas.words import Health, HolidayDivision, Matter, Outcome, Role, Weekday
from tests.drawing import MANY
from tests.lifecycle.lives import PROGRAMME, Lived, agreed, fresh, handed_off, local, read


def version(number: int = 2, **changed: Any) -> Programme:
    """Another version of the programme."""
    return PROGRAMME.model_copy(update={"version": number, **changed})


def weeks_of(lived: Lived) -> list[str]:
    """The sessions that were expected, by name."""
    return [session.name for session in lived.state.sessions]


def test_fortnightly_sessions_adopted_in_week_11_leave_eleven_sessions_held() -> None:
    """What was expected stays expected; the next one is two weeks after the last."""
    lived = agreed()
    lived.weekly("2026-11-20")
    assert len(lived.state.sessions) == 11
    lived.tell(ProgrammeAdopted, programme=version(sessions=Sessions(every_weeks=2)))
    assert [s.outcome for s in lived.state.sessions] == [Outcome.HELD] * 11
    assert weeks_of(lived)[-1] == "2026-11-17"
    lived.weekly("2026-12-20")
    assert weeks_of(lived)[11:] == ["2026-12-01", "2026-12-15"]


@pytest.mark.parametrize(
    ("adopted", "expected"),
    [
        ("2026-09-22 08:00", ["2026-09-08", "2026-09-22", "2026-09-29", "2026-10-06"]),
        ("2026-09-22 12:00", ["2026-09-08", "2026-09-22", "2026-09-29", "2026-10-06"]),
        ("2026-09-14 08:00", ["2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29", "2026-10-06"]),
        ("2026-09-01 08:00", ["2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29", "2026-10-06"]),
    ],
)
def test_another_rhythm_counts_on_from_the_last_week_that_had_a_session(adopted: str, expected: list[str]) -> None:
    """Weekly again after fortnightly: the week after the last session, or, adopted before the first, from the start."""
    lived = agreed(programme=version(1, sessions=Sessions(every_weeks=2)))
    lived.weekly("2026-10-08")
    lived.tell(ProgrammeAdopted, adopted, programme=version(sessions=Sessions(every_weeks=1)))
    assert weeks_of(lived) == expected


def test_two_versions_of_one_week_count_on_from_the_same_session() -> None:
    """The one adopted last holds."""
    lived = agreed()
    lived.weekly("2026-10-07")
    lived.tell(ProgrammeAdopted, "2026-10-07 08:00", programme=version(sessions=Sessions(every_weeks=4)))
    lived.tell(ProgrammeAdopted, "2026-10-07 09:00", programme=version(3, sessions=Sessions(every_weeks=3)))
    lived.weekly("2026-11-20")
    assert weeks_of(lived)[4:] == ["2026-10-06", "2026-10-27", "2026-11-17"]


def test_a_withdrawn_version_never_held() -> None:
    """Its correction takes it back from where it began."""
    lived = agreed()
    lived.weekly("2026-10-07")
    wrong = lived.tell(ProgrammeAdopted, "2026-09-20", programme=version(sessions=Sessions(every_weeks=4)))
    assert len(lived.state.sessions) == 2
    lived.tell(Correction, corrects=wrong, replacement=None)
    assert len(lived.state.sessions) == 5


@pytest.mark.parametrize(
    ("told", "from_day", "expected"),
    [
        ("2026-10-07 12:00", date(2026, 9, 1), ["2026-09-29", "2026-10-06", "2026-10-15"]),
        ("2026-10-06 12:00", date(2026, 10, 6), ["2026-09-29", "2026-10-06", "2026-10-15"]),
        ("2026-10-06 08:00", date(2026, 10, 6), ["2026-09-29", "2026-10-08", "2026-10-15"]),
        ("2026-10-06 12:00", date(2026, 10, 12), ["2026-09-29", "2026-10-06", "2026-10-15"]),
    ],
)
def test_a_new_weekly_hour_moves_no_session_that_has_begun(told: str, from_day: date, expected: list[str]) -> None:
    """Told from a day that is past, or from today after today's session: it holds for what is still to come."""
    lived = agreed()
    lived.weekly("2026-10-05")
    lived.go(told)
    lived.tell(facts.WeeklySlotChanged, slot=Slot(day=Weekday.THURSDAY, at=time(14)), from_day=from_day)
    lived.go("2026-10-16")
    assert weeks_of(lived)[-3:] == expected


def test_longer_sessions_do_not_lengthen_those_that_were() -> None:
    """Each ends as it was planned when it began."""
    lived = agreed()
    lived.weekly("2026-09-16")
    lived.tell(ProgrammeAdopted, programme=version(sessions=Sessions(minutes=120)))
    lived.weekly("2026-09-23")
    assert [session.ends_at - session.starts_at for session in lived.state.sessions] == [
        timedelta(hours=1),
        timedelta(hours=1),
        timedelta(hours=2),
    ]


def test_a_session_that_became_unknown_stays_so_since_then_and_one_still_open_is_asked_by_the_new_version() -> None:
    """After 3 working days instead of 7: never before the version was adopted. After 12: not taken back."""
    lived = agreed()
    lived.go("2026-09-16 12:00")
    before = [(s.name, s.outcome) for s in lived.state.sessions]
    assert before == [("2026-09-08", Outcome.EXPECTED), ("2026-09-15", Outcome.EXPECTED)]
    sooner = Sessions(chased_after_working_days=(1, 2), unknown_after_working_days=3)
    lived.tell(ProgrammeAdopted, programme=version(sessions=sooner))
    assert [read(s.known_at) for s in lived.state.sessions] == ["2026-09-16 12:00", "2026-09-18 11:00"]
    lived.go("2026-09-18 12:00")
    later = Sessions(unknown_after_working_days=12)
    lived.tell(ProgrammeAdopted, programme=version(3, sessions=later))
    assert [(read(s.known_at), s.outcome) for s in lived.state.sessions] == [
        ("2026-09-16 12:00", Outcome.UNKNOWN),
        ("2026-09-18 11:00", Outcome.UNKNOWN),
    ]


def test_a_revised_holiday_table_makes_no_past_session_due_and_excuses_none() -> None:
    """Scotland's 15 June 2026 stands in one table only. The session of that day is judged by the table that held then.

    Where it turns out to have been expected, it is asked about first.
    """

    def told(first: str, second: str, adopted: str) -> list[str]:
        started = {"occurred_at": local("2026-05-01"), "course_start": date(2026, 6, 1), "calendar": first}
        slot = Slot(day=Weekday.MONDAY, at=time(9))
        lived = agreed_in_may(division=HolidayDivision.SCOTLAND, slot=slot, **started)
        lived.go("2026-06-30")
        lived.tell(CalendarRevised, adopted, calendar=second)
        return [s.outcome for s in lived.state.sessions if s.day == date(2026, 6, 15)]

    without, with_it = "uk-2025-12", "uk-2026-11"
    assert told(with_it, without, "2026-06-20") == [Outcome.EXCUSED]
    assert told(with_it, without, "2026-06-10") == [Outcome.EXPECTED]
    assert told(without, with_it, "2026-06-20") == [Outcome.UNKNOWN]
    assert told(without, with_it, "2026-06-10") == [Outcome.EXCUSED]


def agreed_in_may(**fields: Any) -> Lived:
    """An engagement of a course in June."""
    lived = fresh(**fields)
    for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD):
        lived.tell(facts.AgreementSigned, role=role)
    return lived


def test_a_closed_week_told_late_is_a_fact_about_its_days_whatever_was_adopted_since() -> None:
    """It happened: the sessions in it are excused, by every version that held."""
    lived = agreed()
    lived.go("2026-10-20")
    lived.tell(ProgrammeAdopted, "2026-10-10", programme=version())
    lived.tell(AcademyClosed, first_day=date(2026, 9, 28), last_day=date(2026, 10, 16))
    closed = [s.name for s in lived.state.sessions if s.outcome is Outcome.EXCUSED]
    assert closed == ["2026-09-29", "2026-10-06", "2026-10-13"]


def test_a_lower_bar_raises_the_alarm_with_the_next_miss_not_in_the_past() -> None:
    """Each miss is judged by the version that held when it counted."""
    lived = agreed(programme=version(1, health=HealthRules(at_risk_after=4, stalled_after=8)))
    for day in ("2026-09-08", "2026-09-15", "2026-09-22"):
        lived.go(f"{day} 10:30")
        lived.miss(day)
    lived.tell(ProgrammeAdopted, programme=version(health=HealthRules(at_risk_after=2, stalled_after=4)))
    assert lived.state.health is Health.ON_TRACK
    lived.go("2026-09-29 10:30")
    lived.miss("2026-09-29")
    assert (lived.state.run.at_risk_since, lived.state.health) == (local("2026-09-29 10:00"), Health.STALLED)


def test_weekly_work_began_when_it_did_by_the_hours_of_then() -> None:
    """Mail may go from another hour on: the course does not begin anew."""
    lived = agreed()
    lived.weekly("2026-10-07")
    began = lived.life.begins_action_at()
    hours = QuietHours(opens=time(10), closes=time(16))
    lived.tell(ProgrammeAdopted, programme=version(quiet_hours=hours))
    assert lived.life.begins_action_at() == began == local("2026-09-07 08:00")
    early = agreed(programme=version(1))
    early.tell(ProgrammeAdopted, "2026-08-25", programme=version(quiet_hours=hours))
    assert early.life.begins_action_at() == local("2026-09-07 10:00")


def test_what_held_then_is_the_same_in_whatever_order_it_is_told() -> None:
    """Invariant 7, over versions, slots and tables."""
    lived = agreed()
    lived.weekly("2026-10-07")
    lived.tell(ProgrammeAdopted, "2026-09-20", programme=version(sessions=Sessions(every_weeks=2)))
    lived.tell(
        facts.WeeklySlotChanged, "2026-09-30", slot=Slot(day=Weekday.FRIDAY, at=time(9)), from_day=date(2026, 9, 1)
    )
    lived.tell(CalendarRevised, "2026-09-25", calendar="uk-2025-12")
    again = account(REDUCER, reversed(lived.known.facts.values()))
    assert assess(again, lived.now, None).sessions == assess(lived.known, lived.now, None).sessions
    assert again.life == lived.life


def test_a_review_behind_stays_as_it_was_listed_and_those_ahead_are_as_they_are_listed_now() -> None:
    """Reviews at 6, 12 and 18 months; from month 8 on at 7, 9 and 15: none at 7, which is past."""
    lived = agreed()
    lived.weekly("2027-05-10")
    lived.tell(ProgrammeAdopted, programme=version(reviews_after_months=(7, 9, 15)))
    assert lived.life.reviewed_after() == (6, 9, 15)
    asked = [item.window for item in lived.ahead(Matter.REVIEW) if item.step == 0]
    assert asked == ["month-9", "month-15"]
    assert next(item.window for item in lived.ahead(Matter.REVIEW)) == "month-6"
    lived.go("2027-05-11")
    lived.tell(facts.ReviewHeld, month=6)
    assert "6, 9, 15 months" in lived.refused(facts.ReviewHeld, month=12).reason


def test_a_check_behind_stays_as_it_was_listed_and_those_ahead_are_as_they_are_listed_now() -> None:
    """Checks at 3, 6 and 12 months; from month 5 on at 4 and 8: the one at 4 is past, the last is at 8."""
    lived = handed_off()
    lived.go("2028-06-20")
    lived.tell(facts.AftercareReported, month=3, holding=True)
    lived.go("2028-08-20")
    lived.tell(ProgrammeAdopted, programme=version(aftercare=Aftercare(asked_after_months=(4, 8))))
    assert lived.life.checked_after() == (3, 8)
    lived.go("2028-11-20")
    lived.tell(facts.AftercareReported, month=8, holding=True)
    assert lived.state.ended


def test_an_extension_is_as_long_as_the_programme_gave_when_it_was_granted() -> None:
    """Three months granted stay three; the next is as long as the new version says."""
    lived = agreed()
    lived.go("2028-08-01")
    before = lived.state.limit()
    lived.tell(facts.ExtensionGranted)
    calendar = lived.life.calendar
    assert lived.state.limit() == calendar.add_months(before, 3)
    lived.go("2028-08-02")
    rules = lived.life.programme.hand_off.model_copy(update={"extension_months": 2})
    lived.tell(ProgrammeAdopted, programme=version(hand_off=rules))
    assert lived.state.limit() == calendar.add_months(before, 3)
    lived.go("2028-08-03")
    lived.tell(facts.ExtensionGranted)
    assert lived.state.limit() == calendar.add_months(before, 5)


_ADOPTED = st.one_of(
    st.builds(
        lambda every, minutes, unknown: (
            ProgrammeAdopted,
            {
                "programme": version(
                    sessions=Sessions(
                        every_weeks=every,
                        minutes=minutes,
                        chased_after_working_days=(),
                        unknown_after_working_days=unknown,
                    )
                )
            },
        ),
        st.integers(1, 4),
        st.sampled_from([30, 60, 240]),
        st.integers(1, 15),
    ),
    st.builds(
        lambda bar: (ProgrammeAdopted, {"programme": version(health=HealthRules(at_risk_after=bar, stalled_after=9))}),
        st.integers(1, 8),
    ),
    st.builds(
        lambda day, at, days: (
            facts.WeeklySlotChanged,
            {"slot": Slot(day=day, at=at), "from_day": date(2026, 9, 1) + timedelta(days=days)},
        ),
        st.sampled_from(Weekday),
        st.sampled_from([time(7, 30), time(12), time(17)]),
        st.integers(0, 120),
    ),
    st.builds(lambda table: (CalendarRevised, {"calendar": table}), st.sampled_from(["uk-2025-12", "uk-2026-11"])),
    st.builds(
        lambda week, days: (
            facts.SessionRescheduled,
            {
                "day": date(2026, 9, 8) + timedelta(weeks=week),
                "session": f"{date(2026, 9, 8) + timedelta(weeks=week)}",
                "to_day": date(2026, 9, 8) + timedelta(weeks=week, days=days),
                "to_time": time(15),
            },
        ),
        st.integers(0, 20),
        st.integers(-20, 20),
    ),
)


def test_a_move_that_was_overtaken_never_comes_back_into_the_past() -> None:
    """Moved ahead, then no longer planned as the team met on another day; its old day again brings no session back."""
    lived = agreed()
    lived.go("2026-09-09")
    lived.tell(facts.SessionRescheduled, day=date(2026, 10, 6), session="2026-10-06", to_day=date(2026, 9, 16),
               to_time=time(15))  # fmt: skip
    lived.tell(facts.WeeklySlotChanged, slot=Slot(day=Weekday.WEDNESDAY, at=time(17)), from_day=date(2026, 9, 9))
    lived.go("2026-09-17")
    assert weeks_of(lived) == ["2026-09-08", "2026-09-16"]
    lived.tell(facts.WeeklySlotChanged, slot=Slot(day=Weekday.TUESDAY, at=time(7, 30)), from_day=date(2026, 9, 18))
    assert weeks_of(lived) == ["2026-09-08", "2026-09-16"]
    lived.weekly("2026-10-08")
    assert weeks_of(lived)[-1] == "2026-10-06"


@settings(max_examples=1200 if MANY else 60)
@given(st.lists(st.tuples(st.integers(1, 20 * 24), _ADOPTED), min_size=1, max_size=6))
def test_nothing_adopted_changes_a_session_that_has_begun(adopted: list[tuple[int, tuple[type[Fact], Any]]]) -> None:
    """Which they were and how long; of those that were settled all that was known; and no alarm of an earlier day."""
    lived = agreed()
    for hours, (kind, said) in adopted:
        lived.now += timedelta(hours=hours)
        before = assess(lived.known, lived.now, None)
        if kind is facts.SessionRescheduled:
            lived.try_to(kind, **said)
            continue
        lived.tell(kind, **said)
        lived.now += timedelta(seconds=1)
        after = assess(lived.known, lived.now, None)
        for was, is_now in zip(before.sessions, after.sessions, strict=True):
            assert _planned(is_now) == _planned(was)
            assert is_now == was or was.outcome is Outcome.EXPECTED
        since, adopted_at = after.run.at_risk_since, lived.now - timedelta(seconds=1)
        assert since == before.run.at_risk_since or (since and since >= adopted_at and not before.run.at_risk_since)


def _planned(session: Session) -> tuple[object, ...]:
    return session.name, session.day, session.starts_at, session.ends_at
