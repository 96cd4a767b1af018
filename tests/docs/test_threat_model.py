"""The threat model names tests, and they are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
THREATS = (REPOSITORY / "docs" / "threat-model.md").read_text(encoding="utf-8").partition("## ASVS")[0]
LINES = [line for line in THREATS.splitlines() if line.startswith("|")][2:]


def _named() -> list[tuple[str, str]]:
    found = []
    for line in LINES:
        file = ""
        for path, name in re.findall(r"`(tests/[\w/]+\.py)?::(\w+)`", line):
            file = path or file
            found.append((file, name))
    return found


@pytest.mark.parametrize(("file", "name"), _named())
def test_a_test_that_the_threat_model_names_is_there(file: str, name: str) -> None:
    """By its file and name, so that a renamed one is found out."""
    tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
    there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert name in there


def test_every_threat_names_a_test() -> None:
    """A defence that nothing attacks is only said."""
    assert len(LINES) > 20
    for line in LINES:
        assert "::" in line
