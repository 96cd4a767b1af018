"""The account of accepted facts, for every kind of subject alike: order, repeats, corrections, late facts.

One rule: what holds is what the accepted facts say in the order they *occurred*. So a late fact is as good as a timely
one, and the order of arrival never matters once all have arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final, Generic, Literal, TypeVar

from lifecycle.calendar import OutsideCalendarError
from schemas.calendars import UnknownHolidayTableError
from schemas.corrections import Correction
from schemas.due import Refusal
from schemas.facts import Fact, PersonMerged

L = TypeVar("L")
Order = tuple[datetime, int, int, str]
_Corrections = dict[str, list[Correction]]


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
    ``overruled`` are corrections beside which another one of the same fact holds, by the event id of that one: the
    office sees them too.
    """

    rules: Reducer[L]
    facts: dict[str, Fact]
    life: L
    void: dict[str, Refusal]
    last: Order
    overruled: dict[str, str] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)
    """Ids of people that are read as others."""

    @property
    def first_told(self) -> Any:  # noqa: ANN401 - the first fact of its kind
        """The first fact, as it was told before anybody put it right."""
        return next(fact for fact in self.facts.values() if fact.kind == self.rules.opening)


def account(rules: Reducer[L], facts: Iterable[Fact]) -> Account[L]:
    """The account of these accepted facts, whatever order they come in. Raises ValueError without an opening fact."""
    known = {fact.event_id: fact for fact in facts}
    corrections = _corrections(rules, known)
    ordered = _holding(rules, known, corrections)
    if not ordered or ordered[0][1].kind != rules.opening:
        raise ValueError(f"an account begins with {rules.opening}")
    merged = _merged(fact for _, fact in ordered)
    ordered = [(event_id, _as_one(fact, merged)) for event_id, fact in ordered]
    life = rules.begin(ordered[0][1])
    void: dict[str, Refusal] = {}
    for _, second in groupby(ordered[1:], key=lambda pair: pair[1].occurred_at):
        life, refused = _of_one_second(rules, life, list(second))
        void |= refused
    last = max(rules.order(fact) for fact in (*known.values(), *(fact for _, fact in ordered)))
    return Account(rules, known, life, void, last, _overruled(corrections), merged)


def _merged(facts: Iterable[Fact]) -> dict[str, str]:
    """Whom ids are read as: where it was passed on that two records are one person, but not in that person's own."""
    said = {fact.person: fact.into for fact in facts if isinstance(fact, PersonMerged) and fact.caused_by is not None}
    found = {}
    for person in said:
        chain = [person]
        while (into := said.get(chain[-1])) is not None and into not in chain:
            chain.append(into)
        found[person] = chain[-1]
    return found


def _as_one(fact: Fact, merged: Mapping[str, str]) -> Fact:
    """A fact as it reads once people are one."""
    if not merged or isinstance(fact, PersonMerged):
        return fact
    said = fact.model_dump()
    read = _read_as(said, merged)
    return fact if read == said else type(fact).model_validate(read)


def _read_as(said: Any, merged: Mapping[str, str]) -> Any:  # noqa: ANN401 - whatever a fact holds
    match said:
        case str():
            return merged.get(said, said)
        case tuple():
            return tuple(_read_as(each, merged) for each in said)
        case dict():
            return {name: _read_as(each, merged) for name, each in said.items()}
        case _:
            return said


def _of_one_second(rules: Reducer[L], life: L, told: list[tuple[str, Fact]]) -> tuple[L, dict[str, Refusal]]:
    """The life after facts of one second, in their fixed order, and those that are impossible.

    One that is impossible before the others of its second, but not after them, holds after them.
    """
    while True:
        refused: dict[str, Refusal] = {}
        for event_id, fact in told:
            after = rules.step(life, fact)
            if isinstance(after, Refusal):
                refused[event_id] = after
            else:
                life = after
        if not refused or len(refused) == len(told):
            return life, refused
        told = [(event_id, fact) for event_id, fact in told if event_id in refused]


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
    if order > before.last and not isinstance(fact, PersonMerged):
        life = before.rules.step(before.life, _as_one(fact, before.merged))
        if isinstance(life, Refusal):
            return life
        return replace(before, facts=before.facts | {fact.event_id: fact}, life=life, last=order)
    after = account(before.rules, [*before.facts.values(), fact])
    return after.void.get(fact.event_id, after)


def _corrected(before: Account[L], fact: Correction, now: datetime) -> Account[L] | Refusal:
    target = before.facts.get(fact.corrects)
    if target is None:
        return _refused("not_yet", "nothing_to_correct", "We can't find the report that this corrects.")
    if fact.occurred_at < target.occurred_at:
        return _refused("never", "before_its_fact", "A correction can't be dated before the report it corrects.")
    if fact.replacement is not None and fact.replacement.occurred_at > now:
        return _refused("not_yet", "in_the_future", _IN_THE_FUTURE)
    if fact.replacement is not None and fact.replacement.kind not in before.rules.kinds:
        return _not_told_here(fact.replacement)
    first = _corrects_first(before, target)
    wrong = _begun_otherwise(fact, target, before) if first else _begins(fact, before)
    if wrong is not None:
        return wrong
    after = account(before.rules, [*before.facts.values(), fact])
    if first and fact.caused_by is None and (undone := after.void.keys() - before.void.keys()):
        return _undoes(before, undone)
    return after.void.get(fact.event_id, after)


def _corrects_first(known: Account[L], target: Fact) -> bool:
    """Whether what is corrected is the first fact, or a correction of it."""
    while isinstance(target, Correction):
        target = known.facts[target.corrects]
    return target.kind == known.rules.opening


def _begins(fact: Correction, known: Account[L]) -> Refusal | None:
    if fact.replacement is None or fact.replacement.kind != known.rules.opening:
        return None
    return _refused("never", "began_already", "This is already set up. It can't start twice.")


def _begun_otherwise(fact: Correction, target: Fact, known: Account[L]) -> Refusal | None:
    """A first fact is put right by another of its kind, with the same ids, moment and programme; it is never undone."""
    first, replacement = known.first_told, fact.replacement
    if replacement is None and isinstance(target, Correction):
        return None
    if replacement is None or replacement.kind != first.kind:
        return _refused(
            "never", "opening", "The first record can't be taken back. Record what has changed, or that it has ended."
        )
    kept = [name for name in first.kept if getattr(replacement, name) != getattr(first, name)]
    if not kept or fact.caused_by is not None:
        return None
    what = ", ".join(name.replace("_", " ") for name in kept)
    return _refused("never", "opening_kept", f"The first record can be corrected, but not its {what}.")


def _undoes(before: Account[L], undone: Collection[str]) -> Refusal:
    """A first fact that is put right must leave possible what was recorded since."""
    kinds = sorted({before.facts[event_id].kind.replace("_", " ") for event_id in undone if event_id in before.facts})
    reason = f"This doesn't fit with what has been recorded since: {', '.join(kinds)}. Correct that first."
    return _refused("not_yet", "undoes_others", reason)


def holding(known: Account[L]) -> list[tuple[str, Fact]]:
    """What holds, by event id, in the order it occurred: corrected facts replaced or left out, those in vain too."""
    return _holding(known.rules, known.facts, _corrections(known.rules, known.facts))


def _holding(rules: Reducer[L], known: dict[str, Fact], corrections: _Corrections) -> list[tuple[str, Fact]]:
    """The facts that hold, by event id, in the order they occurred: corrected ones replaced or left out.

    The latest correction of a fact wins. A correction that is itself withdrawn does not count, so that the one before
    it or the fact itself holds again; one that is itself replaced passes the replacement on. A replacement goes by the
    event id of the correction that brought it. The opening fact comes first, whatever is told of earlier days.
    """
    holding = []
    for event_id, fact in known.items():
        if not isinstance(fact, Correction):
            standing = _instead(corrections, event_id)
            held = standing.replacement if standing else fact
            if held is not None:
                held_id = standing.event_id if standing else event_id
                holding.append((held_id, fact.replaced_by(held, held_id) if standing else fact))
    return sorted(holding, key=lambda pair: (pair[1].kind != rules.opening, rules.order(pair[1])))


def _corrections(rules: Reducer[L], known: dict[str, Fact]) -> _Corrections:
    """The corrections by what they correct, the latest first."""
    found: _Corrections = {}
    told = (fact for fact in known.values() if isinstance(fact, Correction))
    for correction in sorted(told, key=rules.order, reverse=True):
        found.setdefault(correction.corrects, []).append(correction)
    return found


def _instead(corrections: _Corrections, event_id: str) -> Correction | None:
    """The correction that stands in place of an event; None if there is none, or none that was not withdrawn."""
    return next((held for told in corrections.get(event_id, ()) if (held := _held(corrections, told))), None)


def _held(corrections: _Corrections, correction: Correction) -> Correction | None:
    """What holds of a correction: itself, or what it was replaced by; None once it was withdrawn."""
    later = _instead(corrections, correction.event_id)
    return correction if later is None else later if later.replacement is not None else None


def _overruled(corrections: _Corrections) -> dict[str, str]:
    """What holds of two corrections of one fact but for the later: the earlier one, with the later.

    What another subject means it says anew as often as that changes, and is not of two minds.
    """
    found: dict[str, str] = {}
    for told in corrections.values():
        held = [each for each in (_held(corrections, correction) for correction in told) if each is not None]
        found |= {
            each.event_id: held[0].event_id for each in held[1:] if each.caused_by is None or held[0].caused_by is None
        }
    return found


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
    "We don't know the bank holidays that far ahead. Check the dates, and the bank-holiday table if it names one.",
)
"""No deadline can be reckoned there, so nothing that leads there is taken."""

DIFFERENT: Final = _refused(
    "never", "different_content", "Something else is already recorded under this event id. Use a new id, or correct it."
)
"""An event id names one telling of one fact."""
