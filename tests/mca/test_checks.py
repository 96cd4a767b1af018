"""The commands that look at files: what they say, to people and to machines, and how they end."""

import csv
import errno
import io
import json
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from mca.errors import Exit
from mca.main import app
from mca.sentences import of
from mca.tables import show_csv
from operations.sheets import Kind, written
from records.errors import LedgerLost
from schemas.programme_file import shipped_programme_path

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD, MESSY = str(EXAMPLES / "roster-2026-autumn.csv"), str(EXAMPLES / "roster-messy.csv")


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No server of this machine is in reach, and tables are wide."""
    for name in ("MCA_DATABASE_URL", "MCA_SMTP_URL", "TEMPORAL_ADDRESS", "TEMPORAL_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


def mca(*words: str) -> Result:
    """Run a command as it is typed."""
    return CliRunner().invoke(app, words)


def test_a_messy_roster_shows_every_fault_with_line_column_and_remedy() -> None:
    """People get a table; the exit code says that there are faults."""
    said = mca("cohort", "check", MESSY)
    assert said.exit_code == Exit.REFUSED
    for line, column in (("3", "participant"), ("5", "session_time"), ("6", "holiday_division"), ("7", "microsystem")):
        assert any(row.split()[0] == line and column in row for row in said.stdout.splitlines() if row.strip())
    assert "7 faults." in said.stderr


def test_a_messy_roster_is_json_for_machines() -> None:
    """Each fault with its line, its column and what to do; warnings apart."""
    said = mca("cohort", "check", MESSY, "--json")
    assert said.exit_code == Exit.REFUSED
    told = json.loads(said.stdout)
    assert len(told["faults"]) == 7
    assert all(fault["line"] and fault["column"] and fault["remedy"] for fault in told["faults"])
    assert [one["column"] for one in told["warnings"]] == ["", "name"]


def test_a_good_roster_ends_well() -> None:
    """The count of participants and teams."""
    said = mca("cohort", "check", GOOD)
    assert (said.exit_code, said.stdout.strip()) == (Exit.OK, "28 participants with 26 teams, no fault.")


def test_a_workbook_with_other_headings_is_read_and_comes_back_to_be_mended(tmp_path: Path) -> None:
    """The mapping is offered; what is wrong is written as the same kind of sheet, and can be given again."""
    header, *rows = csv.reader(Path(MESSY).read_text().splitlines())
    header[header.index("email")] = "E-mail"
    file, back = tmp_path / "roster.xlsx", tmp_path / "mend.xlsx"
    file.write_bytes(written(Kind.XLSX, "Roster", header, rows))
    assert "Perhaps: --map 'E-mail=email'" in mca("cohort", "check", str(file)).stderr
    said = mca("cohort", "check", str(file), "--map", "E-mail=email", "--mend", str(back))
    assert said.exit_code == Exit.REFUSED
    assert "'E-mail' was read as email" in said.stderr
    again = json.loads(mca("cohort", "check", str(back), "--json").stdout)
    assert len(again["faults"]) == 5
    wrong = mca("cohort", "check", str(file), "--map", "E-mail=emial")
    assert wrong.exit_code == Exit.USAGE


@pytest.mark.parametrize("command", ["start", "import"])
def test_a_roster_with_faults_starts_nothing(command: str, tmp_path: Path) -> None:
    """All faults are shown before any server is asked for."""
    facts = tmp_path / "facts.jsonl"
    facts.write_text("")
    plan = ["--academy", "sheffield", "--cohort", "x", "--course-start", "2027-02-01"]
    office = ["--office-address", "office@example.org"]
    past = ["--facts", str(facts)] if command == "import" else []
    said = mca("cohort", command, MESSY, *plan, *office, *past)
    assert said.exit_code == Exit.REFUSED
    assert "Nothing was started." in said.stderr


@pytest.mark.parametrize("file", ["no-such-file.csv", "."])
def test_a_file_that_cannot_be_read_is_named_in_one_sentence(file: str) -> None:
    """No stack trace."""
    said = mca("cohort", "check", file)
    assert said.exit_code == Exit.USAGE
    assert said.stderr.startswith(file[0].upper())
    assert len(said.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["engagement", "list"],
        ["engagement", "show", "X"],
        ["engagement", "timeline", "X"],
        ["engagement", "why", "X"],
        ["engagement", "tell", "X", "--kind", "pause_ended"],
        ["cohort", "show", "X"],
    ],
)
def test_without_an_engine_one_sentence_says_what_to_do(words: list[str]) -> None:
    """Exit code 3: trying again later may help."""
    said = mca(*words)
    assert said.exit_code == Exit.AWAY
    assert "mca dev" in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_a_database_that_does_not_answer_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens on port 1."""
    monkeypatch.setenv("MCA_DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/nothing")
    said = mca("engagement", "list")
    assert said.exit_code == Exit.AWAY
    assert said.stderr.startswith("The database doesn't answer.")
    assert "secret" not in said.stderr


@pytest.mark.parametrize(
    ("url", "said_"),
    [
        ("mysql://nobody:hush@127.0.0.1/x", "address of the database cannot be read"),
        ("postgresql://nobody:hush@h@127.0.0.1:hush/x", "address of the database cannot be read"),
        ("postgresql://nobody:hush#1@127.0.0.1/x", "address of the database cannot be read"),
        ("postgresql://nobody:hush@127.0.0.1:1/x?sslmode=hush", "address of the database cannot be read"),
        ("postgresql://nobody:hush@127.0.0.1:1/x?connect_timeout=hush", "address of the database cannot be read"),
        ("postgresql://nobody:hush@no.such.host.invalid/x", "The database doesn't answer"),
        ("hush", "address of the database cannot be read"),
    ],
)
@pytest.mark.parametrize("words", [["engagement", "list"], ["migrate"], ["db", "grant"], ["doctor"]])
def test_a_wrong_address_of_the_database_is_one_sentence_without_its_password(
    words: list[str], url: str, said_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with it, and whichever command meets it."""
    monkeypatch.setenv("MCA_DATABASE_URL", url)
    said = mca(*words)
    assert said.exception is None or isinstance(said.exception, SystemExit)
    assert "hush" not in said.output
    if words != ["doctor"]:
        assert said_ in said.stderr
        assert said.exit_code in {Exit.USAGE, Exit.AWAY}
        assert len(said.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "said_"),
    [
        (asyncpg.DiskFullError("DETAIL: anna@trust.example"), "Its disk is full"),
        (asyncpg.ReadOnlySQLTransactionError("x"), "target_session_attrs=read-write"),
        (asyncpg.InvalidPasswordError("x"), "correct the user or password"),
        (asyncpg.InvalidCatalogNameError("x"), "no database of this name"),
        (asyncpg.UndefinedTableError("facts"), "restore a backup"),
        (asyncpg.InsufficientPrivilegeError("x"), "mca db grant"),
        (asyncpg.UniqueViolationError("anna@trust.example"), "UniqueViolationError"),
        (asyncpg.AdminShutdownError("x"), "doesn't answer"),
        (asyncpg.InternalClientError("x"), "doesn't answer"),
        (OSError(errno.ENOSPC, "No space left on device"), "no space left"),
        (LedgerLost("x", 3, 1), "the ledger holds 1 facts of x, its workflow knows 3"),
    ],
)
def test_what_a_server_refuses_is_one_sentence_that_quotes_no_row(error: Exception, said_: str) -> None:
    """And says what to do."""
    sentence, code = of(error) or ("", Exit.OK)
    assert said_ in sentence
    assert "anna" not in sentence
    assert code is not Exit.OK


@pytest.mark.parametrize(
    ("words", "said_"),
    [
        ([], "Give either --fact"),
        (["--kind", "sesion_held"], "Did you mean session_held?"),
        (["--kind", "session_held"], "day is missing"),
        (["--kind", "session_held", "--set", "day"], "write name=value"),
        (["--kind", "session_held", "--set", "day=2026-10-06", "--set", "chaired_by=me"], "chaired_by should be"),
        (["--kind", "session_held", "--set", "day=2026-10-06", "--set", "who=me"], "who is not a field of it"),
        (["--fact", "{"], "--fact is not JSON"),
        (["--fact", "[]"], "--fact must be a JSON object"),
        (["--fact", "{}", "--set", "day=2026-10-06"], "--set goes with --kind"),
        (["--kind", "cohort_confirmed"], "isn't a kind of fact here"),
    ],
)
def test_a_fact_that_is_written_wrongly_is_told_how(words: list[str], said_: str) -> None:
    """Before any server is asked for; exit code 2."""
    said = mca("engagement", "tell", "sheffield.2026-autumn.P01", *words)
    assert said.exit_code == Exit.USAGE
    assert said_ in said.stderr


def test_the_shipped_programme_can_be_shown_copied_and_checked(tmp_path: Path) -> None:
    """What is shown is the file with its comments."""
    shown = mca("programme", "show")
    assert shown.stdout == shipped_programme_path().read_text()
    copy = tmp_path / "ours.yaml"
    copy.write_text(shown.stdout.replace("version: 1 ", "version: 2 "))
    assert mca("programme", "check", str(copy)).stdout.strip().endswith("This is sheffield-mca@2.")
    assert json.loads(mca("programme", "show", "--json").stdout)["course"]["length_months"] == 6


def test_a_programme_with_faults_names_line_range_and_what_stands_there(tmp_path: Path) -> None:
    """For people and for machines."""
    file = tmp_path / "ours.yaml"
    file.write_text("name: ours\nversion: 1\ncourse:\n  length_months: 99\n")
    said = mca("programme", "check", str(file))
    assert said.exit_code == Exit.REFUSED
    assert "'99' isn't possible" in said.stdout
    assert "a whole number from 1 to 60" in said.stdout
    (fault,) = json.loads(mca("programme", "check", str(file), "--json").stdout)["faults"]
    assert (fault["line"], fault["column"], fault["field"]) == (4, 18, "course.length_months")


def test_an_unknown_programme_is_named() -> None:
    """Neither a shipped name nor a file."""
    said = mca("programme", "show", "leeds")
    assert said.exit_code == Exit.REFUSED
    assert "sheffield-mca" in said.stderr


def test_a_rehearsal_of_a_faulty_roster_starts_no_server() -> None:
    """The faults are said at once."""
    said = mca("rehearse", MESSY)
    assert said.exit_code == Exit.REFUSED
    assert "Nothing was rehearsed." in said.stderr


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["dev"],
        ["worker"],
        ["migrate"],
        ["rehearse"],
        *(["cohort", name] for name in ("check", "start", "show", "import", "tell")),
        *(["engagement", name] for name in ("list", "show", "tell", "timeline", "why")),
        *(["programme", name] for name in ("check", "show")),
    ],
)
def test_every_command_has_help_with_an_example(words: list[str]) -> None:
    """Nobody has to read the source."""
    said = mca(*words, "--help")
    assert said.exit_code == Exit.OK
    assert "Example" in said.stdout or "Begin with" in said.stdout


def test_an_export_for_spreadsheets_executes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that looks like a formula arrives as words."""
    show_csv(("Name",), [('=HYPERLINK("http://example.org")',), ("plain, with comma",), (None,)])
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert [row[0] if row else "" for row in rows] == [
        "Name",
        '\'=HYPERLINK("http://example.org")',
        "plain, with comma",
        "",
    ]


def test_the_words_of_a_matter_are_shown_in_each_language_that_has_them() -> None:
    """To copy and change; where there is no translation, a sentence says what to start from."""
    english, welsh = mca("wording", "show", "session"), mca("wording", "show", "session", "--language", "cy")
    assert "Please tell us" in english.stdout
    assert "Rhowch wybod i ni" in welsh.stdout
    missing = mca("wording", "show", "stall", "--language", "cy")
    assert (missing.exit_code, missing.stdout) == (Exit.REFUSED, "")
    assert "isn't translated yet" in missing.stderr
