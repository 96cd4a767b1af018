"""Who may tell what: some facts are for certain roles to tell, and a signature is whoever's who has the role."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lifecycle.engagement.life import Life
from schemas.due import Refusal
from schemas.facts import Fact
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
        return _no("on_behalf_of_another", f"The person it's recorded for isn't {_one_of(tellers)} of this team.")
    if not _told_by(by.role, tellers):
        reason = f"Only {_one_of(tellers)} can say this. To record it for them, say who it is (on_behalf_of)."
        return _no("not_theirs_to_tell", reason)
    if by.person is not None and by.role is not Role.OFFICE and not _has(life, by.role, by.person):
        return _no("not_theirs_to_tell", f"This person isn't {_one_of((by.role,))} of this team.")
    return None


def _told_by(role: Role, tellers: Iterable[Role]) -> bool:
    """A co-coach or an interim coach tells as the coach."""
    return role in tellers or (role in COACHING and Role.COACH in tellers)


def _has(life: Life, role: Role, person: PersonId) -> bool:
    if role in COACHING:
        return any(a.person == person and a.until is None for a in life.assignments)
    return life.person(role) == person


def _one_of(roles: Iterable[Role]) -> str:
    return " or ".join(in_words(role) for role in roles)


def in_words(role: Role) -> str:
    """Whoever has a role, as in "sign-off by the coach"."""
    if role is Role.FACULTY:
        return "faculty"
    return f"the {'programme office' if role is Role.OFFICE else role.replace('_', ' ')}"


def _no(code: str, reason: str) -> Refusal:
    return Refusal(when="never", code=code, reason=reason)
