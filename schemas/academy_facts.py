"""What an academy can be told, one model a kind."""

from __future__ import annotations

from typing import Literal

from schemas.facts import AcademyClosed, CalendarRevised, Fact, LeaveAgreed, PersonLeft, PersonMerged, ProgrammeAdopted
from schemas.programme import DEFAULT_ZONE, Zone
from schemas.words import Code, Group, HolidayDivision, PersonId


class AcademyOpened(Fact, group=Group.ACADEMY):
    """The first fact of every academy: where it is, and whose bank holidays it keeps."""

    kind: Literal["academy_opened"] = "academy_opened"
    zone: Zone = DEFAULT_ZONE
    division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES
    calendar: Code


class OfficeMemberJoined(Fact, group=Group.ACADEMY):
    """A person works in the programme office, and reads its mailbox."""

    kind: Literal["office_member_joined"] = "office_member_joined"
    person: PersonId


class OfficeMemberLeft(Fact, group=Group.ACADEMY):
    """A person works in the programme office no longer."""

    kind: Literal["office_member_left"] = "office_member_left"
    person: PersonId


class DeputyNamed(Fact, group=Group.ACADEMY):
    """A person, or a second mailbox, hears when the office does not answer or can't be reached; or nobody does."""

    kind: Literal["deputy_named"] = "deputy_named"
    person: PersonId | None = None

    @property
    def tie(self) -> int:
        """Of one moment, taking a deputy back comes before naming one."""
        return int(self.person is not None)


AcademyHappening = (
    OfficeMemberLeft
    | OfficeMemberJoined
    | DeputyNamed
    | PersonLeft
    | PersonMerged
    | LeaveAgreed
    | CalendarRevised
    | ProgrammeAdopted
    | AcademyClosed
)
"""What may follow the first fact of an academy, in the order that settles ties of ``occurred_at``."""
