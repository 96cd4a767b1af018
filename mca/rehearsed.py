"""How a rehearsal is shown: how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lifecycle.dates import long_date
from mca.tables import Cell, say, show_pairs, show_table, words
from rehearsal.report import EngagementReport, IntroCourseReport, Report, Spread
from schemas.words import BookingState

if TYPE_CHECKING:
    from rehearsal.driver import Rehearsed
    from rehearsal.stage import Progress as Reached


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
            ("Stalls that nobody above the coach heard of", report.stalls_unnoticed),
            ("Emails a person got in a week, not counting session questions", _spread(mails)),
            ("Weekly emails", report.digests),
            ("Notices withheld and withdrawn", f"{report.withheld}, {report.withdrawn}"),
            ("Alarms heard by", ", ".join(f"{who} {times}" for who, times in report.escalations.items()) or "nobody"),
            (
                "False alarms, and per engagement per year",
                f"{report.false_alarms}, {report.false_alarms_per_engagement_year}",
            ),
            ("Emails outside working days and hours", report.mails_outside_windows),
            ("Notices sent twice", report.duplicate_notices),
            ("Personal data outside the database", report.personal_data_outside_database),
            ("Time taken, in seconds", round(report.wall_seconds)),
        ],
    )


def say_refused(done: Rehearsed) -> None:
    """Every fact that was refused, and why."""
    for refused in done.refused:
        what = f"{refused.kind} of {refused.subject} on {long_date(refused.occurred_at.date())}"
        say(f"Refused: {what}: {refused.refusal.reason}")


def _line(engagement: EngagementReport) -> tuple[Cell, ...]:
    seen = [f"{stall.began:%-d %b %Y}{'' if stall.noticed else ' not noticed'}" for stall in engagement.stalls]
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


@contextmanager
def progress() -> Iterator[Callable[[Reached], None]]:
    """Shows how far it is: a bar on a terminal, else a line now and then."""
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
