"""A table kept in a spreadsheet: bytes in, records with their lines out. Knows nothing of what they mean."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from typing import Final

LARGEST: Final = 2_000_000
"""Bytes. A cohort's roster has about ten thousand."""

_DELIMITERS: Final = ",;\t"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class UnreadableSheetError(ValueError):
    """The bytes are no table. ``line`` counts from 1; ``remedy`` says what to do about it."""

    def __init__(self, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"line {line}: {problem}; {remedy}")
        self.line = line
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file. ``line`` is where it begins; the cells are not repeated in ``repr``."""

    line: int
    cells: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Record(line={self.line}, {len(self.cells)} cells)"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that hold anything. ``guessed`` is set when the letters had to be guessed: it names the encoding."""

    records: tuple[Record, ...]
    guessed: str | None = None
    broken: UnreadableSheetError | None = None


def read_sheet(raw: bytes | str) -> Sheet:
    """The rows of a CSV file: commas, semicolons or tabs, any line ends, UTF-8 or what Excel writes in Europe.

    Raises UnreadableSheetError when it is no text at all. A broken row ends the reading: what stands before it is
    returned, with what is wrong as ``broken``.
    """
    if len(raw) > LARGEST:
        raise UnreadableSheetError(1, "the file is far too large", "send one cohort at a time")
    text, guessed = (raw.removeprefix("\ufeff"), None) if isinstance(raw, str) else _decoded(raw)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableSheetError(line, "this is not a text file", 'save the spreadsheet as "CSV UTF-8"')
    records, broken = _records(text)
    return Sheet(tuple(records), guessed, broken)


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
    if raw.startswith(b"PK\x03\x04"):
        raise UnreadableSheetError(1, "this is an Excel workbook", 'save it as "CSV UTF-8" and send that file')
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode("utf-16"), None
        except UnicodeDecodeError as cut:
            raise UnreadableSheetError(1, "the text breaks off", 'save it as "CSV UTF-8"') from cut
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return _decoded_as_windows(raw)


def _decoded_as_windows(raw: bytes) -> tuple[str, str]:
    try:
        return raw.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError as mangled:
        line = raw.count(b"\n", 0, mangled.start) + 1
        raise UnreadableSheetError(line, "letters that cannot be read", 'save the file as "CSV UTF-8"') from mangled


def _records(text: str) -> tuple[list[Record], UnreadableSheetError | None]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    found: list[Record] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append(Record(line, tuple(cells)))
            line = reader.line_num + 1
    except csv.Error:
        problem = "a quotation mark is not closed, or text follows it; nothing after it was checked"
        return found, UnreadableSheetError(line, problem, 'write "" for a quotation mark inside a quoted cell')
    return found, None


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=header.count)
