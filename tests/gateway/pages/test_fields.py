"""What people fill in is read with forgiveness; what cannot be read is said in plain words."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from starlette.datastructures import FormData

from gateway.pages.asked import Answer, Choice, Field, Kind
from gateway.pages.fields import Entered, NamedPerson, NamedTeam, read, unchanged


def entered(kind: Kind, *given: tuple[str, str], **said: Any) -> Entered:
    """One field, filled in."""
    choices = (Choice("a", "A"), Choice("b", "B"))
    one = Field(name="f", kind=kind, label="When was it held?", choices=choices, most=10, **said)
    answer = Answer(name="x", buttons=(), tell=lambda _: (), fields=(one,), note=False)
    return read(answer, FormData([(f"x-f{name}", value) for name, value in given]))


def day(*parts: str) -> tuple[tuple[str, str], ...]:
    """A date in three inputs."""
    return tuple(zip(("-day", "-month", "-year"), parts, strict=True))


@pytest.mark.parametrize(
    "parts", [("27", "3", "2027"), ("27", "03", "27"), (" 27 ", "Mar", "2027"), ("27", "march", "2027")]
)
def test_a_date_as_people_write_it(parts: tuple[str, str, str]) -> None:
    """Months by number or name, years of two digits."""
    assert entered("date", *day(*parts)).values["f"] == date(2027, 3, 27)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("", "", ""), "Enter when was it held?"),
        (("27", "", "2027"), "The date must include a month"),
        (("27", "", ""), "The date must include a month and a year"),
        (("31", "2", "2027"), "The date must be a real date, for example 27 3 2027"),
        (("x", "y", "z"), "The date must be a real date, for example 27 3 2027"),
        (("1", "1", "9" * 40), "The date must be a real date, for example 27 3 2027"),
        (("1", "1", "99999"), "The date must be a real date, for example 27 3 2027"),
    ],
)
def test_a_date_that_is_none(parts: tuple[str, str, str], words: str) -> None:
    """It says which part is missing; the summary leads to the first input."""
    assert entered("date", *day(*parts)).faults == {"x-f-day": words}


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("9", time(9)), ("9:30", time(9, 30)), ("9.30am", time(9, 30)), ("2 PM", time(14)), ("14:05", time(14, 5)),
     ("12am", time(0)), ("12pm", time(12)), ("midday", time(12))],
)  # fmt: skip
def test_a_time_as_people_write_it(written: str, read_as: time) -> None:
    """With or without minutes, of twelve or twenty-four hours."""
    assert entered("time", ("", written)).values["f"] == read_as


@pytest.mark.parametrize("written", ["25:00", "9:70", "13pm", "0am", "soon", "9:3"])
def test_a_time_that_is_none(written: str) -> None:
    """An example helps."""
    assert "Enter a time, for example" in entered("time", ("", written)).faults["x-f"]


def test_choices_are_those_offered() -> None:
    """Anything else counts as nothing."""
    assert entered("radios", ("", "a")).values["f"] == "a"
    assert entered("radios", ("", "c"), missing="Select one").faults == {"x-f": "Select one"}
    assert entered("checkboxes", ("", "b"), ("", "z"), ("", "a")).values["f"] == ("a", "b")
    assert entered("checkboxes", optional=True).values["f"] == ()
    assert entered("checkboxes", missing="Select one").faults == {"x-f": "Select one"}


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ((("x-who", "b"), ("x-who", "a"), ("x-day", "1\r\n2"), ("x-why", "")), True),
        ((("x-who", "b"), ("x-who", "a"), ("x-day", "1\r\n2"), ("x-why", "Because.")), True),
        ((("x-who", "a"), ("x-day", "1\r\n2")), False),
        ((("x-who", "b"), ("x-who", "a"), ("x-day", "")), False),
    ],
)
def test_what_comes_back_as_it_was_is_no_change(given: tuple[tuple[str, str], ...], *, same: bool) -> None:
    """In whatever order, with a reason or without; only of a form that shows what is recorded."""
    who = Field(
        name="who", kind="checkboxes", label="Who?", value=("a", "b"), choices=(Choice("a", ""), Choice("b", ""))
    )
    fields = (who, Field(name="day", kind="lines", label="Which?", optional=True, value="1\n2"),
              Field(name="why", kind="note", label="Why?", optional=True))  # fmt: skip
    for as_recorded in (True, False):
        answer = Answer(name="x", buttons=(), fields=fields, note=False, as_recorded=as_recorded)
        assert unchanged(answer, read(answer, FormData(list(given)))) is (same and as_recorded)


@pytest.mark.parametrize("written", ["-1", "11", "1.5", "\u0663", "1e1", "99999999"])
def test_a_number_within_bounds(written: str) -> None:
    """Plain digits only."""
    assert entered("number", ("", "7")).values["f"] == 7
    assert entered("number", optional=True).values["f"] is None
    assert entered("number", ("", written)).faults == {"x-f": "Enter a number from 0 to 10"}


def test_people_and_teams_by_name() -> None:
    """The fault stands at the input that is wrong."""
    named = entered("person", ("-name", "Nora New"), ("-email", "nora@example.org"))
    assert named.values["f"] == NamedPerson("Nora New", "nora@example.org")
    assert list(entered("person", ("-name", "Nora New"), ("-email", "nora")).faults) == ["x-f-email"]
    assert list(entered("person", ("-name", ""), ("-email", "nora@example.org")).faults) == ["x-f-name"]
    assert entered("team", ("", "Ward 12")).values["f"] == NamedTeam("Ward 12")
    assert list(entered("team", ("", "W" * 201)).faults) == ["x-f"]


@pytest.mark.parametrize("written", ["nora", "nora@", "Nora <nora@example.org>", "nora@localhost", "a b@example.org"])
def test_an_address_that_is_none(written: str) -> None:
    """Nothing is guessed."""
    assert entered("email", ("", written)).faults == {
        "x-f": "Enter an email address in the correct format, like name@example.com"
    }


def test_notes_and_lines_are_short() -> None:
    """One line of a note, some of conditions, no control characters."""
    assert entered("note", ("", " Good\x00 \r\n meeting "), optional=True).values["f"] == "Good meeting"
    assert list(entered("note", ("", "x" * 301), optional=True).faults) == ["x-f"]
    assert entered("lines", ("", "One\r\n\r\n two \n")).values["f"] == ("One", "two")
    assert list(entered("lines", ("", "x\n" * 21)).faults) == ["x-f"]


@pytest.mark.parametrize(
    "line",
    [
        "27 3 2027, 12.5", "27/03/27\t12.5",
        "27 March 2027: 12.5%", "Saturday 27th March 2027  12.5", "2027-03-27,12.5",
        "27.3.2027 = 12.5 %",
    ],
)  # fmt: skip
def test_a_date_with_its_value_as_people_write_it(line: str) -> None:
    """Or as a spreadsheet copies it."""
    assert entered("values", ("", f"\n{line}\n")).values["f"] == ((date(2027, 3, 27), 12.5),)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("27 3 2027", "We can't read “27 3 2027”. Enter a date and a number"),
        ("27 3 2027, a lot", "We can't read “27 3 2027, a lot”"),
        ("27 3 2027, 1e9999", "We can't read"),
        ("31 2 2027, 4", "“31 2 2027, 4” must have a real date"),
        ("1 3 2027, 4\n1/3/27, 5", "“1/3/27, 5” has the same date as an earlier line"),
        ("\n".join(["1 3 2027, 4"] * 51), "Enter no more than 50 lines at a time"),
    ],
)
def test_a_line_that_is_no_date_with_a_value(lines: str, words: str) -> None:
    """It is named, and nothing is taken."""
    found = entered("values", ("", lines))
    assert found.faults["x-f"].startswith(words)
    assert "f" not in found.values
