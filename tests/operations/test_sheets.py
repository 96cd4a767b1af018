"""Sheets in and out: what an export writes is read as it was, and no spreadsheet executes it."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from operations.sheets import Kind, as_csv, written
from schemas.sheet import neutral, read_sheet, unguarded

FORMULAS = ["=1+1", "+44 114 496 0000", "-2", "@sum", "\t=1", " =1", "'=1", "''=1", "'", "'t Hooft"]


@given(st.one_of(st.sampled_from(FORMULAS), st.text()))
def test_a_guarded_cell_reads_as_it_was(cell: str) -> None:
    """Whatever it is, guarded once or more often; and no guarded one begins as a formula does."""
    assert unguarded(neutral(cell)) == cell
    assert not neutral(cell).lstrip().startswith(("=", "+", "-", "@"))


def test_a_csv_has_the_mark_by_which_excel_knows_its_letters() -> None:
    """Days are days, and nothing is nothing."""
    raw = as_csv(["Team", "When", "Misses"], [["Ærø", date(2026, 12, 2), 4], ["=1", None, 0]])
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = [record.cells for record in read_sheet(raw).records]
    assert rows == [("Team", "When", "Misses"), ("Ærø", "2026-12-02", "4"), ("=1", "", "0")]
    assert b"\n'=1,," in raw


def test_a_workbook_holds_texts_as_texts() -> None:
    """Also what would be a formula, a number or a link, and a name that no tab may have."""
    raw = written(Kind.XLSX, "Teams: [all] / 'ours', of every single cohort", ["Of"], [[cell] for cell in FORMULAS])
    book = CalamineWorkbook.from_object(BytesIO(raw))
    rows = book.get_sheet_by_index(0).to_python()
    assert [unguarded(str(row[0])) for row in rows[1:]] == FORMULAS


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_list_is_its_columns(kind: Kind) -> None:
    """A file all the same."""
    assert written(kind, "Nothing", ["One", "Two"], [])
