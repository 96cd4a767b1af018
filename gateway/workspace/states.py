"""What is most wrong with a team, in words: its state, and the reason of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from gateway.pages.answers import PAUSES
from records.caseload import NO_CONCERN
from schemas.engagement_facts import PauseReason
from schemas.sentences import lowered, say, say_of
from schemas.words import Concern, Stage

STATES: Final[Mapping[str, tuple[str, str]]] = {
    Concern.STALLED: ("Stalled", "red"),
    Concern.NO_COACH: ("No coach", "red"),
    Concern.AT_RISK: ("At risk", "orange"),
    Concern.NO_PROGRESS: ("No progress", "yellow"),
    Concern.ON_LEAVE: ("Coach away", "grey"),
    Concern.PAUSED: ("Paused", "grey"),
    NO_CONCERN: ("On track", "green"),
}
"""What each state is called, and the colour of its tag."""

ENDED: Final = ("Ended", "grey")

STAGES: Final[Mapping[Stage, str]] = {
    Stage.PROPOSED: "Waiting for the agreement",
    Stage.AGREED: "Weekly sessions haven't begun yet",
    Stage.ACTION: "Improvement sessions every week",
    Stage.TRANSITION: "Taking over from the coach",
    Stage.READINESS_REVIEW: "Being checked for hand-off",
    Stage.AFTERCARE: "Carrying on alone since the hand-off",
    Stage.RELAPSED: "Needs help again after the hand-off",
    Stage.SUSTAINED: "Carrying on alone: the improvement has lasted",
    Stage.ENDED_EARLY: "The coaching ended before a hand-off",
}


def reason(
    concern: Concern | None, stage: Stage, misses: int, outcomes: Collection[str], pause: PauseReason | None
) -> str:
    """Why a team is in its state. ``outcomes`` are those of the sessions that were missed in a row."""
    match concern:
        case Concern.STALLED | Concern.AT_RISK:
            return _missed(misses, frozenset(outcomes))
        case Concern.NO_COACH:
            return "This team has no coach"
        case Concern.NO_PROGRESS:
            return "Progress scores are missing, or aren't going up"
        case Concern.ON_LEAVE:
            return "Every coach of the team is on leave"
        case Concern.PAUSED:
            return say("Paused: {reason}", reason=lowered(PAUSES[pause])) if pause else "Coaching is paused"
        case None:
            return STAGES[stage]


def _missed(misses: int, outcomes: frozenset[str]) -> str:
    number = max(1, misses)
    if outcomes == {"unknown"}:
        return say_of(
            number,
            "We haven't heard whether a session went ahead",
            "We haven't heard whether {number} sessions in a row went ahead",
        )
    if outcomes == {"not_held"}:
        return say_of(number, "A session didn't go ahead", "{number} sessions in a row didn't go ahead")
    return say_of(
        number,
        "A session didn't go ahead, or we haven't heard",
        "{number} sessions in a row didn't go ahead, or we haven't heard",
    )
