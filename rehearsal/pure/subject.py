"""One subject by the rules alone: what its workflow and its records make of facts and time, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast

from lifecycle import account
from lifecycle import cohort as cohort_rules
from lifecycle import intro_course as course_rules
from lifecycle.gathering import Subject
from lifecycle.subject_rules import Known, SubjectRules
from lifecycle.subjects import RULES
from schemas.cohort_facts import MicrosystemIdentified
from schemas.corrections import AnyFact
from schemas.due import AnyStanding, DueItem, Notice, Refusal
from schemas.facts import Fact
from schemas.intro_course_facts import PlaceRequested
from schemas.rows import Rows
from schemas.subjects import COHORT, INTRO_COURSE, AnyKind


class Told(NamedTuple):
    """A fact that was recorded, when, and what stood then."""

    fact: AnyFact
    at: datetime
    standing: AnyStanding


class Carried(NamedTuple):
    """A due item that was carried out, and when."""

    item: DueItem
    at: datetime


class PureSubject:
    """Keeps one subject. Its clock stands until it is put forward. ``state`` is what its records would show.

    Raises ValueError for a first fact that the rules refuse.
    """

    def __init__(self, kind: AnyKind, name: str, opening: Fact, now: datetime) -> None:
        self.kind = kind
        self.name = name
        self.book: SubjectRules[Any] = RULES[kind.name]
        self.now = now
        self.done: dict[str, datetime] = {}
        self.told: list[Told] = []
        self.carried: list[Carried] = []
        self.means: list[Any] = []
        known = account.opened(self.book.REDUCER, opening)
        if isinstance(known, Refusal):
            raise ValueError(known.reason)  # noqa: TRY004 - its value is wrong, not its type
        self.known: Known = known
        self._then: list[tuple[datetime, Known]] = []
        self._record(opening)

    @property
    def next_at(self) -> datetime | None:
        """When something is due next."""
        return self.ahead[0].at if self.ahead else None

    @property
    def closed(self) -> bool:
        """Whether it has ended for good."""
        return not self.ahead and bool(self.look().ended)

    def look(self) -> Any:  # noqa: ANN401 - a state of its kind
        """What stands by its clock."""
        return self.book.assess(self.known, self.now, self.done)

    def tell(self, fact: Fact) -> Refusal | None:
        """Record a fact, or why it is refused. A repeat changes nothing."""
        taken = self._taken(fact)
        after = account.advance(self.known, taken, self.now)
        if isinstance(after, Refusal):
            return after
        if after is self.known:
            return None
        if self.kind is INTRO_COURSE and (no := course_rules.refused(self.known, after, taken, self.now)):
            return no
        self.known = after
        self._record(taken)
        return None

    def carry_out(self) -> tuple[list[DueItem], list[Notice]]:
        """Carry out what is due by its clock: the items, and what people are told of them."""
        state = self.look()
        items = self.book.due(state, self.done)
        notices = [notice for item in items for notice in self.book.notices(state, item)]
        self.done = self.done | {item.key: self.now for item in items}
        self.carried += [Carried(item, self.now) for item in items]
        self._stand()
        return items, notices

    def rows(self) -> Rows:
        """What the records show of it, by table and key."""
        return self.book.rows(self.name, self.state, self.ahead)

    def at(self, moment: datetime) -> Subject | None:
        """What was recorded and carried out by a moment, and stands then; None if it had not begun."""
        known = next((known for recorded, known in reversed(self._then) if recorded <= moment), None)
        if known is None:
            return None
        done: Mapping[str, datetime] = self.done
        if self.now > moment:
            done = {key: at for key, at in done.items() if at <= moment}
        return Subject(self.book, self.book.assess(known, moment, done), done)

    def forget(self, before: datetime) -> None:
        """Nothing is asked any more of what stood before a moment."""
        kept = [then for then in self._then if then[0] > before]
        self._then = [*self._then[-len(kept) - 1 : len(self._then) - len(kept)], *kept]

    def _taken(self, fact: Fact) -> Fact:
        if self.kind is COHORT and isinstance(fact, MicrosystemIdentified):
            return cohort_rules.numbered(self.known, fact)
        if self.kind is INTRO_COURSE and isinstance(fact, PlaceRequested):
            return course_rules.in_turn(self.known, fact, self.now)
        return fact

    def _record(self, fact: Fact) -> None:
        self._then.append((self.now, self.known))
        self._stand()
        self.told.append(Told(cast("AnyFact", fact), self.now, self.book.standing(self.state, self.ahead)))

    def _stand(self) -> None:
        self.state = self.look()
        self.ahead = self.book.upcoming(self.state, self.done)
