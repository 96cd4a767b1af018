"""The workspace: pages on which whoever is signed in runs the academy, or looks after their own teams."""

from __future__ import annotations

from typing import Final

from gateway.workspace import (
    academy_pages,
    cohort_import,
    cohort_pages,
    course_pages,
    mail_pages,
    person_pages,
    tasks,
    team_pages,
    teams,
)

WORKSPACE: Final = (
    tasks.pages, teams.pages, *team_pages.TEAM, *academy_pages.ACADEMY, *course_pages.COURSES, *person_pages.PEOPLE,
    # Before the pages of one cohort, whose addresses could be this one.
    cohort_import.pages, *cohort_pages.COHORT, *mail_pages.MAIL,
)  # fmt: skip
"""The pages, each module's own."""
