"""The programme as a file: every parameter in it, every fault found with its line and its range."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.programme import Course, Programme
from schemas.programme_file import (
    SHIPPED_PROGRAMMES,
    ProgrammeFault,
    ProgrammeFileError,
    UnknownProgrammeError,
    load_programme,
    parameter_names,
    shipped_programme,
    shipped_programme_path,
)

HEAD = "name: a\nversion: 1\n"


def faults_of(text: str) -> tuple[ProgrammeFault, ...]:
    """Everything wrong with a text."""
    with pytest.raises(ProgrammeFileError) as refused:
        load_programme(text)
    return refused.value.faults


def only_fault(text: str) -> ProgrammeFault:
    """The one thing wrong with a text."""
    (fault,) = faults_of(text)
    return fault


def parameters_in(text: str) -> list[tuple[str, str]]:
    """Dotted name and comment of every line with a value, read by indentation alone."""
    found: list[tuple[str, str]] = []
    open_sections: list[str] = []
    for line in text.splitlines():
        entry = re.match(r"( *)([a-z_]+):(?: *([^#\s][^#]*?))?(?: +# (.*))?$", line)
        if not entry:
            continue
        depth = len(entry[1]) // 2
        open_sections = [*open_sections[:depth], entry[2]]
        if entry[3]:
            found.append((".".join(open_sections), entry[4] or ""))
    return found


@pytest.mark.parametrize("name", SHIPPED_PROGRAMMES)
def test_a_shipped_file_holds_every_parameter_in_order(name: str) -> None:
    """Whoever reads the file sees all rules there are."""
    written = [parameter for parameter, _ in parameters_in(shipped_programme_path(name).read_text())]
    assert written == list(parameter_names())


@pytest.mark.parametrize("name", SHIPPED_PROGRAMMES)
def test_every_shipped_parameter_says_its_basis(name: str) -> None:
    """Each comment says whether a source states the value or it is our default."""
    for parameter, comment in parameters_in(shipped_programme_path(name).read_text()):
        assert re.search(r"\b(source|default)\b", comment), parameter


def test_the_shipped_programme_equals_the_defaults() -> None:
    """What the file says and what the model would take by itself are the same."""
    assert shipped_programme("sheffield-mca") == Programme(name="sheffield-mca", version=1)


def test_an_unknown_shipped_programme_names_the_known_ones() -> None:
    """The message tells what there is."""
    with pytest.raises(UnknownProgrammeError, match="sheffield-mca"):
        shipped_programme("leeds")


def test_what_a_file_leaves_out_has_its_default() -> None:
    """A file may hold only what it changes."""
    programme = load_programme(HEAD + "course: {length_months: 5}\n")
    assert programme == Programme(name="a", version=1, course=Course(length_months=5))


@pytest.mark.parametrize(
    ("text", "field", "line", "stands", "range_"),
    [
        ("course:\n  length_months: 99\n", "course.length_months", 4, "'99'", "a whole number from 1 to 60"),
        ("course:\n  length_months: soon\n", "course.length_months", 4, "'soon'", "a whole number from 1 to 60"),
        ("course:\n  length_months: true\n", "course.length_months", 4, "'true'", "a whole number from 1 to 60"),
        ("course:\n  length_months:\n", "course.length_months", 4, "no value", "a whole number from 1 to 60"),
        ("reviews_after_months: [6, 0]\n", "reviews_after_months[2]", 3, "'0'", "from 1 to 60"),
        ("reviews_after_months: 6\n", "reviews_after_months", 3, "'6'", "a list such as [6, 12, 18]"),
        ("gate: {progress_at_least: 4.2}\n", "gate.progress_at_least", 3, "'4.2'", "from 0.5 to 5.0 in steps of 0.5"),
        ("quiet_hours: {opens: 8}\n", "quiet_hours.opens", 3, "'8'", "a time from 00:00 to 23:59"),
        ("quiet_hours: {opens: 25:00}\n", "quiet_hours.opens", 3, "'25:00'", "a time from 00:00 to 23:59"),
        ("zone: Europe/Lundon\n", "zone", 3, "'Europe/Lundon'", "Europe/London"),
        ("attention: {digest_on: someday}\n", "attention.digest_on", 3, "'someday'", "one of monday, tuesday"),
        (
            "decisions: {review: {by: boss, within_weeks: 4}}\n",
            "decisions.review.by",
            3,
            "'boss'",
            "one of coach",
        ),
        ("decisions: {review: {by: coach}}\n", "decisions.review.within_weeks", 3, "missing", "from 1 to 104"),
        ("hand_off:\n", "hand_off", 3, "no value", "a section with anchor, planned_after_months"),
    ],
)
def test_an_impossible_value_names_its_line_its_range_and_what_stands_there(
    text: str, field: str, line: int, stands: str, range_: str
) -> None:
    """Nobody has to look up what is allowed."""
    fault = only_fault(HEAD + text)
    assert (fault.field, fault.line) == (field, line)
    assert stands in fault.problem
    assert range_ in fault.remedy


def test_times_are_times_with_and_without_quotation_marks() -> None:
    """YAML would read an unquoted 18:00 as the number 1080."""
    programme = load_programme(HEAD + "quiet_hours: {opens: 09:30, closes: 18:00}\n")
    assert (programme.quiet_hours.opens.hour, programme.quiet_hours.closes.hour) == (9, 18)


@pytest.mark.parametrize(
    ("text", "field", "remedy"),
    [
        ("course: {lenght_months: 6}\n", "course.lenght_months", "did you mean length_months?"),
        ("sessions: {grace_weeks: 4}\n", "sessions.grace_weeks", "it belongs under microsystem"),
        ("hand-off: {anchor: course_start}\n", "hand-off", "did you mean hand_off?"),
        (
            "attention: {xyz: 1}\n",
            "attention.xyz",
            "attention has digest_on, digest_after_minutes, lines_at_most, at_once",
        ),
    ],
)
def test_an_unknown_parameter_is_told_where_it_may_be_meant(text: str, field: str, remedy: str) -> None:
    """A slip of the finger is not silently a default."""
    fault = only_fault(HEAD + text)
    assert (fault.field, fault.problem, fault.remedy) == (field, "there is no such parameter", remedy)


def test_a_parameter_twice_is_a_fault() -> None:
    """YAML would let the last one win."""
    fault = only_fault(HEAD + "version: 2\n")
    assert (fault.line, fault.column, fault.field) == (3, 1, "version")
    assert "the first is on line 2" in fault.problem


def test_all_faults_are_reported_at_once_in_the_order_of_lines() -> None:
    """Also how parameters fit together, as far as each of them is sound."""
    text = (
        "name: two words\nversion: 0\nhealth: {at_risk_after: 5, stalled_after: 5}\n"
        "sessions: {chased_after_working_days: [5, 2]}\nladder: {office_after_working_days: 99}\nsurprise: 1\n"
    )
    faults = faults_of(text)
    assert [(fault.line, fault.field) for fault in faults] == [
        (1, "name"),
        (2, "version"),
        (3, "health.stalled_after"),
        (4, "sessions.chased_after_working_days"),
        (5, "ladder.office_after_working_days"),
        (6, "surprise"),
    ]


def test_parameters_that_do_not_fit_together_are_both_named() -> None:
    """The rule, and both values as they stand."""
    fault = only_fault(HEAD + "health: {at_risk_after: 5, stalled_after: 5}\n")
    assert fault.problem == "is 5, health.at_risk_after is 5"
    assert fault.remedy == "health.stalled_after must be more than health.at_risk_after"


@pytest.mark.parametrize(
    ("text", "field", "problem", "remedy"),
    [
        ("gate: {sign_offs: []}\n", "gate.sign_offs", "is []", "at least one role"),
        ("gate: {sign_offs: [coach, coach]}\n", "gate.sign_offs", "is [coach, coach]", "each once"),
        ("reviews_after_months: [12, 6]\n", "reviews_after_months", "is [12, 6]", "must be in rising order"),
        (
            "course: {reminder_days_before: [1, 7]}\n",
            "course.reminder_days_before",
            "is [1, 7]",
            "must be in falling order",
        ),
        (
            "microsystem: {asked_weeks_before: [1, 8]}\n",
            "microsystem.asked_weeks_before",
            "is [1, 8]",
            "must be in falling order",
        ),
        (
            "attention: {at_once: [learning_session, session, teaching]}\n",
            "attention.at_once",
            "is [learning_session, session, teaching]",
            "can't name teaching",
        ),
        ("attention: {at_once: [session]}\n", "attention.at_once", "is [session]", "must name learning_session"),
        (
            "progress: {asked_every_months: 4}\n",
            "progress.asked_every_months",
            "is 4",
            "progress.flat_months must be more than progress.asked_every_months",
        ),
        (
            "attention: {at_once: [learning_session]}\n",
            "attention.at_once",
            "is [learning_session]",
            "sessions.unknown_after_working_days must be more than 7",
        ),
    ],
)
def test_what_could_not_be_fulfilled_is_refused_with_the_remedy(
    text: str, field: str, problem: str, remedy: str
) -> None:
    """The parameter, what stands there, and what may stand there."""
    fault = only_fault(HEAD + text)
    assert (fault.field, fault.problem) == (field, problem)
    assert remedy in fault.remedy


@pytest.mark.parametrize("role", ["co_coach", "deputy", "service", "delegate"])
def test_who_cannot_sign_is_no_signer(role: str) -> None:
    """Not every team has a co-coach; a service signs nothing."""
    fault = only_fault(HEAD + f"gate: {{sign_offs: [coach, {role}]}}\n")
    assert fault.field == "gate.sign_offs[2]"
    assert "one of coach, team_lead, faculty, sponsor, office" in fault.remedy


def test_a_relapse_is_answered_by_faculty_or_the_office() -> None:
    """Nobody else has a page for it."""
    fault = only_fault(HEAD + "decisions: {relapse: {by: coach, within_weeks: 2}}\n")
    assert fault.remedy == "write one of faculty, office"


def test_a_misfit_with_a_default_is_found_too() -> None:
    """The file may hold only one of the two."""
    fault = only_fault(HEAD + "health:\n  at_risk_after: 5\n")
    assert (fault.line, fault.field) == (4, "health.at_risk_after")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "empty"),
        ("# only words\n", 1, "empty"),
        ("just words", 1, "no parameters"),
        ("- a\n", 1, "no parameters"),
        ("name: a\ncourse: [1\n", 3, "not YAML"),
        ("name: a\n\tversion: 1\n", 2, "not YAML"),
        ("name: &n a\nversion: 1\n", 1, "references"),
        ("a: " + "[" * 50, 1, "nested too deeply"),
        ("name: a\nversion: \x01\n", 2, "character"),
        ("name: a\nversion: 1\n---\nname: b\n", 3, "not YAML"),
        ("#" * 300_000, 1, "too long"),
    ],
)
def test_what_is_no_programme_at_all_is_one_clear_fault(text: str, line: int, problem: str) -> None:
    """No stack trace for a file that is something else."""
    fault = only_fault(text)
    assert fault.line == line
    assert problem in fault.problem


def test_a_file_in_another_encoding_names_its_line(tmp_path: Path) -> None:
    """Only UTF-8 is read."""
    path = tmp_path / "programme.yaml"
    path.write_bytes(b"name: a\nversion: 1 # caf\xe9\n")
    with pytest.raises(ProgrammeFileError, match=r"line 2.*UTF-8"):
        load_programme(path)


def test_a_programme_survives_a_byte_order_mark(tmp_path: Path) -> None:
    """Some editors on Windows write one."""
    path = tmp_path / "programme.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    assert load_programme(path).label == "a@1"


@given(st.text(max_size=200))
def test_no_text_whatsoever_breaks_the_reader(text: str) -> None:
    """Either a programme or faults, never another error."""
    try:
        outcome: object = load_programme(text)
    except ProgrammeFileError as refused:
        outcome = refused.faults
    assert outcome
