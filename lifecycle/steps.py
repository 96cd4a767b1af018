"""The steps of a matter: ask, remind, chase, put to somebody else. Shared by all kinds of subject.

A step's time is reckoned from the facts. But each step counts from when the one before was really told: after a late
fact or an outage the steps keep their distance, so that nobody is asked and reported in the same minute.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from lifecycle.calendar import Calendar
from lifecycle.description import NEVER_WAITS
from schemas.due import DueItem
from schemas.programme import Decision, Programme
from schemas.words import Act, Matter, Role, Weekday

Done = Mapping[str, datetime]
"""The due items carried out, by key, and when."""


def case_of(key: str) -> str:
    """The matter and window among whose steps an item stands: what goes to the deputy, among those of what is owed."""
    case = key.rpartition("/")[0]
    owed = case.removeprefix(f"{Matter.OFFICE_OVERDUE}/")
    return owed if owed == case else owed.replace(".", "/", 1)


class Revived(dict[str, datetime]):
    """What was done but for some items, looked at as they were planned: the time that passed since overtakes none.

    Nothing else is asked of such a plan, so that duties need not look at other cases than its own, nor beyond their
    ``last`` steps, by matter and window.
    """

    def __init__(self, keys: Collection[str], done: Done) -> None:
        super().__init__((key, at) for key, at in done.items() if key not in keys)
        self.was = {key: done[key] for key in keys if key in done}
        self.last: dict[str, int] = {}
        for key in keys:
            case = case_of(key)
            self.last[case] = max(int(key.rpartition("/")[2]), self.last.get(case, 0))


def of_no_interest(done: Done, matter: Matter, window: str) -> bool:
    """Whether only items of other cases are looked for."""
    return isinstance(done, Revived) and f"{matter}/{window}" not in done.last


IN_TIME: Final = timedelta(minutes=10)
"""What is carried out within it was carried out in time: a thousand teams may be asked in the same minute."""


def asked_at(done: Done, key: str, default: datetime) -> datetime:
    """When an item was carried out, be it that it is looked at as if it were not; else the default."""
    at = done.get(key)
    if at is None and isinstance(done, Revived):
        at = done.was.get(key)
    return at or default


_SHOWN: Final = 4
_FOREVER: Final = 200


class Step(NamedTuple):
    """One step: what, when by the rule, whose turn it is from then on, who is told, and by which parameter.

    It is due ``weeks`` after ``at``, at the same local time, and then ``working_days`` after it could be said.
    """

    act: Act
    at: datetime
    turn: Role
    to: tuple[Role, ...]
    parameter: str
    weeks: int = 0
    working_days: int = 0

    def due(self, calendar: Calendar) -> datetime:
        """When it is due by the rule, whenever the steps before it were carried out."""
        at = calendar.add_weeks(self.at, self.weeks) if self.weeks else self.at
        return calendar.after_working_days(calendar.sendable(at), self.working_days) if self.working_days else at


def put_off(steps: Iterable[Step], calendar: Calendar, until: Callable[[datetime], datetime]) -> Iterator[Step]:
    """The steps, each at the time to which its own is put off, e.g. because its reader is away."""
    return (step._replace(at=until(step.due(calendar)), weeks=0, working_days=0) for step in steps)


class Case(NamedTuple):
    """What the steps are about: a matter, which occurrence of it, since when, and the facts behind it.

    ``closes`` is when time alone makes an end of it, answered or not.
    """

    matter: Matter
    window: str
    rule: str
    since: datetime
    facts: tuple[str, ...] = ()
    about: date | None = None
    answer_by: datetime | None = None
    person: str | None = None
    closes: datetime | None = None

    def item(self, step: Step, number: int, at: datetime) -> DueItem:
        """A step of it, as it falls due."""
        return DueItem(
            at=at,
            act=step.act,
            matter=self.matter,
            window=self.window,
            step=number,
            turn=step.turn,
            to=step.to,
            rule=self.rule,
            parameter=step.parameter,
            since=self.since,
            facts=self.facts,
            about=self.about,
            answer_by=self.answer_by,
            person=self.person,
            closes=self.closes,
        )


class Deputy(NamedTuple):
    """When the deputy hears of what the office owes since a moment, and by which parameter."""

    hears: Callable[[datetime], datetime]
    parameter: str


PutOff = Callable[[str, datetime], datetime]
"""When an item of a key goes that is due at a time: later if the office has it wait."""


def pending_steps(
    case: Case,
    steps: Iterable[Step],
    done: Done,
    now: datetime,
    calendar: Calendar,
    deputy: Deputy,
    *,
    put_off: PutOff | None = None,
) -> Iterator[DueItem]:
    """The steps still to come, in order. Of a matter not yet begun only the first: it will be answered in time.

    Once the office was asked, its deputy hears at their time among the steps, once a case.
    """
    asked: list[datetime] = []
    above: DueItem | None = None
    for item in _to_come(case, steps, done, now, calendar, asked, put_off=put_off):
        if asked:
            above = _above(case, asked.pop(), done, now, calendar, deputy)
        if above is not None and above.at <= item.at:
            yield above
            above = None
        yield item
    if asked:
        above = _above(case, asked.pop(), done, now, calendar, deputy)
    if above is not None:
        yield above


def _above(
    case: Case, asked: datetime, done: Done, now: datetime, calendar: Calendar, deputy: Deputy
) -> DueItem | None:
    """What the office was asked at a time and is overdue goes to the deputy."""
    above = Case(Matter.OFFICE_OVERDUE, f"{case.matter}.{case.window}", "office_overdue", asked, case.facts, case.about)
    if f"{above.matter}/{above.window}/0" in done:
        return None
    at = deputy.hears(max(asked, case.answer_by or asked))
    at = calendar.sendable(at if type(done) is Revived else max(at, now))
    step = Step(Act.ESCALATE, at, Role.OFFICE, (Role.DEPUTY,), deputy.parameter)
    return above._replace(person=case.person).item(step, 0, at)


def _to_come(
    case: Case,
    steps: Iterable[Step],
    done: Done,
    now: datetime,
    calendar: Calendar,
    asked: list[datetime],
    *,
    put_off: PutOff | None,
) -> Iterator[DueItem]:
    """The steps alone. When the office was asked first stands in ``asked``, before the first step to come."""
    key = f"{case.matter}/{case.window}/"
    late = shown = 0
    office = False
    told: tuple[Step, datetime] | None = None
    last = done.last.get(key[:-1], -1) if isinstance(done, Revived) else None
    if last == -1:
        return
    for number, step in enumerate(steps):
        carried = done.get(f"{key}{number}")
        if carried is not None:
            told = step, carried
            if not office and step.turn is Role.OFFICE and Role.OFFICE in step.to and step.act is not Act.FLAG:
                office = True
                asked.append(carried)
            continue
        if told is not None:
            late, told = _late(*told, calendar), None
        by_rule = step.due(calendar)
        at = calendar.after_working_days(by_rule, late) if late else by_rule
        if put_off is not None and step.act not in NEVER_WAITS:
            goes = put_off(f"{key}{number}", at)
            # What follows on a step that waits counts from when it will have gone.
            told, at = (step, goes) if goes > at else None, goes
        if step.act is not Act.MOVE_ON:
            at = calendar.sendable(max(at, now) if last is None else at)
        yield case.item(step, number, at)
        shown += 1
        if number == 0 or shown >= _SHOWN or number == last:
            return


def _late(step: Step, carried: datetime, calendar: Calendar) -> int:
    """How many working days after its time a step was carried out."""
    by_rule = calendar.sendable(step.due(calendar))
    return max(0, calendar.working_days_between(calendar.day(by_rule), calendar.day(carried)))


def owed_by(decision: Decision, opens: datetime, since: datetime, calendar: Calendar) -> datetime:
    """When a decision is owed: its weeks after ``since``, yet never so soon after the ask that nobody could answer."""
    base, weeks = _reckoned(decision, opens, since)
    return calendar.add_weeks(base, weeks)


def _reckoned(decision: Decision, opens: datetime, since: datetime) -> tuple[datetime, int]:
    within, least = decision.within_weeks, min(decision.within_weeks, 2)
    if since + timedelta(weeks=within) >= opens + timedelta(weeks=least):
        return since, within
    return opens, least


def owed(name: str, decision: Decision, opens: datetime, since: datetime, to: tuple[Role, ...]) -> Iterator[Step]:
    """The steps of a decision somebody owes: asked, reminded a week before it is due, chased, put to the office, again.

    ``opens`` is when it is asked, ``since`` the moment from which the weeks count.
    """
    parameter = f"decisions.{name}"
    within = f"{parameter}.within_weeks = {decision.within_weeks}"
    base, weeks = _reckoned(decision, opens, since)
    yield Step(Act.ASK, opens, decision.by, to, within)
    if weeks >= 2:
        yield Step(Act.REMIND, base, decision.by, to, within, weeks - 1)
    yield Step(Act.REMIND, base, decision.by, to, within, weeks)
    yield from passed_on(name, decision, base, weeks)


def passed_on(name: str, decision: Decision, base: datetime, weeks: int) -> Iterator[Step]:
    """What is still undecided weeks after ``base`` goes to the office, and again."""
    parameter = f"decisions.{name}"
    office, days = (Role.OFFICE,), decision.office_after_working_days
    late = f"{parameter}.office_after_working_days = {days}"
    yield Step(Act.ESCALATE, base, Role.OFFICE, office, late, weeks, days)
    every = decision.office_again_every_weeks
    repeated = f"{parameter}.office_again_every_weeks = {every}"
    for number in range(1, _FOREVER):
        yield Step(Act.ASK, base, Role.OFFICE, office, repeated, weeks + every * number, days)


def repeated(opens: datetime, weeks: int, turn: Role, to: tuple[Role, ...], parameter: str) -> Iterator[Step]:
    """A question, and the same again every so many weeks, for as long as it stays open."""
    return again(opens, weeks, turn, to, parameter, first=0)


def again(
    after: datetime, weeks: int, turn: Role, to: tuple[Role, ...], parameter: str, *, first: int = 1
) -> Iterator[Step]:
    """The same question every so many weeks, for as long as it stays open."""
    for number in range(first, _FOREVER):
        yield Step(Act.ASK, after, turn, to, parameter, weeks * number)


def digest(programme: Programme, calendar: Calendar, at: datetime) -> datetime:
    """The next weekly morning on or after ``at``: what can wait is gathered there, for one mail a week."""
    return _digest(programme.attention.digest_on, programme.quiet_hours.opens, calendar, at)


@lru_cache(maxsize=16_384)
def _digest(weekday: Weekday, opens: time, calendar: Calendar, at: datetime) -> datetime:
    day = calendar.day(at)
    ahead = (weekday.number - day.weekday()) % 7
    morning = calendar.at(day + timedelta(days=ahead), opens)
    if morning < at:
        morning = calendar.at(day + timedelta(days=ahead + 7), opens)
    return calendar.sendable(morning)
