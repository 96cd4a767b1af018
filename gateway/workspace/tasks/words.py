"""What a task is called: for whoever runs the academy or supervises what to see to, for others what to answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lifecycle.matters import MATTERS
from lifecycle.worklist import Kind, Waiting
from schemas.words import Matter, Role

_KINDS: Final = {
    Kind.QUESTION: "question",
    Kind.MAIL: "email that bounces",
    Kind.CHANNEL: "text messages that don't get through",
    Kind.EVENT: "an event we couldn't record",
    Kind.DELIVERY: "events we couldn't deliver",
    Kind.HELD: "bookings to look at",
    Kind.INCIDENT: "something went wrong",
}

_OWN: Final[Mapping[Matter, str]] = {
    Matter.SESSION: "Say whether the session went ahead.",
    Matter.ESCALATION: "Say how the team can go on.",
    Matter.STALL: "Say what should happen next.",
    Matter.CYCLE: "Record what the team tries next, or what it learnt.",
    Matter.AIM: "Say whether the team reached its aim, or choose a new date.",
    Matter.AGREEMENT: "Sign the coaching agreement.",
    Matter.PROGRESS_TEAM: "Score the team's progress.",
    Matter.PAUSE_REVIEW: "Say whether the team is ready to restart.",
    Matter.TRANSITION: "Say whether the team is ready to take over from its coach.",
    Matter.SIGN_OFF: "Sign off that the team can carry on alone.",
    Matter.AFTERCARE: "Say whether the improvement still holds.",
    Matter.MAKE_UP: "Say how the missed learning session was made up.",
    Matter.MICROSYSTEM: "Name the team to coach.",
    Matter.MISSING_DAY: "Choose a later course for the missed day.",
}  # fmt: skip


def label_of(waiting: Waiting) -> str:
    """What kind of task it is."""
    return MATTERS[waiting.matter].label if waiting.matter else waiting.title or _KINDS[waiting.kind]


def words_of(waiting: Waiting, role: Role | None) -> str:
    """What to do, for who does it in this role; None for whoever only knows what it waits for."""
    if waiting.turn is Role.OPERATOR:
        return label_of(waiting)
    if waiting.matter is None:
        return waiting.suggestion
    return suggested(waiting.matter, role or waiting.turn) or waiting.suggestion


def suggested(matter: Matter, role: Role | None) -> str:
    """What somebody in this role does about a matter."""
    others = MATTERS[matter].suggestion or ""
    return others if role in (None, Role.OFFICE, Role.DEPUTY, Role.FACULTY) else _OWN.get(matter, others)
