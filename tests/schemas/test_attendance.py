"""A sheet of who was there: what is read, and what comes back."""

from __future__ import annotations

import pytest

from schemas.attendance import OF_A_COHORT, check_attendance


def read(text: str) -> tuple[list[tuple[str, bool]], list[tuple[int, str, str]]]:
    """Who was there or not by name, and the faults."""
    lines, faults = check_attendance(text, OF_A_COHORT)
    return [(one.name, one.there) for one in lines], [(one.line, one.column, one.problem) for one in faults]


@pytest.mark.parametrize(
    ("word", "there"),
    [("yes", True), ("Y", True), ("✓", True), ("Attended", True), ("TRUE", True), ("1", True), ("no", False),
     ("Absent", False), ("did not attend", False), ("didn\N{RIGHT SINGLE QUOTATION MARK}t come", False), ("0", False)],
)  # fmt: skip
def test_words_for_yes_and_no_are_read(word: str, there: bool) -> None:
    """As people write them."""
    assert read(f"name,there\nAnna,{word}\n") == ([("Anna", there)], [])


@pytest.mark.parametrize("word", ["x", "X", "maybe", "late", "5", "?"])
def test_what_could_mean_either_is_asked_about(word: str) -> None:
    """An x is a tick to some and a cross to others."""
    assert read(f"name,there\nAnna,{word}\n") == ([], [(2, "there", "this isn't yes or no")])


def test_nothing_is_assumed_of_an_empty_cell() -> None:
    """Nor is anybody who isn't named recorded; the other rows are read."""
    good, wrong = read("name,email,there\nAnna,,\n,,yes\nOtto,not-an-address,yes\nSue,sue@example.org,no\n")
    assert good == [("Sue", False)]
    assert [one[:2] for one in wrong] == [(2, "there"), (3, "name"), (4, "email")]


@pytest.mark.parametrize(
    ("header", "column"),
    [("name,attended", "there"), ("there,ward", "name"), ("name,there,There", "there"), ("", "there")],
)
def test_headings_that_are_missing_or_twice_there_are_said_once(header: str, column: str) -> None:
    """And no row is judged."""
    assert [one[:2] for one in read(f"{header}\nAnna,yes,no\n")[1]] == [(1, column)]


def test_titles_above_and_other_columns_do_no_harm() -> None:
    """As in a list that was printed."""
    assert read("Learning session 1;;\n\nName;Ward;There\nAnna;12;yes\n") == ([("Anna", True)], [])
