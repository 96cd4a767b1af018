"""One Introduction course for its office: how it stands, who has booked, and everything that can be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fastapi import APIRouter, Response

from activities.links import Purpose
from gateway.pages import held, introduction_office
from gateway.pages.asked import Question
from gateway.pages.introduction import name_of
from gateway.pages.mistakes import with_way_back
from gateway.pages.places import Crumb
from gateway.pages.shown import Nobody, PageContext, see
from gateway.workspace import acting
from gateway.workspace.course.listing import courses_url, stage_of, to_do, way_up
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import show
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.dates import date_range
from lifecycle.intro_course.life import ACTIVE, DAYS, Booking
from operations import reading
from operations.open_forms import HELD_FOR
from records import intro_courses, open_forms
from records.course_lists import KeptCourse
from records.intro_courses import ListedBooking
from schemas.sentences import joined, say, say_of
from schemas.words import BookingState, Delegate, IntroCourseId, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

STATES: Final = {
    BookingState.CONFIRMED: ("Has a place", "blue"),
    BookingState.OFFERED: ("Offered a place", "yellow"),
    BookingState.WAITING: ("Waiting", "grey"),
    BookingState.OFFER_LAPSED: ("Didn't take the place", "grey"),
    BookingState.CANCELLED: ("Cancelled", "grey"),
    BookingState.ATTENDED: ("Attended", "green"),
    BookingState.PART_ATTENDED: ("Missed a day", "orange"),
    BookingState.NO_SHOW: ("Didn't come", "red"),
}
"""What each state of a booking is called, and the colour of its tag."""
_GONE: Final = frozenset({BookingState.CANCELLED, BookingState.OFFER_LAPSED})
_DAY_PAGES: Final = {f"day-{day}": day for day in DAYS}


@dataclass(frozen=True, slots=True)
class Line:
    """One booking as its office sees it."""

    name: str
    address: str
    from_where: str
    state: tuple[str, str]
    reason: str
    needs: str
    days: tuple[str, ...]
    url: str
    wishes: bool
    gone: bool
    place: int


async def course_of(visit: Visit, course: IntroCourseId, about: str = "") -> PageContext:
    """The course as its office sees it. Raises NotTheirs for everybody else's, and for what is no course."""
    visit.must_have(course, Role.OFFICE)
    try:
        page = await see(visit.context, visit.link(Purpose.COURSE, course, about))
        mine = page.intro.life.opening.academy == visit.academy
    except Nobody:
        raise NotTheirs from None
    if not mine:
        raise NotTheirs
    return replace(page, role=Role.OFFICE)


def title_of(page: PageContext) -> str:
    """The course by its days."""
    return say("Introduction course of {days}", days=date_range(*page.intro.life.dates))


def days_come(page: PageContext) -> list[tuple[int, str]]:
    """The days of which attendance can be recorded, each with the end of its page's address."""
    return [(day, at) for at, day in _DAY_PAGES.items() if introduction_office.has_come(page, day)]


def free_in_words(page: PageContext) -> str:
    """How many places are free for somebody who comes on both days, and on one where that has more."""
    free = [page.intro.life.free((day,), page.present) for day in DAYS]
    both, day = max(0, min(free)), 1 if free[0] > free[1] else 2
    if free[0] == free[1]:
        return say_of(both, "{number} place is free.", "{number} places are free.")
    return say_of(
        both,
        "{number} place is free on both days ({more} on day {day}).",
        "{number} places are free on both days ({more} on day {day}).",
        more=max(free),
        day=day,
    )


def bookable(page: PageContext) -> bool:
    """Whether places can still be booked."""
    return page.intro.life.cancelled_at is None and page.present < page.intro.life.starts(1)


def crumbs_of(visit: Visit, page: PageContext) -> tuple[Crumb, Crumb]:
    """The pages above those of one course."""
    return way_up(visit), Crumb(title_of(page), courses_url(visit, page.subject))


@pages.api_route("/introduction-courses/{course}", methods=["GET", "HEAD"])
async def one_course(visit: Visiting, course: IntroCourseId) -> Response:
    """How it stands, what needs doing, and everybody who has booked."""
    page = await course_of(visit, course)
    async with visit.context.connection() as conn:
        bookings = await intro_courses.bookings(conn, course)
        waits = len(await open_forms.held(conn, course, visit.present - HELD_FOR))
        listed = await intro_courses.course(conn, course)
        if page.beside.needs:
            await reading.noted(conn, visit.caller, "access needs", course, visit.present)
    if listed is None:
        raise NotTheirs
    lines = _lines(visit, page, bookings)
    wishes = sum(line.wishes for line in lines)
    kept = KeptCourse(listed, _untold(page, 1), _untold(page, 2), waits, wishes, no_shows=0)
    ahead = visit.present < page.intro.life.starts(2) and page.intro.life.cancelled_at is None
    return show(
        "intro_course.html",
        visit,
        title=title_of(page),
        here=courses_url(visit, course),
        stage=stage_of(page.intro.stage, page.intro.life.ends(2), page.present),
        rows=_rows(page),
        tasks=[(words, f"{courses_url(visit, course)}{at}") for words, at in to_do(visit, kept)],
        lines=[line for line in lines if not line.gone],
        gone=[line for line in lines if line.gone],
        wishing=[line for line in lines if line.wishes],
        ahead=ahead,
        bookable=bookable(page),
        days=days_come(page),
        attended=any(line.state == STATES[BookingState.ATTENDED] for line in lines),
        crumbs=(way_up(visit),),
        told="told" in visit.request.query_params,
        wide=True,
    )


def _untold(page: PageContext, day: int) -> int:
    life = page.intro.life
    return sum(booked.seen.get(day) is None for _, booked in life.with_place(page.present, day))


def _rows(page: PageContext) -> list[dict[str, dict[str, str]]]:
    """The course in words, without who has booked: they stand in the list."""
    life, state = page.intro.life, page.intro
    waiting = sum(booked.standing(page.present) is BookingState.WAITING for booked in life.bookings.values())
    taken = [life.taken_places(day, page.present) for day in DAYS]
    late = page.present >= life.starts(1)
    found = [
        ("When", _days(page)),
        ("Where", page.beside.venue or "No venue yet"),
        ("Good to know", page.beside.joining),
        ("Places", _places(taken[0], taken[1], life.places)),
        ("Waiting list", _waiting(waiting, late=late) if waiting else ""),
        ("Joining instructions", _joining(page)),
        ("Feedback", introduction_office.feedback_in_words(page)),
    ]
    cancelled = life.cancelled_at
    if cancelled:
        day = page.clock.date(cancelled)
        found.insert(0, ("Cancelled", say("Day 2, on {day}", day=day) if life.held(1) else say("On {day}", day=day)))
    elif state.ended:
        found = [row for row in found if row[0] != "Joining instructions"]
    return [{"key": {"text": key}, "value": {"text": value}} for key, value in found if value]


def _places(first: int, second: int, places: int) -> str:
    if first == second:
        return say("{taken} of {places} taken", taken=first, places=places)
    return say("{taken} of {places} taken on day 1, {other} on day 2", taken=first, places=places, other=second)


def _days(page: PageContext) -> str:
    life = page.intro.life
    return say(
        "{days}, {start} to {end}",
        days=date_range(*life.dates),
        start=page.clock.time(life.starts(1)),
        end=page.clock.time(life.ends(1)),
    )


def _joining(page: PageContext) -> str:
    at, day = page.intro.life.joining_at, page.clock.date(page.intro.life.joining_at)
    return say("Went out on {day}", day=day) if at <= page.present else say("Will go out on {day}", day=day)


def _lines(visit: Visit, page: PageContext, bookings: Iterable[ListedBooking]) -> list[Line]:
    """Who has a place first, by name; then who waits, in their order."""
    life = page.intro.life
    order = {key: number for number, key in enumerate(life.bookings)}
    known = {listed.booking: listed for listed in bookings}
    rank = list(STATES)
    lines = []
    for key, booked in life.bookings.items():
        state = page.intro.booking(booked)
        line = _line(visit, page, key, booked, known.get(key))
        turn = order[key] if state is BookingState.WAITING else 0
        lines.append((rank.index(state), turn, line.name.casefold(), order[key], line))
    return [line for *_, line in sorted(lines, key=lambda one: one[:4])]


def _line(visit: Visit, page: PageContext, key: str, booked: Booking, listed: ListedBooking | None) -> Line:
    state = page.intro.booking(booked)
    organisation = listed.organisation if listed and listed.organisation else "No organisation"
    return Line(
        name=name_of(page, booked),
        address=(listed.address if listed else "") or "",
        from_where=say("{organisation} (internal)", organisation=organisation)
        if booked.requested.delegate == Delegate.INTERNAL
        else say("{organisation} (external)", organisation=organisation),
        state=STATES[state],
        reason=_why(page, key, booked, state),
        needs=page.beside.needs.get(key, ""),
        days=tuple(_was_there(page, booked, day) for day in DAYS),
        url=f"{courses_url(visit, page.subject)}/bookings/{key}",
        wishes=booked.wished_at is not None and booked.handed_on_to is None,
        gone=state in _GONE,
        place=listed.place or 0 if listed else 0,
    )


def _why(page: PageContext, key: str, booked: Booking, state: BookingState) -> str:
    clock = page.clock
    match state:
        case BookingState.OFFERED if booked.offered_until:
            return say("Kept for them until {moment}", moment=clock.moment(booked.offered_until))
        case BookingState.WAITING:
            waiting = [
                name for name, one in page.intro.life.bookings.items()
                if one.standing(page.present) is BookingState.WAITING
            ]  # fmt: skip
            return say(
                "Number {number} on the list, since {day}",
                number=waiting.index(key) + 1,
                day=clock.date(booked.requested.occurred_at),
            )
        case BookingState.CANCELLED if booked.cancelled_at:
            return say("On {day}", day=clock.date(booked.cancelled_at))
        case BookingState.OFFER_LAPSED if booked.offered_until:
            return say("The offer ended on {day}", day=clock.date(booked.offered_until))
    days = "" if len(booked.days) == 2 else say("Day {day} only.", day=booked.days[0])
    made_up = [say("Makes up day {day} on a later course.", day=day) for day in booked.rebooked]
    return joined(" ", filter(None, (days, *made_up)))


NOT_BOOKED: Final = "Not booked"


def _was_there(page: PageContext, booked: Booking, day: int) -> str:
    if booked.standing(page.present) in ACTIVE - {BookingState.CONFIRMED}:
        return ""
    if day not in booked.days:
        return NOT_BOOKED
    return {True: "Yes", False: "No", None: ""}[page.intro.life.present(booked, day)]


_COLUMNS: Final = ("Name", "Email", "Organisation", "Day 1", "Day 2")


@pages.api_route("/introduction-courses/{course}/list", methods=["GET", "HEAD"])
async def printed_list(visit: Visiting, course: IntroCourseId) -> Response:
    """Everybody with a place, to be printed and signed; or, for the office alone, what they need."""
    page = await course_of(visit, course)
    needs = visit.request.query_params.get("show") == "needs"
    async with visit.context.connection() as conn:
        bookings = await intro_courses.bookings(conn, course)
        if needs and page.beside.needs:
            await reading.noted(conn, visit.caller, "access needs", course, visit.present)
    there = STATES[BookingState.CONFIRMED]
    lines = [line for line in _lines(visit, page, bookings) if line.state == there or {"Yes", "No"} & set(line.days)]
    by_name = sorted(lines, key=lambda line: line.name.casefold())
    if (kind := wanted(visit)) is not None:
        rows = ((line.name, line.address, line.from_where, *line.days) for line in by_name)
        return download(kind, title_of(page), _COLUMNS, rows)
    return show(
        "intro_list.html", visit,
        title=joined(": ", ("What delegates need" if needs else "Attendance list", title_of(page))),
        lines=[line for line in by_name if line.needs] if needs else by_name, needs=needs, each=_each_day(by_name),
        rows=_rows(page)[:2], crumbs=crumbs_of(visit, page), downloads=offered(visit),
    )  # fmt: skip


def _each_day(lines: Sequence[Line]) -> str:
    """How many are expected, and on which day where that differs."""
    each = [sum(line.days[day - 1] != NOT_BOOKED for line in lines) for day in DAYS]
    if each[0] == each[1]:
        return str(len(lines))
    return say("{number}: {first} on day 1, {second} on day 2", number=len(lines), first=each[0], second=each[1])


def _change(page: PageContext) -> Question:
    """What a mail's link asks, with a way to take it back; its further pages stand on the course's own."""
    title = say("Move or cancel the {course}, or change its places", course=title_of(page))
    return replace(with_way_back(page, introduction_office.course(page)), title=title, onward=(), context=())


@pages.api_route("/introduction-courses/{course}/change", methods=["GET", "HEAD"])
async def change(visit: Visiting, course: IntroCourseId) -> Response:
    """Move or cancel it, or change its places."""
    page = await course_of(visit, course)
    return await acting.asked(visit, page, _change, *crumbs_of(visit, page))


@pages.post("/introduction-courses/{course}/change")
async def record_change(visit: Visiting, course: IntroCourseId) -> Response:
    """Move or cancel it, or change its places."""
    page = await course_of(visit, course)
    return await acting.taken(visit, page, _change, *crumbs_of(visit, page))


_NO_TAPS: Final = ("list",)


def _attendance(page: PageContext) -> Question:
    """All on one page; taps at the door are for a phone."""
    question = introduction_office.course(page)
    whole = tuple(answer for answer in question.answers if answer.name in _NO_TAPS)
    return with_way_back(page, replace(question, answers=whole, onward=()))


@pages.api_route("/introduction-courses/{course}/day-{day:int}", methods=["GET", "HEAD"])
async def attendance(visit: Visiting, course: IntroCourseId, day: int) -> Response:
    """Who was there on a day."""
    page = await on_day(visit, course, day)
    return await acting.asked(visit, page, _attendance, *crumbs_of(visit, page))


@pages.post("/introduction-courses/{course}/day-{day:int}")
async def record_attendance(visit: Visiting, course: IntroCourseId, day: int) -> Response:
    """Record who was there on a day."""
    page = await on_day(visit, course, day)
    return await acting.taken(visit, page, _attendance, *crumbs_of(visit, page))


async def on_day(visit: Visit, course: IntroCourseId, day: int) -> PageContext:
    """The course, for a question about a day. Raises NotTheirs."""
    if day not in DAYS:
        raise NotTheirs
    return await course_of(visit, course, f"day-{day}")


@pages.api_route("/introduction-courses/{course}/held", methods=["GET", "HEAD"])
async def held_back(visit: Visiting, course: IntroCourseId) -> Response:
    """Bookings that were held back."""
    page = await course_of(visit, course)
    told = "told" in visit.request.query_params
    link = visit.link(Purpose.HELD, course)
    return await held.page(visit.context, link, visit.present, visit.root, told=told, crumbs=crumbs_of(visit, page))


@pages.post("/introduction-courses/{course}/held")
async def settle_held(visit: Visiting, course: IntroCourseId) -> Response:
    """Have one confirmed by mail, or forget it."""
    await course_of(visit, course)
    form = await visit.request.form(max_fields=50)
    return await held.take(visit.context, visit.link(Purpose.HELD, course), form, visit.present, visit.root)


def _waiting(number: int, *, late: bool) -> str:
    if late:
        return say_of(number, "{number} person didn't get a place", "{number} people didn't get a place")
    return say_of(number, "{number} person", "{number} people")
