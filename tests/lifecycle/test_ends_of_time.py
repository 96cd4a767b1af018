"""Dates at the ends of time, and tables that end: refused in a sentence, or harmless; never an exception later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache

import pytest
from pydantic import ValidationError

from gateway.examples import example_of
from lifecycle.account import BEYOND_THE_CALENDAR, advance
from lifecycle.engagement import assess, upcoming
from schemas.due import Refusal
from schemas.subjects import ENGAGEMENT
from tests.lifecycle.lives import Lived, agreed, handed_off

_DAYS = ("0001-01-01", "2019-12-31", "2041-01-01", "9999-12-31")


def _days_in(kind: str) -> Iterator[tuple[str, ...]]:
    """Which fields of a fact are days."""
    for name, value in example_of(kind).items():
        if isinstance(value, str) and len(value) == 10 and value[4] == "-":
            yield (name,)


_CASES = [(kind, field, day) for kind in ENGAGEMENT.kinds for (field,) in _days_in(kind) for day in _DAYS]


@cache
def _begun(begin: Callable[[], Lived]) -> Lived:
    lived = begin()
    lived.go(lived.now + timedelta(weeks=3))
    return lived


@pytest.mark.parametrize("begin", [agreed, handed_off], ids=["at work", "in aftercare"])
@pytest.mark.parametrize(("kind", "field", "day"), _CASES)
def test_a_day_at_the_ends_of_time_is_refused_or_harmless(
    kind: str, field: str, day: str, begin: Callable[[], Lived]
) -> None:
    """What is taken leaves something due, and time may pass."""
    begun = _begun(begin)
    life = Lived(begun.known, begun.now, dict(begun.done))
    said = {**example_of(kind), "occurred_at": life.now, "event_id": "e-odd", field: day}
    try:
        fact = ENGAGEMENT.facts.validate_python(said)
    except ValidationError:
        return
    try:
        after = advance(life.known, fact, life.now)
        if isinstance(after, Refusal):
            return
        ahead = upcoming(assess(after, life.now, life.done), life.done)
    except BEYOND_THE_CALENDAR:
        return
    life.known = after
    assert ahead or life.life.ended_at
    life.go(life.now + timedelta(weeks=20))
    assert life.plan() or life.life.ended_at
