"""Working days, wall time and sending hours: the only arithmetic that deadlines are made of.

Pure: the same calendar and arguments always give the same answer. Instants are aware datetimes, given back in UTC; days
and times of day are those of the engagement's zone. A question about working days beyond the holiday table is refused,
never guessed.
"""

from array import array
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, compress
from typing import Final
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from schemas.calendars import HolidayTable, holiday_table
from schemas.programme import QuietHours
from schemas.words import HolidayDivision

Closed = tuple[tuple[date, date], ...]
"""Closed weeks of an academy: first and last day of each, both inclusive."""

_SATURDAY: Final = 5
_KEPT_INSTANTS: Final = 20_000
_MINUTE: Final = timedelta(minutes=1)
_IN_USE: "Final[WeakValueDictionary[tuple[object, ...], Calendar]]" = WeakValueDictionary()


class OutsideCalendarError(ValueError):
    """The date lies beyond the years the bank-holiday table covers, so nothing can be said about working days there."""


class Calendar:
    """One engagement's days: a holiday table and division, a zone, closed weeks and sending hours.

    Immutable. Get one from `calendar`, which keeps them. A working day is Monday to Friday, no bank holiday of the
    division, and not in a closed week.

    Wall time over clock changes: a local time that the spring change skips moves forward by the skipped hour; one that
    the autumn change repeats means its first occurrence.
    """

    __slots__ = (
        "__weakref__",
        "_holidays",
        "_index",
        "_instants",
        "_latest",
        "_open",
        "_rank",
        "_sending",
        "_settled",
        "_tz",
        "_working",
        "closed",
        "closes",
        "division",
        "opens",
        "table",
        "zone",
    )

    def __init__(
        self, table: HolidayTable, division: HolidayDivision, zone: str, quiet_hours: QuietHours, closed: Closed
    ) -> None:
        if not quiet_hours.opens < quiet_hours.closes:
            raise ValueError("quiet hours must leave time to send: they close before they open")
        if any(start > end for start, end in closed):
            raise ValueError("a closed week must not end before it starts")
        self.table = table.version
        self.division = division
        self.zone = zone
        self.closed = closed
        self.opens, self.closes = quiet_hours.opens, quiet_hours.closes
        self._latest = max(self.opens, (datetime.combine(date.max, self.closes) - _MINUTE).time())
        self._holidays = frozenset(table.divisions[division])
        self._tz = ZoneInfo(zone)
        self._settled = _settled_offsets(zone, table.covers_from, table.covers_until)
        self._index = _index(table.covers_from, table.covers_until)
        self._open = bytes(map(self._is_open, self._index))
        self._rank = array("i", accumulate(self._open))
        self._working = tuple(compress(self._index, self._open))
        self._instants: dict[tuple[date, time], datetime] = {}
        self._sending: dict[date, tuple[datetime, datetime, datetime]] = {}

    def with_closed(self, first: date, last: date) -> "Calendar":
        """The same days with one more closed week, first and last day included."""
        hours = QuietHours(opens=self.opens, closes=self.closes)
        return calendar(self.table, self.division, self.zone, hours, (*self.closed, (first, last)))

    # Days are held by their number in the table's years: `_open[i]` says whether day i is a working day, `_rank[i]` how
    # many there are up to and with it. `_working` has the working days in order.

    def is_working_day(self, d: date) -> bool:
        """Whether `d` is a working day of this division and academy."""
        return self._open[self._number(d)] == 1

    def is_holiday(self, d: date) -> bool:
        """Whether `d` is a bank holiday of the division; a holiday on a weekend counts on its substitute day only."""
        self._number(d)
        return d in self._holidays

    def is_closed(self, d: date) -> bool:
        """Whether `d` lies in a closed week of the academy."""
        return bool(self.closed) and any(start <= d <= end for start, end in self.closed)

    def add_working_days(self, d: date, n: int) -> date:
        """The n-th working day after `d`, or before it if n is negative; for 0, `d` if it is one, else the next."""
        day = self._number(d)
        rank = self._rank[day]
        if n > 0:
            return self._working_day(rank + n - 1)
        if n < 0:
            return self._working_day(rank - self._open[day] + n)
        return d if self._open[day] else self._working_day(rank)

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days lie after `a`, up to and with `b`; if `b` is earlier, minus the way back."""
        return self._rank[self._number(b)] - self._rank[self._number(a)]

    def next_weekday(self, after: date, weekday: int) -> date:
        """The first date after `after` on that day of the week (Monday is 0), working day or not."""
        return after + _days((weekday - after.weekday() - 1) % 7 + 1)

    def at(self, d: date, t: time) -> datetime:
        """The instant at which the zone's clocks read `t` on `d`."""
        instant = self._instants.get((d, t))
        return instant or self._instant_of(d, t)

    def local(self, at: datetime) -> datetime:
        """`at` as the zone's clocks read it, aware of the zone."""
        return _utc(at).astimezone(self._tz)

    def day(self, at: datetime) -> date:
        """The date in the zone at that instant."""
        if at.tzinfo is not UTC:
            at = _utc(at)
        return self._wall(at).date()

    def after_working_days(self, at: datetime, n: int) -> datetime:
        """The same local time n working days on, counted as `add_working_days` does."""
        if at.tzinfo is not UTC:
            at = _utc(at)
        wall = self._wall(at)
        today = wall.date()
        target = self.add_working_days(today, n)
        return at if target == today else self.at(target, wall.time())

    def add_days(self, at: datetime, days: int) -> datetime:
        """The same local time that many days on, working or not."""
        if at.tzinfo is not UTC:
            at = _utc(at)
        return self._instant(self._wall(at) + _days(days)) if days else at

    def add_weeks(self, at: datetime, weeks: int) -> datetime:
        """The same local time and day of the week that many weeks on: 9am stays 9am over clock changes."""
        return self.add_days(at, 7 * weeks)

    def add_months(self, at: datetime, months: int) -> datetime:
        """The same local time and day of the month that many months on, or the month's last day if it is shorter."""
        if at.tzinfo is not UTC:
            at = _utc(at)
        if not months:
            return at
        wall = self._wall(at)
        years, month = divmod(wall.month - 1 + months, 12)
        year = wall.year + years
        if year > date.max.year:
            raise OutsideCalendarError(f"that many months lead outside the bank-holiday table {self.table}")
        day = wall.day if wall.day <= 28 else min(wall.day, monthrange(year, month + 1)[1])
        return self.at(date(year, month + 1, day), wall.time())

    def sendable(self, at: datetime) -> datetime:
        """The first moment from `at` on that lies in the sending hours of a working day: `at` itself, or an opening."""
        if at.tzinfo is not UTC:
            at = _utc(at)
        today = self._wall(at).date()
        opening, closing, following = self._sending.get(today) or self._sending_from(today)
        if at >= closing:
            return following
        if at < opening:
            return opening
        return at

    def sendable_before(self, at: datetime) -> datetime:
        """A sendable moment not after `at`, for reminders of something dated, which may go earlier but not later.

        `at` itself if it is sendable. Else the same local time, moved into the sending hours (not before they start, at
        the latest a minute before they end), on the last working day for which that is not after `at`.
        """
        if at.tzinfo is not UTC:
            at = _utc(at)
        wall = self._wall(at)
        today, clock = wall.date(), wall.time()
        day = self._number(today)
        if self._open[day] and clock >= self.opens:
            return at if clock < self.closes else self.at(today, self._latest)
        target = self._working_day(self._rank[day] - self._open[day] - 1)
        return self.at(target, max(self.opens, clock if clock < self.closes else self._latest))

    def _sending_from(self, d: date) -> tuple[datetime, datetime, datetime]:
        """When sending opens and closes on `d`, and opens on the next working day; all three the latter if `d` is none.

        Kept, since the same days are asked about again and again.
        """
        day = self._number(d)
        following = self.at(self._working_day(self._rank[day]), self.opens)
        hours = (self.at(d, self.opens), self.at(d, self.closes)) if self._open[day] else (following, following)
        self._sending[d] = (*hours, following)
        return self._sending[d]

    def _number(self, d: date) -> int:
        try:
            return self._index[d]
        except KeyError:
            if isinstance(d, datetime):
                raise _instant_for_date() from None
            raise OutsideCalendarError(f"{d} lies outside the bank-holiday table {self.table}") from None

    def _working_day(self, rank: int) -> date:
        if not 0 <= rank < len(self._working):
            raise OutsideCalendarError(f"that many working days lead outside the bank-holiday table {self.table}")
        return self._working[rank]

    def _is_open(self, d: date) -> bool:
        return d.weekday() < _SATURDAY and d not in self._holidays and not self.is_closed(d)

    def _instant_of(self, d: date, t: time) -> datetime:
        """Answers `at`, and keeps the answer: plans ask for the same few times of the same days over and over."""
        if isinstance(d, datetime):
            raise _instant_for_date()
        if len(self._instants) >= _KEPT_INSTANTS:
            self._instants.clear()
        instant = self._instants[d, t] = self._instant(datetime.combine(d, t, UTC))
        return instant

    def _wall(self, at: datetime) -> datetime:
        """What the clocks read at `at` (in UTC), written as if it were UTC."""
        offset = self._settled.get(at.toordinal())
        if offset is None:
            return at.astimezone(self._tz).replace(tzinfo=UTC, fold=0)
        return at + offset

    def _instant(self, wall: datetime) -> datetime:
        """The reverse of `_wall`: the instant of a clock reading written as if it were UTC."""
        offset = self._settled.get(wall.toordinal())
        if offset is None:
            return wall.replace(tzinfo=self._tz, fold=0).astimezone(UTC)
        return wall - offset


@lru_cache(maxsize=256)
def calendar(
    table: str, division: HolidayDivision, zone: str, quiet_hours: QuietHours, closed: Closed = ()
) -> Calendar:
    """The calendar of these arguments: one and the same for as long as anybody has it.

    Raises UnknownHolidayTableError, or ValueError for hours or a closed week that end before they start.
    """
    given = (table, division, zone, quiet_hours, closed)
    found = _IN_USE.get(given)
    if found is None:
        found = _IN_USE[given] = Calendar(holiday_table(table), division, zone, quiet_hours, closed)
    return found


@lru_cache(maxsize=4096)
def _days(n: int) -> timedelta:
    return timedelta(days=n)


def _instant_for_date() -> TypeError:
    return TypeError("a date is needed here; that of an instant depends on the zone")


def _utc(at: datetime) -> datetime:
    """`at` in UTC. Callers look first whether it is in UTC already: most instants are, and a call takes its time."""
    if at.utcoffset() is None:
        raise ValueError("an instant needs its time zone")
    return at.astimezone(UTC)


@lru_cache(maxsize=4)
def _index(first: date, last: date) -> dict[date, int]:
    """Every date from first to last with its number, in order."""
    days = range(first.toordinal(), last.toordinal() + 1)
    return {date.fromordinal(ordinal): number for number, ordinal in enumerate(days)}


@lru_cache(maxsize=16)
def _settled_offsets(zone: str, first: date, last: date) -> dict[int, timedelta]:
    """The zone's offset for each day, by ordinal, with no clock change near it, be it a local day or a UTC one.

    Offsets are less than a day, so a day is settled if the offset is the same from a day before it to a day after it.
    """
    tz = ZoneInfo(zone)

    def offset_at(ordinal: int) -> timedelta:
        midnight = datetime.combine(date.fromordinal(ordinal), time(), UTC)
        return midnight.astimezone(tz).utcoffset() or timedelta()

    start = first.toordinal()
    offsets = [offset_at(ordinal) for ordinal in range(start - 1, last.toordinal() + 3)]
    around = zip(offsets, offsets[1:], offsets[2:], offsets[3:], strict=False)
    return {start + day: near[0] for day, near in enumerate(around) if len(set(near)) == 1}
