"""What we do of ourselves, in words: what is to come, and what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from lifecycle.dates import long_date
from lifecycle.matters import MATTERS
from lifecycle.roles import ROLES
from schemas.sentences import listed, say
from schemas.words import COACHING, Act, Matter, Role

_Tenses = tuple[str, str]
"""Before and after."""

_ACTS: Final[Mapping[Act, _Tenses]] = {
    Act.ASK: ("We ask {whom}", "We asked {whom}"),
    Act.REMIND: ("We remind {whom}", "We reminded {whom}"),
    Act.FLAG: ("We let {whom} know", "We let {whom} know"),
    Act.ESCALATE: ("We pass it to {whom}", "We passed it to {whom}"),
}
_FIRST: Final = "We tell {whom}", "We told {whom}"
"""An alarm begins with who coaches: to them nothing is passed on."""
_BY_ITSELF: Final[Mapping[str, _Tenses]] = {
    "session_becomes_unknown": (
        "If we aren't told, it counts as not known",
        "We weren't told, so it counts as not known",
    ),
    "session_told_ahead": ("It counts as called off", "It counts as called off"),
    "weekly_work_begins": ("These begin automatically", "These began automatically"),
    "leave_begins": ("This begins automatically", "This began automatically"),
    "leave_ends": ("This ends automatically", "This ended automatically"),
    "teaching_starts": ("The course begins", "The course began"),
    "teaching_ends": ("Teaching ends", "Teaching ended"),
    "leave_begins_or_ends": ("A participant's leave begins or ends", "A participant's leave began or ended"),
}
"""By their rules."""
_NUMBERED: Final = {
    Matter.LEARNING_SESSION: "learning session {number}",
    Matter.ATTENDANCE: "attendance at learning session {number}",
    Matter.MAKE_UP: "missed learning session {number}",
}
"""What is about one learning session of a course, of which the window begins with the number."""
_AUTOMATIC: Final = "This happens automatically", "This happened automatically"


def label_of(matter: Matter, about: date | None) -> str:
    """What a matter is called, with the day it is about."""
    label = MATTERS[matter].label
    return say("{label} of {day}", label=label, day=long_date(about)) if about and matter == Matter.SESSION else label


def act_of(
    act: Act,
    rule: str,
    roles: Sequence[Role],
    *,
    weekly: bool = False,
    past: bool = False,
    called: Mapping[Role, str] = ROLES,
) -> str:
    """What is done, and to whom: "We remind the coach"."""
    if act == Act.MOVE_ON:
        return _BY_ITSELF.get(rule, _AUTOMATIC)[past]
    tenses = _FIRST if act == Act.ESCALATE and COACHING.issuperset(roles) else _ACTS[act]
    words = say(tenses[past], whom=listed([called[role] for role in roles]))
    return say("{act} in the weekly email", act=words) if weekly else words


def act_of_course(
    act: Act, rule: str, roles: Sequence[Role], matter: Matter, window: str, *, past: bool = False
) -> str:
    """What is done about a course, to whom, and about which learning session."""
    coach = say("participants") if matter is Matter.LEARNING_SESSION else "the participant"
    words = act_of(act, rule, roles, past=past, called=ROLES | {Role.COACH: coach})
    if matter is Matter.TEACHING:
        return words
    label = MATTERS[matter].label
    if matter in _NUMBERED:
        label = say(_NUMBERED[matter], number=window.partition(".")[0])
    return say("{act}: {matter}", act=words, matter=label)
