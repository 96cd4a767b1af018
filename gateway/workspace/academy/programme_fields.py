"""A setting of a programme as something to fill in: a number, a list of numbers, a time, a day, or a choice."""

from __future__ import annotations

from datetime import time
from typing import Any, Final, get_args

from activities.phrases import Phrases
from gateway.pages.asked import Choice, Field
from gateway.pages.named import SCORES
from gateway.workspace.academy.programme_words import ANCHORS, LANGUAGES, SHIPPED, DoesNotFitError, Setting
from lifecycle.matters import MATTERS
from lifecycle.roles import ROLES
from schemas.programme import HandOffAnchor, Language, Programme, Signer
from schemas.sentences import joined, listed, raised, say, say_of
from schemas.words import Role, Weekday

_MOST: Final = 9999
_LONGEST: Final = 200
_SIGNERS: Final[tuple[Role, ...]] = get_args(Signer)
_NAME: Final = "to"


def field_of(setting: Setting, known: Programme) -> Field:
    """What is filled in for a setting, with what it is now."""
    value, label = setting.of(known), setting.label
    if setting.unit:
        label = say("{label} ({unit})", label=label, unit=setting.units)
    match value:
        case time():
            return Field(name=_NAME, kind="time", label=label, hint="For example, 9:30am or 14:00",
                         value=f"{value:%H:%M}", missing="Enter a time")  # fmt: skip
        case Language():
            return Field(name=_NAME, kind="radios", label=label, hint=translated(), value=written(value),
                         choices=tuple(Choice(language, name) for language, name in LANGUAGES.items()),
                         missing="Select one")  # fmt: skip
        case Weekday() | HandOffAnchor() | float():
            return Field(name=_NAME, kind="radios", label=label, choices=_choices(value), value=written(value),
                         missing="Select one")  # fmt: skip
        case tuple() if any(isinstance(part, Role) for part in value):
            choices = tuple(Choice(role, raised(ROLES[role])) for role in _SIGNERS)
            return Field(name=_NAME, kind="checkboxes", label=label, choices=choices, value=tuple(map(str, value)),
                         missing="Select at least one")  # fmt: skip
        case tuple():
            return Field(name=_NAME, kind="lines", label=label, hint="Put each number on a new line.",
                         value="\n".join(map(str, value)), missing="Enter at least one number")  # fmt: skip
        case _:
            return Field(name=_NAME, kind="number", label=label, least=0, most=_MOST, value=str(value),
                         missing="Enter a number")  # fmt: skip


def translated() -> str:
    """Which emails there are in other languages than English."""
    said = []
    for language in sorted(LANGUAGES.keys() - {Language.ENGLISH}):
        ready = [known.label for known in MATTERS.values() if Phrases(language=language).has(known.template)]
        said.append(
            say_of(
                len(ready),
                "So far, {number} of our {all} kinds of email is translated into {language}: {names}.",
                "So far, {number} of our {all} kinds of email are translated into {language}: {names}.",
                all=len(MATTERS),
                language=LANGUAGES[language],
                names=listed(ready),
            )
        )
    return joined(" ", (*said, "All others are sent in English."))


def _choices(value: object) -> tuple[Choice, ...]:
    if isinstance(value, HandOffAnchor):
        return tuple(Choice(anchor, raised(words)) for anchor, words in ANCHORS.items())
    if isinstance(value, Weekday):
        return tuple(Choice(day, day.capitalize()) for day in Weekday)
    return tuple(Choice(score, say("{score}: {meaning}", score=score, meaning=words)) for score, words in SCORES)


def written(value: object) -> str:
    """A value as an address has it, and as it is read back."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def read(setting: Setting, said: str) -> Any:  # noqa: ANN401 - numbers, times, words
    """The value that an address has. Raises DoesNotFitError for what is none of this setting."""
    try:
        return _read(setting.of(SHIPPED), said[:_LONGEST])
    except ValueError:
        raise DoesNotFitError("Enter a whole number on each line") from None


def _read(like: object, said: str) -> object:
    match like:
        case time():
            return time.fromisoformat(said)
        case tuple():
            roles = any(isinstance(part, Role) for part in like)
            return tuple(Role(part) if roles else _number(part) for part in said.split(","))
        case Weekday() | HandOffAnchor() | Language() | float():
            return type(like)(said)
        case _:
            return _number(said)


def _number(said: str) -> int:
    written_so = said.strip()
    if not (written_so.isascii() and written_so.isdigit() and len(written_so) <= len(str(_MOST))):
        raise ValueError(said)
    return int(written_so)
