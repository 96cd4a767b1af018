"""What people may write as names and words: one rule, whichever door it comes by."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData

from gateway.api.places import BookingOffered
from gateway.pages import fields
from gateway.pages.asked import Answer, Field
from mca.errors import CommandError
from mca.options import named
from schemas import texts
from schemas.bookings import COLUMNS, check_bookings
from schemas.roster_check import check_roster

REFUSED = {
    "a link": "Win at https://evil.example/now",
    "a domain": "Your NHS account: evil.com",
    "a domain in other letters": "EVIL\uff0ecom",
    "a short domain": "t.co/abc",
    "an address": "write to x@evil.example",
    "a turned direction": "Anna\u202egpj.exe",
    "an isolate": "Anna\u2066x\u2069",
    "a zero-width blank": "Anna\u200bExample",
    "an invisible letter": "\u3164",
    "a control character": "Anna\x08Example",
    "a line separator": "Anna\u2028Bcc: x",
    "a pile of marks": "A\u0335\u0321\u0322\u0327a",
    "no letter": "12 - 34",
    "too long": "x" * 201,
}
KEPT = (
    "Anna-Lena O'Neill", "Zoë Müller", "Nguyễn Thị Ậ", "محمد علي", "St. Mary's", "Dr.Smith", "J. de Boer",
    "Ward 12 (A&E)", "N.H.S. Trust", "Barts Health, London", "李小龙",
)  # fmt: skip


@pytest.mark.parametrize("written", KEPT)
def test_names_of_people_and_places_are_kept(written: str) -> None:
    """With accents, in any script, with the punctuation that names have."""
    assert texts.name(f" {written} ") == written


@pytest.mark.parametrize("written", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_name_is_refused_in_a_sentence(written: str) -> None:
    """It says what is wrong and what to do, and repeats nothing of it."""
    with pytest.raises(texts.TextError) as refused:
        texts.name(written)
    assert ": " in str(refused.value)
    assert str(refused.value)[0].isupper() or str(refused.value)[0].isdigit()
    assert "evil" not in str(refused.value).lower()


def test_words_may_hold_links_and_lines_and_nothing_invisible() -> None:
    """A joining text has a link to a meeting; a turned direction hides where it leads."""
    assert texts.words("Room 3\r\nhttps://teams.example/x \U0001f469\u200d\u2695") == (
        "Room 3\nhttps://teams.example/x \U0001f469\u200d\u2695"
    )
    for hidden in ("\u202e", "\u200b", "\x07", "\ufeff", "\u2028"):
        with pytest.raises(texts.TextError):
            texts.words(f"Room{hidden}3")


@pytest.mark.parametrize("written", REFUSED.values(), ids=REFUSED.keys())
def test_every_door_refuses_the_same_names(written: str) -> None:
    """HTTP and CloudEvents by one model, sheets, forms, and the command line."""
    said = {"name": written, "email": "a@example.org", "organisation": "A Trust", "delegate": "external"}
    with pytest.raises(ValidationError):
        TypeAdapter(BookingOffered).validate_python(said)
    with pytest.raises(ValidationError):
        TypeAdapter(BookingOffered).validate_python(said | {"name": "Anna", "organisation": written})
    with pytest.raises(CommandError):
        named(written)
    cell = written.replace("\u2028", "\u200b")
    for row in (f'B01,"{cell}",a@example.org,A Trust,external,', f'B01,Anna,a@example.org,"{cell}",external,'):
        assert check_bookings(f"{','.join(COLUMNS)}\n{row}").faults
    if "\x08" not in written:  # a form's control characters are blanks
        answer = Answer(name="x", buttons=(), fields=(Field(name="f", kind="person", label="Who?"),), note=False)
        assert fields.read(answer, FormData([("x-f-name", written), ("x-f-email", "a@example.org")])).faults


def test_marks_around_a_cell_are_left_out_with_a_note() -> None:
    """Mail programs copy a direction along with an address."""
    header = (Path(__file__).parents[2] / "examples" / "roster-2026-autumn.csv").read_text().splitlines()[0]
    row = (
        "P01,Coach Alder,\u202acoach.alder@example.org\u202c,Teaching Hospitals,nurse,Respiratory ward,Lead Alder,"
        "lead.alder@example.org,Sponsor 1,sponsor.1@example.org,Faculty 1,faculty.1@example.org,Monday,08:30,"
    )
    checked = check_roster(f"{','.join(header.split(',')[:15])}\n{row}\n")
    assert checked.roster is not None, checked.faults
    assert checked.roster.rows[0].person.email == "coach.alder@example.org"
    assert ("email", "they are left out") in {(one.column, one.remedy) for one in checked.warnings}
