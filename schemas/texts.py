"""What people may write: names, which stand in mails and lists, and words, which are read where they were written."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from schemas.sheet import tidy

LONGEST_NAME: Final = 200

# Mail programs make a link of a domain with one of the usual ends, whatever its capitals, and of many in small letters.
_ENDS: Final = (
    "com|net|org|info|biz|io|co|uk|eu|us|ai|app|dev|me|tv|cc|ly|to|gl|xyz|top|site|online|shop|club|link|click|live|"
    "page|website|space|store|tech|cloud|ru|cn|de|fr|nl|ie|in|br|pl|it|es|nhs|gov|edu|zip|mov"
)
_LINK: Final = re.compile(
    rf"(?i:\w://|\b(?:https?|ftp|mailto|javascript):|\bwww\.|\w@\w|\w\.\w{{2,}}/|\b[\w-]{{2,}}\.(?:{_ENDS})\b)"
    r"|\b[a-z0-9-]{2,}\.[a-z]{2,}\b"
)
_DOTS: Final = str.maketrans({"\u3002": ".", "\uff61": ".", "\u2024": "."})
# Those two build letters of some scripts, and emojis.
_JOINERS: Final = "\u200c\u200d"
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters that are drawn as nothing at all.
_BLANKS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_MARKS_IN_A_ROW: Final = re.compile(r"(?:[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]){4}")


class TextError(ValueError):
    """Something written cannot be kept as it is. The message is a sentence that says why, and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem[0].upper()}{problem[1:]}: {remedy}")
        self.problem = problem
        self.remedy = remedy


def name(written: str) -> str:
    """What a person, team, organisation or office is called, with plain single blanks. Raises TextError."""
    kept = tidy(written)
    if len(kept) > LONGEST_NAME:
        raise TextError(f"{len(kept)} characters are too many", f"write at most {LONGEST_NAME}")
    if any(_invisible(letter) for letter in kept) or _MARKS_IN_A_ROW.search(unicodedata.normalize("NFD", kept)):
        raise TextError("a line break or an invisible character is inside", "type it again, on one line")
    if _LINK.search(unicodedata.normalize("NFKC", kept).translate(_DOTS)):
        raise TextError("a web or email address is inside", "write the name without it")
    if not any(unicodedata.category(letter).startswith("L") for letter in kept):
        raise TextError("there is no letter in it", "write the name in words")
    return kept


def words(written: str) -> str:
    """One sentence or several, on as many lines; links are welcome. Raises TextError."""
    kept = unicodedata.normalize("NFC", written.replace("\r\n", "\n"))
    if any(_invisible(letter) and letter not in f"\n\t{_JOINERS}" for letter in kept):
        raise TextError("an invisible character is inside", "type the words again, without copying them")
    return kept


def visible(written: str) -> str:
    """The text without format characters around it, as spreadsheets and mail programs copy them along."""
    ends = "".join({letter for letter in written if unicodedata.category(letter) == "Cf"})
    return written.strip(f"{ends} ") if ends else written


def _invisible(letter: str) -> bool:
    return letter in _BLANKS or unicodedata.category(letter) in _INVISIBLE


Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME), AfterValidator(name)]
"""What a person, team, organisation or office is called: on one line, with a letter, and no address to click."""

Words = Annotated[str, StringConstraints(max_length=1000), AfterValidator(words)]
"""Sentences, with nothing invisible in them."""
