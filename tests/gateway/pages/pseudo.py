"""A pseudo-language for pages, in place of Welsh: every sentence with accents on each letter.

A word without accents on a page comes from no sentence that is looked up, or somebody typed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from string import ascii_letters
from typing import Final

import pytest
from babel.dates import get_day_names, get_month_names
from babel.messages.catalog import Catalog

from gateway.pages import drawing, tongues
from lifecycle.why import setting
from records.database import Pool
from schemas.calendars import HOLIDAY_TABLES
from schemas.past import HAPPENINGS
from schemas.programme import Language
from schemas.programme_file import parameter_names
from schemas.roster import COLUMNS
from schemas.words import HolidayDivision
from tools.words import sentences

_ACCENTED: Final = str.maketrans(ascii_letters, "áƀćđéƒǵħíĵķłɱńóƥɋŕšťúṽŵẋýžÁƁĆĐÉƑǴĦÍĴĶŁḾŃÓƤɊŔŠŤÚṼŴẊÝŽ")
_STAYS: Final = re.compile(r"(\{[^{}]*\}|%\(\w+\)s|<[^>]*>|&\w+;)")
_READ_OUT: Final = frozenset({"aria-label", "placeholder", "title", "alt"})
_PLAIN: Final = re.compile(r"[a-zA-Z]{2,}")
_NO_WORDS: Final = re.compile(r"\b\d+(?::\d\d)?[ap]m\b|https?://\S+|\S+@\S+|[0-9A-Z]{3,4}(?:-[0-9A-Z]{3,4})+")
_DAYS: Final = {
    word.casefold()
    for width in ("wide", "abbreviated")
    for names in (get_day_names(width, locale="cy"), get_month_names(width, locale="cy"))
    for name in names.values()
    for word in name.split()
}
_TYPED: Final = (
    ("people", "name"), ("people", "address"), ("people", "organisation"), ("people", "discipline"),
    ("microsystems", "name"), ("notes", "text"), ("feedback", "comment"), ("access_needs", "needs"),
    ("intro_course_texts", "venue"), ("intro_course_texts", "joining"),
    ("held_bookings", "name"), ("held_bookings", "organisation"),
)  # fmt: skip
"""What people write: all words in the database that no sentence of ours has."""
_NAMED: Final = (
    "PDSA",
    "SDSA",
    "Sheffield",
    *(column.replace("_", " ").capitalize() for column in (*COLUMNS, *HAPPENINGS)),
    *map(setting, parameter_names()),
    *HolidayDivision,
    *HOLIDAY_TABLES,
)
"""What is called so in every language: an academy, cycles, headings of a sheet, parameters and calendars."""


def accented(sentence: str) -> str:
    """All of a sentence but what it names, and its marks."""
    return "".join(part if _STAYS.fullmatch(part) else part.translate(_ACCENTED) for part in _STAYS.split(sentence))


@pytest.fixture
def pages_in_pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Whatever a page says in Welsh it says in the pseudo-language; which sentences had no words."""
    words = Catalog(locale=Language.WELSH)
    for said in set(sentences()):
        words.add(said, accented(said) if isinstance(said, str) else [accented(said[0]), *[accented(said[1])] * 5])
    pseudo, lost = tongues.of_catalogue(Language.WELSH, words), []

    class Untranslated(tongues.Untranslated):
        def __init__(self, sentence: str) -> None:
            lost.append(sentence)

    with monkeypatch.context() as patched:
        patched.setattr(tongues, "Untranslated", Untranslated)
        patched.setattr(
            drawing, "tongue", lambda spoken: pseudo if spoken is Language.WELSH else tongues.tongue(spoken)
        )
        _forget()
        yield lost
    _forget()


def _forget() -> None:
    drawing._templates.cache_clear()
    drawing._once.cache_clear()


async def typed_by_people(pool: Pool) -> list[str]:
    """Whatever somebody wrote, the longest first."""
    rows = [
        row[0]
        for table, column in _TYPED
        for row in await pool.fetch(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
    ]
    parts = {
        part
        for row in (*rows, *(row.capitalize() for row in rows), *_NAMED)
        for line in row.splitlines()
        for part in (line, line.partition(": ")[2], line.rstrip("."))
    }
    return sorted(parts - {""}, key=len, reverse=True)


def foreign(page: str, typed: Iterable[str]) -> list[str]:
    """The texts of a page with words that are neither of the pseudo-language, nor a date, nor written by people."""
    parser = _Texts()
    parser.feed(page)
    return [text for text in parser.found if _is_foreign(text, typed)]


def _is_foreign(text: str, typed: Iterable[str]) -> bool:
    left = " ".join(text.split())
    for words in typed:
        left = left.replace(words, "")
    return any(word.casefold() not in _DAYS for word in _PLAIN.findall(_NO_WORDS.sub("", left)))


class _Texts(HTMLParser):
    """What a page shows, or reads out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "script")
        self.found += [value for name, value in attrs if name in _READ_OUT and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = self._hidden and tag not in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)
