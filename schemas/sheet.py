"""A table kept in a spreadsheet: bytes in, records with their lines out. Knows nothing of what they mean."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

LARGEST: Final = 2_000_000
"""Bytes. A cohort's roster has about ten thousand."""

_DELIMITERS: Final = ",;\t"
_SEPARATOR: Final = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*\r?(?:\n|$|\r)', re.IGNORECASE)
"""The first line by which Excel is told what separates cells."""
_USUAL: Final = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒŠšŽž£€°·\u00a0\u2018\u2019\u201c\u201d\u2013\u2014\u2026"
)
"""Of what is no ASCII, what Western people write."""
_NO_SHEETS: Final = {
    "a picture": (b"\x89png", b"\xff\xd8\xff", b"gif8", b"bm\x00", b"ii*\x00", b"mm\x00*"),
    "a PDF": (b"%pdf-",),
    "a web page": (b"<!doctype html", b"<html"),
}
"""What people choose by mistake, whatever its name ends in, by how it begins."""
_SAVE: Final = "open the sheet in your spreadsheet program, and save it as XLSX, ODS or CSV UTF-8"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class UnreadableSheetError(ValueError):
    """The bytes are no table. ``line`` counts from 1; ``remedy`` says what to do about it."""

    def __init__(self, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"line {line}: {problem}; {remedy}")
        self.line = line
        self.problem = problem
        self.remedy = remedy


def too_large() -> UnreadableSheetError:
    """More than is read."""
    return UnreadableSheetError(1, "the file is far too large", "send fewer rows at a time")


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file. ``line`` is where it begins; the cells are not repeated in ``repr``."""

    line: int
    cells: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Record(line={self.line}, {len(self.cells)} cells)"


@dataclass(frozen=True, slots=True)
class Note:
    """What was understood, where it could have been something else; with a ``remedy``, what is to be looked at."""

    line: int
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that hold anything. ``workbook``: it came as one, and goes back as one.

    ``written`` are the headings as they stand in the file, where others are read for them.
    """

    records: tuple[Record, ...]
    notes: tuple[Note, ...] = ()
    broken: UnreadableSheetError | None = None
    workbook: bool = False
    written: tuple[str, ...] = ()


def read_sheet(raw: bytes | str) -> Sheet:
    """The rows of a CSV file: commas, semicolons or tabs, any line ends, UTF-8, UTF-16 or what older programs write.

    Raises UnreadableSheetError when it is no text at all. A broken row ends the reading: what stands before it is
    returned, with what is wrong as ``broken``.
    """
    if len(raw) > LARGEST:
        raise too_large()
    text, guessed = (raw.removeprefix("\ufeff"), None) if isinstance(raw, str) else _decoded(raw)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableSheetError(line, "this is not a text file", _SAVE)
    records, broken = _records(text)
    remedy = 'check the letters with accents, or save the file as "CSV UTF-8"'
    notes = (Note(1, f"the file is not UTF-8; it was read as {guessed}", remedy),) if guessed else ()
    return Sheet(tuple(records), notes, broken)


def looks_like_formula(cell: str) -> bool:
    """Would a spreadsheet execute this cell? Judged before any blank is taken off."""
    return cell.startswith(_FORMULA_STARTS)


def neutral(cell: str) -> str:
    """The cell as an export writes it: text that a spreadsheet shows and never executes."""
    return f"'{cell}" if _guardable(cell) else cell


def unguarded(cell: str) -> str:
    """The cell without the mark of `neutral`, so that what an export wrote is read as it was."""
    return cell[1:] if cell.startswith("'") and _guardable(cell[1:]) else cell


def _guardable(cell: str) -> bool:
    """A guarded cell counts as well: it is guarded again, or it would be read as another."""
    bare = cell.lstrip("'")
    return looks_like_formula(bare) or looks_like_formula(bare.lstrip())


def tidy(cell: str) -> str:
    """The cell without blanks around it, with plain single spaces inside and letters composed."""
    spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in cell)
    return unicodedata.normalize("NFC", " ".join(part for part in spaced.split(" ") if part)).strip()


def _decoded(raw: bytes) -> tuple[str, str | None]:
    start = raw[:1000].lstrip().lower()
    for what, begins in _NO_SHEETS.items():
        if start.startswith(begins):
            raise UnreadableSheetError(1, f"this is {what}, and no sheet", _SAVE)
    if raw.startswith(b"PK\x03\x04"):
        raise UnreadableSheetError(1, "this is an Excel workbook", 'save it as "CSV UTF-8" and send that file')
    wide = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else _wide(raw)
    if wide:
        try:
            return raw.decode(wide), None
        except UnicodeDecodeError as cut:
            raise UnreadableSheetError(1, "the text breaks off", 'save it as "CSV UTF-8"') from cut
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as narrow:
        return _decoded_as_older(raw, narrow.start)


def _wide(raw: bytes) -> str:
    """The kind of UTF-16 without a mark: every other byte is nought then, in what is mostly Western letters."""
    start = raw[:4000]
    half = max(1, len(start) // 2)
    for name, noughts in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(start) > 3 and noughts.count(0) > 0.6 * half and start.count(0) < 0.6 * len(start):
            return name
    return ""


def _decoded_as_older(raw: bytes, place: int) -> tuple[str, str]:
    """As Windows or the Mac wrote before UTF-8, whichever makes more sense."""
    read = [(name, _as(raw, encoding)) for name, encoding in (("Windows-1252", "cp1252"), ("Mac Roman", "mac_roman"))]
    name, text = max(read, key=lambda one: _sense(one[1]))
    if text is None or _sense(text) < 0:
        line = raw.count(b"\n", 0, place) + 1
        raise UnreadableSheetError(line, "letters that cannot be read", 'save the file as "CSV UTF-8"')
    return text, name


def _as(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _sense(text: str | None) -> float:
    """How much of what is no ASCII is such as people write. Below nought it is no text."""
    if text is None:
        return float("-inf")
    score = 0
    for before, letter in zip(" " + text, text, strict=False):
        if letter > "\x7f":
            odd = letter not in _USUAL or (letter.isupper() and before.islower())
            score += -1 if odd else 1
    return score


def _records(text: str) -> tuple[list[Record], UnreadableSheetError | None]:
    said = _SEPARATOR.match(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=said[1] if said else _delimiter(text), strict=True)
    found: list[Record] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not (said and line == 1):
                found.append(Record(line, tuple(unguarded(cell) for cell in cells)))
            line = reader.line_num + 1
    except csv.Error:
        problem = "a quotation mark is not closed, or text follows it; nothing after it was checked"
        return found, UnreadableSheetError(line, problem, 'write "" for a quotation mark inside a quoted cell')
    return found, None


def _delimiter(text: str) -> str:
    """What separates most cells in any of the first lines: titles may stand above the headings."""
    first = text[:20_000].splitlines()[:20]
    return max(_DELIMITERS, key=lambda mark: max((line.count(mark) for line in first), default=0))
