"""How long somebody is away, or something rests: what stands together counts as one, and much of it is confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from lifecycle.dates import date_range
from schemas.due import Refusal
from schemas.sentences import listed, say, say_of

Span = tuple[date, date]
"""A first and a last day, both included."""

_FRIDAY = 4


def together(spans: Iterable[Span]) -> list[Span]:
    """These days in order, as one where they overlap or no more than a weekend lies between."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and _no_weekday_between(found[-1][1], first):
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _no_weekday_between(last: date, first: date) -> bool:
    """Reckoned in days from the one to the other, so that the end of time has no day after it."""
    return all((last.weekday() + day) % 7 > _FRIDAY for day in range(1, min((first - last).days, 7)))


def longer(first: date, last: date, weeks: int) -> bool:
    """Whether more days than so many weeks have lie from a first to a last one."""
    return last - first >= timedelta(weeks=weeks)


def in_weeks(first: date, last: date) -> str:
    """How long that is: '27 weeks', '6 weeks and 2 days'."""
    weeks, days = divmod((last - first).days + 1, 7)
    parts = (
        say_of(weeks, "{number} week", "{number} weeks") if weeks else "",
        say_of(days, "{number} day", "{number} days") if days else "",
    )
    return listed(part for part in parts if part)


def not_confirmed(first: date, last: date, weeks: int, words: str) -> Refusal | None:
    """An absence longer than so many weeks that nobody confirmed: its year may be a slip of the pen.

    ``words`` say what it would be, with a place for its ``{length}``.
    """
    if not longer(first, last, weeks):
        return None
    reason = say(
        "{absence}, {days}. Anything over {weeks} weeks needs confirming: check the dates, and "
        "confirm them if they're right.",
        absence=say(words, length=in_weeks(first, last)),
        days=date_range(first, last),
        weeks=weeks,
    )
    return Refusal(when="never", code="not_confirmed", reason=reason)
