"""What people read, in English, with the sentence it was made from, so that another language can say it anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

WHOLE_DAY: Final = "EEEE d MMMM y"
DAY_AND_MONTH: Final = "EEEE d MMMM"
DAY: Final = "EEEE d"
MONTH: Final = "MMMM y"
SHORT_DAY: Final = "d MMM y"
SHORT_MONTH: Final = "MMM y"
"""Patterns of the Unicode CLDR."""

Case = Literal["", "upper", "lower"]
"""Of a first letter; empty for as it is."""


class Sentence(str):
    """An English text. Wherever it is not translated, it is that text and nothing else.

    ``sentence`` has a placeholder for each of what is ``given``; those may be said, too. Where ``number`` decides
    between one and ``many`` of something, a language chooses among its own forms. Its ``first`` letter may be turned.
    """

    __slots__ = ("first", "given", "many", "number", "sentence")

    sentence: str
    given: dict[str, object]
    many: str
    number: int | None
    first: Case

    def __str__(self) -> str:
        """Itself: it is text already."""
        return self


class DayInWords(str):
    """A day, month or part of a date in English. ``pattern`` is what is said of it, by the Unicode CLDR."""

    __slots__ = ("day", "pattern")

    day: date
    pattern: str

    def __str__(self) -> str:
        """Itself: it is text already."""
        return self


def say(sentence: str, /, **given: object) -> str:
    """A sentence with what it names: ``say("{team} meets on {day}", team=…, day=…)``."""
    return _made(sentence.format_map(given), sentence, given)


def say_of(number: int, one: str, many: str, /, **given: object) -> str:
    """A sentence about so many, which its placeholder ``{number}`` names: of one of them, or of none or several."""
    given = dict(number=number, **given)
    made = _made((one if number == 1 else many).format_map(given), one, given)
    made.many, made.number = many, number
    return made


def say_day(english: str, day: date, pattern: str) -> str:
    """A day in English, with the pattern by which other languages say it."""
    made = DayInWords(english)
    made.day, made.pattern = day, pattern
    return made


def joined(by: str, words: Iterable[str]) -> str:
    """Some words in a row, with marks between them that need no words."""
    given: dict[str, object] = {f"part_{number}": word for number, word in enumerate(words)}
    return say(by.join(f"{{{name}}}" for name in given), **given)


def listed(words: Iterable[str]) -> str:
    """Some words as a sentence has them: "one, two and three"."""
    *before, last = (*words, "")[:-1] or ("",)
    return say("{some} and {last}", some=joined(", ", before), last=last) if before else last


def raised(words: str) -> str:
    """The words as a sentence begins."""
    return _made(turned(words, "upper"), "{words}", {"words": words}, "upper")


def lowered(words: str) -> str:
    """The words as a sentence goes on."""
    return _made(turned(words, "lower"), "{words}", {"words": words}, "lower")


def turned(words: str, first: Case) -> str:
    """Words in any language, with their first letter as it is to be."""
    match first:
        case "upper":
            return words[:1].upper() + words[1:]
        case "lower":
            return words[:1].lower() + words[1:]
        case _:
            return words


def _made(english: str, sentence: str, given: dict[str, object], first: Case = "") -> Sentence:
    made = Sentence(english)
    made.sentence, made.given, made.many, made.number, made.first = sentence, given, "", None, first
    return made
