"""The programme that holds in an academy, in words; and adopting a version in which a setting is another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Choice, Field, Given, Question
from gateway.pages.places import Crumb
from gateway.workspace.academy.now import academy_url, follow_in_words, way_up
from gateway.workspace.academy.programme_fields import field_of, read, written
from gateway.workspace.academy.programme_words import SECTIONS, SETTINGS, DoesNotFitError, Setting, changed
from gateway.workspace.course.listing import courses_url, in_words
from gateway.workspace.course.listing import way_up as to_courses
from gateway.workspace.frame import show
from gateway.workspace.operating import WHY, asked, done
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from operations.academies import adopt_programme
from operations.in_force import programme_in_force
from operations.intro_calendars import open_no_more, open_regularly
from records import academies, intro_calendars
from schemas.programme import IntroCourse, Programme
from schemas.sentences import lowered, raised, say
from schemas.words import Weekday

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_MOST: Final = 9999


@pages.api_route("/academy/programme", methods=["GET", "HEAD"])
async def programme(visit: Visiting) -> Response:
    """Every setting in words, with how it is changed."""
    known, follow = await _known(visit)
    here = academy_url(visit, "programme")
    sections = [
        (
            title,
            [(setting.label, raised(setting.in_words(known)), f"{here}/{setting.slug}") for setting in settings],
        )
        for title, settings in SECTIONS.items()
    ]
    return show(
        "programme.html",
        visit,
        title=say("The programme: version {version}", version=known.version),
        sections=sections,
        follow=follow,
        crumbs=(way_up(visit),),
        told="told" in visit.request.query_params,
    )


async def _known(visit: Visit) -> tuple[Programme, str]:
    visit.must_run()
    async with visit.context.connection() as conn:
        known = await programme_in_force(conn, visit.academy)
        return known, follow_in_words(await academies.following(conn, visit.academy), known)


def _crumbs(visit: Visit) -> tuple[Crumb, Crumb]:
    return way_up(visit), Crumb("The programme", academy_url(visit, "programme"))


def _setting(slug: str) -> Setting:
    """Raises NotTheirs for what is none."""
    found = SETTINGS.get(slug)
    if found is None:
        raise NotTheirs
    return found


def _other(setting: Setting, known: Programme) -> Question:
    field = field_of(setting, known)
    return Question(
        title=setting.label,
        lead=(
            say("Now: {value}.", value=setting.in_words(known)),
            "Before anything changes, we'll show you what it would mean.",
        ),
        topic=f"academy/programme/{setting.slug}",
        mark=(),
        answers=(
            Answer(
                name="other", fields=(field,), buttons=button("See what would change"), note=False, as_recorded=True
            ),
        ),
    )


def _adopting(known: Programme, after: Programme, what: str, follow: str) -> Question:
    return Question(
        title=say("Adopt version {version} of the programme?", version=after.version),
        lead=(
            what,
            say("From now on it applies to {follow}, and to everything that starts later.", follow=follow),
            "Past questions, counts and decisions don't change. Future dates will be worked out again.",
            "You can't undo this, but you can change the setting again in the same way.",
        ),
        topic=f"academy/programme/version-{known.version}",
        mark=(what,),
        answers=(
            Answer(name="adopt", fields=(WHY,), buttons=button("Adopt this version"), variant="warning", note=False),
        ),
    )


@pages.api_route("/academy/programme/{slug}", methods=["GET", "HEAD"])
async def setting(visit: Visiting, slug: str) -> Response:
    """One setting; with another value in the address what that would mean."""
    question = await _of_setting(visit, slug)
    if question[1] is not None:
        visit.must_be_fresh()
    return asked(visit, question[0], *_crumbs(visit))


async def _of_setting(visit: Visit, slug: str) -> tuple[Question, Programme | None]:
    """The question, and the version that it would adopt, once a value was chosen."""
    known, follow = await _known(visit)
    found, to = _setting(slug), visit.request.query_params.get("to", "")
    if to in ("", written(found.of(known))):
        return _other(found, known), None
    try:
        after = changed(known, {found.path: read(found, to)})
    except DoesNotFitError as wrong:
        return replace(_other(found, known), lead=(say("{wrong}.", wrong=wrong),)), None
    what = say(
        "{label} From now on: {new}. Until now: {old}.",
        label=found.label,
        new=found.in_words(after),
        old=found.in_words(known),
    )
    return _adopting(known, after, what, follow), after


@pages.post("/academy/programme/{slug}")
async def change_setting(visit: Visiting, slug: str) -> Response:
    """Show what it would mean; or adopt it."""
    question, after = await _of_setting(visit, slug)
    if after is None:
        return await _see(visit, question, _setting(slug))
    visit.must_be_fresh()

    async def adopt(_: Answer, given: Given) -> None:
        await adopt_programme(visit.context.engine, visit.caller, visit.academy, after, given["why"])

    return await done(visit, question, adopt, *_crumbs(visit), to=academy_url(visit, "programme"))


async def _see(visit: Visit, question: Question, found: Setting) -> Response:
    known, _ = await _known(visit)
    chosen: list[str] = []

    async def choose(_: Answer, given: Given) -> None:
        to = written(given["to"])
        changed(known, {found.path: read(found, to)})
        chosen.append(to)

    answer = await done(visit, question, choose, *_crumbs(visit))
    return RedirectResponse(f"?{urlencode({'to': chosen[0]})}", status_code=303) if chosen else answer


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_WEEKS: Final = ("First", "Second", "Third", "Fourth")


def _regular(known: Programme, *, opens: bool) -> Question:
    rules = known.intro_course
    start = Answer(
        name="start",
        buttons=button("Open these courses automatically"),
        note=False,
        hint=say(
            "We check each morning. A course opens for booking {opens_weeks_before} weeks before day 1.",
            opens_weeks_before=rules.opens_weeks_before,
        ),
    )
    stop = Answer(
        name="stop", opener="Stop opening courses automatically", buttons=button("Stop opening courses"), note=False,
        variant="warning", hint="Courses that are already open will still run. You can start again here at any time.",
    )  # fmt: skip
    return Question(
        title="Courses that open automatically" if opens else "Open courses automatically",
        lead=(
            in_words(rules) if opens else say("If you start this: {what}", what=lowered(in_words(rules))),
            "If either day is a bank holiday or in a week when the academy is closed, both move a week later.",
        ),
        topic=f"academy/regular/{known.label}",
        mark=(str(opens),),
        answers=(_days(rules), stop) if opens else (start, _days(rules)),
        also="Change the days, or stop" if opens else "Change the days first",
    )


def _days(rules: IntroCourse) -> Answer:
    months = tuple(Choice(str(number), name) for number, name in enumerate(_MONTHS, 1))
    weekdays = tuple(Choice(day, day.capitalize()) for day in list(Weekday)[:5])
    fields = (
        Field(name="months", kind="checkboxes", label="In which months?", choices=months,
              value=tuple(str(month) for month in rules.months), missing="Select at least one month"),
        Field(name="day", kind="radios", label="On which day of the week?", choices=weekdays,
              value=str(rules.first_day_on), missing="Select a day"),
        Field(name="week", kind="radios", label="Which week of the month?", value=str(rules.week_of_month),
              choices=tuple(Choice(str(number), name) for number, name in enumerate(_WEEKS, 1)),
              missing="Select which week"),
        Field(name="apart", kind="number", label="How many days after day 1 is day 2?", least=1, most=28,
              value=str(rules.days_apart), missing="Enter a number"),
        Field(name="places", kind="number", label="Places", least=1, most=500, value=str(rules.places),
              missing="Enter a number"),
        WHY,
    )  # fmt: skip
    return Answer(
        name="days", opener="Change the days or the places", fields=fields, buttons=button("Save these days"),
        note=False, variant="secondary", as_recorded=True,
        hint="This makes a new version of the programme. Courses that are already open keep their days.",
    )  # fmt: skip


async def _regular_of(visit: Visit) -> tuple[Question, Programme]:
    visit.must_run()
    async with visit.context.connection() as conn:
        opens = await intro_calendars.of_academy(conn, visit.academy)
        known = await programme_in_force(conn, visit.academy)
    return _regular(known, opens=opens is not None), known


@pages.api_route("/introduction-courses/regular", methods=["GET", "HEAD"])
async def regular_courses(visit: Visiting) -> Response:
    """On which days courses open by themselves."""
    question, _ = await _regular_of(visit)
    return asked(visit, question, to_courses(visit))


@pages.post("/introduction-courses/regular")
async def change_regular(visit: Visiting) -> Response:
    """Start or stop it, or have other days."""
    question, known = await _regular_of(visit)
    visit.must_be_fresh()
    engine, academy = visit.context.engine, visit.academy

    async def act(answer: Answer, given: Given) -> None:
        if answer.name == "start":
            await open_regularly(engine, visit.caller, academy, None, known)
        elif answer.name == "stop":
            await open_no_more(engine, visit.caller, academy)
        else:
            await adopt_programme(engine, visit.caller, academy, changed(known, _said(given)), given["why"])

    return await done(visit, question, act, to_courses(visit), to=courses_url(visit, "regular"))


def _said(given: Given) -> dict[str, Any]:
    return {
        "intro_course.months": tuple(sorted(int(month) for month in given["months"])),
        "intro_course.first_day_on": given["day"],
        "intro_course.week_of_month": int(given["week"]),
        "intro_course.days_apart": given["apart"],
        "intro_course.places": given["places"],
    }
