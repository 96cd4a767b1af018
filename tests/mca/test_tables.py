"""Tables as people read them: no wider than their screen, whatever stands in them, and nothing of it cut."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import mca
from mca.main import app
from mca.tables import Cell, show_pairs, show_table
from operations import certificates
from records.database import Pool
from schemas.cohort_facts import EnrolmentCompleted
from tests.gateway.pages.lives import Course, Intro, Life
from tests.workflows.subjects import COACH, COHORT, now

LONG = 501
EXAMPLES = Path(__file__).parents[2] / "examples"
NAME = "Maximiliana Featherstonehaugh-Cholmondeley"
TEAM = "Children's and Young People's Outpatient Phlebotomy and Day Surgery Team, Northern General"
HALVES = ("Children's and Young People's Outpatient Phlebotomy and Day Surgery Team,", "Northern General")
CELLS: tuple[Cell, ...] = (
    "sheffield.2026-autumn.P01",
    "stalled, coach vacant (team reorganised)",
    datetime(2026, 9, 30, 11, 45, tzinfo=UTC),
    NAME,
    None,
    TEAM,
    "https://dashboard.sheffield-coaching-academy.example.org/webhooks/coaching-lifecycle/of-everything-in-2026",
    128,
)

ROSTER, BOOKINGS = EXAMPLES / "roster-messy.csv", EXAMPLES / "intro-course-bookings.csv"
COMMANDS = (
    f"cohort show {COHORT}",
    f"cohort check {ROSTER}",
    "engagement list --ended",
    "event types",
    "event list",
    "event show ce-5f0c1b",
    "intro-course list --academy sheffield",
    "intro-course show sheffield.intro",
    "intro-course feedback sheffield.intro",
    "intro-course would-be-coaches --academy sheffield",
    f"intro-course check {BOOKINGS}",
    "key list",
    f"person show {COACH}",
    "person find Maximiliana",
    f"person roles {COACH}",
    "retention show",
    "subscription list",
    "worklist --everybody --academy sheffield",
)
ROWS = """
    INSERT INTO api_keys (key, name, hash, grants, created_at, ends, last_used_at)
    VALUES ('key_3f2a90b1c4', 'dashboard of the coaching academy', '', '{read:sheffield,tell_facts:sheffield}',
            now(), now() + interval '1 year', now());
    INSERT INTO subscriptions (subscription, url, types, secret, created_at, created_by)
    VALUES ('dashboard-of-the-trust', 'https://dashboard.sheffield-coaching-academy.example.org/webhooks/of-everything',
            '{org.coaching-lifecycle.session_held}', 'x', now(), 'x');
    INSERT INTO arrivals (event_id, source, source_id, type, subject, received, caller, grants, arrived_at, status,
                          next_at, settled_at, code, reason)
    VALUES ('ce-5f0c1b', 'https://calendar.example.org', '1', 'org.coaching-lifecycle.session_held',
            'sheffield.2026-autumn.P01', '{}', 'key_3f2a90b1c4', '{}', now(), 'set_aside', now(), now(), 'refused',
            'the session on Tuesday 6 October 2026 is not one that this team has planned; say which one is meant')
    """


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


def close(text: object) -> str:
    """Without the gaps, and without the lines between columns: what wraps reads on."""
    return re.sub(r"[\s│]", "", str(text))


def tables() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The headings of every table that a command draws, with where it stands."""
    for file in sorted(Path(mca.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Tuple):
                words = [part.value for part in node.elts if isinstance(part, ast.Constant)]
                texts = tuple(word for word in words if isinstance(word, str) and word[:1].isupper())
                if len(texts) == len(node.elts) > 1:
                    yield f"{file.name}:{node.lineno}", texts


@pytest.mark.parametrize("headings", [pytest.param(words, id=place) for place, words in tables()])
def test_no_table_of_any_command_is_wider_than_the_screen(
    headings: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever stands in it; nothing is cut."""
    for turn in range(len(CELLS)):
        row = [CELLS[(turn + place) % len(CELLS)] for place in range(len(headings))]
        show_table("A table with a title that is itself longer than the screen: " + TEAM, headings, [row])
        drawn = capsys.readouterr().out
        assert max(map(len, drawn.splitlines())) <= 80
        if "│" not in drawn:
            assert all(close(cell) in close(drawn) for cell in row if isinstance(cell, str))


def test_a_word_is_never_broken_where_it_has_room(capsys: pytest.CaptureFixture[str]) -> None:
    """An id can be copied; what leaves no room for it beside the others stands below them."""
    show_table("Few", ("Id", "Team", "About", "When"), [(CELLS[0], TEAM, CELLS[1], CELLS[2])])
    drawn = capsys.readouterr().out
    assert CELLS[0] in drawn.split()
    assert re.search(r"^Team +Children's", drawn, re.MULTILINE)
    show_table("Few", ("Id", "About"), [(CELLS[0], CELLS[1])])
    assert "sheffield.2026-autumn.P01 │ stalled, coach vacant" in capsys.readouterr().out


@pytest.mark.parametrize("about", [CELLS[1], TEAM, "x" * 200])
def test_a_long_table_is_no_wider_than_the_screen_either(about: Cell, capsys: pytest.CaptureFixture[str]) -> None:
    """With a row on each line, or with a paragraph for each."""
    show_table(TEAM, ("Name", "About"), [(NAME, about)] * LONG)
    drawn = capsys.readouterr().out
    assert max(map(len, drawn.splitlines())) <= 80
    assert close(drawn).count(close(about)) >= LONG


def test_a_long_table_has_a_row_on_each_line_where_there_is_room(capsys: pytest.CaptureFixture[str]) -> None:
    """Cells stand below their heading, as they are."""
    show_table("Many", ("Name", "About"), [(f"n{number}", "[bold] x") for number in range(LONG)])
    title, heads, *rows = capsys.readouterr().out.splitlines()
    assert (title, heads) == ("Many", "Name   About")
    assert len(rows) == LONG
    assert rows[-1] == "n500   [bold] x"


def test_a_long_table_without_room_has_its_cells_below_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    """As a short one has; it takes no longer for being drawn."""
    show_table("Many", ("Id", "Team"), [(f"n{number}", TEAM) for number in range(LONG)])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-3:] == [
        "Id    n500",
        *(f"{start}{words}" for start, words in zip(("Team  ", "      "), HALVES, strict=True)),
    ]


def test_what_is_known_of_one_thing_is_no_wider_either(capsys: pytest.CaptureFixture[str]) -> None:
    """A name and a cell each."""
    show_pairs("One thing", [(f"What is known {number}", cell) for number, cell in enumerate(CELLS)])
    drawn = capsys.readouterr().out
    assert max(map(len, drawn.splitlines())) <= 80
    assert str(CELLS[0]) in drawn.split()


async def test_what_commands_show_of_an_academy_can_be_read(
    pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of people and teams with long names, in every state; names and ids are whole."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path))
    monkeypatch.delenv("MCA_SMTP_URL", raising=False)
    taught = Course(30, name=COHORT).taught()
    taught = taught.tell(EnrolmentCompleted, enrolment=taught.key(2), completed=True)
    lives = (Life().stalled(), Life().paused(), Life().vacant(), Life().without_sponsor(), Life().handed_off())
    introductions = Intro(6, name="sheffield.intro-soon").booked(1, 2), Intro(-3, name="sheffield.intro").attended(1, 2)
    for life in (*lives, taught, *introductions):
        await life.put(pool)
    async with pool.acquire() as conn:
        certificate = await certificates.issue(conn, taught.name, taught.key(2), COACH, now())
    await pool.execute(
        "UPDATE people SET name = $1 || ' ' || person, address = person || '@example.org', erased_at = NULL", NAME
    )
    await pool.execute("UPDATE microsystems SET name = $1", TEAM)
    await pool.execute(ROWS)
    for words in (*COMMANDS, f"certificate show {certificate.code}"):
        drawn: Any = await asyncio.to_thread(CliRunner().invoke, app, words.split())
        assert isinstance(drawn.exception, SystemExit | None), words
        assert drawn.stdout, (words, drawn.stderr)
        assert [line for line in drawn.stdout.splitlines() if len(line) > 80] == [], words
