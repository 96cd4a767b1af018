"""All pages of cohorts."""

from __future__ import annotations

from typing import Final

from gateway.workspace import (
    cohort,
    cohort_certificates,
    cohort_changes,
    cohort_log,
    cohort_new,
    cohort_people,
    cohort_teaching,
    cohorts,
)

COHORT: Final = (
    cohorts.pages, cohort_new.pages, cohort.pages, cohort_people.pages, cohort_teaching.pages,
    cohort_certificates.pages, cohort_changes.pages, cohort_log.pages,
)  # fmt: skip
