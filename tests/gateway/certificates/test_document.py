"""The document, read back by another implementation of PDF."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest

from gateway.certificates.document import Drawn, pdf
from gateway.typesetting import NotDrawableError

DATED = datetime(2026, 8, 10, 9, 30, tzinfo=UTC)
DRAWN = Drawn(
    title="Certificate of attendance",
    name="Zoë Example",
    deed="attended both days of",
    what="Introduction to Quality Improvement",
    dates="Thursday 6 to Friday 7 August 2026",
    academy="Sheffield Microsystem Coaching Academy",
    issued_on="Monday 10 August 2026",
    code="7KQ2-9XWB-M4TR",
    check_at="https://coaching.example.org/certificates",
)


@pytest.fixture
def document() -> Iterator[pikepdf.Pdf]:
    """A certificate, opened."""
    with pikepdf.open(io.BytesIO(pdf(DRAWN, DATED))) as opened:
        yield opened


def elements(node: Any) -> Iterator[str]:
    """The names of a structure's elements, in the order in which they are read aloud."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from elements(one)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield str(node["/S"])
        if "/K" in node:
            yield from elements(node["/K"])


def text_of(content: bytes) -> str:
    """What a program reads out of the document, through the fonts' own tables: spaces are left out."""
    with pikepdf.open(io.BytesIO(content)) as opened:
        fonts = {name: letters_of(font) for name, font in opened.pages[0].Resources.Font.items()}
        found: list[str] = []
        font: dict[bytes, str] = {}
        for step in pikepdf.parse_content_stream(opened.pages[0]):
            operator, operands = str(step.operator), list(step.operands)
            if operator == "Tf":
                font = fonts[str(operands[0])]
            shown: Any = operands[0] if operator == "TJ" else operands if operator == "Tj" else ()
            for part in shown:
                if isinstance(part, pikepdf.String):
                    glyphs = bytes(part)
                    found += [font.get(glyphs[at : at + 2], "?") for at in range(0, len(glyphs), 2)]
    return "".join("".join(found).split())


def letters_of(font: Any) -> dict[bytes, str]:
    """Which letters the glyphs of a font stand for."""
    said = font.ToUnicode.read_bytes().decode()
    pairs = re.findall(r"^<([0-9a-fA-F]+)> <([0-9a-fA-F]+)>$", said, re.MULTILINE)
    return {bytes.fromhex(glyph): bytes.fromhex(letters).decode("utf-16-be") for glyph, letters in pairs}


def said(name: str) -> str:
    """What is read out of a certificate in this name."""
    return text_of(pdf(replace(DRAWN, name=name), DATED))


def test_it_is_tagged_and_says_so(document: pikepdf.Pdf) -> None:
    """PDF/UA-1: marked, with a heading and paragraphs, a language, and a title that readers show."""
    root = document.Root
    assert bool(root.MarkInfo.Marked)
    names = list(elements(root.StructTreeRoot.K))
    assert names.count("/H1") == 1
    assert names.count("/P") >= 8
    assert "/Link" in names
    assert str(root.Lang) == "en-GB"
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    metadata = document.open_metadata()
    assert metadata["dc:title"] == DRAWN.title
    assert metadata["pdfuaid:part"] == "1"
    assert str(document.docinfo.Author) == DRAWN.academy


def test_it_is_one_page_and_every_font_is_within_it(document: pikepdf.Pdf) -> None:
    """Whatever machine it is opened on."""
    assert len(document.pages) == 1
    fonts = [one for one in document.objects if isinstance(one, pikepdf.Dictionary) and "/FontName" in one]
    assert fonts
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(one.keys()) for one in fonts)


def test_its_words_can_be_read_out() -> None:
    """The name, what for, when, who issued it, the code and where it is checked."""
    read = text_of(pdf(DRAWN, DATED))
    parts = (DRAWN.title, DRAWN.name, DRAWN.deed, DRAWN.what, DRAWN.dates, DRAWN.academy, DRAWN.issued_on, DRAWN.code,
             DRAWN.check_at)  # fmt: skip
    for part in parts:
        assert "".join(part.split()) in read, part


def test_the_link_leads_to_the_check_of_this_code(document: pikepdf.Pdf) -> None:
    """And says so to who does not see it."""
    (link,) = document.pages[0].Annots
    assert str(link.A.URI) == f"{DRAWN.check_at}/{DRAWN.code}"
    assert str(link.Contents)


@pytest.mark.parametrize(
    "name",
    [
        'Bobby #let x = 1; $a^2$ [b] *c* _d_ @e <f> \\g "h"',
        "#panic()",
        "= Heading // comment /* more */ ~ --- ...",
        "O\u2019Neill-Smythe",
        "Zażółć Gęślą",
        "Şükrü I\u011fd\u0131r",
        "Ελένη Παπαδοπούλου",
        "Ольга Їжак",
        "Nguyễn Thị Hằng",
        "Siân Ŵyn",
    ],
)
def test_a_name_comes_out_as_it_is_written(name: str) -> None:
    """It is data, never a program; letters of many languages are in the fonts."""
    read = said(name)
    assert "".join(name.split()).replace('"', "") in read.replace('"', "").replace("ﬁ", "fi")


@pytest.mark.parametrize("name", ["שרה כהן", "محمد علی"])
def test_names_that_are_written_from_right_to_left_are_drawn(name: str) -> None:
    """Every letter is there, in whatever order programs read it out."""
    assert pdf(replace(DRAWN, name=name), DATED)


@pytest.mark.parametrize("name", ["李小龍", "สมชาย", "Ada 🙂"])
def test_a_letter_that_no_font_has_is_not_left_out(name: str) -> None:
    """Rather no document than one with a wrong name. The refusal holds no part of it."""
    with pytest.raises(NotDrawableError) as refused:
        pdf(replace(DRAWN, name=name), DATED)
    assert str(refused.value) == ""
    assert refused.value.__suppress_context__


def test_what_cannot_be_seen_is_left_out() -> None:
    """Control characters, and those that turn the direction of what follows."""
    assert "AnnaExample" in said("Anna\x00\x07 \u202eExample\u2066")


def test_the_same_certificate_is_the_same_bytes() -> None:
    """Dated by its own day, whenever it is drawn; another day makes another document."""
    assert pdf(DRAWN, DATED) == pdf(DRAWN, DATED)
    assert pdf(DRAWN, DATED) != pdf(DRAWN, DATED + timedelta(days=1))
    with pikepdf.open(io.BytesIO(pdf(DRAWN, DATED))) as opened:
        assert str(opened.docinfo.CreationDate) == "D:20260810093000Z"


def test_long_names_stay_on_one_page() -> None:
    """Of people, academies and courses."""
    long = replace(DRAWN, name="Wolfeschlegelsteinhausen-Bergerdorff " * 4, academy="The academy of a long name " * 5)
    with pikepdf.open(io.BytesIO(pdf(long, DATED))) as opened:
        assert len(opened.pages) == 1


def test_without_a_public_address_no_page_is_named() -> None:
    """The code is still there."""
    read = text_of(pdf(replace(DRAWN, check_at=""), DATED))
    assert "Checkthis" not in read
    assert DRAWN.code in read
