"""Who asks something of the engine, and what they may do: decided here, for every door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import ClassVar, Self

from operations.security import Event, say
from schemas.corrections import Correction
from schemas.facts import Fact
from schemas.grants import OWN, Grant, Managing, Verb, Wanted, needed
from schemas.words import Role


class NotAllowedError(Exception):
    """The caller may not do this, or tell nothing here. Nothing was changed. ``needed`` is the grant that it takes."""

    code: ClassVar = "not_allowed"

    def __init__(self, wanted: Wanted | None, subject: str | None) -> None:
        self.needed = needed(wanted, subject)
        what = f"tell anything as the {wanted} (told_by.role)" if isinstance(wanted, Role) else "do this"
        where = f" on {subject}" if subject else ""
        super().__init__(f"The caller has no grant to {what}{where}: it takes {self.needed}. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks: their id and the door they came by, for the audit, and what they may do."""

    id: str
    door: str
    grants: tuple[Grant, ...]

    @classmethod
    def of(cls, name: str, door: str, within: str) -> Self:
        """Somebody who proved at the door who they are, and may tell one subject, or those of one academy."""
        return cls(name, door, _telling(within))

    @classmethod
    def trusted(cls, name: str, door: str) -> Self:
        """Somebody who may do everything, since the operator of the installation let them in."""
        return cls(name, door, (Grant(Verb.ADMIN, None, None),))

    @property
    def scope(self) -> str:
        """In which the ids lie that they choose for what they tell. It says nothing of who they are."""
        return sha256(self.id.encode()).hexdigest()[:10]

    def may(self, wanted: Wanted, subject: str | None = None) -> bool:
        """Whether they may do this: on one academy, cohort, course or engagement, or, without, somewhere."""
        if subject is None:
            return any(grant.allows(wanted) for grant in self.grants)
        return any(grant.covers(wanted, subject) for grant in self.grants)

    def require(self, wanted: Wanted, subject: str | None = None) -> None:
        """Raises NotAllowedError unless they may."""
        if not self.may(wanted, subject):
            raise self._refused(wanted, subject)

    def entrusted(self, wanted: Managing, subject: str) -> Self:
        """Who may tell a subject whatever it takes to see to this. Raises NotAllowedError unless they may do that."""
        self.require(wanted, subject)
        return replace(self, grants=(*self.grants, *_telling(subject)))

    def may_tell(self, subject: str | None = None) -> bool:
        """Whether they may tell a subject anything at all; without one, anything somewhere."""
        return any(
            grant.verb in {Verb.TELL, Verb.ADMIN} and (subject is None or grant.within(subject))
            for grant in self.grants
        )

    def require_telling(self, subject: str, fact: Fact, *, made_here: bool = False) -> None:
        """Raises NotAllowedError unless they may tell what happened, and in the role in which they say it is told.

        Where the fact was ``made_here``, they say no role. A correction takes the grants for what it puts in place; for
        what it corrects, whoever knows that asks.
        """
        replacement = fact.replacement if isinstance(fact, Correction) else None
        happened = replacement if isinstance(fact, Correction) else fact
        if happened is not None:
            self.require(happened.group, subject)
        else:
            self.require_some_telling(subject)
        for said in () if made_here else (fact, replacement):
            if said is not None:
                self._require_saying(subject, said)

    def _require_saying(self, subject: str, fact: Fact) -> None:
        """What is told on behalf of somebody takes their role, or the office's, which writes down what others say."""
        if fact.told_by.role is not OWN:
            self.require(fact.told_by.role, subject)
        if fact.told_by.on_behalf_of is not None:
            for_whom = (*(fact.tellers or ()), Role.OFFICE)
            if not any(self.may(role, subject) for role in for_whom):
                raise self._refused(for_whom[0], subject)

    def require_some_telling(self, subject: str | None = None) -> None:
        """Raises NotAllowedError unless they may tell a subject anything at all; without one, anything somewhere."""
        if not self.may_tell(subject):
            raise self._refused(None, subject)

    def _refused(self, wanted: Wanted | None, subject: str | None) -> NotAllowedError:
        refused = NotAllowedError(wanted, subject)
        say(Event.GRANT_REFUSED, who=self.id, door=self.door, needed=_anywhere(wanted))
        return refused

    @property
    def written_grants(self) -> tuple[str, ...]:
        """What they may do, as it is kept beside what they hand in."""
        return tuple(map(str, self.grants))

    @property
    def academies(self) -> frozenset[str] | None:
        """The academies in which they may do anything at all; None for all."""
        places = {grant.place for grant in self.grants}
        return None if None in places else frozenset(place.partition(".")[0] for place in places if place)

    def within(self, wanted: Wanted) -> tuple[str, ...] | None:
        """The academies, cohorts and courses where they may; None for everywhere."""
        places = {grant.place for grant in self.grants if grant.allows(wanted)}
        return None if None in places else tuple(sorted(place for place in places if place))


def _anywhere(wanted: Wanted | None) -> str:
    """What somebody lacked, without the place: that may be anything they typed."""
    verb, _, what = needed(wanted, None).split(":")
    return f"{verb}:{what}"


def _telling(place: str) -> tuple[Grant, ...]:
    """Everything that can be told there, as whoever says it."""
    return Grant(Verb.TELL, place, None), Grant(Verb.AS, place, None)
