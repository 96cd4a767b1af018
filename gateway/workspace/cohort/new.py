"""Scheduling a cohort: by its course start, with participants to be enrolled afterwards."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Choice, Field, Given, Question
from gateway.workspace.cohort.answers import DIVISIONS
from gateway.workspace.cohort.frame import cohort_url, way_up
from gateway.workspace.operating import asked, done
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from operations.cohorts import CohortPlan, start_cohort
from operations.in_force import holiday_table_of, programme_in_force
from records import cohorts as records
from schemas.grants import Managing
from schemas.programme import Programme
from schemas.roster import Roster
from schemas.sentences import say
from schemas.subjects import cohort_name
from schemas.words import HolidayDivision

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_SEASONS: Final = ("spring", "summer", "autumn")


@pages.api_route("/cohorts/new", methods=["GET", "HEAD"])
async def new_cohort(visit: Visiting) -> Response:
    """What will happen, and the form."""
    visit.must_run()
    question, _ = await _new(visit)
    return asked(visit, question, *way_up(visit))


@pages.post("/cohorts/new")
async def schedule_new_cohort(visit: Visiting) -> Response:
    """Schedule it, and go on to its participants."""
    visit.must_run()
    question, programme = await _new(visit)
    scheduled: list[str] = []

    async def schedule(_: Answer, given: Given) -> None:
        async with visit.context.connection() as conn:
            table = await holiday_table_of(conn, visit.academy)
            taken = {one.cohort: one.course_start for one in await records.cohorts(conn, (visit.academy,))}
        plan = CohortPlan(
            academy=visit.academy,
            cohort=named(visit.academy, given["starts"], {key for key, on in taken.items() if on != given["starts"]}),
            course_start=given["starts"],
            programme=programme,
            calendar=table,
            division=HolidayDivision(given["division"]),
        )
        caller = visit.entrusted(Managing.COHORTS)
        started = await start_cohort(visit.context.engine, caller, plan, Roster(()), at=given.at)
        scheduled.append(started.cohort)

    found = await done(visit, question, schedule, *way_up(visit))
    if scheduled:
        found.headers["location"] = f"{cohort_url(visit, scheduled[0], '/participants')}?told=1"
    return found


def named(academy: str, starts: date, taken: Collection[str]) -> str:
    """The id of a cohort: by the year and season of its start, with a number where there is another by that name."""
    name, number = f"{academy}.{starts.year}-{_SEASONS[(starts.month - 1) // 4]}", 1
    while (found := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return found


async def _new(visit: Visit) -> tuple[Question, Programme]:
    async with visit.context.connection() as conn:
        programme = await programme_in_force(conn, visit.academy)
    course = programme.course
    fields = (
        Field(
            name="starts", kind="date", label="When does the course start?", hint="For example, 8 3 2027",
            missing="Enter when the course starts",
        ),
        Field(
            name="division", kind="radios", label="Which bank holidays does it follow?", missing="Select a part",
            choices=tuple(Choice(part, words) for part, words in DIVISIONS.items()),
            value=HolidayDivision.ENGLAND_AND_WALES,
        ),
    )  # fmt: skip
    answer = Answer(name="schedule", fields=fields, buttons=button("Schedule the cohort"), note=False)
    lead = say(
        "The cohort will have {learning_sessions} learning sessions over {length_months} "
        "months, and be named after its start, like {cohort}. You can move each session "
        "later.",
        learning_sessions=course.learning_sessions,
        length_months=course.length_months,
        cohort=cohort_name("2027-autumn"),
    )
    after = (
        "Nobody gets an email yet. Next, you enrol the participants, each with their faculty member. If you make a "
        "mistake, you can move or cancel the course."
    )
    question = Question(
        title="Schedule a cohort", lead=(lead, after), topic=f"cohorts/new/{visit.academy}", mark=(), answers=(answer,)
    )
    return question, programme
