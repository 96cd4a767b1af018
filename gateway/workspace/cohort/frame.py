"""What all pages of one cohort have in common: who may see them, and the way from each to the others."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import HTMLResponse

from gateway.pages.answers import Ask
from gateway.pages.mistakes import with_way_back
from gateway.pages.places import Crumb
from gateway.pages.shown import Nobody, PageContext
from gateway.workspace import acting
from gateway.workspace.frame import show
from gateway.workspace.visit import NotTheirs, Visit
from lifecycle.cohort.life import Enrolment
from schemas.sentences import say
from schemas.subjects import cohort_name
from schemas.words import CohortStage, EnrolmentState, Role

RUN: Final = (Role.OFFICE, Role.FACULTY)
"""Who looks after a cohort."""

STAGES: Final = {
    CohortStage.PLANNED: ("Planned", "grey"),
    CohortStage.CONFIRMED: ("Confirmed", "blue"),
    CohortStage.IN_TEACHING: ("Running", "green"),
    CohortStage.TEACHING_COMPLETE: ("Taught: completion to be recorded", "yellow"),
    CohortStage.CLOSED: ("Course finished", "grey"),
    CohortStage.CANCELLED: ("Cancelled", "red"),
}
"""What each stage is called, and the colour of its tag."""

STATES: Final = {
    EnrolmentState.MICROSYSTEM_PENDING: "No team yet",
    EnrolmentState.CONDITIONAL_START: "Started without a team",
    EnrolmentState.READY: "Ready to start",
    EnrolmentState.IN_TRAINING: "On the course",
    EnrolmentState.ON_LEAVE: "On leave",
    EnrolmentState.TRAINING_COMPLETE: "Completed the course",
    EnrolmentState.PRACTISING: "Completed the course, and coaching",
    EnrolmentState.LAPSED: "Completed the course, but no longer coaching",
    EnrolmentState.REFRESHING: "Had a refresher",
    EnrolmentState.ALUMNUS: "Completed the course, and has finished coaching",
    EnrolmentState.NOT_COMPLETED: "Did not complete the course",
    EnrolmentState.DEFERRED: "Moved to a later course",
    EnrolmentState.WITHDRAWN: "Left the course",
}
"""The states of participants in words, in the order in which they are listed."""

TABS: Final = (
    ("Now and why", ""),
    ("Participants", "/participants"),
    ("Attendance", "/attendance"),
    ("Completion", "/completion"),
    ("Certificates", "/certificates"),
    ("Changes", "/changes"),
    ("Report", "/report"),
    ("Log", "/log"),
    ("Messages", "/messages"),
)
"""In the order in which they are offered."""

_OFFICE_ALONE: Final = frozenset({"/completion", "/changes"})


async def cohort_of(visit: Visit, cohort: str, about: str = "") -> PageContext:
    """The cohort as this reader sees it. Raises NotTheirs for whoever may not, and for what is no cohort of theirs."""
    visit.must_have(cohort, *RUN)
    try:
        page = await acting.seen_by(visit, cohort, about)
        page.course  # noqa: B018 - raises Nobody for what is no cohort
    except Nobody:
        raise NotTheirs from None
    if page.subject != cohort:
        raise NotTheirs
    return page


async def run_by(visit: Visit, cohort: str, about: str = "") -> PageContext:
    """A cohort that this reader runs: what concerns all of it is its office's. Raises NotTheirs for faculty, too."""
    visit.must_have(cohort, Role.OFFICE)
    return await cohort_of(visit, cohort, about)


def looks_after(page: PageContext, place: Enrolment) -> bool:
    """Whether the reader may record something of a participant: the office of anybody, faculty of their own."""
    return page.role is Role.OFFICE or place.person(Role.FACULTY) == page.person


def cohort_url(visit: Visit, cohort: str, tab: str = "") -> str:
    """Where a page of a cohort is."""
    return f"{visit.root}/cohorts/{cohort}{tab}"


def way_up(visit: Visit, cohort: str = "", tab: str | None = None) -> tuple[Crumb, ...]:
    """The pages above a cohort's; with a cohort those above a page of its own, under a tab."""
    found = [Crumb("Cohorts", f"{visit.root}/cohorts")]
    if cohort:
        found.append(Crumb(cohort_name(cohort), cohort_url(visit, cohort)))
    if tab:
        label = next(label for label, path in TABS if path == tab)
        found.append(Crumb(label, cohort_url(visit, cohort, tab)))
    return tuple(found)


def show_cohort(template: str, visit: Visit, page: PageContext, tab: str, **said: Any) -> HTMLResponse:  # noqa: ANN401
    """A page of a cohort, by its tab's path."""
    shown = (one for one in TABS if page.role is Role.OFFICE or one[1] not in _OFFICE_ALONE)
    tabs = [(label, cohort_url(visit, page.subject, path), path == tab) for label, path in shown]
    label = next(label for label, path in TABS if path == tab)
    return show(
        template,
        visit,
        title=say("{label}: {cohort}", label=label, cohort=cohort_name(page.subject)),
        team=say("Cohort {cohort}", cohort=cohort_name(page.subject)),
        whose="About this cohort",
        by_office=page.role is Role.OFFICE,
        tabs=tabs,
        here=cohort_url(visit, page.subject),
        crumbs=way_up(visit),
        told="told" in visit.request.query_params,
        **said,
    )


def back(ask: Ask) -> Ask:
    """The question, with a way to take back what it shows as recorded."""
    return lambda at: with_way_back(at, ask(at))
