"""What holds for all of an academy: closed weeks, bank holidays, the programme, its office and its deputy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import CONFIRMED, button
from gateway.pages.asked import BACK, Answer, Choice, Field, Given, Question
from gateway.pages.places import Crumb
from gateway.pages.recorded import in_words as in_words_of
from gateway.workspace.frame import show
from gateway.workspace.operating import WHY, asked, done
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.academy.facts import Life
from lifecycle.dates import date_range, long_date, long_month
from operations.academies import close_academy, revise_calendar
from operations.in_force import academy_life
from operations.in_force import programme_in_force as in_force
from records import academies, intro_calendars, ledger, offices
from records import pages as known_pages
from records.academies import Following
from records.offices import OfficePerson
from schemas.calendars import HOLIDAY_TABLES, LATEST_HOLIDAY_TABLE, holiday_table
from schemas.facts import Fact
from schemas.programme import Programme
from schemas.sentences import joined, say, say_of
from schemas.words import Code, HolidayDivision

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_DIVISIONS: Final = {
    HolidayDivision.ENGLAND_AND_WALES: "England and Wales",
    HolidayDivision.SCOTLAND: "Scotland",
    HolidayDivision.NORTHERN_IRELAND: "Northern Ireland",
}
_MONTHS_AHEAD: Final = 366
_SHOWN: Final = 20
_CHANGES: Final = (
    "academy_closed", "calendar_revised", "programme_adopted", "office_member_joined", "office_member_left",
    "deputy_named", "correction",
)  # fmt: skip
"""The facts of an academy that its page tells."""


def academy_url(visit: Visit, *parts: str) -> str:
    """Where a page of the academy is."""
    return "/".join((f"{visit.root}/academy", *parts))


def way_up(visit: Visit) -> Crumb:
    """The academy's page, above its others."""
    return Crumb("Your academy", academy_url(visit))


@pages.api_route("/academy", methods=["GET", "HEAD"])
async def overview(visit: Visiting) -> Response:
    """Everything that holds for all of it, each with where it is changed."""
    visit.must_run()
    async with visit.context.connection() as conn:
        life = await academy_life(conn, visit.academy)
        programme = await in_force(conn, visit.academy)
        known = await academies.following(conn, visit.academy)
        mailbox = await offices.mailbox(conn, visit.academy)
        staff = await offices.staff(conn, visit.academy)
        regular = await intro_calendars.of_academy(conn, visit.academy)
        facts = (await ledger.load(conn, visit.academy)).facts
        words = await known_pages.notes_of(conn, visit.academy, _CHANGES)
    return show(
        "academy.html",
        visit,
        title=visit.context.settings.academy_called(visit.academy),
        here=academy_url(visit),
        mailbox=mailbox,
        members=[_named(person) for person in staff if person.part == "member"],
        deputy=next((_named(person) for person in staff if person.part == "deputy"), ""),
        closed=[date_range(first, last) for first, last in closed_ahead(life, visit.today)],
        division=_DIVISIONS[_division(life)],
        table=_table_in_words(_table(life), _division(life)),
        holidays=[long_date(day) for day in holidays_ahead(life, visit.today)],
        programme=programme,
        follow=follow_in_words(known, programme),
        regular=regular is not None,
        changes=_changes(visit, facts, words),
        told="told" in visit.request.query_params,
    )


def _changes(visit: Visit, facts: Sequence[Fact], words: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What changed lately, with why: by day, the newest day first, within a day the earliest first."""
    known = sorted((fact for fact in facts if fact.kind in _CHANGES), key=lambda fact: fact.occurred_at)[-_SHOWN:]
    days = groupby(known, lambda fact: visit.clock.date(fact.occurred_at))
    said = [
        (day, [(in_words_of(fact, visit.clock), words.get(fact.event_id, "")) for fact in on_it]) for day, on_it in days
    ]
    return said[::-1]


def _named(person: OfficePerson) -> str:
    return (
        say("{name}, {address}", name=person.name, address=person.address)
        if person.name
        else "Somebody whose record was erased"
    )


def closed_ahead(life: Life | None, today: date) -> list[tuple[date, date]]:
    """The closed weeks that are not over."""
    return sorted({span for span in life.calendar.closed if span[1] >= today}) if life else []


def _division(life: Life | None) -> HolidayDivision:
    return life.opening.division if life else HolidayDivision.ENGLAND_AND_WALES


def _table(life: Life | None) -> Code:
    return life.calendar.table if life else LATEST_HOLIDAY_TABLE


def holidays_ahead(life: Life | None, today: date) -> list[date]:
    """The bank holidays of the next year."""
    days = holiday_table(_table(life)).divisions[_division(life)]
    return [day for day in days if 0 <= (day - today).days < _MONTHS_AHEAD]


def _table_in_words(table: Code, division: HolidayDivision) -> str:
    until = holiday_table(table).published_until[division]
    year, _, month = table.removeprefix("uk-").partition("-")
    published = long_month(date(int(year), int(month), 1))
    return say(
        "As published in {published}: official until {day}, worked out by the usual rules after that",
        published=published,
        day=long_date(until),
    )


def follow_in_words(known: Iterable[Following], programme: Programme) -> str:
    """How much follows a programme, whatever its version."""
    mine = [one for one in known if one.programme.partition("@")[0] == programme.name]
    return in_words(sum(one.teams for one in mine), sum(one.cohorts for one in mine), sum(one.courses for one in mine))


def in_words(teams: int, cohorts: int, courses: int) -> str:
    """'12 teams, 3 cohorts and 1 Introduction course'."""
    return say(
        "{teams}, {cohorts} and {courses}",
        teams=say_of(teams, "{number} team", "{number} teams"),
        cohorts=say_of(cohorts, "{number} cohort", "{number} cohorts"),
        courses=say_of(courses, "{number} Introduction course", "{number} Introduction courses"),
    )


def _closing(life: Life | None, today: date, follow: str) -> Question:
    days = closed_ahead(life, today)
    backs = (
        Answer(
            name=f"{BACK}-{first}-{last}", opener=say("Open again: {days}", days=date_range(first, last)),
            hint="We'll expect sessions in these weeks again, and ask about them.",
            buttons=button("Open these weeks again"), variant="warning", note=False, fields=(WHY,),
        )
        for first, last in days
    )  # fmt: skip
    fields = (
        Field(
            name="first", kind="date", label="First day", hint="For example, 21 12 2027", missing="Enter the first day"
        ),
        Field(name="last", kind="date", label="Last day", hint="For example, 2 1 2028", missing="Enter the last day"),
        WHY,
        CONFIRMED,
    )
    return Question(
        title="Closed weeks",
        lead=(
            "While the academy is closed, we don't expect sessions or send emails.",
            say("This applies to {follow}, and to anything that starts later.", follow=follow),
            say("Closed: {weeks}.", weeks=joined("; ", (date_range(*span) for span in days)))
            if days
            else "No closed weeks are planned.",
        ),
        topic="academy/closed",
        mark=(),
        answers=(Answer(name="close", fields=fields, buttons=button("Close on these days"), note=False), *backs),
        also="Open closed weeks again",
    )


@pages.api_route("/academy/closed-weeks", methods=["GET", "HEAD"])
async def closed_weeks(visit: Visiting) -> Response:
    """What is closed, and the form."""
    return asked(visit, await _closing_of(visit), way_up(visit))


async def _closing_of(visit: Visit) -> Question:
    visit.must_run()
    async with visit.context.connection() as conn:
        life = await academy_life(conn, visit.academy)
        known = await academies.following(conn, visit.academy)
    every = in_words(*(sum(getattr(one, name) for one in known) for name in ("teams", "cohorts", "courses")))
    return _closing(life, visit.today, every)


@pages.post("/academy/closed-weeks")
async def close(visit: Visiting) -> Response:
    """Say that it is closed, or take that back."""
    question, engine = await _closing_of(visit), visit.context.engine
    visit.must_be_fresh()

    async def act(answer: Answer, given: Given) -> None:
        if answer.name == "close":
            confirmed = bool(given["confirmed"])
            await close_academy(engine, visit.caller, visit.academy, given["first"], given["last"], confirmed=confirmed)
        else:
            days = answer.name.removeprefix(f"{BACK}-")
            first, last = date.fromisoformat(days[:10]), date.fromisoformat(days[11:])
            await close_academy(engine, visit.caller, visit.academy, first, last, back=True, note=given["why"])

    return await done(visit, question, act, way_up(visit))


def _tables(life: Life | None) -> Question:
    choices = tuple(Choice(table, _table_in_words(table, _division(life))) for table in HOLIDAY_TABLES)
    which = Field(name="table", kind="radios", label="Which list?", choices=choices, value=_table(life),
                  missing="Select a list")  # fmt: skip
    return Question(
        title="Bank holidays",
        lead=(
            "From now on, we'll use the list you choose for everything that hasn't ended.",
            "Sessions before today don't change.",
            "You can change back in the same way.",
        ),
        topic="academy/holidays",
        mark=(),
        answers=(
            Answer(name="table", fields=(which, WHY), buttons=button("Use this list"), note=False, as_recorded=True),
        ),
    )


@pages.api_route("/academy/bank-holidays", methods=["GET", "HEAD"])
async def bank_holidays(visit: Visiting) -> Response:
    """Which table holds, and the others."""
    visit.must_run()
    async with visit.context.connection() as conn:
        life = await academy_life(conn, visit.academy)
    return asked(visit, _tables(life), way_up(visit))


@pages.post("/academy/bank-holidays")
async def change_table(visit: Visiting) -> Response:
    """Have another table."""
    visit.must_run()
    visit.must_be_fresh()
    async with visit.context.connection() as conn:
        life = await academy_life(conn, visit.academy)

    async def act(_: Answer, given: Given) -> None:
        await revise_calendar(visit.context.engine, visit.caller, visit.academy, given["table"], given["why"])

    return await done(visit, _tables(life), act, way_up(visit), to=academy_url(visit))
