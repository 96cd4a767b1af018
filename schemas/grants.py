"""What a caller may do, and where: each grant is written ``verb:place:what``, as in ``tell:sheffield:sessions``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from schemas.words import Group, Role

SCOPE: Final = "coaching:"
"""What a grant is called as a scope of OAuth: ``coaching:tell:sheffield:sessions``."""

ANY: Final = "*"
"""Everywhere as a place, everything as what."""

_PLACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)?")


class Verb(StrEnum):
    """What a grant allows: to tell facts, to say who says them, to read, to manage; ``admin`` is all of it."""

    TELL = "tell"
    AS = "as"
    READ = "read"
    MANAGE = "manage"
    ADMIN = "admin"


class Reading(StrEnum):
    """What can be read."""

    ENGAGEMENTS = "engagements"
    COHORTS = "cohorts"
    COURSES = "courses"
    PEOPLE = "people"
    WORKLIST = "worklist"
    EVENTS = "events"
    """Everything that is published, in one order. It holds ids and codes alone."""

    EXPORT = "export"
    """All that is held about one person, for a subject access request."""


class Managing(StrEnum):
    """What can be run beside facts."""

    COHORTS = "cohorts"
    COURSES = "courses"
    PEOPLE = "people"
    LEAVERS = "leavers"
    """Who leaves, from a list: it changes no name and no address, and reads none."""

    OFFICE = "office"
    WORKLIST = "worklist"
    CERTIFICATES = "certificates"
    BOUNCES = "bounces"
    ARRIVALS = "arrivals"
    SUBSCRIPTIONS = "subscriptions"
    AUDIT = "audit"


Wanted = Group | Role | Reading | Managing
"""One thing that takes a grant. Its type says the verb."""

_VERBS: Final[Mapping[type[Wanted], Verb]] = {
    Group: Verb.TELL,
    Role: Verb.AS,
    Reading: Verb.READ,
    Managing: Verb.MANAGE,
}
OWN: Final = Role.SERVICE
"""Whoever calls is a service, and may always say so."""

_WORDS: Final[Mapping[Verb, tuple[str, ...]]] = {
    verb: tuple(word for word in kind if word not in {OWN, Role.OPERATOR}) for kind, verb in _VERBS.items()
} | {Verb.ADMIN: ()}


class BadGrantError(ValueError):
    """This is no grant. The message says what is wrong with it, and how one is written."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A verb, ``place`` (an academy, or a cohort or course of it; None for everywhere), and what (None for all)."""

    verb: Verb
    place: str | None
    what: frozenset[str] | None

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a grant such as ``read:sheffield.2026-autumn:engagements,cohorts``. Raises BadGrantError."""
        verb, _, rest = written.partition(":")
        place, _, what = rest.partition(":")
        if verb not in _WORDS:
            raise BadGrantError(f"{written!r} is no grant: it begins with one of {', '.join(_WORDS)}")
        if place != ANY and not _PLACE.fullmatch(place):
            raise BadGrantError(
                f"{written!r} does not say where: write an academy, a cohort or * for everywhere, as in "
                f"{_example(Verb(verb))}"
            )
        return cls(Verb(verb), None if place == ANY else place, _what(written, Verb(verb), what))

    def __str__(self) -> str:
        written = f"{self.verb}:{self.place or ANY}"
        return written if self.verb is Verb.ADMIN else f"{written}:{_listed(self.verb, self.what)}"

    def allows(self, wanted: Wanted) -> bool:
        """Whether it grants this somewhere."""
        verb = _VERBS[type(wanted)]
        return self.verb is Verb.ADMIN or (self.verb is verb and (self.what is None or wanted in self.what))

    def covers(self, wanted: Wanted, subject: str) -> bool:
        """Whether it grants this on an academy, cohort, course or engagement."""
        return self.allows(wanted) and self.within(subject)

    def within(self, subject: str) -> bool:
        """Whether it holds where this academy, cohort, course or engagement is."""
        return self.place is None or subject == self.place or subject.startswith(f"{self.place}.")


def _what(written: str, verb: Verb, what: str) -> frozenset[str] | None:
    if verb is Verb.ADMIN or what == ANY:
        if verb is Verb.ADMIN and what:
            raise BadGrantError(f"{written!r} is no grant: admin is for everything, as in {_example(verb)}")
        return None
    if not what:
        raise BadGrantError(f"{written!r} does not say what: write it behind the place, as in {_example(verb)}")
    words = what.split(",")
    if unknown := [word for word in words if word not in _WORDS[verb]]:
        raise BadGrantError(
            f"{written!r}: there is no {unknown[0]!r} to {verb}. It is one or more of {', '.join(_WORDS[verb])}, or *"
        )
    return frozenset(words)


def _listed(verb: Verb, what: frozenset[str] | None) -> str:
    return ANY if what is None else ",".join(word for word in _WORDS[verb] if word in what)


def _example(verb: Verb) -> str:
    return f"{verb}:sheffield" if verb is Verb.ADMIN else f"{verb}:sheffield:{_WORDS[verb][0]}"


def needed(wanted: Wanted | None, subject: str | None) -> str:
    """The narrowest grant that allows this, as it is written; of None, what begins as every one to tell does."""
    place = subject.partition(".")[0] if subject else ANY
    return f"{Verb.TELL}:{place}:…" if wanted is None else f"{_VERBS[type(wanted)]}:{place}:{wanted}"


PRESETS: Final[Mapping[str, tuple[str, ...]]] = {
    "diary": ("tell:{}:sessions,leave", "as:{}:coach,co_coach,interim_coach", "read:{}:engagements"),
    "survey": ("tell:{}:feedback,aftercare", "as:{}:delegate,team_lead,process_owner"),
    "leavers": ("manage:{}:leavers",),
    "dashboard": ("read:{}:engagements,cohorts,courses",),
    "warehouse": ("read:{}:engagements,cohorts,courses,events",),
}
"""What the usual services need of an academy, by their name."""


def preset(name: str, academy: str) -> tuple[Grant, ...]:
    """What a usual service needs. Raises BadGrantError for another one."""
    if name not in PRESETS:
        raise BadGrantError(f"there is no preset {name!r}: it is one of {', '.join(PRESETS)}")
    return tuple(Grant.parse(written.format(academy)) for written in PRESETS[name])


def from_scopes(scopes: Iterable[str]) -> tuple[Grant, ...]:
    """The grants among the scopes and roles of a token; those of others, and what is no grant, give nothing."""
    grants = []
    for scope in scopes:
        if scope.startswith(SCOPE):
            with suppress(BadGrantError):
                grants.append(Grant.parse(scope.removeprefix(SCOPE)))
    return tuple(grants)


def by_caller(written: str) -> dict[str, tuple[Grant, ...]]:
    """Who may do what, as ``payroll=tell:sheffield:leave; *=read:*:engagements``. Raises BadGrantError."""
    found = {}
    for part in written.split(";"):
        name, equals, grants = part.partition("=")
        if not (equals and name.strip() and grants.strip()):
            raise BadGrantError(f"{part.strip()!r} does not say who may do what, as in payroll=tell:sheffield:leave")
        found[name.strip()] = tuple(Grant.parse(grant) for grant in grants.split())
    return found
