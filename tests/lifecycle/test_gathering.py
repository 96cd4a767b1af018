"""The weekly mail: when it goes, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from lifecycle import engagement
from lifecycle.gathering import Because, Gathered, Subject, Verdict, judge, next_look, weekly
from schemas import engagement_facts as facts
from schemas.engagement_facts import PauseReason
from schemas.facts import LeaveAgreed
from schemas.programme import Attention, QuietHours
from schemas.words import Matter, Role, Weekday
from tests.lifecycle.lives import PROGRAMME, Lived, agreed, fresh, local, read

TABLE = "uk-2026-11"
NAME = "sheffield.2026-autumn.P01"


@dataclass
class Pigeonholes:
    """What a life has to say by weekly mail, and an academy that looks at it now and then."""

    lived: Lived
    taken: int = 0
    waiting: list[Gathered] = field(default_factory=list)
    went: list[tuple[datetime, Verdict]] = field(default_factory=list)
    withdrawn: list[Verdict] = field(default_factory=list)

    def subject(self) -> Subject:
        """The life as it stands."""
        return Subject(engagement, self.lived.state, self.lived.done)

    def take(self) -> None:
        """Put what was issued since into the pigeonholes."""
        for number, (at, notice) in enumerate(self.lived.sent[self.taken :], self.taken):
            if notice.gathered:
                self.waiting.append(Gathered(f"n{number}", NAME, at, notice))
        self.taken = len(self.lived.sent)

    def look(self, *, late: bool = False) -> list[Verdict]:
        """Judge what waits, now: what goes and what is withdrawn leaves the pigeonholes."""
        self.take()
        verdicts = judge(self.waiting, {NAME: self.subject()}, self.lived.now, late=late)
        had = {(one.gathered.notice.person, one.week) for _, one in self.went}
        for one in verdicts:
            if one.withdrawn:
                self.withdrawn.append(one)
            elif one.week is not None and (one.gathered.notice.person, one.week) not in had:
                self.went.append((self.lived.now, one))
            else:
                continue
            self.waiting.remove(one.gathered)
        return verdicts

    def of(self, matter: Matter, role: Role) -> list[str]:
        """When a mail with a matter went to a role."""
        return [
            read(at)
            for at, one in self.went
            if (one.gathered.notice.matter, one.gathered.notice.role) == (matter, role)
        ]


def a_month_on() -> Pigeonholes:
    """A steady team on the Monday on which the first monthly score is asked for."""
    lived = agreed()
    lived.weekly("2026-10-11")
    lived.go("2026-10-12 08:00")
    return Pigeonholes(lived)


def test_what_can_wait_goes_on_monday_half_an_hour_after_the_hours_open() -> None:
    """The score asked for at eight is in the mail of half past."""
    holes = a_month_on()
    untils = {one.until for one in holes.look() if not one.withdrawn}
    assert untils == {local("2026-10-12 08:30")}
    assert not holes.went
    holes.lived.go("2026-10-12 08:30")
    holes.look()
    assert holes.of(Matter.PROGRESS_FACULTY, Role.FACULTY) == ["2026-10-12 08:30"]


def test_what_was_told_meanwhile_is_not_asked() -> None:
    """Nothing stale goes, also when the mail is late."""
    holes = a_month_on()
    holes.take()
    holes.lived.go("2026-10-14 11:00")
    holes.lived.tell(facts.ProgressScored, scorer="faculty", score=2.0)
    (said,) = [one for one in holes.look() if one.gathered.notice.matter is Matter.PROGRESS_FACULTY]
    assert said.because is Because.NO_LONGER_DUE
    assert said.withdrawn


def test_a_mail_that_is_late_says_what_fell_due_meanwhile() -> None:
    """All servers were away over Monday morning: the question of eight, issued at nine, does not wait a week."""
    lived = agreed()
    lived.weekly("2026-10-11")
    lived.away("2026-10-12 09:00")
    lived.carry_out()
    holes = Pigeonholes(lived)
    assert {one.because for one in holes.look() if one.gathered.notice.role is Role.FACULTY} == {Because.NEXT_MAIL}
    holes.look(late=True)
    assert holes.of(Matter.PROGRESS_FACULTY, Role.FACULTY) == ["2026-10-12 09:00"]


def test_two_programmes_with_other_days_make_one_mail_a_week() -> None:
    """Wednesday's lines count as the week's mail that went on Monday; what that one left goes in the next Monday's."""
    attention = PROGRAMME.attention.model_copy(update={"digest_on": Weekday.WEDNESDAY})
    lived = agreed(programme=PROGRAMME.model_copy(update={"attention": attention}))
    lived.weekly("2026-10-06")
    holes = Pigeonholes(lived)
    weeks = []
    for at in ("2026-10-07 08:30", "2026-10-12 08:30"):
        lived.go(at)
        holes.take()
        subjects = {NAME: holes.subject()}
        (one,) = {v.week for v in judge(holes.waiting, subjects, lived.now) if v.gathered.notice.role is Role.FACULTY}
        weeks.append(one)
    assert weeks == [date(2026, 10, 5), date(2026, 10, 12)]


def test_after_the_mail_it_waits_for_the_next_one() -> None:
    """At most one a week."""
    lived = agreed()
    lived.weekly("2026-10-25")
    lived.go("2026-10-27 10:30")
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
    lived.go("2026-11-24 12:00")
    holes = Pigeonholes(lived)
    review = [one for one in holes.look() if one.gathered.notice.matter is Matter.PAUSE_REVIEW]
    assert [(one.because, one.until) for one in review] == [(Because.NEXT_MAIL, local("2026-11-30 08:30"))]


def test_on_leave_it_waits_until_the_reader_is_back() -> None:
    """Leave of two weeks: the mail goes on the Monday after it, if it is still needed."""
    holes = a_month_on()
    first, last = date(2026, 10, 12), date(2026, 10, 23)
    holes.lived.tell(LeaveAgreed, person="per_faculty", first_day=first, last_day=last)
    holes.lived.go("2026-10-12 08:30")
    (away,) = [one for one in holes.look() if one.gathered.notice.role is Role.FACULTY]
    assert (away.because, away.until) == (Because.ON_LEAVE, local("2026-10-26 08:00"))
    holes.lived.go("2026-10-26 08:30")
    holes.look()
    assert holes.of(Matter.PROGRESS_FACULTY, Role.FACULTY) == ["2026-10-26 08:30"]


def test_of_a_ladder_only_the_last_step_is_in_a_mail() -> None:
    """After an outage the ask and its reminders do not stand side by side."""
    lived = fresh()
    lived.go("2026-10-12 08:30")
    holes = Pigeonholes(lived)
    verdicts = [one for one in holes.look() if one.gathered.notice.role is Role.COACH]
    assert [one.because for one in verdicts] == [Because.SUPERSEDED, Because.SUPERSEDED, None]
    assert len(holes.of(Matter.AGREEMENT, Role.COACH)) == 1


def test_a_later_step_takes_the_place_of_an_earlier_one_whichever_was_issued_first() -> None:
    """Never the other way round, and not while the later one waits for the next mail."""
    lived = fresh()
    lived.go("2026-10-12 08:30")
    holes = Pigeonholes(lived)
    holes.take()
    subjects = {NAME: holes.subject()}
    for waiting in (holes.waiting, holes.waiting[::-1]):
        judged = [one for one in judge(waiting, subjects, lived.now) if one.gathered.notice.role is Role.COACH]
        kept = {one.gathered.notice.step for one in judged if one.because is None}
        left = {one.gathered.notice.step for one in judged if one.because is Because.SUPERSEDED}
        assert (kept, left) == ({2}, {0, 1})
    after = lived.now + timedelta(minutes=1)
    late = [replace(one, issued_at=after) if one.notice.step == 2 else one for one in holes.waiting]
    judged = [one for one in judge(late, subjects, lived.now) if one.gathered.notice.role is Role.COACH]
    assert [one.because for one in judged] == [Because.SUPERSEDED, None, Because.NEXT_MAIL]


def test_on_leave_what_cannot_wait_goes_past() -> None:
    """Faculty is away when the ladder reaches them: the office hears instead."""
    lived = agreed()
    lived.tell(LeaveAgreed, person="per_faculty", first_day=date(2026, 9, 14), last_day=date(2026, 9, 25))
    for day in ("2026-09-08", "2026-09-15"):
        lived.go(f"{day} 10:30")
        lived.miss(day)
    lived.go("2026-10-10")
    assert lived.heard(Role.FACULTY, Matter.ESCALATION) == []
    assert lived.heard(Role.OFFICE, Matter.ESCALATION) == ["2026-09-22 10:30", "2026-09-29 10:30"]


@pytest.mark.parametrize(
    ("at", "day", "opens"),
    [
        ("2026-10-12 08:00", date(2026, 10, 12), "2026-10-12 08:30"),
        ("2026-10-16 17:00", date(2026, 10, 12), "2026-10-12 08:30"),
        ("2026-12-28 12:00", date(2026, 12, 28), "2026-12-29 08:30"),
        ("2027-03-29 12:00", date(2027, 3, 29), "2027-03-30 08:30"),
    ],
)
def test_the_mail_goes_on_a_working_day(at: str, day: date, opens: str) -> None:
    """Boxing Day's substitute and Easter Monday put it off to the next morning."""
    calendar = agreed().life.calendar
    assert weekly(Attention(), calendar, local(at)) == (day, local(opens))


@pytest.mark.parametrize("monday", [date(2026, 10, 26), date(2027, 4, 5)])
def test_half_past_eight_stays_half_past_eight_over_clock_changes(monday: date) -> None:
    """By the wall of the zone."""
    found = next_look(Attention(), QuietHours(), "Europe/London", TABLE, local(f"{monday - timedelta(days=6)} 12:00"))
    assert read(found) == f"{monday} 08:30"


def test_after_a_bank_holiday_it_is_looked_at_again_until_everybody_works() -> None:
    """Easter Monday is a working day in Scotland, not in England: both mornings; on an ordinary Monday once."""
    looks, at = [], local("2027-03-26 12:00")
    for _ in range(3):
        at = next_look(Attention(), QuietHours(), "Europe/London", TABLE, at)
        looks.append(read(at))
    assert looks == ["2027-03-29 08:30", "2027-03-30 08:30", "2027-04-05 08:30"]
