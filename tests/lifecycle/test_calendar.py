"""Calendar arithmetic: working days, wall time over clock changes, and sending hours."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.calendar import Calendar, OutsideCalendarError, calendar
from schemas.calendars import UnknownHolidayTableError
from schemas.programme import QuietHours
from schemas.words import HolidayDivision

TABLE = "uk-2026-11"
ENGLAND = HolidayDivision.ENGLAND_AND_WALES
SCOTLAND = HolidayDivision.SCOTLAND
ULSTER = HolidayDivision.NORTHERN_IRELAND
UK = "Europe/London"
HOURS = QuietHours(opens=time(8), closes=time(18))
NINE = time(9)
WINTER = (date(2026, 12, 21), date(2027, 1, 8))
EARLIEST, LATEST = datetime(2021, 1, 1, tzinfo=UTC), datetime(2038, 12, 31, tzinfo=UTC)
LONDON = ZoneInfo(UK)

england = calendar(TABLE, ENGLAND, UK, HOURS)
closing = calendar(TABLE, ENGLAND, UK, HOURS, (WINTER, (date(2028, 8, 1), date(2028, 8, 31))))
new_york = calendar(TABLE, SCOTLAND, "America/New_York", QuietHours(opens=time(9, 30), closes=time(16)))

ulster = calendar(TABLE, ULSTER, UK, QuietHours(opens=time(7, 45), closes=time(20, 15)))

calendars = st.sampled_from([england, closing, new_york, ulster])
dates = st.dates(date(2021, 1, 1), date(2038, 12, 31))
instants = st.integers(int(EARLIEST.timestamp()), int(LATEST.timestamp())).map(lambda s: datetime.fromtimestamp(s, UTC))
clocks = st.times()

SPRING = [date(2026, 3, 29), date(2027, 3, 28)]
AUTUMN = [date(2026, 10, 25), date(2027, 10, 31)]


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """That instant."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def london(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """The instant at which London's clocks read so."""
    return datetime(year, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def counted(cal: Calendar, d: date, n: int) -> date:
    """The n-th working day after or before `d`, one day at a time."""
    step = timedelta(days=1 if n > 0 else -1)
    for _ in range(abs(n)):
        d += step
        while not cal.is_working_day(d):
            d += step
    return d


def in_sending_hours(cal: Calendar, at: datetime) -> bool:
    """Whether the local time at that instant is one at which notices may go out."""
    local = cal.local(at)
    return cal.is_working_day(local.date()) and cal.opens <= local.time() < cal.closes


def test_a_week_has_five() -> None:
    """Monday to Friday are working days, Saturday and Sunday never."""
    week = [date(2026, 11, 23) + timedelta(days=n) for n in range(7)]
    assert [england.is_working_day(d) for d in week] == [True] * 5 + [False] * 2


def test_christmas_and_new_year_are_skipped() -> None:
    """Boxing Day 2026 is a Saturday, so Monday 28 December stands for it; New Year's Day is skipped too."""
    assert england.is_holiday(date(2026, 12, 28))
    assert england.add_working_days(date(2026, 12, 24), 1) == date(2026, 12, 29)
    assert england.add_working_days(date(2026, 12, 24), 4) == date(2027, 1, 4)
    assert england.add_working_days(date(2027, 1, 4), -4) == date(2026, 12, 24)
    assert england.working_days_between(date(2026, 12, 24), date(2027, 1, 4)) == 4


def test_easter_is_skipped() -> None:
    """From Maundy Thursday 2027 the next working day is the Tuesday after Easter."""
    assert england.add_working_days(date(2027, 3, 25), 1) == date(2027, 3, 30)


def test_divisions_differ() -> None:
    """Scotland works on Easter Monday, but not on St Andrew's Day; the Twelfth is Northern Ireland's."""
    scotland = calendar(TABLE, SCOTLAND, UK, HOURS)
    worked = {
        date(2027, 3, 29): [False, True, False],
        date(2028, 1, 4): [True, False, True],
        date(2027, 11, 30): [True, False, True],
        date(2027, 7, 12): [True, True, False],
    }
    for d, expected in worked.items():
        assert [cal.is_working_day(d) for cal in (england, scotland, ulster)] == expected


def test_tables_differ_by_what_was_proclaimed_between_them() -> None:
    """The bank holiday proclaimed in February 2026 is known to the newer table only."""
    day = date(2026, 6, 15)
    assert calendar("uk-2025-12", SCOTLAND, UK, HOURS).is_working_day(day)
    assert not calendar(TABLE, SCOTLAND, UK, HOURS).is_working_day(day)


def test_closed_weeks_are_not_worked() -> None:
    """Both ends of a closed week are closed; the day after is worked again."""
    assert closing.is_closed(WINTER[0])
    assert closing.is_closed(WINTER[1])
    assert not closing.is_closed(WINTER[1] + timedelta(days=1))
    assert not england.is_closed(WINTER[0])
    assert closing.add_working_days(date(2026, 12, 18), 1) == date(2027, 1, 11)
    assert closing.working_days_between(date(2026, 12, 18), date(2027, 1, 11)) == 1


def test_a_closed_week_is_not_a_bank_holiday() -> None:
    """The two reasons stay apart."""
    assert not closing.is_holiday(date(2026, 12, 22))
    assert closing.is_holiday(date(2026, 12, 25))


def test_zero_working_days_stays_or_moves_to_the_next() -> None:
    """From a working day zero is that day, from a weekend the Monday."""
    assert england.add_working_days(date(2026, 11, 27), 0) == date(2026, 11, 27)
    assert england.add_working_days(date(2026, 11, 28), 0) == date(2026, 11, 30)


def test_a_chase_two_working_days_on_keeps_its_time() -> None:
    """Asked on Thursday at 5pm, chased on Monday at 5pm, over the clock change between them."""
    assert england.after_working_days(london(2026, 10, 22, 17), 2) == london(2026, 10, 26, 17)
    assert england.after_working_days(london(2026, 10, 24, 17), 0) == london(2026, 10, 26, 17)


@given(calendars, dates, st.integers(-40, 40).filter(bool))
def test_adding_is_counting_one_by_one(cal: Calendar, d: date, n: int) -> None:
    """The table gives what counting day after day gives."""
    assert cal.add_working_days(d, n) == counted(cal, d, n)


@given(calendars, dates, st.integers(0, 300))
def test_between_undoes_adding(cal: Calendar, d: date, n: int) -> None:
    """N working days after a day lie n working days; from a working day the way back leads to it."""
    later = cal.add_working_days(d, n)
    start = cal.add_working_days(d, 0)
    assert cal.working_days_between(d, cal.add_working_days(d, n)) == (n or int(start != d))
    assert cal.is_working_day(later)
    assert cal.add_working_days(cal.add_working_days(start, n), -n) == start


@given(calendars, dates, dates, dates)
def test_between_adds_up(cal: Calendar, a: date, b: date, c: date) -> None:
    """Working days from a to c are those from a to b and from b to c, in whatever order they lie."""
    assert cal.working_days_between(a, b) + cal.working_days_between(b, c) == cal.working_days_between(a, c)


@given(dates, st.integers(0, 6))
def test_the_next_weekday_lies_within_a_week(d: date, weekday: int) -> None:
    """It is on that day of the week, after the date, and at most seven days on."""
    found = england.next_weekday(d, weekday)
    assert found.weekday() == weekday
    assert timedelta(0) < found - d <= timedelta(days=7)


@pytest.mark.parametrize("sunday", SPRING + AUTUMN)
def test_nine_stays_nine_over_the_clock_change(sunday: date) -> None:
    """A session at 9am on the Thursday before is at 9am on the Thursday after; in UTC an hour moved."""
    before = england.at(sunday - timedelta(days=3), NINE)
    after = england.add_weeks(before, 1)
    assert england.local(after).time() == NINE
    assert england.day(after) == sunday + timedelta(days=4)
    shift = timedelta(hours=1 if sunday in AUTUMN else -1)
    assert after - before == timedelta(days=7) + shift


@pytest.mark.parametrize("sunday", SPRING)
def test_a_skipped_time_moves_forward(sunday: date) -> None:
    """1:30am does not exist on the spring Sunday and becomes 2:30am."""
    at = england.at(sunday, time(1, 30))
    assert at == datetime.combine(sunday, time(1, 30), UTC)
    assert england.local(at).time() == time(2, 30)


@pytest.mark.parametrize("sunday", AUTUMN)
def test_a_repeated_time_is_the_first(sunday: date) -> None:
    """1:30am comes twice on the autumn Sunday; the first, in summer time, is meant."""
    assert england.at(sunday, time(1, 30)) == datetime.combine(sunday, time(0, 30), UTC)


@pytest.mark.parametrize("sunday", SPRING + AUTUMN)
def test_every_hour_around_a_change_agrees_with_the_zone(sunday: date) -> None:
    """Around a clock change local date and time are those of the zone database, hour by hour."""
    start = datetime.combine(sunday - timedelta(days=3), time(), UTC)
    for hour in range(6 * 24):
        at = start + timedelta(hours=hour)
        local = at.astimezone(LONDON)
        assert england.day(at) == local.date()
        if not local.fold:
            assert england.at(local.date(), local.time()) == at


@given(st.sampled_from([england, new_york]), dates, clocks)
def test_at_agrees_with_the_zone(cal: Calendar, d: date, clock: time) -> None:
    """The quick way by table gives what the zone database gives."""
    zone = ZoneInfo("America/New_York") if cal is new_york else LONDON
    assert cal.at(d, clock) == datetime.combine(d, clock, zone).astimezone(UTC)


@given(calendars, instants)
def test_local_and_at_are_inverse(cal: Calendar, at: datetime) -> None:
    """What the clocks read at an instant leads back to it, the second of two equal readings aside."""
    local = cal.local(at)
    # In a repeated hour, Python finds instants of different zones unequal: they are compared in one.
    assert local.astimezone(UTC) == at
    assert cal.day(at) == local.date()
    if not local.fold:
        assert cal.at(local.date(), local.time()) == at


def test_months_keep_the_time_and_end_with_the_month() -> None:
    """31 August at 9am plus six months is 28 February at 9am, and back over the year's end is right too."""
    at = london(2026, 8, 31, 9)
    assert england.add_months(at, 6) == london(2027, 2, 28, 9)
    assert england.add_months(at, 18) == london(2028, 2, 29, 9)
    assert england.add_months(at, -8) == london(2025, 12, 31, 9)
    assert england.add_months(at, 24) == london(2028, 8, 31, 9)


@pytest.mark.parametrize("second", [utc(2026, 10, 25, 1, 30), utc(2027, 10, 31, 1, 30)])
def test_adding_nothing_changes_nothing(second: datetime) -> None:
    """Even the second of two equal clock readings stays itself."""
    assert england.add_days(second, 0) == england.add_months(second, 0) == second


@given(calendars, instants, st.integers(-60, 60))
def test_weeks_keep_the_weekday(cal: Calendar, at: datetime, weeks: int) -> None:
    """Weeks are counted in local dates, whatever the clocks did."""
    assert cal.day(cal.add_weeks(at, weeks)) == cal.day(at) + timedelta(weeks=weeks)


def test_any_zone_may_be_given_and_utc_comes_back() -> None:
    """An instant with another offset is the same instant; answers are in UTC."""
    there = datetime(2026, 7, 1, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert england.day(there) == date(2026, 7, 2)
    answers = [
        england.add_days(there, 0),
        england.add_days(there, 1),
        england.sendable(there),
        england.at(SPRING[0], NINE),
    ]
    assert all(answer.tzinfo is UTC for answer in answers)


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        (london(2026, 11, 27, 8), london(2026, 11, 27, 8)),
        (london(2026, 11, 27, 17, 59), london(2026, 11, 27, 17, 59)),
        (london(2026, 11, 27, 18), london(2026, 11, 30, 8)),
        (london(2026, 11, 27, 7, 59), london(2026, 11, 27, 8)),
        (london(2026, 11, 28, 12), london(2026, 11, 30, 8)),
        (london(2026, 12, 24, 19), london(2026, 12, 29, 8)),
        (london(2026, 3, 27, 18), london(2026, 3, 30, 8)),
        (london(2026, 10, 23, 18), london(2026, 10, 26, 8)),
    ],
)
def test_outside_them_a_notice_waits_for_the_next_opening(at: datetime, sent: datetime) -> None:
    """Evenings, weekends, bank holidays and clock changes end at 8am local time of the next working day."""
    assert england.sendable(at) == sent


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        (london(2026, 11, 27, 9), london(2026, 11, 27, 9)),
        (london(2026, 11, 27, 18), london(2026, 11, 27, 17, 59)),
        (london(2026, 11, 27, 7), london(2026, 11, 26, 8)),
        (london(2026, 11, 29, 10), london(2026, 11, 27, 10)),
        (london(2026, 11, 29, 21), london(2026, 11, 27, 17, 59)),
        (london(2026, 12, 28, 6), london(2026, 12, 24, 8)),
        (london(2026, 3, 29, 10), london(2026, 3, 27, 10)),
    ],
)
def test_a_reminder_of_something_dated_goes_earlier(at: datetime, sent: datetime) -> None:
    """It keeps its time of day on an earlier working day, moved into the sending hours."""
    assert england.sendable_before(at) == sent


def test_nothing_is_sent_in_a_closed_week() -> None:
    """A notice falling into it waits for its end, a reminder goes before it."""
    at = london(2026, 12, 30, 10)
    assert closing.sendable(at) == london(2027, 1, 11, 8)
    assert closing.sendable_before(at) == london(2026, 12, 18, 10)


@given(calendars, instants)
def test_what_is_sendable_is_never_early_and_stays(cal: Calendar, at: datetime) -> None:
    """The answer lies in the sending hours, not before the moment asked about, and is its own answer."""
    sent = cal.sendable(at)
    assert in_sending_hours(cal, sent)
    assert sent >= at
    assert cal.sendable(sent) == cal.sendable_before(sent) == sent
    assert (sent == at) == in_sending_hours(cal, at)


@given(calendars, instants)
def test_a_reminder_is_never_late_and_stays(cal: Calendar, at: datetime) -> None:
    """The answer lies in the sending hours, not after the moment asked about, and no working day lies between."""
    sent = cal.sendable_before(at)
    assert in_sending_hours(cal, sent)
    assert sent <= at
    assert cal.sendable_before(sent) == sent
    assert cal.working_days_between(cal.day(sent), cal.day(at)) <= 1


@given(calendars, instants, instants)
def test_waiting_keeps_the_order(cal: Calendar, a: datetime, b: datetime) -> None:
    """Of two notices the earlier one is never sent after the later one."""
    first, second = sorted((a, b))
    assert cal.sendable(first) <= cal.sendable(second)


@pytest.mark.parametrize("d", [date(2019, 12, 31), date(2041, 1, 1)])
def test_days_beyond_the_table_are_refused(d: date) -> None:
    """No question about working days or holidays is guessed outside the covered years."""
    questions = [england.is_working_day, england.is_holiday]
    for question in questions:
        with pytest.raises(OutsideCalendarError, match="uk-2026-11"):
            question(d)
    with pytest.raises(OutsideCalendarError):
        england.add_working_days(d, 1)
    with pytest.raises(OutsideCalendarError):
        england.sendable(england.at(d, NINE))


def test_counting_out_of_the_table_is_refused() -> None:
    """Neither end of the table wraps round to the other."""
    with pytest.raises(OutsideCalendarError):
        england.add_working_days(date(2020, 1, 3), -5)
    with pytest.raises(OutsideCalendarError):
        england.add_working_days(date(2040, 12, 28), 5)
    with pytest.raises(OutsideCalendarError):
        england.sendable_before(london(2020, 1, 1, 12))
    with pytest.raises(OutsideCalendarError):
        england.sendable(london(2040, 12, 31, 19))


def test_wall_time_is_right_beyond_the_table() -> None:
    """Clock readings need no bank holidays: they are exact in any year."""
    assert england.at(date(2050, 7, 1), NINE) == london(2050, 7, 1, 9)
    assert england.day(london(2050, 7, 2, 0, 30)) == date(2050, 7, 2)


def test_an_instant_is_not_a_date() -> None:
    """Which date an instant lies on depends on the zone, so it is refused where a date is asked for."""
    with pytest.raises(TypeError, match="a date is needed"):
        england.is_working_day(utc(2026, 7, 1, 23, 30))
    with pytest.raises(TypeError, match="a date is needed"):
        england.at(utc(2026, 7, 1, 23, 30), NINE)


def test_an_instant_needs_its_zone() -> None:
    """A naive instant is refused."""
    with pytest.raises(ValueError, match="time zone"):
        england.sendable(utc(2026, 7, 1, 9).replace(tzinfo=None))


def test_ranges_turned_round_are_refused() -> None:
    """Closed weeks and sending hours end after they start."""
    with pytest.raises(ValueError, match="quiet hours"):
        calendar(TABLE, ENGLAND, UK, QuietHours(opens=time(18), closes=time(8)))
    with pytest.raises(ValueError, match="closed week"):
        calendar(TABLE, ENGLAND, UK, HOURS, ((date(2026, 12, 25), date(2026, 12, 24)),))


def test_an_unknown_table_is_refused() -> None:
    """A calendar is only made of a shipped table."""
    with pytest.raises(UnknownHolidayTableError):
        calendar("uk-1999", ENGLAND, UK, HOURS)


def test_the_same_arguments_give_the_same_calendar() -> None:
    """Calendars are kept, so asking for one is cheap."""
    assert calendar(TABLE, ENGLAND, UK, HOURS) is england
