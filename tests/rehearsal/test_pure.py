"""A rehearsal by the rules alone: the example cohort from the start of its course to its last report."""

from __future__ import annotations

import asyncio
from datetime import date
from functools import cache
from pathlib import Path

from typer.testing import CliRunner

from mca.main import app
from rehearsal.driver import Rehearsed, rehearse_purely
from rehearsal.report import EngagementReport, Report
from rehearsal.script import Script, alone
from schemas.programme_file import shipped_programme, shipped_programme_path
from schemas.roster import Contact
from schemas.roster_check import check_roster
from schemas.words import EndReason

EXAMPLE = Path(__file__).parents[2] / "examples" / "roster-2026-autumn.csv"


@cache
def lived() -> Rehearsed:
    """The example cohort for 42 months, in the past."""
    roster = check_roster(EXAMPLE.read_bytes()).roster
    assert roster is not None
    office = Contact("Programme office", "office@example.org")
    script = Script("sheffield", "sheffield.2023-spring", roster, date(2023, 3, 6), shipped_programme(), office)
    return asyncio.run(rehearse_purely(alone(script)))


def of(participant: str) -> EngagementReport:
    """A participant's own line, or that of their first team."""
    return next(line for line in lived().report.engagements if line.participant == participant)


def test_nothing_that_people_tell_is_refused() -> None:
    """On days long past: no clock of any server has a say."""
    assert [(refused.subject, refused.kind, refused.refusal.reason) for refused in lived().refused] == []


def test_every_engagement_of_the_example_comes_to_its_end() -> None:
    """None dies silently; a co-coach ends as the engagement they joined."""
    assert [line.participant for line in lived().report.engagements if line.end_state is None] == []
    assert of("P12").end_reason is EndReason.SILENT
    assert (of("P16").engagement_id, of("P16").end_state) == (None, of("P15").end_state)


def test_the_example_keeps_its_aims() -> None:
    """Stops are noticed, nobody is alarmed about for nothing, and people have one mail a week."""
    report = lived().report

    assert report.stalls_unnoticed == report.duplicate_notices == report.mails_outside_windows == 0
    assert (report.working_days_to_notice.median, report.mails_per_person_week.median) <= (15, 1)
    assert (report.working_days_to_notice.max or 99) <= 20
    assert report.false_alarms_per_engagement_year <= 1


def test_a_rehearsal_without_servers_writes_the_same_report(tmp_path: Path) -> None:
    """The command starts nothing and takes any day."""
    written = tmp_path / "report.json"
    options = ("--pure", "--months", "1", "--course-start", "2023-03-06", "--report", str(written))

    done = CliRunner().invoke(app, ["rehearse", str(EXAMPLE), *options])

    assert done.exit_code == 0, done.output
    assert len(Report.model_validate_json(written.read_bytes()).engagements) == len(lived().report.engagements) - 1


def test_other_rules_are_rehearsed(tmp_path: Path) -> None:
    """A programme of a session every second week is seen at work before anybody lives by it."""
    ours, written = tmp_path / "ours.yaml", tmp_path / "report.json"
    shipped = shipped_programme_path("sheffield-mca").read_text(encoding="utf-8")
    ours.write_text(shipped.replace("\n  every_weeks: 1 ", "\n  every_weeks: 2 "), encoding="utf-8")
    options = ("--pure", "--months", "4", "--course-start", "2023-03-06", "--report", str(written))

    done = CliRunner().invoke(app, ["rehearse", str(EXAMPLE), *options, "--programme", str(ours)])

    assert done.exit_code == 0, done.output
    report = Report.model_validate_json(written.read_bytes())
    first = report.engagements[0].sessions
    assert 7 <= first.expected == first.held + first.not_held + first.excused <= 9


def test_only_a_rehearsal_without_servers_has_a_past() -> None:
    """A clock of a server goes forward only."""
    done = CliRunner().invoke(app, ["rehearse", str(EXAMPLE), "--into", "york"])

    assert done.exit_code == 1
    assert "add --pure" in done.output


def test_a_year_is_not_broken_off_before_its_second_cohort_begins() -> None:
    """Half a year after the first."""
    bookings = EXAMPLE.with_name("intro-course-bookings.csv")
    done = CliRunner().invoke(app, ["rehearse", str(EXAMPLE), "--pure", "--year", str(bookings), "--months", "6"])

    assert done.exit_code == 1
    assert "--year needs --months 7" in done.output
