"""What a caller may do, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

SCOPE: Final = "coaching:"
"""What a grant is called as a scope of OAuth: ``coaching:tell:sheffield``."""

_WITHIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)?")


class Verb(StrEnum):
    """What can be granted. ``admin`` includes the others; ``tell`` does not include ``read``."""

    READ = "read"
    TELL = "tell"
    ADMIN = "admin"


class BadGrantError(ValueError):
    """This is no grant. The message says how one is written."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One verb, everywhere or ``within`` an academy (``sheffield``) or a cohort (``sheffield.2026-autumn``)."""

    verb: Verb
    within: str | None = None

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read ``tell``, ``tell:sheffield`` or ``tell:sheffield.2026-autumn``. Raises BadGrantError."""
        verb, colon, within = written.partition(":")
        if verb not in Verb.__members__.values() or (colon and not _WITHIN.fullmatch(within)):
            raise BadGrantError(
                f"{written!r} is no grant: write read, tell or admin, and where, as in tell:sheffield or "
                "read:sheffield.2026-autumn"
            )
        return cls(Verb(verb), within or None)

    def __str__(self) -> str:
        return f"{self.verb}:{self.within}" if self.within else self.verb.value

    def allows(self, verb: Verb) -> bool:
        """Whether it grants the verb somewhere."""
        return self.verb in {verb, Verb.ADMIN}

    def covers(self, verb: Verb, subject: str) -> bool:
        """Whether it grants the verb on an academy, cohort or engagement."""
        return self.allows(verb) and (
            self.within is None or subject == self.within or subject.startswith(f"{self.within}.")
        )


def from_scopes(scopes: Iterable[str]) -> tuple[Grant, ...]:
    """The grants among the scopes of a token; scopes of others, and those that are no grants, give nothing."""
    grants = []
    for scope in scopes:
        if scope.startswith(SCOPE):
            with suppress(BadGrantError):
                grants.append(Grant.parse(scope.removeprefix(SCOPE)))
    return tuple(grants)


def by_caller(written: str) -> dict[str, tuple[Grant, ...]]:
    """Who may do what, as ``payroll=tell:sheffield read:sheffield; *=read``. Raises BadGrantError."""
    found = {}
    for part in written.split(";"):
        name, equals, grants = part.partition("=")
        if not (equals and name.strip() and grants.strip()):
            raise BadGrantError(f"{part.strip()!r} does not say who may do what, as in payroll=tell:sheffield")
        found[name.strip()] = tuple(Grant.parse(grant) for grant in grants.split())
    return found
