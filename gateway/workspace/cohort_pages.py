"""All pages of cohorts."""

from __future__ import annotations

from typing import Final

from gateway.workspace import cohort, cohort_changes, cohort_people, cohort_teaching, cohorts

COHORT: Final = (cohorts.pages, cohort.pages, cohort_people.pages, cohort_teaching.pages, cohort_changes.pages)
