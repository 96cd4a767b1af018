"""Tables as people read them: laid out where they fit, and a row on each line where they are long."""

from __future__ import annotations

import pytest

from mca.tables import show_table

LONG = 501


def test_a_long_table_has_a_row_on_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    """However wide; cells stand below their heading, as they are."""
    show_table("Many", ("Name", "About"), [(f"n{number}", "[bold] " + "x" * 200) for number in range(LONG)])
    title, heads, *rows = capsys.readouterr().out.splitlines()
    assert (title, heads) == ("Many", "Name  About")
    assert len(rows) == LONG
    assert rows[-1] == "n500  [bold] " + "x" * 200


def test_a_short_table_is_laid_out_to_the_width(capsys: pytest.CaptureFixture[str]) -> None:
    """What is too wide goes on below."""
    show_table("Few", ("Name", "About"), [("n0", "x" * 200)])
    assert all(len(line) <= 120 for line in capsys.readouterr().out.splitlines())
