"""The account of accepted facts, for every kind of subject alike: order, repeats, corrections, late facts.

One rule: what holds is what the accepted facts say in the order they *occurred*. So a late fact is as good as a timely
one, and the order of arrival never matters once all have arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Generic, Literal, TypeVar

from lifecycle.calendar import OutsideCalendarError
from schemas.calendars import UnknownHolidayTableError
from schemas.corrections import Correction
from schemas.due import Refusal
from schemas.facts import Fact

L = TypeVar("L")
Order = tuple[datetime, int, int, str]


@dataclass(frozen=True, slots=True)
class Reducer(Generic[L]):
    """The rules of one kind of life: how it begins and what each fact does to it, or why it may not."""

    kinds: tuple[str, ...]
    opening: str
    begin: Callable[[Any], L]
    step: Callable[[L, Any], L | Refusal]

    def order(self, fact: Fact) -> Order:
        """When a fact counts. Ties are settled by kind, then as the fact says; the opening comes before everything."""
        rank = -1 if fact.kind == self.opening else self.kinds.index(fact.kind)
        return (fact.occurred_at, rank, fact.tie, fact.event_id)


@dataclass(frozen=True, slots=True)
class Account(Generic[L]):
    """The accepted facts and the life they tell.

    ``void`` are accepted facts that a later-told one made impossible: recorded, without effect, put to the office.
    """

    rules: Reducer[L]
    facts: dict[str, Fact]
    life: L
    void: dict[str, Refusal]
    last: Order


def account(rules: Reducer[L], facts: Iterable[Fact]) -> Account[L]:
    """The account of these accepted facts, whatever order they come in. Raises ValueError without an opening fact."""
    known = {fact.event_id: fact for fact in facts}
    ordered = _holding(rules, known)
    if not ordered or ordered[0][1].kind != rules.opening:
        raise ValueError(f"an account begins with {rules.opening}")
    life = rules.begin(ordered[0][1])
    void: dict[str, Refusal] = {}
    for event_id, fact in ordered[1:]:
        after = rules.step(life, fact)
        if isinstance(after, Refusal):
            void[event_id] = after
        else:
            life = after
    last = max(rules.order(fact) for fact in (*known.values(), *(fact for _, fact in ordered)))
    return Account(rules, known, life, void, last)


def opened(rules: Reducer[L], fact: Fact) -> Account[L] | Refusal:
    """The account that begins with an opening fact, or why nothing can begin with it."""
    try:
        return account(rules, [fact])
    except BEYOND_THE_CALENDAR:
        return BEYOND


def advance(before: Account[L], fact: Fact, now: datetime) -> Account[L] | Refusal:
    """The account after a fact, or why it is refused. A repeat changes nothing; a refused fact changes nothing."""
    try:
        return _advanced(before, fact, now)
    except BEYOND_THE_CALENDAR:
        return BEYOND


def _advanced(before: Account[L], fact: Fact, now: datetime) -> Account[L] | Refusal:
    known = before.facts.get(fact.event_id)
    if known is not None:
        return before if fact.repeats(known) else DIFFERENT
    if fact.kind not in before.rules.kinds:
        return _not_told_here(fact)
    if fact.occurred_at > now:
        return _refused("not_yet", "in_the_future", _IN_THE_FUTURE)
    if isinstance(fact, Correction):
        return _corrected(before, fact, now)
    order = before.rules.order(fact)
    if fact.kind == before.rules.opening:
        return _refused("never", "began_already", "This is already set up. It can't start twice.")
    if order > before.last:
        life = before.rules.step(before.life, fact)
        if isinstance(life, Refusal):
            return life
        return replace(before, facts=before.facts | {fact.event_id: fact}, life=life, last=order)
    after = account(before.rules, [*before.facts.values(), fact])
    return after.void.get(fact.event_id, after)


def _corrected(before: Account[L], fact: Correction, now: datetime) -> Account[L] | Refusal:
    target = before.facts.get(fact.corrects)
    if target is None:
        return _refused("not_yet", "nothing_to_correct", "We can't find the report that this corrects.")
    if target.kind == before.rules.opening and not _begun_otherwise(fact, target):
        return _refused("never", "opening", "The first record can't be corrected. Record what has changed instead.")
    if fact.occurred_at < target.occurred_at:
        return _refused("never", "before_its_fact", "A correction can't be dated before the report it corrects.")
    if fact.replacement is not None and fact.replacement.occurred_at > now:
        return _refused("not_yet", "in_the_future", _IN_THE_FUTURE)
    if fact.replacement is not None and fact.replacement.kind not in before.rules.kinds:
        return _not_told_here(fact.replacement)
    if fact.replacement is not None and (fact.replacement.kind == before.rules.opening) != (
        target.kind == before.rules.opening
    ):
        return _refused("never", "began_already", "This is already set up. It can't start twice.")
    after = account(before.rules, [*before.facts.values(), fact])
    return after.void.get(fact.event_id, after)


def _begun_otherwise(fact: Correction, opening: Fact) -> bool:
    """Whether the subject that something began because of says that it began otherwise."""
    causes = (fact.caused_by, opening.caused_by)
    same = None not in causes and len({cause.subject for cause in causes if cause}) == 1
    return same and fact.replacement is not None and fact.replacement.kind == opening.kind


def holding(known: Account[L]) -> list[tuple[str, Fact]]:
    """What holds, by event id, in the order it occurred: corrected facts replaced or left out, those in vain too."""
    return _holding(known.rules, known.facts)


def _holding(rules: Reducer[L], known: dict[str, Fact]) -> list[tuple[str, Fact]]:
    """The facts that hold, by event id, in the order they occurred: corrected ones replaced or left out.

    The latest correction of a fact wins. A correction that is itself withdrawn does not count, so that the one before
    it or the fact itself holds again; one that is itself replaced passes the replacement on. A replacement goes by the
    event id of the correction that brought it. The opening fact comes first, whatever is told of earlier days.
    """
    corrections: dict[str, list[Correction]] = {}
    told = (fact for fact in known.values() if isinstance(fact, Correction))
    for correction in sorted(told, key=rules.order, reverse=True):
        corrections.setdefault(correction.corrects, []).append(correction)
    holding = []
    for event_id, fact in known.items():
        if not isinstance(fact, Correction):
            standing = _instead(corrections, event_id)
            held = standing.replacement if standing else fact
            if held is not None:
                held_id = standing.event_id if standing else event_id
                holding.append((held_id, fact.replaced_by(held, held_id) if standing else fact))
    return sorted(holding, key=lambda pair: (pair[1].kind != rules.opening, rules.order(pair[1])))


def _instead(corrections: dict[str, list[Correction]], event_id: str) -> Correction | None:
    """The correction that stands in place of an event; None if there is none, or none that was not withdrawn."""
    for correction in corrections.get(event_id, ()):
        later = _instead(corrections, correction.event_id)
        if later is None:
            return correction
        if later.replacement is not None:
            return later
    return None


_IN_THE_FUTURE = "This hasn't happened yet: its date is in the future."


def _not_told_here(fact: Fact) -> Refusal:
    what = fact.kind.replace("_", " ")
    return _refused("never", "not_told_here", f"'{what}' can't be recorded here. Check the id and the kind.")


def _refused(when: Literal["never", "not_yet"], code: str, reason: str) -> Refusal:
    return Refusal(when=when, code=code, reason=reason)


BEYOND_THE_CALENDAR: Final = (OutsideCalendarError, UnknownHolidayTableError, OverflowError)
"""What the rules raise over a day that no calendar has, or over a calendar that nobody knows."""

BEYOND: Final = _refused(
    "never",
    "beyond_the_calendar",
    "This leads to a day whose bank holidays nobody knows. Check its dates, and the table it names.",
)
"""No deadline can be reckoned there, so nothing that leads there is taken."""

DIFFERENT: Final = _refused(
    "never", "different_content", "Something else is already recorded under this event id. Use a new id, or correct it."
)
"""An event id names one telling of one fact."""
