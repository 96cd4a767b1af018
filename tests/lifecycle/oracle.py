"""When things fall due, reckoned a second time: from the words of the programme, with other libraries.

Days and clocks are those of `whenever`, bank holidays those of `holidays`; nothing here is from `lifecycle`. It knows
the programme's defaults only, and lives that are told at once: half an hour after each session, as each pause begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import NamedTuple

import holidays
from whenever import Date, Instant, Time, ZonedDateTime, hours, minutes

ZONE = "Europe/London"
SUBDIVISIONS = {"england-and-wales": "ENG", "scotland": "SCT", "northern-ireland": "NIR"}
OPENS, CLOSES = Time(8), Time(18)

Days = tuple[tuple[date, date], ...]
Moment = ZonedDateTime


def at(day: Date, clock: Time) -> Moment:
    """The moment at which London's clocks read so: the later one of a skipped hour, the first of a repeated one."""
    return day.at(clock).assume_tz(ZONE, disambiguation="compatible")


def moment(given: datetime) -> Moment:
    """The same instant."""
    return Instant.from_timestamp(int(given.timestamp())).to_tz(ZONE)


def plain(given: Moment) -> datetime:
    """The same instant, as the rules write it."""
    return datetime.fromtimestamp(given.timestamp(), UTC)


class Meeting(NamedTuple):
    """A session that somebody owes: its day, its end, and when its question is put, chased, and too late to answer."""

    day: date
    starts: Moment
    ends: Moment
    asked: Moment
    chased: tuple[Moment, ...]
    unknown: Moment


@dataclass(frozen=True)
class Story:
    """What happens. ``pauses`` are from and until; ``leaves`` are the only coach's; ``told`` says of each session owed
    whether it was held (h), not held (n), or nobody says anything (s).
    """

    division: str
    course_start: date
    signed: datetime
    weekday: int
    clock: time
    until: datetime
    closed: Days = ()
    leaves: Days = ()
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    told: str = "h"

    @cached_property
    def _holidays(self) -> holidays.HolidayBase:
        return holidays.country_holidays("GB", subdiv=SUBDIVISIONS[self.division], years=range(2026, 2033))

    @cached_property
    def _rests(self) -> list[tuple[Moment, Moment]]:
        return [(moment(since), moment(until)) for since, until in self.pauses]

    def works(self, day: Date) -> bool:
        """A working day of the division and the academy."""
        given = day.to_stdlib()
        return day.day_of_week().value <= 5 and given not in self._holidays and not _within(self.closed, given)

    def morning(self, when: Moment) -> Moment:
        """The moment itself in the hours for mail, else as they open next."""
        day, clock = when.date(), when.time()
        if self.works(day) and OPENS <= clock < CLOSES:
            return when
        if not (self.works(day) and clock < OPENS):
            day = day.add(days=1)
        while not self.works(day):
            day = day.add(days=1)
        return at(day, OPENS)

    def working_days(self, when: Moment, count: int) -> Moment:
        """The same clock so many working days on."""
        day = when.date()
        while count:
            day = day.add(days=1)
            count -= self.works(day)
        return at(day, when.time())

    def monday(self, when: Moment) -> Moment:
        """The weekly morning on or after a moment."""
        day = when.date()
        while day.day_of_week().value != 1 or at(day, OPENS) < when:
            day = day.add(days=1)
        return self.morning(at(day, OPENS))

    def counted(self, since: Moment, due: Moment) -> Moment:
        """When as much time has passed as from one moment to the other, pauses left out."""
        left, now = (due - since), since
        for begins, ends in self._rests:
            if ends <= now:
                continue
            awake = max(begins - now, hours(0))
            if left <= awake:
                break
            left, now = left - awake, ends
        return now + left

    def resting(self, when: Moment) -> bool:
        """In a pause."""
        return any(begins <= when < ends for begins, ends in self._rests)

    def carried(self, when: Moment) -> Moment:
        """When something that falls due then is done: what falls into a pause is put off until after it."""
        for begins, ends in self._rests:
            if begins <= when < ends:
                return self.morning(ends)
        return when

    @cached_property
    def begins(self) -> Moment:
        """Weekly work, from the course start or the last signature."""
        return max(moment(self.signed), at(Date(self.course_start), OPENS))

    def months_on(self, months: int) -> Moment:
        """So many months after work began, pauses left out."""
        return self.counted(self.begins, self.begins.add(months=months, disambiguation="compatible"))

    def meetings(self) -> Iterator[Meeting]:
        """The sessions that somebody owes."""
        day = self.begins.date()
        while day.day_of_week().value != self.weekday + 1:
            day = day.add(days=1)
        for _ in range(120):
            starts = at(day, Time(self.clock))
            if starts > moment(self.until):
                return
            if starts >= moment(self.signed) and not self._excused(day, starts):
                yield self._meeting(day, starts)
            day = day.add(days=7)

    def _excused(self, day: Date, starts: Moment) -> bool:
        given = day.to_stdlib()
        return (
            given in self._holidays
            or _within(self.closed, given)
            or _within(self.leaves, given)
            or self.resting(starts)
        )

    def _meeting(self, day: Date, starts: Moment) -> Meeting:
        ends = starts + hours(1)
        asked = self.carried(self.morning(ends + hours(1)))
        chased = tuple(self.morning(self.counted(asked, self.working_days(asked, days))) for days in (2, 5))
        return Meeting(day.to_stdlib(), starts, ends, asked, chased, self.counted(asked, self.working_days(asked, 7)))

    def outcomes(self) -> list[tuple[Meeting, str]]:
        """Each session that somebody owes, with what was told of it."""
        return [(meeting, self.told[number % len(self.told)]) for number, meeting in enumerate(self.meetings())]

    def asks(self) -> list[tuple[datetime, str, date]]:
        """Every ask, reminder and unknown session until the end of the story, by time."""
        found = []
        for meeting, told in self.outcomes():
            if told == "s":
                found += [(meeting.asked, "ask", meeting.day), (meeting.unknown, "move_on", meeting.day)]
                found += [(chase, "remind", meeting.day) for chase in meeting.chased if chase < meeting.unknown]
        return sorted((plain(when), what, day) for when, what, day in found if when <= moment(self.until))

    def alarms(self) -> list[tuple[datetime, str]]:
        """Who hears when of two sessions in a row that did not take place, or of which nobody told."""
        found: list[tuple[Moment, str]] = []
        run: list[Moment] = []
        outcomes = self.outcomes()
        for number, (meeting, told) in enumerate(outcomes):
            if told == "h":
                run = []
                continue
            run.append(meeting.unknown if told == "s" else meeting.ends + minutes(30))
            if len(run) == 2:
                over = next((other.ends + minutes(30) for other, how in outcomes[number:] if how == "h"), None)
                found += self._ladder(max(run), over or moment(self.until))
        return sorted((plain(when), who) for when, who in found if when <= moment(self.until))

    def _ladder(self, known: Moment, over: Moment) -> Iterator[tuple[Moment, str]]:
        coach = self.carried(self.morning(known))
        faculty = self.carried(self.morning(self.counted(coach, self.working_days(coach, 5))))
        office = self.carried(self.morning(self.counted(faculty, self.working_days(faculty, 5))))
        for when, who in ((coach, "coach"), (faculty, "faculty"), (office, "office")):
            if when <= over:
                yield when, who

    def looks(self) -> list[tuple[datetime, str]]:
        """Every look at a pause, and every decision about a long one."""
        found = []
        for begins, ends in self._rests:
            review = self.morning(begins.add(weeks=4, disambiguation="compatible"))
            decision = self.morning(begins.add(weeks=12, disambiguation="compatible"))
            for what, first in (("pause_review", review), ("pause_decision", decision)):
                for weeks in range(0, 200, 4):
                    when = self.morning(first.add(weeks=weeks, disambiguation="compatible"))
                    if when <= min(ends, moment(self.until)):
                        found.append((plain(when), what))
        return sorted(found)

    def agreement(self, proposed: datetime) -> list[tuple[datetime, str]]:
        """Who is asked when for signatures that nobody gives within four weeks."""
        since = moment(proposed)
        found = [(self.monday(since), "coach"), (self.monday(since.add(weeks=3, disambiguation="compatible")), "coach")]
        due = since.add(weeks=4, disambiguation="compatible")
        found.append((self.monday(due), "coach"))
        for weeks in range(0, 100, 4):
            late = self.monday(due.add(weeks=weeks, disambiguation="compatible"))
            found.append((self.morning(self.working_days(late, 5)), "office"))
        return [(plain(when), who) for when, who in found if when <= moment(self.until)]

    def aftercare(self, handed_off: datetime) -> list[tuple[datetime, str]]:
        """Who is asked when whether it holds, if nobody answers: a check is over when the next is due."""
        since, found = moment(handed_off), []
        checks = [since.add(months=months, disambiguation="compatible") for months in (3, 6, 12)]
        for due, over in zip(checks, [*checks[1:], moment(self.until)], strict=True):
            asked = self.monday(due)
            late = self.working_days(asked, 20)
            steps = [(asked, "process_owner"), (self.working_days(asked, 10), "process_owner"), (late, "office")]
            steps += [(late.add(weeks=weeks, disambiguation="compatible"), "office") for weeks in range(4, 100, 4)]
            found += [(self.morning(when), who) for when, who in steps if self.morning(when) < over]
        return sorted((plain(when), who) for when, who in found if when <= moment(self.until))

    def reviews(self) -> list[tuple[int, datetime]]:
        """When faculty is asked for each review; one that falls into a pause is skipped."""
        start = at(Date(self.course_start), OPENS)
        days = [(months, start.add(months=months, disambiguation="compatible")) for months in (6, 12, 18)]
        asked = [(months, self._moved(day, self.monday(day))) for months, day in days if not self.resting(day)]
        return [(months, plain(when)) for months, when in asked if when <= moment(self.until)]

    def _moved(self, since: Moment, due: Moment) -> Moment:
        moved = self.counted(since, due)
        return self.monday(moved) if moved > due else due


def _within(spans: Days, day: date) -> bool:
    return any(first <= day <= last for first, last in spans)
