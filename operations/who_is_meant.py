"""A known address with another name is a question to whoever hands it in, and never a silent renaming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from operations.audited import RefusedError
from records import admitting
from records.admitting import Question, who
from records.database import Connection
from records.errors import NamedOtherwise
from schemas.roster import Contact, Roster, RosterFault
from schemas.words import Code, PersonId

_ANSWERS: Final = '"same person" (they are renamed), "another person", or the id of the person meant'


class WhoIsMeantError(RefusedError):
    """Known addresses were given with another name. Nothing was changed. ``faults`` say where, and how to answer."""

    code = "invalid"

    def __init__(self, faults: Sequence[RosterFault], asked: Sequence[Asked] = ()) -> None:
        said = [f"{fault}" if fault.line else f"{fault.problem}; {fault.remedy}" for fault in faults]
        super().__init__(f"{'. '.join(said)}. Nothing was changed")
        self.faults = tuple(faults)
        self.asked = tuple(asked)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is meant by a name on a line of a roster? The answer belongs in ``column``; ``known`` have the address."""

    line: int
    column: str
    name: str = field(repr=False)
    address: str = field(repr=False)
    known: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    line: int
    column: str
    answer: str


_TYPED: Final = _Place(0, "", "person (--person, or the field or column of that name)")


@contextmanager
def asking(roster: Roster | None = None) -> Iterator[None]:
    """Whoever is admitted within is asked about where the roster names them. Raises WhoIsMeantError."""
    try:
        yield
    except NamedOtherwise as asked:
        places = dict(_places(roster)) if roster is not None else {}
        found = [(one, places.get(who(one.name, one.address), _TYPED)) for one in asked.questions]
        found.sort(key=lambda one: one[1].line)
        questions = [
            Asked(place.line, place.column.replace("email", "person"), one.name, one.address, one.known)
            for one, place in found
        ]
        raise WhoIsMeantError([_fault(one, place) for one, place in found], questions) from None


async def person_meant(conn: Connection, academy: Code, at: datetime, given: Contact) -> PersonId:
    """Whoever is meant by a name and an address: known already, or from now on. Raises WhoIsMeantError."""
    person = admitting.Person(given.name, given.email, meant=given.meant)
    with asking():
        return (await admitting.admit(conn, academy, at, admitting.Roster((person,)))).of(given.name, given.email)


def _places(roster: Roster) -> Iterator[tuple[tuple[str, str], _Place]]:
    """Where each is named first."""
    for row in reversed(roster.rows):
        for part, contact in row.people:
            place = _Place(row.line, f"{part}email", f"the column {part}person")
            yield who(contact.name, contact.email), place


def _fault(asked: Question, place: _Place) -> RosterFault:
    known = ", ".join(asked.known)
    if asked.no_such:
        problem = f"nobody at this address has the id {asked.no_such}"
    elif len(asked.known) > 1:
        problem = f"several people have this address ({known})"
    else:
        problem = f"this address is known by another name ({known})"
    return RosterFault(place.line, place.column, problem, f"say who it is in {place.answer}: {_ANSWERS}")
