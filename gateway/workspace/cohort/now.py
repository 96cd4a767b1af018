"""One cohort now: its stage and why, what is asked of whom, its dates, and how its teams are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.course import participant_name
from gateway.pages.shown import PageContext
from gateway.workspace.cohort.frame import STAGES, cohort_of, cohort_url, show_cohort
from gateway.workspace.cohort.listing import teams_by_state
from gateway.workspace.team.acts import act_of_course
from gateway.workspace.team.caseload import sought_by
from gateway.workspace.team.now import tasks_of
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle import cohort as rules
from lifecycle.dates import date_range, long_date
from lifecycle.gathering import Subject
from lifecycle.projection import turn
from lifecycle.roles import ROLES
from lifecycle.subjects import RULES
from lifecycle.worklist import open_questions
from records import caseload
from records import team as records
from schemas.rows import QuestionRow
from schemas.sentences import lowered, say
from schemas.subjects import COHORT
from schemas.words import Act, Matter, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Day:
    """One learning session; ``label`` is what ``url`` leads to, if anywhere."""

    number: int
    when: str
    said: str
    label: str
    url: str


@pages.api_route("/cohorts/{cohort}", methods=["GET", "HEAD"])
async def now_and_why(visit: Visiting, cohort: str) -> Response:
    """Where the cohort is, what is open, and its dates."""
    page = await cohort_of(visit, cohort)
    rows = open_questions(Subject(RULES[COHORT.name], page.cohort, page.done))
    rows.sort(key=lambda row: (row.loss, row.owed_by or row.since))
    sought = sought_by(visit)
    async with visit.context.connection() as conn:
        put = await records.put(conn, page.subject, {f"{row.matter}/{row.window}" for row in rows})
        counted = [count for count in await caseload.counts(conn, sought) if count.cohort == cohort]
    yours, others = [], []
    for row in rows:
        mine, theirs = tasks_of(visit, page, [row], put)
        yours += [(task, about(page, row)) for task in mine]
        others += [(task, about(page, row)) for task in theirs]
    return show_cohort(
        "cohort_now.html",
        visit,
        page,
        "",
        stage=STAGES[page.cohort.stage],
        why=_why(page),
        following=_following(page),
        facts=_facts(page),
        yours=yours,
        others=others,
        days=list(_days(visit, page)),
        teams=teams_by_state(visit, cohort, counted),
    )


def about(page: PageContext, row: QuestionRow) -> str:
    """Whom of the participants a question is about; empty for the whole course."""
    found = next((place for key, place in page.course.enrolments.items() if key in row.window), None)
    return participant_name(page, found) if found else ""


def _why(page: PageContext) -> str:
    return rules.why(page.cohort, page.done, "next")[0].answer


def _following(page: PageContext) -> str:
    ahead = rules.upcoming(page.cohort, page.done)
    if not ahead:
        return "Nothing more is due."
    first, whose = ahead[0], turn(ahead)
    day = page.clock.date(first.at)
    if first.matter is Matter.LEARNING_SESSION and first.act is Act.REMIND:
        return say(
            "Next, on {day}, we remind participants of learning session {number}.",
            day=day,
            number=first.window.partition(".")[0],
        )
    act = lowered(act_of_course(first.act, first.rule, first.to, first.matter, first.window))
    if whose:
        return say("Next, on {day}, {act}. It's up to {role} now.", day=day, act=act, role=ROLES[whose])
    return say("Next, on {day}, {act}.", day=day, act=act)


def _facts(page: PageContext) -> list[dict[str, dict[str, str]]]:
    life = page.course
    here = [place for place in life.enrolments.values() if not place.gone]
    left = len(life.enrolments) - len(here)
    days = date_range(life.opening.course_start, life.calendar.day(life.teaching_ends_at))
    found = [
        ("Course", days),
        ("Participants", say("{here}, and {left} who left", here=len(here), left=left) if left else str(len(here))),
        ("With a team", str(sum(life.has_team(place) for place in here))),
    ]
    return [{"key": {"text": key}, "value": {"text": value}} for key, value in found]


def _days(visit: Visit, page: PageContext) -> Iterator[Day]:
    for day in _every_day(visit, page):
        # What is asked of the whole course is the office's to answer.
        yield day if page.role is Role.OFFICE else replace(day, url="")


def _every_day(visit: Visit, page: PageContext) -> Iterator[Day]:
    life = page.course
    for number in life.numbers:
        starts_at = life.learning_session(number)
        when = say("{day} at {time}", day=long_date(life.calendar.day(starts_at)), time=page.clock.time(starts_at))
        attendance = cohort_url(visit, page.subject, f"/attendance/{number}")
        if number in life.held:
            there = sum(number in place.attended for place in life.enrolments.values())
            yield Day(
                number,
                when,
                say("{attended} of {all} attended", attended=there, all=len(life.enrolments)),
                "Correct the attendance",
                attendance,
            )
        elif starts_at <= page.present:
            yield Day(number, when, "Attendance isn't recorded yet", "Take the attendance", attendance)
        else:
            move = cohort_url(visit, page.subject, f"/changes/session-{number}")
            yield Day(number, when, "To come", "Move it", move)
