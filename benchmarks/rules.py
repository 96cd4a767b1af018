"""What the rules cost without any server: the plan of a whole life, one more fact after a hundred weeks, and charts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time
from timeit import Timer
from typing import Any, Final

from benchmarks.figures import Aim, Figure, spread
from benchmarks.subjects import agreement, opening, sessions
from gateway.pages.charts import control_chart
from gateway.pages.figures import sparkline
from lifecycle.account import Account, account
from lifecycle.engagement import REDUCER, advance, assess, plan, rows, upcoming
from lifecycle.engagement.life import Life
from lifecycle.engagement.measured import Series, Value
from schemas.engagement_facts import ProgressScored, SessionHeld

PART: Final = "rules"
_BEGINNING: Final = datetime(2026, 8, 10, 9, tzinfo=UTC)
_COURSE_START: Final = datetime(2026, 9, 7, tzinfo=UTC).date()
_WEEKS: Final = 100
_SECONDS_A_ROUND: Final = 0.2
_TEAMS: Final = 250
_MEASURED: Final = Series(
    "m1", "", higher_is_better=True, target=5.0,
    values=tuple(Value(_COURSE_START + timedelta(weeks=week), week * 7 % 11) for week in range(_WEEKS)),
)  # fmt: skip


def measure(rounds: int) -> list[Figure]:
    """In microseconds of this process, whatever else the machine does."""
    known, done = _life(weeks=0)
    young, now = assess(known, _BEGINNING + timedelta(weeks=4), done), _BEGINNING + timedelta(weeks=_WEEKS + 4)
    known_later, done_later = _life(_WEEKS)
    later = assess(known_later, now, done_later)
    scored = ProgressScored(event_id="one-more", occurred_at=now, scorer="team", score=3.0)

    def one_more_fact() -> None:
        after: Any = advance(known_later, scored, now)
        state = assess(after, now, done_later)
        rows("bench", state, upcoming(state, done_later))

    timed: tuple[tuple[str, Callable[[], object], Aim | None], ...] = (
        (f"plan of a whole life, {len(plan(young, done))} items", lambda: plan(young, done), Aim("at most", 1000)),
        (f"plan after {_WEEKS} weeks, {len(known_later.facts)} facts", lambda: plan(later, done_later), None),
        (f"one more fact after {_WEEKS} weeks: advance, assess, upcoming, rows", one_more_fact, None),
        (f"{_TEAMS} sparklines of 26 values", _sparklines, Aim("at most", 200_000)),
        (f"an XmR chart of {_WEEKS} values", lambda: control_chart(_MEASURED), None),
    )
    return [spread(PART, name, _microseconds(work, rounds), "µs", aim) for name, work, aim in timed]


def _sparklines() -> None:
    values = [value.value for value in _MEASURED.values[:26]]
    for _ in range(_TEAMS):
        sparkline(values)


def _life(weeks: int) -> tuple[Account[Life], dict[str, datetime]]:
    """An engagement whose every session was held, and what was carried out on the way."""
    begun = opening("bench.rules.P01", _BEGINNING, course_start=_COURSE_START, watched_from=_BEGINNING)
    known = account(REDUCER, [begun, *agreement(begun, _BEGINNING + timedelta(days=3))])
    done: dict[str, datetime] = {}
    for held in sessions(begun, _BEGINNING + timedelta(weeks=weeks + 4)) if weeks else ():
        known = _with(known, held)
        done |= {
            item.key: held.occurred_at
            for item in plan(assess(known, held.occurred_at, done), done)
            if item.at <= held.occurred_at
        }
    return known, done


def _with(known: Account[Life], held: SessionHeld) -> Account[Life]:
    after = advance(known, held, held.occurred_at)
    assert isinstance(after, Account)
    return after


def _microseconds(work: Callable[[], object], rounds: int) -> list[float]:
    timer = Timer(work, timer=process_time)
    number, took = timer.autorange()
    number = max(1, int(number * _SECONDS_A_ROUND / took))
    return [took / number * 1e6 for took in timer.repeat(rounds, number)]
