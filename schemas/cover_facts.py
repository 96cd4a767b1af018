"""What an engagement can be told of who stands in for a coach."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from schemas.facts import Fact
from schemas.words import Group


class InterimKept(Fact, group=Group.PEOPLE):
    """The interim coach stays; ``review_on`` may say when that is asked again."""

    kind: Literal["interim_kept"] = "interim_kept"
    review_on: date | None = None


class NoCoverReason(StrEnum):
    """Why nobody stands in for a coach who is away for long."""

    TEAM_LEADS = "team_leads"
    QUIET_TIME = "quiet_time"
    NOBODY_FREE = "nobody_free"
    OTHER = "other"


class CoverWaived(Fact, group=Group.PEOPLE):
    """Nobody need stand in for a coach who is away; it is asked again on ``review_on``, if that lasts so long."""

    kind: Literal["cover_waived"] = "cover_waived"
    reason: NoCoverReason
    review_on: date
