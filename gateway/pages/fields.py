"""What somebody filled in, read with forgiveness, and what is wrong with it, in the words of the NHS design."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from starlette.datastructures import FormData

from activities.mail import MailAddressError, read_address
from gateway.pages.asked import NOTE_LENGTH, Answer, Field
from schemas import texts
from schemas.roster_cells import Meant
from schemas.sentences import listed, lowered, say

_TIME: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_BETWEEN_DIGITS: Final = re.compile(r"[\s-]")
_CODE: Final = re.compile(r"[0-9]{6}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
_DATED: Final = re.compile(
    r"(?:[a-z]+,?\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s/.-]+(?P<month>\d{1,2}|[a-z]{3,9})[\s/.,-]+(?P<year>\d{4}|\d{2})"
    r"[\s,;:=]+(?P<value>\S+?)\s*%?",
    re.IGNORECASE | re.ASCII,
)
_ISO: Final = re.compile(r"^(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_VALUES: Final = 50
_LONGEST: Final = 120
_LINES: Final = 20
_LONGEST_MEANT: Final = 254
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EARLIEST_YEAR: Final = 2000
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class _Wrong(Exception):
    """What is wrong with a field, for the person; ``part`` is the number of the input."""

    def __init__(self, words: str, part: int = 0) -> None:
        super().__init__(words)
        self.words, self.part = words, part


@dataclass(slots=True)
class Entered:
    """What was filled in: read, as it was written, and what is wrong, by the id of the input that is."""

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    raw: dict[str, Any] = dataclasses.field(default_factory=dict)
    faults: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody as a form names them; ``meant`` says whom, once that was asked."""

    name: str
    address: str
    meant: str = ""


SOMEBODY: Final = "somebody"
"""Chosen where it is said who takes a role over."""


@dataclass(frozen=True, slots=True)
class Taker:
    """What becomes of a role: a choice, and for somebody by what they are known."""

    choice: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class NamedTeam:
    """A team as a form names it."""

    name: str


def input_id(answer: Answer, name: str) -> str:
    """The id and name of an input: unique on the page."""
    return f"{answer.name}-{name}"


def read(answer: Answer, form: FormData) -> Entered:
    """What was filled in beside a button."""
    entered = Entered()
    for field in answer.all_fields:
        prefix = input_id(answer, field.name)
        entered.raw |= _raw(field, prefix, form)
        try:
            value = _READERS[field.kind](field, prefix, entered.raw)
        except _Wrong as wrong:
            entered.faults[_parts(field, prefix)[wrong.part]] = wrong.words
            continue
        if value is None and not field.optional:
            entered.faults[_parts(field, prefix)[0]] = field.missing or say("Enter {label}", label=lowered(field.label))
        entered.values[field.name] = value
    return entered


def shown_before(answer: Answer) -> dict[str, Any]:
    """The inputs as they are first shown."""
    raw: dict[str, Any] = {}
    for field in answer.all_fields:
        prefix = input_id(answer, field.name)
        if isinstance(field.value, date):
            raw |= {
                f"{prefix}-day": str(field.value.day),
                f"{prefix}-month": str(field.value.month),
                f"{prefix}-year": str(field.value.year),
            }
        elif field.value:
            raw[prefix] = list(field.value) if isinstance(field.value, tuple) else field.value
    return raw


_REASONS: Final = frozenset({"note", "why"})


def unchanged(answer: Answer, entered: Entered) -> bool:
    """Whether what shows what is recorded comes back as it was: a reason alone is no change."""
    reasons = {input_id(answer, name) for name in _REASONS}

    def said(raw: dict[str, Any]) -> dict[str, Any]:
        return {name: _compared(value) for name, value in raw.items() if value and name not in reasons}

    return answer.as_recorded and said(entered.raw) == said(shown_before(answer))


def _compared(value: object) -> object:
    """In whatever order, and with whatever line ends a browser sends it."""
    return sorted(value) if isinstance(value, list) else [line.strip() for line in str(value).strip().splitlines()]


def _parts(field: Field, prefix: str) -> tuple[str, ...]:
    match field.kind:
        case "date":
            return (f"{prefix}-day", f"{prefix}-month", f"{prefix}-year")
        case "person":
            return (f"{prefix}-name", f"{prefix}-email", f"{prefix}-meant")
        case "taker":
            return (prefix, f"{prefix}-who")
        case _:
            return (prefix,)


def _raw(field: Field, prefix: str, form: FormData) -> dict[str, Any]:
    if field.kind == "checkboxes":
        return {prefix: [value for value in form.getlist(prefix) if isinstance(value, str)]}
    return {part: _text(form.get(part)) for part in _parts(field, prefix)}


def _text(value: object) -> str:
    return _CONTROL.sub(" ", value).strip() if isinstance(value, str) else ""


def _chosen(field: Field, prefix: str, raw: dict[str, Any]) -> str | None:
    written: str = raw[prefix]
    return written if written in {choice.value for choice in field.choices} else None


def _checked(field: Field, prefix: str, raw: dict[str, Any]) -> tuple[str, ...] | None:
    ticked = set(raw[prefix])
    found = tuple(choice.value for choice in field.choices if choice.value in ticked)
    return found if found or field.optional else None


def _date(field: Field, prefix: str, raw: dict[str, Any]) -> date | None:
    day, month, year = (raw[part] for part in _parts(field, prefix))
    if not (day or month or year):
        return None
    what = "The date" if "?" in field.label else field.label
    lacking = [word for word, part in (("a day", day), ("a month", month), ("a year", year)) if not part]
    if lacking:
        raise _Wrong(say("{what} must include {lacking}", what=what, lacking=listed(lacking)))
    try:
        found = date(_year(year), _month(month), int(day))
    except (ValueError, OverflowError):
        raise _Wrong(say("{what} must be a real date, for example 27 3 2027", what=what)) from None
    return found


def _month(written: str) -> int:
    return _MONTHS.index(written[:3].lower()) + 1 if written[:1].isalpha() else int(written)


def _year(written: str) -> int:
    year = int(written)
    return year + _EARLIEST_YEAR if year < 100 else year


def _time(_field: Field, prefix: str, raw: dict[str, Any]) -> time | None:
    written: str = raw[prefix]
    if not written:
        return None
    if written.lower() in {"midday", "noon"}:
        return time(12)
    found = _TIME.fullmatch(written)
    hour, minute, half = (int(found[1]), int(found[2] or 0), (found[3] or "").lower()) if found else (99, 0, "")
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif half:
        hour = 99
    if not (hour < 24 and minute < 60):
        raise _Wrong("Enter a time, for example 9:30am or 14:00")
    return time(hour, minute)


def _number(field: Field, prefix: str, raw: dict[str, Any]) -> int | None:
    written: str = raw[prefix]
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and len(written) < 6 and field.least <= int(written) <= field.most):
        raise _Wrong(say("Enter a number from {least} to {most}", least=field.least, most=field.most))
    return int(written)


def _decimal(_field: Field, prefix: str, raw: dict[str, Any]) -> float | None:
    written: str = raw[prefix].removesuffix("%").strip()
    if not written:
        return None
    if not _DECIMAL.fullmatch(written):
        raise _Wrong("Enter a number, for example 12 or 4.5")
    return float(written)


def _values(_field: Field, prefix: str, raw: dict[str, Any]) -> tuple[tuple[date, float], ...] | None:
    """A date and a number on each line; what is wrong with the first line that is."""
    lines = [line.strip() for line in str(raw[prefix]).splitlines() if line.strip()]
    if len(lines) > _VALUES:
        raise _Wrong(say("Enter no more than {most} lines at a time", most=_VALUES))
    found: dict[date, float] = {}
    for line in lines:
        day, value = _dated(line)
        if day in found:
            raise _Wrong(say("“{line}” has the same date as an earlier line. Enter one value for each day", line=line))
        found[day] = value
    return tuple(found.items()) or None


def _dated(line: str) -> tuple[date, float]:
    found = _DATED.fullmatch(_ISO.sub(r"\3 \2 \1", line))
    if not found or not _DECIMAL.fullmatch(found["value"]):
        shown = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
        raise _Wrong(
            say(
                "We can't read “{shown}”. Enter a date and a number on each line, for example 27 3 2027, 12.5",
                shown=shown,
            )
        )
    try:
        return date(_year(found["year"]), _month(found["month"]), int(found["day"])), float(found["value"])
    except ValueError:
        raise _Wrong(say("“{line}” must have a real date, for example 27 3 2027, 12.5", line=line)) from None


def _lines(_field: Field, prefix: str, raw: dict[str, Any]) -> tuple[str, ...] | None:
    lines = tuple(line.strip() for line in str(raw[prefix]).splitlines() if line.strip())
    if len(lines) > _LINES:
        raise _Wrong(say("Write no more than {most} lines", most=_LINES))
    if sum(map(len, lines)) > _LINES * _LONGEST:
        raise _Wrong("Your answer is too long. Please shorten it")
    return tuple(_kept(texts.words, line) for line in lines) or None


def _person(field: Field, prefix: str, raw: dict[str, Any]) -> NamedPerson | None:
    name, address, meant = (raw[part] for part in _parts(field, prefix))
    if not name and not address:
        return None
    if not name:
        raise _Wrong("Enter the full name")
    return NamedPerson(_kept(texts.name, name), _address(address, part=1), meant if meant in set(Meant) else "")


def ask_who_is_meant(answer: Answer, entered: Entered, who: str) -> None:
    """Ask whether somebody whose address is known by another name is the same person."""
    for field in answer.all_fields:
        named = entered.values.get(field.name)
        if isinstance(named, NamedPerson) and named.address == who:
            wrong = _SEVERAL if named.meant == Meant.SAME else _WHO_IS_MEANT
            entered.faults[f"{input_id(answer, field.name)}-meant"] = wrong


_WHO_IS_MEANT: Final = "We know this email address under another name. Select who you mean"
_SEVERAL: Final = "Several people share this email address. Enter the name as we have it, or select someone else"


def _team(_field: Field, prefix: str, raw: dict[str, Any]) -> NamedTeam | None:
    name: str = raw[prefix]
    return NamedTeam(_kept(texts.name, name)) if name else None


def _kept(read: Callable[[str], str], written: str) -> str:
    try:
        return read(written)
    except texts.TextError as bad:
        raise _Wrong(str(bad)) from None


def _email(_field: Field, prefix: str, raw: dict[str, Any]) -> str | None:
    return _address(raw[prefix]) if raw[prefix] else None


def _address(written: str, part: int = 0) -> str:
    try:
        address = read_address(written)
    except MailAddressError:
        raise _Wrong(_NO_ADDRESS, part) from None
    if address.addr_spec != written or "." not in address.domain or len(written) > 254:
        raise _Wrong(_NO_ADDRESS, part)
    return written


def _code(_field: Field, prefix: str, raw: dict[str, Any]) -> str | None:
    written = _BETWEEN_DIGITS.sub("", raw[prefix])
    if written and not _CODE.fullmatch(written):
        raise _Wrong("The code is 6 digits, for example 012345")
    return written or None


_NO_ADDRESS: Final = "Enter an email address in the correct format, like name@example.com"


def _note(_field: Field, prefix: str, raw: dict[str, Any]) -> str | None:
    written = " ".join(str(raw[prefix]).split())
    if len(written) > NOTE_LENGTH:
        raise _Wrong(say("The note must be {most} characters or fewer", most=NOTE_LENGTH))
    return _kept(texts.words, written) or None


def _taker(field: Field, prefix: str, raw: dict[str, Any]) -> Taker | None:
    chosen, said = _chosen(field, prefix, raw), " ".join(raw[f"{prefix}-who"].split())[:_LONGEST_MEANT]
    if chosen != SOMEBODY:
        return Taker(chosen) if chosen else None
    if not said:
        raise _Wrong("Enter their full name or email address", part=1)
    return Taker(chosen, said)


_READERS: Final[dict[str, Callable[[Field, str, dict[str, Any]], Any]]] = {
    "radios": _chosen,
    "checkboxes": _checked,
    "date": _date,
    "time": _time,
    "number": _number,
    "decimal": _decimal,
    "lines": _lines,
    "values": _values,
    "person": _person,
    "team": _team,
    "email": _email,
    "code": _code,
    "note": _note,
    "taker": _taker,
}
