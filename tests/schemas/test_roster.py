"""The roster: every fault at once, with line, column and remedy; nothing personal in a ``repr``."""

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.roster import COLUMNS, CheckedRoster, Roster
from schemas.roster_cells import Behaviour
from schemas.roster_check import check_roster
from schemas.sheet import neutral
from schemas.words import HolidayDivision, Weekday

EXAMPLES = Path(__file__).parents[2] / "examples"

GOOD = {
    "participant": "P01",
    "name": "Coach Alder",
    "email": "coach.alder@example.org",
    "organisation": "Teaching Hospitals",
    "discipline": "nurse",
    "microsystem": "Respiratory ward",
    "team_lead_name": "Lead Alder",
    "team_lead_email": "lead.alder@example.org",
    "sponsor_name": "Sponsor 1",
    "sponsor_email": "sponsor.1@example.org",
    "faculty_name": "Faculty 1",
    "faculty_email": "faculty.1@example.org",
    "session_day": "Monday",
    "session_time": "08:30",
    "holiday_division": "england-and-wales",
}


def row(number: int = 1, **cells: str) -> dict[str, str]:
    """A faultless row; cells given replace its own."""
    own = {
        "participant": f"P{number:02}",
        "email": f"coach.{number}@example.org",
        "microsystem": f"Ward {number}",
    }
    return GOOD | own | cells


def text_of(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS, delimiter: str = ",", end: str = "\n") -> str:
    """The rows as a CSV file."""
    lines = [delimiter.join(columns), *(delimiter.join(one.get(name, "") for name in columns) for one in rows)]
    return end.join(lines) + end


def cohort(*rows: dict[str, str]) -> list[dict[str, str]]:
    """The rows, and as many more as a usual cohort needs."""
    return [*rows, *(row(number) for number in range(len(rows) + 1, 26))]


def roster_of(raw: bytes | str) -> Roster:
    """The roster of a faultless file."""
    checked = check_roster(raw)
    assert checked.roster is not None, checked.faults
    return checked.roster


def places(checked: CheckedRoster) -> list[tuple[int, str]]:
    """Where the faults are."""
    return [(fault.line, fault.column) for fault in checked.faults]


def warnings_of(*rows: dict[str, str]) -> list[tuple[int, str, str]]:
    """The warnings of a faultless cohort that begins with these rows."""
    checked = check_roster(text_of(*cohort(*rows)))
    assert checked.faults == ()
    return [(one.line, one.column, one.problem) for one in checked.warnings]


def test_the_example_roster_is_faultless() -> None:
    """Twenty-eight participants, in the order of the file."""
    checked = check_roster((EXAMPLES / "roster-2026-autumn.csv").read_bytes())
    assert checked.roster is not None
    assert checked.warnings == ()
    assert [one.participant for one in checked.roster.rows] == [f"P{number:02}" for number in range(1, 29)]


def test_the_messy_roster_reports_every_fault_with_line_column_and_remedy() -> None:
    """Nine things, seven of them faults; a formula and a small cohort are only worth a look."""
    checked = check_roster((EXAMPLES / "roster-messy.csv").read_bytes())
    assert checked.roster is None
    assert places(checked) == [
        (3, "participant"),
        (4, "name"),
        (5, "email"),
        (5, "session_time"),
        (6, "session_day"),
        (6, "holiday_division"),
        (7, "microsystem"),
    ]
    assert [(one.line, one.column) for one in checked.warnings] == [(1, ""), (8, "name")]
    assert all(one.problem and one.remedy for one in (*checked.faults, *checked.warnings))


def test_one_bad_row_leaves_no_roster() -> None:
    """A good roster with one bad row starts nothing."""
    assert check_roster(text_of(*cohort(row(1, session_day="Someday")))).roster is None


def test_a_row_is_read_into_its_parts() -> None:
    """Blanks, capitals and the ways people write times and days do not matter."""
    messy = row(1, name="  Coach\u00a0Alder ", session_day="MON", session_time="5:30pm", holiday_division="Scotland")
    first = roster_of(text_of(*cohort(messy))).rows[0]
    assert first.person.name == "Coach Alder"
    assert first.slot is not None
    assert (first.slot.day, first.slot.at) == (Weekday.MONDAY, time(17, 30))
    assert first.division is HolidayDivision.SCOTLAND
    assert first.behaviour is Behaviour.STEADY
    assert first.joins is None


def test_a_participant_may_have_no_team_yet() -> None:
    """Then neither team lead nor meeting time is needed."""
    without = dict.fromkeys(
        ("microsystem", "team_lead_name", "team_lead_email", "session_day", "session_time", "holiday_division"), ""
    )
    first = roster_of(text_of(*cohort(row(1) | without))).rows[0]
    assert (first.microsystem, first.team_lead, first.slot) == (None, None, None)
    assert first.division is HolidayDivision.ENGLAND_AND_WALES


def test_two_rows_on_one_team_are_co_coaches() -> None:
    """The first coaches; the second joins, and meets when the team meets."""
    rows = roster_of(text_of(*cohort(row(1), row(2, microsystem=" ward  1", session_day="Friday")))).rows
    assert (rows[0].joins, rows[1].joins) == (None, "P01")
    assert rows[1].microsystem == "Ward 1"
    assert rows[1].slot == rows[0].slot


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"name": ""}, "name"),
        ({"name": "Coach\nAlder"}, "name"),
        ({"name": "Coach\u200bAlder"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"participant": ""}, "participant"),
        ({"participant": "P1-2"}, "participant"),
        ({"participant": "P1.2"}, "participant"),
        ({"participant": "ALDER1"}, "participant"),
        ({"email": ""}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a b@example.org"}, "email"),
        ({"email": "a..b@example.org"}, "email"),
        ({"email": "a@example.org\nBcc: x@example.org"}, "email"),
        ({"session_day": ""}, "session_day"),
        ({"session_time": ""}, "session_time"),
        ({"session_time": "24:00"}, "session_time"),
        ({"session_time": "9"}, "session_time"),
        ({"session_time": "13:00pm"}, "session_time"),
        ({"holiday_division": "atlantis"}, "holiday_division"),
        ({"team_lead_email": ""}, "team_lead_email"),
        ({"sponsor_name": ""}, "sponsor_name"),
        ({"faculty_email": "nobody"}, "faculty_email"),
        ({"organisation": "a\x07b"}, "organisation"),
    ],
)
def test_a_cell_that_cannot_be_is_a_fault_of_its_column(cells: dict[str, str], column: str) -> None:
    """Exactly one fault, at the place where it stands."""
    quoted = {name: f'"{cell}"' for name, cell in cells.items()}
    assert places(check_roster(text_of(*cohort(row(1, **quoted))))) == [(2, column)]


def test_a_code_that_holds_the_name_is_refused() -> None:
    """The engine shows the code: it must tell nothing about the person."""
    (fault,) = check_roster(text_of(*cohort(row(1, participant="Alder1")))).faults
    assert "Alder" not in fault.problem


def test_an_unknown_behaviour_is_a_fault_with_the_nearest_one() -> None:
    """A rehearsal would otherwise silently rehearse something else."""
    columns = (*COLUMNS, "behaviour")
    checked = check_roster(text_of(*cohort(row(1, behaviour="silent-stp")), columns=columns))
    assert places(checked) == [(2, "behaviour")]
    assert "did you mean silent_stop?" in checked.faults[0].remedy


@pytest.mark.parametrize("column", ["participant", "email"])
def test_two_rows_with_one_code_or_address_are_a_fault(column: str) -> None:
    """Whatever the capitals, and also when the first of them has other faults."""
    first = row(1, name="")
    checked = check_roster(text_of(*cohort(first, row(2) | {column: first[column].upper()})))
    assert places(checked) == [(2, "name"), (3, column)]
    assert "line 2" in checked.faults[1].problem


def test_a_short_row_names_the_first_column_it_lacks() -> None:
    """Its cells that are there are checked all the same."""
    text = text_of(*cohort()) + "P99,,nobody\n"
    assert places(check_roster(text)) == [(27, "organisation"), (27, "name"), (27, "email")]


def test_a_long_row_is_a_fault_unless_the_rest_is_empty() -> None:
    """Spreadsheets leave empty cells behind."""
    lines = text_of(*cohort()).splitlines()
    assert check_roster("\n".join([f"{lines[0]},,", f"{lines[1]},,", *lines[2:]])).roster
    assert places(check_roster("\n".join([lines[0], f"{lines[1]},more", *lines[2:]]))) == [(2, "")]


def test_a_roster_may_have_its_columns_in_any_order_and_blank_lines() -> None:
    """Columns go by their names; line numbers stay those of the file."""
    text = text_of(row(1), row(2, name=""), columns=tuple(reversed(COLUMNS))).replace("\n", "\n\n")
    assert places(check_roster(text)) == [(5, "name")]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (tuple(name for name in COLUMNS if name != "email"), [(1, "email")]),
        ((*COLUMNS, "emial"), [(1, "emial")]),
        ((*COLUMNS, "email"), [(1, "email")]),
    ],
)
def test_a_wrong_header_is_a_fault_of_the_first_line(columns: tuple[str, ...], expected: list[tuple[int, str]]) -> None:
    """Missing, unknown and repeated columns."""
    assert places(check_roster(text_of(*cohort(), columns=columns))) == expected


def test_a_file_without_header_is_one_fault() -> None:
    """Not one for every cell."""
    assert places(check_roster(text_of(*cohort()).partition("\n")[2])) == [(1, "")]


@pytest.mark.parametrize("raw", [b"", b"\n\n", text_of().encode()])
def test_a_file_without_participants_is_a_fault(raw: bytes | str) -> None:
    """Nothing would be started, and nobody would know why."""
    assert places(check_roster(raw)) == [(1, "")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_whatever_a_spreadsheet_writes_is_the_same_roster(end: str, delimiter: str, encoding: str) -> None:
    """Separators, line ends and byte order marks of several countries."""
    rows = cohort(row(1, name="Coach Érable"))
    raw = text_of(*rows, delimiter=delimiter, end=end).encode(encoding)
    assert roster_of(raw) == roster_of(text_of(*rows))


def test_western_letters_are_read_with_a_warning() -> None:
    """What older spreadsheets write; the letters are guessed, and a person is asked to look."""
    checked = check_roster(text_of(*cohort(row(1, name="Coach Érable"))).encode("cp1252"))
    assert checked.roster is not None
    assert checked.roster.rows[0].person.name == "Coach Érable"
    assert ["Windows-1252" in one.problem for one in checked.warnings] == [True]


@pytest.mark.parametrize(
    ("raw", "line", "problem"),
    [
        (b"PK\x03\x04rest", 1, "Excel workbook"),
        (b"participant\nP\x00", 2, "not a text file"),
        (b"participant\n\x81\xb8\xc6", 2, "cannot be read"),
        (b"\xff\xfea", 1, "breaks off"),
        (b"x" * 3_000_000, 1, "too large"),
    ],
)
def test_what_is_no_table_is_clearly_refused(raw: bytes | str, line: int, problem: str) -> None:
    """With the line, and what to save instead."""
    (fault,) = check_roster(raw).faults
    assert fault.line == line
    assert problem in fault.problem
    assert fault.remedy


def test_an_open_quotation_mark_names_the_line_it_is_on() -> None:
    """What stands before it is checked all the same."""
    text = text_of(row(1, name=""), row(2, name='"Coach Ash'), row(3))
    assert places(check_roster(text)) == [(2, "name"), (3, "")]


def test_a_formula_is_kept_as_words_with_a_warning() -> None:
    """It is data; only an export must not let it be executed."""
    rows = cohort(row(1, name='"=SUM(A1:B2) Alder"'))
    checked = check_roster(text_of(*rows))
    assert checked.roster is not None
    assert checked.roster.rows[0].person.name == "=SUM(A1:B2) Alder"
    assert [(one.line, one.column) for one in checked.warnings] == [(2, "name")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " ="])
def test_an_export_never_executes_a_cell(start: str) -> None:
    """A quotation mark before it makes it words in every spreadsheet."""
    assert neutral(f"{start}1") == f"'{start}1"
    assert neutral("plain") == "plain"


@pytest.mark.parametrize(("count", "said"), [(24, True), (25, False), (30, False), (31, True)])
def test_the_size_of_a_cohort_is_a_warning_never_a_fault(count: int, said: bool) -> None:
    """Real cohorts averaged fewer than planned."""
    checked = check_roster(text_of(*(row(number) for number in range(1, count + 1))))
    assert checked.roster is not None
    assert bool(checked.warnings) is said


@pytest.mark.parametrize(
    ("rows", "place", "said"),
    [
        ([row(1, faculty_name="", faculty_email="")], (2, "faculty_name"), "nobody supervises"),
        ([row(1, sponsor_name="", sponsor_email="")], (2, "sponsor_name"), "grants"),
        ([row(1, session_time="03:30")], (2, "session_time"), "unusual hour"),
        ([row(1), row(2, microsystem="Ward 1", session_day="Friday")], (3, "microsystem"), "differ from line 2"),
        ([row(1), row(2, microsystem="Ward 1"), row(3, microsystem="Ward 1")], (4, "microsystem"), "co-coach already"),
    ],
)
def test_what_is_only_odd_is_a_warning(rows: list[dict[str, str]], place: tuple[int, str], said: str) -> None:
    """It hinders nothing, and a person can look."""
    ((line, column, problem),) = warnings_of(*rows)
    assert (line, column) == place
    assert said in problem


def test_one_address_with_two_names_is_two_people_only_if_somebody_says_so() -> None:
    """Participants may share a mailbox, too; one person has one name in a roster."""
    columns = (*COLUMNS, "person", "sponsor_person")
    other = row(2, sponsor_name="Sponsor One")
    shared = row(2, name="Coach Birch", email="coach.1@example.org")

    def found(*rows: dict[str, str]) -> list[tuple[int, str]]:
        return places(check_roster(text_of(*cohort(*rows), columns=columns)))

    assert found(row(1), other) == [(3, "sponsor_email")]
    assert found(row(1), other | {"sponsor_person": "same person"}) == [(3, "sponsor_email")]
    assert found(row(1), other | {"sponsor_person": "somebody"}) == [(3, "sponsor_person")]
    assert found(row(1), other | {"sponsor_person": "another person"}) == []
    assert found(row(1), shared) == [(3, "email")]
    assert found(row(1), shared | {"person": "another person"}) == []
    assert found(row(1), shared | {"name": "Coach Alder", "person": "another person"}) == [(3, "email")]


def test_no_repr_shows_a_person() -> None:
    """A roster that ends up in a traceback or a log names nobody."""
    checked = check_roster((EXAMPLES / "roster-2026-autumn.csv").read_bytes())
    assert "Coach" not in repr(checked)
    assert "@" not in repr(checked)


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300), st.text(max_size=100).map(text_of().__add__)))
def test_nothing_whatsoever_breaks_the_check(raw: bytes | str) -> None:
    """Either a roster or faults, never another error."""
    checked = check_roster(raw)
    assert (checked.roster is None) == bool(checked.faults)
