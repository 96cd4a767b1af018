"""The workspace: pages on which whoever is signed in runs the academy, or looks after their own teams."""

from __future__ import annotations

from typing import Final

from gateway.workspace import academy, attendance, cohort, course, engine, keys, mail, person, reports, search, team
from gateway.workspace.cohort import importing as cohort_import
from gateway.workspace.cohort import importing_running
from gateway.workspace.tasks import listing as tasks
from gateway.workspace.team import caseload as teams

WORKSPACE: Final = (
    tasks.pages, engine.pages, *keys.KEYS, search.pages, teams.pages, *team.TEAM, *academy.ACADEMY, *course.COURSES,
    *person.PEOPLE,
    # Before the pages of one cohort, whose addresses could be this one.
    cohort_import.pages, importing_running.pages, attendance.pages, *cohort.COHORT, *mail.MAIL, reports.pages,
)  # fmt: skip
"""The pages, each module's own."""
