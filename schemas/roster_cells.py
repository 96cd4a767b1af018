"""What a single cell of a roster may hold. Each reader returns the value, or raises BadCellError with what to do."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from schemas import texts
from schemas.words import HolidayDivision, Weekday


class Meant(StrEnum):
    """Which person a known address with another name means. Instead, somebody's id says so too."""

    SAME = "same person"
    ANOTHER = "another person"


class Behaviour(StrEnum):
    """How a rehearsed participant behaves. Read by a rehearsal only."""

    STEADY = "steady"
    LATE_LOGGER = "late_logger"
    DRIFTER = "drifter"
    SILENT_STOP = "silent_stop"
    WINTER_GAP = "winter_gap"
    COACH_LEAVES = "coach_leaves"
    NO_TEAM_YET = "no_team_yet"
    DEFERRED = "deferred"
    WITHDRAWS = "withdraws"
    CO_COACH = "co_coach"
    TWO_TEAMS = "two_teams"
    TEAM_MERGES = "team_merges"
    EARLY_GRADUATE = "early_graduate"
    READINESS_REFUSED = "readiness_refused"
    PAST_24_MONTHS = "past_24_months"
    RELAPSES = "relapses"


_LONGEST_ADDRESS: Final = 254

# What mail servers take everywhere: the letters of RFC 5321's dot-string, and a domain with a dot.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_TIME: Final = re.compile(
    r"(?:\d{4}-\d\d-\d\d[T ])?(?:(\d{1,2})[:.h](\d{2})(?::\d\d(?:\.\d+)?)?\s*([ap]\.?m\.?)?"
    r"|(\d{1,2})(\d{2})\s*(?:h|hrs|hours)?|(\d{1,2})\s*([ap]\.?m\.?))",
    re.IGNORECASE,
)
_PART_OF_A_DAY: Final = re.compile(r"0\.\d{2,}")
_IN_BRACKETS: Final = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>[;,]?")
_PERSON: Final = re.compile(r"per_[0-9a-z]+|[A-Za-z0-9_-]+\.office")
_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OUTSIDE: Final = re.compile(r"[A-Za-z0-9._:/+-]{1,100}")
# Without dot and hyphen, which build the ids of enrolments and engagements.
_PARTICIPANT: Final = re.compile(r"[A-Za-z0-9_]{1,20}")


class BadCellError(ValueError):
    """A cell cannot be what its column says. ``problem`` quotes it only where it is no personal data."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def participant(cell: str, name: str) -> str:
    """A participant's code, which the engine shows: it must not give the person away."""
    if not _PARTICIPANT.fullmatch(cell):
        raise BadCellError(f"{cell!r} isn't a code", "write letters and digits only, like P01")
    words = re.findall(r"[^\W\d_]{3,}", name.casefold())
    if any(word in cell.casefold() for word in words):
        raise BadCellError("the code holds the person's name", "write a code that tells nothing, like P01")
    return cell


def address(cell: str) -> str:
    """An address to which mail can go; also as mail programs copy one: ``Name <a@b.org>``, ``mailto:a@b.org``."""
    bracketed = _IN_BRACKETS.fullmatch(cell)
    bare = "".join(letter for letter in (bracketed[1] if bracketed else cell) if unicodedata.category(letter) != "Cf")
    if bare[:7].casefold() == "mailto:":
        bare = bare[7:].partition("?")[0]
    if len(bare) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(bare):
        raise BadCellError(f"{_excerpt(cell)!r} isn't an email address", "write one like name@example.org")
    return bare


def meant(cell: str) -> str:
    """Which person is meant by a name and an address: one of the words, or somebody's id."""
    written = cell.casefold().replace("_", " ")
    for word in Meant:
        if written in {word, word.removesuffix(" person")}:
            return word
    if not _PERSON.fullmatch(cell):
        raise BadCellError("doesn't say which person you mean", f"write {', '.join(Meant)}, or a person's id")
    return cell


def kind_of_id(cell: str) -> str:
    """What an id of another system is, as in employee_number."""
    written = cell.strip().casefold().replace(" ", "_").replace("-", "_")
    if not _KIND.fullmatch(written):
        raise BadCellError("this isn't a kind of id", "write letters, digits and underscores, like employee_number")
    return written


def outside_id(cell: str) -> str:
    """An id that another system has for somebody. One of ours would be mistaken for it."""
    if not _OUTSIDE.fullmatch(cell) or "@" in cell or _PERSON.fullmatch(cell):
        raise BadCellError("this isn't an id of another system", "write at most 100 letters, digits and . _ : / + -")
    return cell


def wall_time(cell: str) -> time:
    """A local time of day: 09:30, 9.30, 0930, 09:30:00, 9am, 5:30pm, noon; or as a spreadsheet keeps one."""
    if cell.casefold() in {"noon", "midday", "12 noon"}:
        return time(12)
    if _PART_OF_A_DAY.fullmatch(cell):
        minutes = round(float(cell) * 24 * 60)
        return time(minutes // 60 % 24, minutes % 60)
    found = _TIME.fullmatch(cell)
    hour, minute = (int(found[1] or found[4] or found[6]), int(found[2] or found[5] or 0)) if found else (-1, -1)
    half = (found[3] or found[7] or "").lower().replace(".", "") if found else ""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0) if 1 <= hour <= 12 else -1
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        raise BadCellError(
            f"{_excerpt(cell)!r} isn't a time", "write hours and minutes from 00:00 to 23:59, like 09:30"
        )
    return time(hour, minute)


def day(cell: str) -> date | None:
    """A date as people and spreadsheets write one; None for what is none."""
    iso = cell[:10] if cell[10:].strip(" T0:.") == "" else cell
    for written, form in ((iso, "%Y-%m-%d"), (cell, "%d/%m/%Y"), (cell, "%d.%m.%Y"), (cell, "%d %B %Y")):
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return None


def weekday(cell: str) -> Weekday:
    """A day of the week, in full or shortened, also as ``Mondays`` or ``Weds``; or a date, as spreadsheets keep one."""
    low = cell.casefold().removeprefix("every ").rstrip(".")
    if len(low) >= 10 and low[:4].isdigit():
        with suppress(ValueError):
            return list(Weekday)[date.fromisoformat(low[:10]).weekday()]
    for day in Weekday:
        if any(len(word) >= 3 and day.startswith(word) for word in (low, low.removesuffix("s"))):
            return day
    near = nearest(low, [day.capitalize() for day in Weekday])
    raise BadCellError(f"{_excerpt(cell)!r} isn't a day of the week", f"{near}write Monday, Tuesday and so on")


def division(cell: str) -> HolidayDivision:
    """Whose bank holidays hold. An empty cell is England and Wales."""
    low = re.sub(r"[\s_]+", "-", cell.casefold()) or HolidayDivision.ENGLAND_AND_WALES.value
    known = [word.value for word in HolidayDivision]
    if low in known:
        return HolidayDivision(low)
    said = [word.replace("-", " ").title().replace(" And ", " and ") for word in known]
    remedy = f"{nearest(cell, said)}write {', '.join(said[:-1])} or {said[-1]}"
    raise BadCellError(f"no bank holidays are known for {_excerpt(cell)!r}", remedy)


def behaviour(cell: str) -> Behaviour:
    """How a rehearsed participant behaves. An empty cell is steady."""
    low = re.sub(r"[\s-]+", "_", cell.casefold()) or Behaviour.STEADY.value
    known = [word.value for word in Behaviour]
    if low in known:
        return Behaviour(low)
    remedy = f"{nearest(low, known)}write one of {', '.join(known)}, or leave it empty"
    raise BadCellError(f"{_excerpt(cell)!r} is not a behaviour a rehearsal knows", remedy)


def plain(cell: str) -> str:
    """What somebody or something is called. An empty cell is nothing."""
    try:
        return texts.name(cell) if cell else ""
    except texts.TextError as bad:
        raise BadCellError(bad.problem, bad.remedy) from None


def nearest(word: str, known: Iterable[str]) -> str:
    """``did you mean X? `` or nothing."""
    by = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(word.casefold(), list(by), n=1)
    return f"did you mean {by[near[0]]}? " if near else ""


def _excerpt(cell: str) -> str:
    return cell if len(cell) <= 40 else f"{cell[:37]}..."
