"""``mca rehearse``: a whole cohort lives its years in minutes, on the real engine with virtual clocks."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.service import RPCError

from lifecycle.dates import long_date
from mca import reach
from mca.engine import Engine, running_engine, show_addresses, stack_settings, until_asked_to_end, until_stopped
from mca.errors import CommandError, Exit, plainly
from mca.tables import Cell, say, show_pairs, show_table, words
from records import ledger
from rehearsal.report import EngagementReport, IntroCourseReport, Report, Spread, schema, to_json
from rehearsal.script import Script, alone, earliest_course_start, year
from schemas.bookings import BookingLine, check_bookings
from schemas.programme_file import shipped_programme
from schemas.roster import OFFICE_NAME, Contact, Roster, check_roster
from schemas.words import BookingState

if TYPE_CHECKING:
    from devstack.settings import StackSettings
    from rehearsal.driver import Rehearsed
    from rehearsal.stage import Progress as Reached

EXAMPLES: Final = (
    "Examples: mca rehearse examples/roster-2026-autumn.csv · mca rehearse roster.csv --months 12 --seed 7 "
    "--report report.json --keep"
)
EXAMPLE_ROSTER: Final = Path(__file__).parents[1] / "examples" / "roster-2026-autumn.csv"
ACADEMY: Final = "sheffield"
OFFICE: Final = Contact(OFFICE_NAME, "office@example.org")
_LAST_SPRING_MONTH: Final = 6


def _show_schema(wanted: bool) -> None:  # noqa: FBT001 - typer calls it by position
    if wanted:
        typer.echo(schema(), nl=False)
        raise typer.Exit


@plainly
def rehearse(  # noqa: PLR0913 - a command has as many options as people need
    roster: Annotated[
        Path, typer.Argument(metavar="ROSTER", help="A CSV file; its behaviour column says who does what.")
    ],
    *,
    months: Annotated[int, typer.Option(min=1, max=60, help="How long, from the course start.")] = 42,
    course_start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="At least eleven weeks from today.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the whole report here, as JSON.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed and course start give the same report.")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Stay up afterwards, to look at it, until Ctrl-C.")] = False,
    address: Annotated[str | None, typer.Option(help="A Temporal server that has time skipping enabled.")] = None,
    profile: Annotated[str | None, typer.Option(help="The Temporal profile of such a server.")] = None,
    year: Annotated[
        Path | None,
        typer.Option(
            metavar="BOOKINGS",
            help="An academy's year: the cohort, another half a year later, six Introduction courses booked as in this "
            "sheet, a closed fortnight. 14 months.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report on standard output, for machines.")] = False,
    _schema: Annotated[
        bool,
        typer.Option("--report-schema", callback=_show_schema, is_eager=True, help="Print the report's JSON schema."),
    ] = False,
) -> None:
    """Rehearse a cohort, or an academy's year: real server, worker, database and mail; only the clocks are virtual.

    Everything is started beside whatever else runs, and is gone afterwards. Exit code 1 when the engine refused
    something that a rehearsed person told it.
    """
    wanted = _Wanted(
        roster=_faultless(roster),
        course_start=course_start.date() if course_start else first_monday(earliest_course_start(reach.now().date())),
        months=months,
        seed=seed,
        delegates=_delegates(year) if year else None,
    )
    with tempfile.TemporaryDirectory(prefix="mca-rehearsal-") as directory:
        settings = _beside(Path(directory), with_temporal=not (address or profile))
        done = asyncio.run(
            until_stopped(_alone(wanted, settings, _Server(address, profile), _Then(keep, report, as_json)))
        )
    if done is None:
        raise typer.Exit(Exit.INTERRUPTED)
    if done.refused:
        raise CommandError(f"The engine refused {len(done.refused)} facts that rehearsed people told it.")


@dataclass(frozen=True, slots=True)
class _Wanted:
    roster: Roster
    course_start: date
    months: int
    seed: int
    delegates: tuple[BookingLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Server:
    address: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class _Then:
    keep: bool
    report: Path | None
    as_json: bool


async def rehearse_example(engine: Engine, kept: Path) -> None:
    """Rehearse the example cohort on a running engine and show the result; what was rehearsed before is only shown."""
    before = _kept(kept)
    if before is not None:
        show_report(before)
        say(f"This was rehearsed before; the report is {kept}. For another rehearsal: mca rehearse --help")
        return
    roster = _faultless(EXAMPLE_ROSTER)
    start = first_monday(earliest_course_start(reach.now().date()))
    done = await _rehearsed(_Wanted(roster, start, months=42, seed=1), engine)
    _keep(done.report, kept)
    show_report(done.report)
    _say_refused(done)


def first_monday(day: date) -> date:
    """The day itself, or the next Monday: courses start on Mondays."""
    return day + timedelta(days=-day.weekday() % 7)


def show_report(report: Report) -> None:
    """What became of each engagement, and how soon silence was noticed."""
    columns = ("Who", "Behaviour", "End", "Reason", "Sessions", "Stalls", "Notices")
    show_table("The rehearsed cohort", columns, map(_line, report.engagements))
    if report.introductions:
        titles = ("Introduction course", "Stage", "Places", "Attended", "Part", "No show", "Offered", "Certificates")
        show_table("Introduction courses", titles, map(_course_line, report.introductions))
    days, mails = report.working_days_to_notice, report.mails_per_person_week
    show_pairs(
        "Overall",
        [
            ("Working days until a stall was noticed", _spread(days)),
            ("Stalls nobody above the coach heard of", report.stalls_unnoticed),
            ("Mails a person had in a week, session asks aside", _spread(mails)),
            ("Weekly mails", report.digests),
            ("Notices withheld, withdrawn", f"{report.withheld}, {report.withdrawn}"),
            ("Alarms heard by", ", ".join(f"{who} {times}" for who, times in report.escalations.items()) or "nobody"),
            (
                "False alarms, to an engagement's year",
                f"{report.false_alarms}, {report.false_alarms_per_engagement_year}",
            ),
            ("Mails outside hours and working days", report.mails_outside_windows),
            ("Notices sent twice", report.duplicate_notices),
            ("Personal data outside the database", report.personal_data_outside_database),
            ("Seconds it took", round(report.wall_seconds)),
        ],
    )


async def _alone(wanted: _Wanted, settings: StackSettings, server: _Server, then: _Then) -> Rehearsed:
    say("Starting servers for the rehearsal …")
    async with running_engine(settings, address=server.address, profile=server.profile) as engine:
        done = await _rehearsed(wanted, engine)
        if then.report:
            _keep(done.report, then.report)
        if then.as_json:
            typer.echo(to_json(done.report), nl=False)
        else:
            show_report(done.report)
        _say_refused(done)
        if then.keep:
            show_addresses(engine.stack)
            say("Everything stays up to be looked at. Ctrl-C ends it, and removes it.")
            await until_asked_to_end()
        return done


async def _rehearsed(wanted: _Wanted, engine: Engine) -> Rehearsed:
    from rehearsal.driver import rehearse as play  # noqa: PLC0415 - it imports the whole engine

    script = Script(
        academy=ACADEMY,
        cohort=await _free_cohort(engine, wanted.course_start),
        roster=wanted.roster,
        course_start=wanted.course_start,
        programme=shipped_programme(),
        office=OFFICE,
        months=wanted.months,
        seed=wanted.seed,
    )
    plot = alone(script) if wanted.delegates is None else year(script, wanted.delegates)
    months = max(part.months for part in plot.scripts)
    say(
        f"Rehearsing {', '.join(part.cohort for part in plot.scripts)}: {len(wanted.roster.rows)} participants each, "
        f"{months} months from {long_date(wanted.course_start)}."
    )
    metrics = engine.settings.metrics
    with _progress() as show:
        try:
            return await play(
                plot,
                client=engine.client,
                pool=engine.pool,
                task_queue=engine.settings.task_queue,
                now=reach.now(),
                outbox=engine.stack.outbox,
                logs=engine.logs,
                metrics=None if metrics == "off" else metrics,
                progress=show,
            )
        except (RPCError, RPCTimeoutOrCancelledError) as failed:
            raise CommandError(
                f"The rehearsal was cut short, the Temporal server did not answer in time: {failed}. "
                "On a busy machine, try again when it is quiet.",
                Exit.AWAY,
            ) from failed


async def _free_cohort(engine: Engine, course_start: date) -> str:
    """A cohort's id that this database does not know: an earlier rehearsal may have been interrupted."""
    name = f"{ACADEMY}.{course_start.year}-{'spring' if course_start.month <= _LAST_SPRING_MONTH else 'autumn'}"
    async with engine.pool.acquire() as conn:
        for number in count(1):
            cohort = name if number == 1 else f"{name}-{number}"
            if not (await ledger.load(conn, cohort)).facts:
                return cohort
    raise AssertionError("there is always one more number")


@contextmanager
def _progress() -> Iterator[Callable[[Reached], None]]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _line_a_month
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Opening", total=None, at="")

        def show(reached: Reached) -> None:
            bar.update(
                task,
                description=_reached(reached),
                completed=reached.week,
                total=reached.weeks,
                at=long_date(reached.at.date()),
            )

        yield show


def _line_a_month(reached: Reached) -> None:
    if reached.week % 4 == 0:
        say(f"{long_date(reached.at.date())}: {_reached(reached)}.")


def _reached(reached: Reached) -> str:
    return f"{reached.alive} of {reached.engagements} engagements, {reached.told} facts told"


def _beside(directory: Path, *, with_temporal: bool) -> StackSettings:
    """Servers of its own on free ports, whatever else runs; a database or mail server of the environment is used."""
    from devstack.settings import External, Ports, StackSettings  # noqa: PLC0415 - beside the embedded servers only

    said = stack_settings(directory)
    external = External(
        database_url=said.external.database_url, smtp_url=said.external.smtp_url, temporal=not with_temporal
    )
    return StackSettings(directory=directory, ports=Ports(temporal=0, ui=0, smtp=0), external=external)


def _faultless(file: Path) -> Roster:
    checked = check_roster(file.read_bytes())
    if checked.roster is None:
        faults = "\n".join(str(fault) for fault in checked.faults)
        raise CommandError(f"{faults}\nNothing was rehearsed.")
    return checked.roster


def _delegates(file: Path) -> tuple[BookingLine, ...]:
    checked = check_bookings(file.read_bytes())
    if checked.faults:
        faults = "\n".join(str(fault) for fault in checked.faults)
        raise CommandError(f"{faults}\nNothing was rehearsed.")
    return checked.lines


def _keep(report: Report, file: Path) -> None:
    file.write_text(to_json(report), encoding="utf-8")


def _kept(file: Path) -> Report | None:
    return Report.model_validate_json(file.read_bytes()) if file.is_file() else None


def _say_refused(done: Rehearsed) -> None:
    for refused in done.refused:
        what = f"{refused.kind} of {refused.subject} on {long_date(refused.occurred_at.date())}"
        say(f"Refused: {what}: {refused.refusal.reason}")


def _line(engagement: EngagementReport) -> tuple[Cell, ...]:
    seen = [f"{stall.began:%d.%m.%Y}{'' if stall.noticed else ' not noticed'}" for stall in engagement.stalls]
    return (
        engagement.engagement_id.rpartition(".")[2] if engagement.engagement_id else engagement.participant,
        words(engagement.behaviour),
        words(engagement.end_state) or words(engagement.phase),
        words(engagement.end_reason),
        f"{engagement.sessions.held} of {engagement.sessions.expected}",
        ", ".join(seen),
        sum(engagement.notices.values()),
    )


def _course_line(course: IntroCourseReport) -> tuple[Cell, ...]:
    states = (BookingState.ATTENDED, BookingState.PART_ATTENDED, BookingState.NO_SHOW)
    counted = [course.bookings.get(state, 0) for state in states]
    return (course.course, words(course.stage), course.places, *counted, course.offered, course.certificates)


def _spread(spread: Spread) -> str:
    if spread.median is None or spread.max is None:
        return "none"
    return f"median {spread.median:g}, {spread.max:g} at most"
