"""SQL stands in one place, and so does what each of its columns holds of people."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from records.database import Pool
from records.personal import TABLES

ROOT = Path(__file__).parents[2]
# The embedded server makes its own database; benchmarks look at bare workflows, and are no part of the product.
APART = {"records", "devstack", "benchmarks", "tests"}
FOLDERS = sorted(path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in APART)
RUNS_SQL = {"fetch", "fetchrow", "fetchval", "fetchmany", "execute", "executemany", "prepare", "cursor"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls by which asyncpg is given a statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS_SQL:
            yield node


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_statements_are_run_by_the_records_alone(folder: Path) -> None:
    """Whoever needs something of the database asks a module of records/ for it."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in folder.rglob("*.py")
        for call in calls(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


async def test_every_column_is_said_to_hold_words_or_codes(pool: Pool) -> None:
    """A new one is named in records/personal.py: what is shown to people and what is erased follow from there."""
    rows = await pool.fetch(
        """
        SELECT table_name, array_agg(column_name::text) AS columns FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' GROUP BY table_name
        """
    )
    there = {row["table_name"]: frozenset(row["columns"]) for row in rows}
    assert {table.name: table.columns for table in TABLES} == there
    assert [table.name for table in TABLES if table.of and not table.title] == []
    assert [table.name for table in TABLES if table.erased != "kept" and not table.of] == []
