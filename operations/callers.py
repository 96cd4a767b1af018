"""Who asks something of the engine, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from schemas.grants import Grant, Verb


class NotAllowedError(Exception):
    """The caller may not do this. Nothing was changed."""

    def __init__(self, verb: Verb, subject: str | None) -> None:
        where = f" on {subject}" if subject else ""
        super().__init__(f"The caller has no grant to {verb}{where}. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks: their id and the door they came by, for the audit, and what they may do."""

    id: str
    door: str
    grants: tuple[Grant, ...]

    @classmethod
    def of(cls, name: str, door: str, within: str) -> Self:
        """Somebody who proved at the door that they may tell one subject, or those of one academy."""
        return cls(name, door, (Grant(Verb.TELL, within),))

    @classmethod
    def trusted(cls, name: str, door: str) -> Self:
        """Somebody who may do everything, since the operator of the installation let them in."""
        return cls(name, door, (Grant(Verb.ADMIN),))

    @property
    def scope(self) -> str:
        """In which the ids lie that they choose for what they tell. It says nothing of who they are."""
        return sha256(self.id.encode()).hexdigest()[:10]

    def may(self, verb: Verb | str, subject: str | None = None) -> bool:
        """Whether they may do this: on one academy, cohort, course or engagement, or, without, somewhere."""
        if subject is None:
            return any(grant.allows(Verb(verb)) for grant in self.grants)
        return any(grant.covers(Verb(verb), subject) for grant in self.grants)

    def require(self, verb: Verb | str, subject: str | None = None) -> None:
        """Raises NotAllowedError unless they may."""
        if not self.may(verb, subject):
            raise NotAllowedError(Verb(verb), subject)

    def within(self, verb: Verb | str) -> tuple[str, ...] | None:
        """The academies and cohorts where they may; None for everywhere."""
        where = {grant.within for grant in self.grants if grant.allows(Verb(verb))}
        return None if None in where else tuple(sorted(name for name in where if name))
