"""What a key may do, and who made it, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from lifecycle.roles import ROLES
from schemas.grants import PRESETS, Grant, Managing, Reading, Verb, preset
from schemas.sentences import joined, raised, say
from schemas.words import Group, Role

TOLD: Final[Mapping[Group, str]] = {
    Group.SESSIONS: "whether sessions took place",
    Group.IMPROVEMENT: "improvement work: aims, cycles, measures and scores",
    Group.DECISIONS: "what was decided: agreements, pauses, reviews, extensions and readiness",
    Group.ENDINGS: "hand-offs, and coaching that ended early",
    Group.AFTERCARE: "how teams do after their hand-off",
    Group.PEOPLE: "who has which role in a team",
    Group.LEAVE: "when somebody is away",
    Group.COURSES: "dates of courses, and who came",
    Group.ENROLMENTS: "who takes part in a cohort",
    Group.BOOKINGS: "bookings of Introduction courses",
    Group.FEEDBACK: "feedback on Introduction courses",
    Group.ACADEMY: "closed weeks, bank holidays and the programme",
}
"""What is recorded with each group of facts."""

READ: Final[Mapping[Reading, str]] = {
    Reading.ENGAGEMENTS: "teams and how they do",
    Reading.COHORTS: say("cohorts"),
    Reading.COURSES: "Introduction courses",
    Reading.PEOPLE: "people, with their names and addresses",
    Reading.WORKLIST: "the office's tasks",
    Reading.EVENTS: "everything that happens, as codes and dates",
    Reading.EXPORT: "everything held about one person",
}
"""What can be read."""

SEEN_TO: Final[Mapping[Managing, str]] = {
    Managing.COHORTS: "start, import and change cohorts",
    Managing.COURSES: "schedule and change Introduction courses",
    Managing.PEOPLE: "change names and addresses, merge records and erase people",
    Managing.LEAVERS: "say who leaves, from a list",
    Managing.OFFICE: "change the office's mailbox, its members and its deputy",
    Managing.WORKLIST: "take tasks in hand, and snooze them",
    Managing.CERTIFICATES: "revoke certificates",
    Managing.BOUNCES: "hand in emails that came back",
    Managing.ARRIVALS: "look after what other services handed in",
    Managing.SUBSCRIPTIONS: "have events sent somewhere",
    Managing.AUDIT: "read who asked for what",
}
"""What can be run beside facts."""

SPOKEN_FOR: Final[Mapping[Role, str]] = {
    role: said for role, said in ROLES.items() if role not in {Role.SERVICE, Role.OPERATOR}
}
"""In whose name something can be recorded."""

_MAY: Final[Mapping[Verb, tuple[str, Mapping[str, str], str]]] = {
    Verb.TELL: ("Record {what}", {str(one): said for one, said in TOLD.items()}, "everything that can happen"),
    Verb.AS: ("Say it for {what}", {str(one): said for one, said in SPOKEN_FOR.items()}, say("anybody")),
    Verb.READ: ("Read {what}", {str(one): said for one, said in READ.items()}, "everything that can be read"),
    Verb.MANAGE: ("{what}", {str(one): said for one, said in SEEN_TO.items()}, "run everything the office runs"),
}

SERVICES: Final[Mapping[str, str]] = {
    "diary": "A diary, in which coaches say whether sessions took place",
    "survey": "A survey",
    "leavers": "A staff system that knows who leaves",
    "dashboard": "A dashboard",
    "warehouse": "A data warehouse",
}
"""The usual services."""


def may(grant: Grant) -> str:
    """One grant as a sentence, without the place."""
    if grant.verb is Verb.ADMIN:
        return "Do everything"
    sentence, words, everything = _MAY[grant.verb]
    said = everything if grant.what is None else joined("; ", (words[one] for one in words if one in grant.what))
    return raised(say(sentence, what=said))


def all_it_may(service: str) -> str:
    """What one of the usual services may do."""
    return joined(". ", (may(grant) for grant in preset(service, "anywhere")))


def places(grants: Iterable[Grant], called: Callable[[str], str]) -> str:
    """Where: the academies by what they are called, and in one the cohort or course if it is for that alone."""
    return joined(", ", dict.fromkeys(_place(grant.place, called) for grant in grants))


def _place(place: str | None, called: Callable[[str], str]) -> str:
    if place is None:
        return "Every academy"
    academy, _, part = place.partition(".")
    return say("{academy}, {part} alone", academy=called(academy), part=part) if part else called(academy)


def maker(by: str | None, names: Mapping[str, str]) -> str:
    """Who made a key, as the audit has them; ``names`` are those that are known."""
    way, _, who = (by or "").partition(":")
    match way:
        case "":
            return ""
        case "cli":
            return say("{who} at the command line", who=who)
        case "person":
            return names.get(by or "", "somebody whose name we no longer keep")
        case _:
            return "the operator"


assert set(SERVICES) == set(PRESETS)  # noqa: S101 - every usual service is offered
