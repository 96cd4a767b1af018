"""What is held about somebody, without what it says of others: they stand there by their role, and no more.

Several with one role are numbered, each with the same number everywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from records.held import Section
from records.others import Everybody, Named
from schemas.words import PersonId, Role

_CALLED: Final = {Role.FACULTY: "faculty", Role.OFFICE: "the_programme_office"}
_SOMEBODY: Final = "someone_else"
_NO_ADDRESS: Final = "[someone else's address]"
_ADDRESS: Final = re.compile(r"[\w.+'%&-]+@[\w-]+(?:\.[\w-]+)+")
_ALONE: Final = r"(?<![\w-])(?:{})(?![\w-])"
_ROLES: Final = {role.value: role for role in Role}


def text_of(sections: Iterable[Section]) -> str:
    """All that is held, as one text to look for names in."""
    return json.dumps([section.rows for section in sections], ensure_ascii=False)


def without_others(everybody: Everybody, *parts: Iterable[Section]) -> tuple[tuple[Section, ...], ...]:
    """The same rows of each part. Words about the person stay, without the names and addresses of others."""
    made = _Without(everybody)
    # Who is called alike is known once all has been read.
    for part in parts:
        for section in part:
            for row in section.rows:
                made.row(row)
    made.number()
    return tuple(
        tuple(replace(section, rows=tuple(made.row(row) for row in section.rows)) for section in part) for part in parts
    )


class _Without:
    def __init__(self, everybody: Everybody) -> None:
        self._own = {one.address.lower() for one in everybody.own if one.address}
        own_names = {one.name.lower() for one in everybody.own if one.name}
        self._called: dict[str, set[PersonId]] = {}
        self._numbers: dict[tuple[str, PersonId], int] = {}
        self._others = everybody.others
        self._ids = {one.person: one for one in everybody.others}
        self._names = {
            one.name.lower(): one for one in everybody.others if one.name and one.name.lower() not in own_names
        }
        self._id = _any_of(self._ids, before="(?:person:)?")
        self._name = _any_of(self._names, re.IGNORECASE)

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """An object, whose fields say the roles of whom they name."""
        of_others = any(isinstance(value, str) and self._addresses(value) for value in row.values())
        return {
            self._words(key, None): _SOMEBODY
            if of_others and key.endswith("name")
            else self._value(value, _role_of(key, row))
            for key, value in row.items()
        }

    def number(self) -> None:
        """From now on several who are called alike are told apart: the longest known is the first."""
        for called, people in self._called.items():
            alike = [one.person for one in self._others if one.person in people]
            if len(alike) > 1:
                self._numbers |= {(called, person): number for number, person in enumerate(alike, start=1)}

    def _call(self, one: Named, role: Role | None) -> tuple[str, int | None]:
        called = _called(one, role)
        self._called.setdefault(called, set()).add(one.person)
        return called, self._numbers.get((called, one.person))

    def _value(self, value: Any, role: Role | None) -> Any:  # noqa: ANN401 - any JSON
        match value:
            case str():
                return self._words(value, role)
            case dict():
                return self.row(value)
            case list():
                return [self._value(one, role) for one in value]
            case _:
                return value

    def _words(self, words: str, role: Role | None) -> str:
        def by_id(found: re.Match[str]) -> str:
            called, number = self._call(self._ids[found[0].removeprefix("person:")], role)
            return f"{called}_{number}" if number else called

        def by_name(found: re.Match[str]) -> str:
            called, number = self._call(self._names[found[0].lower()], None)
            words = called.replace("_", " ")
            return f"{words} ({number})" if number else words

        for address in self._addresses(words):
            words = words.replace(address, _NO_ADDRESS)
        return self._name.sub(by_name, self._id.sub(by_id, words))

    def _addresses(self, words: str) -> list[str]:
        return [address for address in _ADDRESS.findall(words) if address.lower() not in self._own]


def _any_of(words: Iterable[str], flags: re.RegexFlag = re.NOFLAG, before: str = "") -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(
        _ALONE.format(before + f"(?:{'|'.join(map(re.escape, longest_first))})" if words else "(?!)"), flags
    )


def _role_of(key: str, row: Mapping[str, Any]) -> Role | None:
    """The role in which a field names somebody: that is its name, or stands beside it."""
    said = row.get(f"{key.removesuffix('person')}role") if key.endswith("person") else key
    return _ROLES.get(said) if isinstance(said, str) else None


def _called(one: Named, role: Role | None) -> str:
    """What stands for somebody: a code, as where their id stood."""
    role = role or next((role for role in Role if role in one.roles), None)
    return _CALLED.get(role, f"the_{role.value}") if role else _SOMEBODY
