"""What starting a cohort answers."""

from __future__ import annotations

from schemas.due import CohortStanding, Refusal
from schemas.words import EnrolmentId, Said


class RefusedEnrolment(Said):
    """A participant whom the cohort does not take, and why."""

    enrolment: EnrolmentId
    refusal: Refusal


class CohortStarted(Said):
    """The cohort runs, and this is recorded: where it stands now, and whom of those given it does not take."""

    standing: CohortStanding
    refused: tuple[RefusedEnrolment, ...] = ()
