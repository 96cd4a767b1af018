"""What people read is plain British English: phrases that were tried, and read badly, do not come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

BETTER: Final = {
    r"[Ee]verything that is asked of you": "Your tasks",
    r"was told lately|[Tt]old by you": "Recent updates, Recorded by you",
    r"[Ww]hat waits for you|[Yy]our worklist": "Your to-do list",
    r"what the week brings": "This week's tasks",
    r"not been told to us": "we haven't heard whether",
    r"did not take place": "didn't go ahead as planned",
    r"since before [A-Z]": "since Thursday 12 November",
    r"How does .* go on\?": "What should happen next with",
    r"start again\?|is paused since": "Is it ready to restart? It has been paused since",
    r"look for somebody to go on": "will find someone to take over",
    r"asked nothing more|are asked nothing": "We won't ask you again",
    r"concern no longer stands": "This is no longer a concern",
    r"Look into your mail": "Check your email",
    r"Who comes\?": "Who is the place for?",
    r"waits? for a place": "on the waiting list",
    r"take the place that has come free|first in line": "Would you like this place?, next on the waiting list",
    r"booking counts when": "you're booked once you've clicked it",
    r"Rather (?:not|yes)|Nearly alone": "Probably not, Probably, With very little help",
    r"Without the coach\b": "Not counting the coach",
    r"less urgent: \d|stands on your own page": "3 less urgent tasks are on your page",
    r"[Pp]ut it off|[Pp]ut off until": "Snooze",
    r"falls out|put right there": "Changes and cancellations update automatically",
    r"it is written right": "Check the code and try again",
    r"time of grace": "grace period",
    r"revoked it on .* does not hold|It does not hold": "It is not valid",
    r"[Ww]ith one tap": "Answer now",
    r"Told once|Owed by": "Raised once on, Answer by",
    r"records go wrong": "Records to correct",
    r"may stop for good|waits for a decision": "Teams at risk of stopping, Decisions needed",
    r"Say of every": "Record who completed the course",
    r"[Tt]ell a fact|to mend\b|put to the office": "record an update, correct, passed to the office",
}
"""What is not written, and what is written instead."""

_AS_CODE: Final = re.compile(r"`[^`]*`")


def _templates() -> Iterator[tuple[str, str]]:
    for folder in ("gateway/pages/templates", "activities/templates"):
        for file in (ROOT / folder).rglob("*.*"):
            if file.suffix in {".html", ".txt"}:
                words = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
                yield file.name, words


def _documents() -> Iterator[tuple[str, str]]:
    for file in (ROOT / "README.md", ROOT / "docs/programme.md", ROOT / "docs/workspace.md"):
        yield file.name, _AS_CODE.sub("", file.read_text(encoding="utf-8"))


def _said_in_code() -> Iterator[tuple[str, str]]:
    for folder in ("gateway", "mca", "activities", "operations", "lifecycle"):
        for file in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            said = [
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described
            ]
            yield str(file.relative_to(ROOT)), "\n".join(said)


@pytest.mark.parametrize("read", [_templates, _documents, _said_in_code])
def test_phrases_that_read_badly_do_not_come_back(read: object) -> None:
    """In mails, pages, at the command line and in what programme staff read."""
    assert callable(read)
    found = [
        f"{where}: {hit.group()!r}; write: {better}"
        for where, words in read()
        for phrase, better in BETTER.items()
        for hit in re.finditer(phrase, words)
    ]
    assert not found, "\n".join(found)


def test_the_phrases_are_found_where_they_stand() -> None:
    """The list finds what it names."""
    assert re.search("|".join(BETTER), "Rather not. Your worklist. since before Thursday 19 November")
