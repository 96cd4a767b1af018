"""The report's models, its schema, and what must not stand outside the database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mca.main import app
from rehearsal.privacy import Finding, Personal, in_files
from rehearsal.report import Report, Spread, schema, to_json
from rehearsal.script import CourseStartTooEarlyError, Script, alone, check_course_start, earliest_course_start
from schemas.programme_file import shipped_programme
from schemas.roster import Contact, Roster

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def script(course_start: date) -> Script:
    """A rehearsal of nobody."""
    office = Contact("Programme office", "office@example.org")
    return Script("sheffield", "sheffield.try", Roster(()), course_start, shipped_programme(), office)


def test_schema_of_the_report_is_printed() -> None:
    """By the command that writes reports, which then rehearses nothing."""
    said = CliRunner().invoke(app, ["rehearse", "--report-schema"])
    assert (said.exit_code, said.stdout) == (0, schema())


def test_every_overall_number_says_what_it_counts() -> None:
    """A number whose definition could be doubted is described in the schema."""
    described = json.loads(schema())["properties"]

    counts = set(described) - {"engagements", "wall_seconds"}
    assert all(described[name].get("description") for name in counts)


def test_report_reads_back_as_it_was_written() -> None:
    """What is written can be read and compared."""
    nothing = Spread(median=None, max=None)
    report = Report(
        engagements=(),
        mails_per_person_week=Spread(median=1.0, max=3.0),
        digests=12,
        withheld=0,
        withdrawn=2,
        escalations={"coach": 2, "faculty": 1},
        mails_outside_windows=0,
        working_days_to_notice=nothing,
        false_alarms=0,
        duplicate_notices=0,
        personal_data_outside_database=0,
        wall_seconds=1.5,
    )

    assert Report.model_validate_json(to_json(report)) == report
    assert to_json(report).endswith("}\n")


def test_course_starts_eleven_weeks_ahead_at_the_earliest() -> None:
    """An earlier start is refused, and the message says what is possible."""
    earliest = earliest_course_start(NOW.date())

    check_course_start(alone(script(earliest)), NOW)
    with pytest.raises(CourseStartTooEarlyError, match="2027-02-07") as refused:
        check_course_start(alone(script(earliest - timedelta(days=1))), NOW)
    assert refused.value.earliest == earliest == date(2027, 2, 7)


@pytest.mark.parametrize(
    "text",
    [
        b'{"person": "Zo\xc3\xab Alder"}',
        b'{"person": "Zo\\u00eb Alder"}',
        "ZOË ALDER".encode(),
    ],
)
def test_name_is_found_in_any_case_and_as_json_writes_it(text: bytes) -> None:
    """A name is found as it is, in capitals, and with its letters escaped."""
    words = Personal((("name", "Zoë Alder"),))

    assert words.found_in("a log", text) == [Finding("a log", "name", 1)]


def test_finding_names_the_place_and_not_the_person() -> None:
    """What is found can be reported without repeating it."""
    words = Personal((("address", "coach.alder@example.org"),))

    (found,) = words.found_in("history of engagement:x", b"to coach.alder@example.org")

    assert "alder" not in repr(found)


def test_log_files_are_read(tmp_path: Path) -> None:
    """Every line of every log is looked through."""
    clean, leaking = tmp_path / "clean.log", tmp_path / "leaking.log"
    clean.write_text('{"event": "notices.handed_in", "notices": 3}\n')
    leaking.write_text('{"event": "sent", "to": "Frailty unit"}\n' * 2)

    found = in_files([clean, leaking], Personal((("team", "Frailty unit"),)))

    assert found == [Finding("log leaking.log", "team", 2)]
