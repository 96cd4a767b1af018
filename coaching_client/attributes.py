"""The search attributes by which an operator finds workflows. The server keeps them in clear: codes and dates only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from temporalio.common import SearchAttributeKey

ACADEMY: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("AcademyId")
COHORT: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("CohortId")
COACH: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("CoachId")
PHASE: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("Phase")
HEALTH: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("Health")
RAMP_STEP: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("RampStep")
NEXT_DUE: Final[SearchAttributeKey[datetime]] = SearchAttributeKey.for_datetime("NextDue")
TURN: Final[SearchAttributeKey[str]] = SearchAttributeKey.for_keyword("Turn")

SEARCH_ATTRIBUTES: Final[tuple[SearchAttributeKey[Any], ...]] = (
    ACADEMY,
    COHORT,
    COACH,
    PHASE,
    HEALTH,
    RAMP_STEP,
    NEXT_DUE,
    TURN,
)
"""Every attribute that must be registered in the namespace before a workflow starts."""
