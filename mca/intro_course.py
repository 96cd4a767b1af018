"""``mca intro-course``: schedule the two-day Introduction courses, book them, and see who comes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final
from uuid import uuid4

import typer

from coaching_client.handles import FactRefusedError
from lifecycle.calendar import calendar
from lifecycle.intro_course.series import series
from mca import attendance, reach
from mca.errors import CommandError, Exit, plainly
from mca.handed_in import Map, Mend, Page, sheet_of, show_faults, to_be_mended
from mca.options import Academy, Day, Json, Meant, OfficeAddress, OfficeName, ProgrammeOf, office
from mca.programme import programme_named
from mca.subjects import add_tell, add_why, next_due
from mca.tables import Cell, local, say, show_json, show_pairs, show_table, words
from mca.telling import recorded_in_time
from operations.booking_sheets import book_line
from operations.context import EngineContext
from operations.intro_calendars import open_no_more, open_regularly
from operations.intro_courses import CoursePlan, course_id, schedule_course
from operations.who_is_meant import WhoIsMeantError
from records import access_needs, intro_courses
from records.database import Connection
from records.intro_courses import ListedBooking, ListedCourse
from records.lists import CohortsSought
from schemas.bookings import COLUMNS, KNOWN, BookingLine, check_bookings
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import IntroCourseStanding
from schemas.inputs import IntroCalendarInput
from schemas.roster import OFFICE_NAME
from schemas.subjects import INTRO_COURSE
from schemas.words import BookingState, Delegate

app = typer.Typer(no_args_is_help=True, help="Introduction courses: two days, for anyone.")
app.command("attendance", epilog=attendance.COURSE_EXAMPLE)(attendance.of_a_course)

CourseId = Annotated[str, typer.Argument(metavar="ID", help="The course's id, as in sheffield.intro-2027-03.")]
Sheet = Annotated[Path, typer.Argument(metavar="SHEET", help="A CSV, XLSX or ODS file, one row a delegate.")]

_NEXT: Final = timedelta(days=400)
_REFUSED: Final = "refused: "


@app.command(
    epilog="Example: mca intro-course schedule --academy sheffield --day-1 2027-03-10 --day-2 2027-03-11 "
    "--venue 'Seminar room 3' --office-address office@example.org"
)
@plainly
async def schedule(  # noqa: PLR0913 - a command has as many options as people need
    *,
    academy: Academy,
    day_1: Day,
    day_2: Day,
    office_address: OfficeAddress = None,
    office_name: OfficeName = OFFICE_NAME,
    places: Annotated[int | None, typer.Option(min=1, max=500, help="Without it the programme's.")] = None,
    venue: Annotated[str, typer.Option(help="Where it is; delegates read it.")] = "",
    joining: Annotated[str, typer.Option(help="What delegates should know before they come.")] = "",
    programme: ProgrammeOf = "sheffield-mca",
    as_json: Json = False,
) -> None:
    """Schedule a course. Repeating it renews venue and joining text; to move a course, tell it intro_course_moved."""
    plan = CoursePlan(
        academy=academy,
        course=course_id(academy, day_1.date()),
        day_1=day_1.date(),
        day_2=day_2.date(),
        programme=programme_named(programme),
        office=office(office_name, office_address),
        places=places,
        venue=venue,
        joining=joining,
    )
    async with reach.engine() as engine:
        fresh = await schedule_course(engine, reach.caller(), plan, wait=False)
        await reach.shown(engine, lambda conn: _is_shown(conn, plan.course))
    if as_json:
        show_json({"course": plan.course, "fresh": fresh})
        return
    typer.echo(f"{'Scheduled' if fresh else 'Renewed'} {plan.course}.")


@app.command(
    epilog="Examples: mca intro-course regular --academy sheffield --office-address office@example.org · "
    "mca intro-course regular --academy sheffield --off"
)
@plainly
async def regular(
    *,
    academy: Academy,
    office_address: OfficeAddress = None,
    office_name: OfficeName = OFFICE_NAME,
    programme: ProgrammeOf = "sheffield-mca",
    off: Annotated[bool, typer.Option("--off", help="Open no more courses; those already open carry on.")] = False,
) -> None:
    """Open courses by themselves, on the days of the programme's calendar: a Temporal schedule looks every morning."""
    if off:
        async with reach.engine() as engine:
            await open_no_more(engine, reach.caller(), academy)
        typer.echo(f"No more courses of {academy} open automatically.")
        return
    rules = programme_named(programme)
    async with reach.engine() as engine:
        await open_regularly(engine, reach.caller(), academy, office(office_name, office_address), rules)
    days = calendar(LATEST_HOLIDAY_TABLE, _DIVISION, rules.zone, rules.quiet_hours)
    today = days.day(reach.now())
    opens = timedelta(weeks=rules.intro_course.opens_weeks_before)
    rows = [
        (course_id(academy, first), first, second, first - opens)
        for first, second in series(rules.intro_course, days, today, today + _NEXT)
    ]
    show_table(f"Courses of {academy} by the programme's calendar", ("Course", "Day 1", "Day 2", "Opens"), rows)


@app.command("list", epilog="Example: mca intro-course list --academy sheffield")
@plainly
async def list_(
    *, academy: Annotated[str | None, typer.Option(help="Only of this academy.")] = None, as_json: Json = False
) -> None:
    """List the courses: days, places, and who waits."""
    async with reach.connection() as conn:
        found = await intro_courses.courses(conn, CohortsSought(academy=academy), None, 1000)
    if as_json:
        show_json(found)
        return
    columns = ("Course", "Stage", "Day 1", "Day 2", "Places", "Taken", "Waiting", "Venue")
    show_table("Introduction courses", columns, map(_row, found))


@app.command(epilog="Example: mca intro-course show sheffield.intro-2027-03")
@plainly
async def show(course: CourseId, *, as_json: Json = False) -> None:
    """Show a course and its bookings. What delegates need is shown by mca intro-course needs alone."""
    async with reach.connection() as conn:
        found, bookings = await _known(conn, course), await intro_courses.bookings(conn, course)
        await reach.noted(conn, "bookings", course)
    if as_json:
        show_json({"course": found, "bookings": bookings})
        return
    show_pairs(
        found.course,
        [
            ("Stage", words(found.stage)),
            ("Day 1", local(found.day_1_starts_at, found.zone)),
            ("Day 2", local(found.day_2_starts_at, found.zone)),
            ("Venue", found.venue),
            ("Places", f"{found.confirmed} of {found.places} taken, {found.waiting} waiting"),
        ],
    )
    columns = ("Booking", "Name", "Organisation", "Delegate", "State", "Place", "Day 1", "Day 2")
    show_table("Bookings", columns, map(_booking_row, sorted(bookings, key=_in_line)))


@app.command(epilog="Example: mca intro-course needs sheffield.intro-2027-03")
@plainly
async def needs(course: CourseId, *, as_json: Json = False) -> None:
    """What delegates need to take part: for whoever prepares the room, and nobody else."""
    async with reach.connection() as conn:
        await _known(conn, course)
        await reach.noted(conn, "access needs", course)
        named = {line.booking: line.name or "(erased)" for line in await intro_courses.bookings(conn, course)}
        found = await access_needs.of_course(conn, course)
    if as_json:
        show_json([{"booking": key, "name": named.get(key), "needs": said} for key, said in found.items()])
    else:
        show_table(f"Needed at {course}", ("Name", "Needs"), [(named.get(key), said) for key, said in found.items()])
    say("This is for whoever prepares the room. Pass on what is needed, and to whom only if they must know.")


@app.command(epilog="Example: mca intro-course check examples/intro-course-bookings.csv")
@plainly
def check(sheet: Sheet, *, mapping: Map = None, page: Page = "", mend: Mend = None, as_json: Json = False) -> None:
    """Check a sheet of bookings: every fault with its line, its column and what to do. Books nothing."""
    if as_json:
        checked = check_bookings(sheet_of(sheet, KNOWN, mapping, page))
        show_json({"delegates": len(checked.lines), "faults": checked.faults})
        raise typer.Exit(Exit.REFUSED if checked.faults else Exit.OK)
    lines = _faultless(sheet, mapping, page, mend)
    typer.echo(f"{len(lines)} delegates without a fault.")


@app.command(
    epilog="Examples: mca intro-course book sheffield.intro-2027-03 examples/intro-course-bookings.csv · "
    "mca intro-course book sheffield.intro-2027-03 --name 'Delegate Aster' --email delegate.aster@example.org "
    "--organisation 'Example Trust' --external"
)
@plainly
async def book(  # noqa: PLR0913 - a command has as many options as people need
    course: CourseId,
    sheet: Annotated[
        Path | None, typer.Argument(metavar="[SHEET]", help="A CSV, XLSX or ODS file, one row a delegate.")
    ] = None,
    *,
    name: Annotated[str, typer.Option(help="In place of a sheet: one delegate's name.")] = "",
    email: Annotated[str, typer.Option(help="Where the delegate's mail goes.")] = "",
    organisation: Annotated[str, typer.Option(help="Where the delegate works.")] = "",
    external: Annotated[bool, typer.Option("--external/--internal", help="Whether that is outside the academy's.")] = (
        False
    ),
    needs: Annotated[str, typer.Option(help="What they need to take part, for whoever prepares the room.")] = "",
    person: Meant = None,
    mapping: Map = None,
    page: Page = "",
    mend: Mend = None,
    as_json: Json = False,
) -> None:
    """Book a sheet of delegates, in its order, or one delegate. Repeating a sheet books nobody twice.

    With any fault nobody is booked; with --mend the rows without one are, and the others are written there.
    """
    if sheet is not None and (name or email or organisation or needs):
        raise CommandError("Book a sheet, or one delegate by --name, --email and --organisation: not both.", Exit.USAGE)
    lines = (
        _faultless(sheet, mapping, page, mend)
        if sheet is not None
        else (_typed(name, email, organisation, needs, person, external=external),)
    )
    async with reach.engine() as engine:
        async with engine.connection() as conn:
            await _known(conn, course)
        became = [(line, await _booked(engine, course, line)) for line in lines]
    if as_json:
        show_json([{"line": line.line, "booking": line.code, "became": said} for line, said in became])
    elif sheet is not None:
        columns = ("Line", "Booking", "What became of it")
        show_table(course, columns, [(line.line, line.code, said) for line, said in became])
    else:
        typer.echo(f"{name}: {became[0][1]}")
    if any(said.startswith(_REFUSED) for _, said in became):
        raise typer.Exit(Exit.REFUSED)


def _show_standing(course: str, standing: IntroCourseStanding) -> None:
    places = f"{standing.confirmed} of {standing.places} taken, {standing.waiting} waiting"
    show_pairs(course, [("Stage", words(standing.stage)), ("Places", places), *next_due(standing.next_due)])


add_tell(
    app,
    INTRO_COURSE,
    CourseId,
    _show_standing,
    said="Record what happened to a course or a booking.",
    epilog="Example: mca intro-course tell sheffield.intro-2027-03 --kind intro_course_moved --set day_1=2027-03-17 "
    "--set day_2=2027-03-18",
)
add_why(app, INTRO_COURSE, CourseId, epilog="Example: mca intro-course why sheffield.intro-2027-03 joining")


@app.command(epilog="Example: mca intro-course feedback sheffield.intro-2027-03")
@plainly
async def feedback(course: CourseId, *, as_json: Json = False) -> None:
    """What delegates said after day 2, summed up; of few answers only their number."""
    async with reach.connection() as conn:
        await _known(conn, course)
        await reach.noted(conn, "feedback", course)
        least = await intro_courses.feedback_shown_from(conn, course) or 1
        said = await intro_courses.feedback(conn, course, least)
    if as_json:
        show_json(said)
        return
    show_pairs(
        course,
        [
            (
                "Answers",
                said.answers if said.useful is not None else f"{said.answers}; shown once there are {least} or more",
            ),
            ("Useful, of 5", said.useful),
            ("Confident, of 5", said.confident),
            ("Would recommend, of 5", said.recommends),
            *(("In words", comment) for comment in said.comments),
        ],
    )


@app.command("would-be-coaches", epilog="Example: mca intro-course would-be-coaches --academy sheffield")
@plainly
async def would_be_coaches(*, academy: Academy, as_json: Json = False) -> None:
    """Delegates who want to become coaches and stand on no cohort's list yet; handed_on_to_cohort puts them there."""
    async with reach.connection() as conn:
        await reach.noted(conn, "would-be coaches", academy)
        found = await intro_courses.would_be_coaches(conn, academy)
    if as_json:
        show_json(found)
        return
    rows = [(line.course, line.booking, line.name, line.address, line.organisation) for line in found]
    show_table(f"Would like to become coaches: {academy}", ("Course", "Booking", "Name", "Address", "From"), rows)


_DIVISION: Final = IntroCalendarInput.model_fields["division"].default


def _row(line: ListedCourse) -> tuple[Cell, ...]:
    return (
        line.course, words(line.stage), local(line.day_1_starts_at, line.zone), local(line.day_2_starts_at, line.zone),
        line.places, line.confirmed, line.waiting, line.venue,
    )  # fmt: skip


def _in_line(line: ListedBooking) -> tuple[object, ...]:
    """Who has a place, then who waits, in order; who came, and who did not; by name within each."""
    return (list(BookingState).index(line.state), line.place or 0, line.name or "~")


def _booking_row(line: ListedBooking) -> tuple[Cell, ...]:
    there = {True: "there", False: "not there", None: None}
    return (
        line.booking.rpartition(".")[2], line.name or "(erased)", line.organisation, words(line.delegate),
        words(line.state), line.place, there[line.attended_1], there[line.attended_2],
    )  # fmt: skip


def _typed(name: str, email: str, organisation: str, needs: str, person: str | None, *, external: bool) -> BookingLine:
    """One delegate as typed, checked as a sheet of one row is."""
    row, delegate = io.StringIO(), Delegate.EXTERNAL if external else Delegate.INTERNAL
    said = (code := uuid4().hex[:10], name, email, organisation, delegate, needs, person)
    csv.writer(row).writerows([(*COLUMNS, "person"), said])
    checked = check_bookings(row.getvalue())
    if checked.faults:
        faults = (f"--{fault.column}: {fault.problem}; {fault.remedy}" for fault in checked.faults)
        raise CommandError(". ".join(faults), Exit.USAGE)
    return replace(checked.lines[0], line=0, code=code)


def _faultless(file: Path, mapping: list[str] | None, page: str, mend: Path | None) -> tuple[BookingLine, ...]:
    sheet = sheet_of(file, KNOWN, mapping, page)
    checked = check_bookings(sheet)
    if checked.faults:
        show_faults(file, sheet, checked.faults, KNOWN)
        to_be_mended(mend, sheet, checked.faults)
        if mend is None or not checked.good:
            raise CommandError("Nothing was booked.")
    return checked.good


async def _is_shown(conn: Connection, course: str) -> bool:
    return await intro_courses.course(conn, course) is not None


async def _known(conn: Connection, course: str) -> ListedCourse:
    found = await intro_courses.course(conn, course)
    if found is None:
        raise CommandError(f"There is no Introduction course {course}. mca intro-course list shows all.")
    return found


async def _booked(engine: EngineContext, course: str, line: BookingLine) -> str:
    """What became of one request, in words."""
    try:
        with recorded_in_time(f"{course}:sheet:{line.code or line.line}"):
            known = await book_line(engine, reach.caller(), course, line)
    except FactRefusedError as refused:
        return f"{_REFUSED}{refused.refusal.reason}"
    except WhoIsMeantError as unclear:
        return f"{_REFUSED}{unclear}."
    place = f", number {known.place}" if known and known.place else ""
    return f"{words(known.state) if known else 'recorded'}{place}"
