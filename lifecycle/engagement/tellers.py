"""Who may tell what: some facts are for certain roles to tell, and a signature is whoever's who has the role."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lifecycle.engagement.life import Life
from lifecycle.roles import ROLES
from schemas.due import Refusal
from schemas.facts import Fact
from schemas.sentences import say
from schemas.words import COACHING, PersonId, Role

_IN_ANOTHERS_NAME: Final = (Role.OFFICE, Role.SERVICE)


def not_theirs_to_tell(life: Life, fact: Fact) -> Refusal | None:
    """A fact that is not for its teller to tell, neither for themselves nor on behalf of somebody whom they name."""
    tellers, by = fact.tellers, fact.told_by
    if tellers is None:
        return None
    if by.role in _IN_ANOTHERS_NAME and by.on_behalf_of is not None:
        if any(_has(life, role, by.on_behalf_of) for role in tellers):
            return None
        return _no(
            "on_behalf_of_another",
            say("The person it's recorded for isn't {one_of} of this team.", one_of=_one_of(tellers)),
        )
    if not _told_by(by.role, tellers):
        reason = say(
            "Only {one_of} can say this. To record it for them, say who it is (on_behalf_of).", one_of=_one_of(tellers)
        )
        return _no("not_theirs_to_tell", reason)
    if by.person is not None and by.role is not Role.OFFICE and not _has(life, by.role, by.person):
        return _no("not_theirs_to_tell", say("This person isn't {one_of} of this team.", one_of=_one_of((by.role,))))
    return None


def _told_by(role: Role, tellers: Iterable[Role]) -> bool:
    """A co-coach or an interim coach tells as the coach."""
    return role in tellers or (role in COACHING and Role.COACH in tellers)


def _has(life: Life, role: Role, person: PersonId) -> bool:
    if role in COACHING:
        return any(a.person == person and a.until is None for a in life.assignments)
    return life.person(role) == person


def _one_of(roles: Iterable[Role]) -> str:
    return " or ".join(ROLES[role] for role in roles)


def _no(code: str, reason: str) -> Refusal:
    return Refusal(when="never", code=code, reason=reason)
