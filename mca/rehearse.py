"""``mca rehearse``: a whole cohort lives its years, on the real engine with virtual clocks, or by the rules alone."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer
from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.service import RPCError

from lifecycle.dates import long_date
from mca import reach
from mca.engine import Engine, running_engine, show_addresses, stack_settings, until_asked_to_end, until_stopped
from mca.errors import CommandError, Exit, plainly
from mca.options import ProgrammeOf
from mca.programme import programme_named
from mca.rehearsed import progress, say_refused, show_report
from mca.tables import say
from mca.watched import followed
from records import ledger, offices
from records.database import Pool
from rehearsal.report import Report, schema, to_json
from rehearsal.script import MONTHS, YEAR_LEAST, YEAR_MONTHS, Plot, Script, alone, earliest_course_start, year
from schemas.bookings import BookingLine, check_bookings
from schemas.programme import Programme
from schemas.programme_file import shipped_programme
from schemas.roster import OFFICE_NAME, Contact, Roster
from schemas.roster_check import check_roster

if TYPE_CHECKING:
    from collections.abc import Callable

    from devstack.settings import StackSettings
    from rehearsal.driver import Rehearsed
    from rehearsal.stage import Progress

EXAMPLES: Final = (
    "Examples: mca rehearse examples/roster-2026-autumn.csv · mca rehearse roster.csv --months 12 --seed 7 "
    "--report report.json --keep"
)
EXAMPLE_ROSTER: Final = Path(__file__).parents[1] / "examples" / "roster-2026-autumn.csv"
ACADEMY: Final = "sheffield"
OFFICE: Final = Contact(OFFICE_NAME, "office@example.org")
_LAST_SPRING_MONTH: Final = 6

_Showing: TypeAlias = "Callable[[Callable[[Progress], None]], Callable[[Progress], None]]"


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
    months: Annotated[
        int | None,
        typer.Option(min=1, max=60, help="How long, from the course start. Unless it is given: 42, or 14 with --year."),
    ] = None,
    pure: Annotated[
        bool, typer.Option("--pure", help="Use the rules alone, without servers: the same report in seconds.")
    ] = False,
    programme: ProgrammeOf = "sheffield-mca",
    into: Annotated[
        str | None,
        typer.Option(
            metavar="ACADEMY",
            help="With --pure: write the result into the database as this academy's past, up to now.",
        ),
    ] = None,
    ends: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="With --pure: the day it ends; the course starts --months earlier."),
    ] = None,
    course_start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="At least eleven weeks from today, or any day with --pure."),
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
            "sheet, a closed fortnight.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report on standard output, for machines.")] = False,
    _schema: Annotated[
        bool,
        typer.Option("--report-schema", callback=_show_schema, is_eager=True, help="Print the report's JSON schema."),
    ] = False,
) -> None:
    """Rehearse a cohort, or an academy's year: real server, worker, database and mail; only the clocks are virtual.

    It starts everything it needs beside whatever else is running, and removes it afterwards; with --pure, nothing.
    Exit code 1 if the engine refused something that a rehearsed person told it.
    """
    if (into or ends) and not pure:
        raise CommandError("--into and --ends only work without servers: add --pure.")
    stops = min(ends.replace(hour=12, tzinfo=UTC), reach.now()) if ends else reach.now() if into else None
    lived = _months(months, year)
    wanted = _Wanted(
        roster=_faultless(roster),
        course_start=_course_start(course_start, stops, lived),
        months=lived,
        seed=seed,
        programme=programme_named(programme),
        delegates=_delegates(year) if year else None,
        ends=stops,
    )
    then = _Then(keep, report, as_json)
    if pure:
        done = asyncio.run(until_stopped(_purely(wanted, then, into)))
    else:
        with tempfile.TemporaryDirectory(prefix="mca-rehearsal-") as directory:
            settings = _beside(Path(directory), with_temporal=not (address or profile))
            done = asyncio.run(until_stopped(_alone(wanted, settings, _Server(address, profile), then)))
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
    programme: Programme
    delegates: tuple[BookingLine, ...] | None = None
    ends: datetime | None = None


def _months(said: int | None, year: Path | None) -> int:
    """What was said; else until everything has ended."""
    if year and said and said < YEAR_LEAST:
        raise CommandError(f"The second cohort starts half a year after the first: --year needs --months {YEAR_LEAST}.")
    return said or (YEAR_MONTHS if year else MONTHS)


def _course_start(said: datetime | None, ends: datetime | None, months: int) -> date:
    """The day that was said; else so many months before the end of a past, or as soon as a future can begin."""
    if said is not None:
        return said.date()
    if ends is None:
        return first_monday(earliest_course_start(reach.now().date()))
    month = ends.year * 12 + ends.month - 1 - months
    return first_monday(date(month // 12, month % 12 + 1, min(ends.day, 28)))


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
    """Rehearse the example cohort on a running engine and show the result; what was rehearsed before is only shown.

    The clock of this process follows, so that it can be watched on the board.
    """
    before = _kept(kept)
    if before is not None:
        show_report(before)
        say(f"This was rehearsed before; the report is {kept}. For another rehearsal: mca rehearse --help")
        return
    roster = _faultless(EXAMPLE_ROSTER)
    start = first_monday(earliest_course_start(reach.now().date()))
    wanted = _Wanted(roster, start, months=42, seed=1, programme=shipped_programme())
    done = await _rehearsed(wanted, engine, followed)
    _keep(done.report, kept)
    show_report(done.report)
    say_refused(done)


def first_monday(day: date) -> date:
    """The day itself, or the next Monday: courses start on Mondays."""
    return day + timedelta(days=-day.weekday() % 7)


async def _alone(wanted: _Wanted, settings: StackSettings, server: _Server, then: _Then) -> Rehearsed:
    say("Starting servers for the rehearsal …")
    async with running_engine(settings, address=server.address, profile=server.profile) as engine:
        done = await _rehearsed(wanted, engine)
        _show(done, then)
        if then.keep:
            show_addresses(engine.stack)
            say("Everything stays up to be looked at. Ctrl-C ends it, and removes it.")
            await until_asked_to_end()
        return done


async def _purely(wanted: _Wanted, then: _Then, into: str | None) -> Rehearsed:
    from rehearsal.driver import rehearse_purely  # noqa: PLC0415 - it imports much of the engine

    with progress() as show:
        if into is None:
            done = await rehearse_purely(_plot(wanted, _cohort(ACADEMY, wanted.course_start)), progress=show)
        else:
            async with reach.records() as pool:
                done = await rehearse_purely(await _past(wanted, pool, into), into=pool, progress=show)
            say(f"This is now the past of {into}. To start its workflows: mca reconcile")
    _show(done, then)
    return done


async def _past(wanted: _Wanted, pool: Pool, academy: str) -> Plot:
    """A cohort, or a year, of an academy that may have an office already, and much else."""
    cohort = await _free_cohort(pool, academy, wanted.course_start)
    async with pool.acquire() as conn:
        stands = await offices.mailbox(conn, academy)
        plot = _plot(wanted, cohort, None if stands else OFFICE)
        taken = [part.cohort for part in plot.scripts if (await ledger.load(conn, part.cohort)).facts]
    if taken:
        raise CommandError(f"{academy} already has {' and '.join(taken)}. Choose an academy without a past.")
    return plot


def _show(done: Rehearsed, then: _Then) -> None:
    if then.report:
        _keep(done.report, then.report)
    if then.as_json:
        typer.echo(to_json(done.report), nl=False)
    else:
        show_report(done.report)
    say_refused(done)


def _plot(wanted: _Wanted, cohort: str, office: Contact | None = OFFICE) -> Plot:
    script = Script(
        academy=cohort.partition(".")[0],
        cohort=cohort,
        roster=wanted.roster,
        course_start=wanted.course_start,
        programme=wanted.programme,
        office=office,
        months=wanted.months,
        seed=wanted.seed,
    )
    plot = alone(script) if wanted.delegates is None else year(script, wanted.delegates)
    plot = replace(plot, ends=wanted.ends)
    months = max(part.months for part in plot.scripts)
    say(
        f"Rehearsing {', '.join(part.cohort for part in plot.scripts)}: {len(wanted.roster.rows)} participants each, "
        f"{months} months from {long_date(wanted.course_start)}."
    )
    return plot


async def _rehearsed(wanted: _Wanted, engine: Engine, showing: _Showing = lambda show: show) -> Rehearsed:
    from rehearsal.driver import rehearse as play  # noqa: PLC0415 - it imports the whole engine

    plot = _plot(wanted, await _free_cohort(engine.pool, ACADEMY, wanted.course_start))
    metrics = engine.settings.metrics
    with progress() as show:
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
                progress=showing(show),
            )
        except (RPCError, RPCTimeoutOrCancelledError) as failed:
            raise CommandError(
                f"The rehearsal was cut short, the Temporal server did not answer in time: {failed}. "
                "On a busy machine, try again when it is quiet.",
                Exit.AWAY,
            ) from failed


def _cohort(academy: str, course_start: date) -> str:
    return f"{academy}.{course_start.year}-{'spring' if course_start.month <= _LAST_SPRING_MONTH else 'autumn'}"


async def _free_cohort(pool: Pool, academy: str, course_start: date) -> str:
    """A cohort's id that this database does not know: an earlier rehearsal may have been interrupted."""
    name = _cohort(academy, course_start)
    async with pool.acquire() as conn:
        for number in count(1):
            cohort = name if number == 1 else f"{name}-{number}"
            if not (await ledger.load(conn, cohort)).facts:
                return cohort
    raise AssertionError("there is always one more number")


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
