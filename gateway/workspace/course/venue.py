"""The venue of an Introduction course, and what delegates need to know before they come."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Field, Given, Question
from gateway.pages.shown import PageContext
from gateway.workspace.course.listing import courses_url
from gateway.workspace.course.now import course_of, crumbs_of, title_of
from gateway.workspace.operating import asked, done
from gateway.workspace.visit import Visiting, WorkspaceRoute
from operations.intro_courses import CoursePlan, schedule_course
from schemas.sentences import say
from schemas.words import IntroCourseId

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


def _venue(page: PageContext) -> Question:
    fields = (
        Field(name="venue", kind="note", label="Where does it take place?", value=page.beside.venue,
              missing="Enter where it takes place"),
        Field(name="joining", kind="note", label="What should delegates know before they come? (optional)",
              optional=True, seen=True, value=page.beside.joining,
              hint="For example, parking, or what to bring."),
    )  # fmt: skip
    day = page.clock.date(page.intro.life.joining_at)
    lead = say("Joining instructions will go out on {day}, with these details.", day=day)
    if page.intro.life.joining_at <= page.present:
        lead = "Joining instructions went out with the old details. Delegates will see the new ones on their own page."
    return Question(
        title="The venue, and what delegates need to know",
        lead=(say("{course}.", course=title_of(page)), lead),
        topic=f"{page.subject}/venue",
        mark=(),
        answers=(Answer(name="venue", fields=fields, buttons=button("Save"), note=False, as_recorded=True),),
    )


@pages.api_route("/introduction-courses/{course}/venue", methods=["GET", "HEAD"])
async def venue(visit: Visiting, course: IntroCourseId) -> Response:
    """Where it takes place."""
    page = await course_of(visit, course)
    return asked(visit, _venue(page), *crumbs_of(visit, page))


@pages.post("/introduction-courses/{course}/venue")
async def say_venue(visit: Visiting, course: IntroCourseId) -> Response:
    """Say where it takes place."""
    page = await course_of(visit, course)
    opening = page.intro.life.opening

    async def keep(_: Answer, given: Given) -> None:
        plan = CoursePlan(
            academy=opening.academy, course=course, day_1=opening.day_1, day_2=opening.day_2,
            programme=opening.programme, venue=given["venue"], joining=given["joining"] or "",
        )  # fmt: skip
        await schedule_course(visit.context.engine, visit.caller, plan)

    crumbs = crumbs_of(visit, page)
    return await done(visit, _venue(page), keep, *crumbs, to=courses_url(visit, course))
