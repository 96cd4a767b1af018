"""The roster: who is on a cohort's course, with which team. `roster_check` reads it.

A roster holds names and addresses. They go to the database and to the person who asked, never into a log; therefore no
``repr`` here shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from schemas.engagement_facts import Slot
from schemas.roster_cells import Behaviour
from schemas.words import HolidayDivision

COLUMNS: Final = (
    "participant",
    "name",
    "email",
    "organisation",
    "discipline",
    "microsystem",
    "team_lead_name",
    "team_lead_email",
    "sponsor_name",
    "sponsor_email",
    "faculty_name",
    "faculty_email",
    "session_day",
    "session_time",
    "holiday_division",
)
"""The columns a roster has, in any order."""

MEANT_COLUMNS: Final = ("person", "team_lead_person", "sponsor_person", "faculty_person")
"""Which person is meant, where an address is known by another name."""

OPTIONAL_COLUMNS: Final = ("behaviour", *MEANT_COLUMNS)
"""Columns a roster may have."""

KNOWN: Final = (*COLUMNS, *OPTIONAL_COLUMNS)


@dataclass(frozen=True, slots=True)
class Contact:
    """A person by name and address, as the roster has them; ``meant`` says which, where another name is known there."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    meant: str = field(default="", compare=False)


OFFICE_NAME: Final = "Programme office"
"""How an office is addressed until it is given another name."""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One participant. ``microsystem`` is empty while there is no team; ``joins`` is the main coach's participant code
    when this row is a co-coach of a team that an earlier row already has.
    """

    line: int
    participant: str
    person: Contact
    organisation: str
    discipline: str
    microsystem: str | None = field(repr=False)
    team_lead: Contact | None
    sponsor: Contact | None
    faculty: Contact | None
    slot: Slot | None
    division: HolidayDivision
    behaviour: Behaviour = Behaviour.STEADY
    joins: str | None = None

    @property
    def people(self) -> Iterator[tuple[str, Contact]]:
        """Everybody of the row, with what the names of their columns begin with."""
        named = (("", self.person), ("team_lead_", self.team_lead), ("sponsor_", self.sponsor))
        for part, contact in (*named, ("faculty_", self.faculty)):
            if contact is not None:
                yield part, contact


@dataclass(frozen=True, slots=True)
class Roster:
    """A faultless roster, in the order of its rows."""

    rows: tuple[RosterRow, ...]


@dataclass(frozen=True, slots=True)
class RosterFault:
    """Something wrong, or only worth a look. ``column`` is empty when it concerns the whole row or file."""

    line: int
    column: str
    problem: str
    remedy: str
    severity: Literal["fault", "warning", "note"] = "fault"

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"line {self.line}{column}: {self.problem}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class CheckedRoster:
    """``roster`` is there only when there is no fault; warnings never hinder. ``notes`` say what was understood.

    ``good`` are the rows without fault, where only others have any: they may go in before those are mended.
    """

    roster: Roster | None
    faults: tuple[RosterFault, ...] = ()
    warnings: tuple[RosterFault, ...] = ()
    notes: tuple[RosterFault, ...] = ()
    good: Roster = Roster(())
