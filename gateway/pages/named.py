"""What roles, steps, reasons and answers are called: the same words wherever a page has them."""

from __future__ import annotations

from typing import Final

from schemas.cover_facts import NoCoverReason
from schemas.improvement_facts import Help
from schemas.sentences import say
from schemas.words import EndReason, NotHeldReason, RampStep

STEPS: Final = {
    RampStep.ASSESSMENT: "5Ps assessment",
    RampStep.THEME: "Theme",
    RampStep.GLOBAL_AIM: "Global aim",
    RampStep.SPECIFIC_AIM: "Specific aim",
    RampStep.CHANGE_IDEAS: "Change ideas",
    RampStep.PDSA: "PDSA cycles",
    RampStep.SDSA: "SDSA: making it the standard",
}
"""The steps of the improvement ramp."""

REASONS: Final[dict[NotHeldReason, str]] = {
    NotHeldReason.CLINICAL_PRESSURE: "clinical pressure",
    NotHeldReason.STAFFING: "not enough staff",
    NotHeldReason.NO_QUORUM: "too few people could come",
    NotHeldReason.COACH_ABSENT: "the coach couldn't come",
    NotHeldReason.TEAM_ABSENT: "the team couldn't come",
    NotHeldReason.BANK_HOLIDAY: "bank holiday",
    NotHeldReason.LEAVE: say("leave"),
    NotHeldReason.OTHER: "another reason",
}

ENDS: Final[dict[EndReason, str]] = {
    EndReason.SUSTAINED: "the improvement is sustained",
    EndReason.TEAM_DISBANDED: "the team was disbanded",
    EndReason.TEAM_MERGED: "the team was merged into another",
    EndReason.TEAM_WITHDREW: "the team withdrew",
    EndReason.COACH_STOPPED: "the coach stopped",
    EndReason.NO_COACH_FOUND: "no coach was found",
    EndReason.PARTICIPANT_WITHDREW: "the participant withdrew",
    EndReason.PARTICIPANT_DEFERRED: "the participant moved to a later course",
    EndReason.COHORT_CANCELLED: "the course was cancelled",
    EndReason.STARTED_IN_ERROR: "it was started by mistake",
    EndReason.SILENT: "nobody was answering",
    EndReason.TIME_LIMIT: "the time limit was reached",
    EndReason.NEW_ENGAGEMENT: "new coaching follows",
    EndReason.OTHER: "another reason",
}

NO_COVER: Final[dict[NoCoverReason, str]] = {
    NoCoverReason.TEAM_LEADS: "the team leads its own meetings",
    NoCoverReason.QUIET_TIME: "it's a quiet time for the team",
    NoCoverReason.NOBODY_FREE: "nobody is free",
    NoCoverReason.OTHER: "another reason",
}

SCORES: Final[tuple[tuple[str, str], ...]] = (
    ("0.5", "intent to take part"),
    ("1.0", "charter and team"),
    ("1.5", "planning has begun"),
    ("2.0", "activity, but no changes"),
    ("2.5", "changes tested, but no improvement"),
    ("3.0", "modest improvement"),
    ("3.5", say("improvement")),
    ("4.0", "significant improvement"),
    ("4.5", "sustainable improvement"),
    ("5.0", "outstanding, sustainable results"),
)
"""What each score means (IHI assessment scale)."""


HELP: Final[dict[Help, str]] = {
    Help.MORE_SUPPORT: "More support from faculty",
    Help.MORE_TIME: "More time for the team",
    Help.SMALLER_AIM: "A smaller or different aim",
    Help.ANOTHER_COACH: "Another coach, or a second one",
    Help.PAUSE: "A pause",
    Help.ENDING: "Ending the coaching",
    Help.NOTHING_NEEDED: "Nothing: the team is making progress",
    Help.OTHER: "Something else",
}
"""What would help a team that makes no progress."""

AS_PREDICTED: Final = {"yes": "As predicted", "partly": "Partly as predicted", "no": "Not as predicted"}
DECISIONS: Final = {"adopt": "Adopt the change", "adapt": "Adapt it, and test again", "abandon": "Abandon it"}
"""What a study showed, and what follows."""

OFFER_ANSWERS: Final = {
    "team": "Would coach a team",
    "refresher": "Would like a refresher first",
    "later": "Perhaps later",
    "no": "Doesn't want to coach any more",
}
"""What comes of an offer to coach again."""
