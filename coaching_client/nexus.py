"""The Nexus service: the contract by which workflows of other namespaces tell and ask. Safe to import in a workflow.

Inputs and answers enter the histories of caller and engine: they hold ids and codes, never a name.
"""

from __future__ import annotations

from typing import Final

import nexusrpc
from temporalio.exceptions import ApplicationError

from coaching_client.answers import CohortStarted
from schemas.cohort_facts import CohortScheduled, EnrolmentAccepted
from schemas.corrections import CohortFact, EngagementFact
from schemas.due import CohortStanding, CohortTold, Refusal, Standing, Told
from schemas.words import CohortId, EngagementId, Said

ENDPOINT: Final = "coaching"
"""The name of the Nexus endpoint, as the worker registers it."""

_REFUSED: Final = "Refused."


class StartCohort(Said):
    """Start a cohort, or tell a running one its late enrolments. People are ids that the records know."""

    cohort: CohortId
    opening: CohortScheduled
    enrolments: tuple[EnrolmentAccepted, ...] = ()


class TellEngagement(Said):
    """Tell an engagement a fact."""

    engagement: EngagementId
    fact: EngagementFact


class TellCohort(Said):
    """Tell a cohort a fact."""

    cohort: CohortId
    fact: CohortFact


class AskEngagement(Said):
    """Ask where an engagement stands."""

    engagement: EngagementId


class AskCohort(Said):
    """Ask where a cohort stands."""

    cohort: CohortId


@nexusrpc.service(name="coaching")
class CoachingService:
    """What other workflows can do here. Every operation is synchronous, and may be repeated."""

    start_cohort: nexusrpc.Operation[StartCohort, CohortStarted]
    tell: nexusrpc.Operation[TellEngagement, Told]
    tell_cohort: nexusrpc.Operation[TellCohort, CohortTold]
    state: nexusrpc.Operation[AskEngagement, Standing]
    cohort_state: nexusrpc.Operation[AskCohort, CohortStanding]


def refused(refusal: Refusal) -> ApplicationError:
    """A refusal as it travels: type ``Refused.<when>``, the reason as message, the refusal as its first detail."""
    return ApplicationError(refusal.reason, refusal, type=f"{_REFUSED}{refusal.when}", non_retryable=True)


def refusal_of(error: BaseException | None) -> Refusal | None:
    """The refusal behind a failed operation, or None when it failed for another reason.

    Give it the NexusOperationError that the caller's workflow caught.
    """
    while error is not None:
        if isinstance(error, ApplicationError) and (error.type or "").startswith(_REFUSED) and error.details:
            return Refusal.model_validate(error.details[0])
        error = error.__cause__
    return None
