"""What every fact has, and the kinds of fact that subjects of several kinds can be told.

No fact holds a name, an address or a sentence: a note is stored beside it, in the database, by its ``event_id``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from schemas.moments import Moment
from schemas.programme import SharedProgramme
from schemas.words import Code, EventId, Group, PersonId, Role, Said, SubjectId


class Teller(Said):
    """Who told a fact: in which role, and which person where that is known.

    The office, or another service, may tell what somebody else said or signed ``on_behalf_of`` them.
    """

    role: Role
    person: PersonId | None = None
    on_behalf_of: Annotated[PersonId | None, Field(exclude_if=lambda person: person is None)] = None


class Cause(Said):
    """The fact of another subject that a fact follows from."""

    subject: SubjectId
    event_id: EventId


class Fact(Said):
    """Something that happened. ``occurred_at`` is never in the future; legality is judged at that moment.

    ``caused_by`` is the engine's own word for what follows from a fact told elsewhere; no door takes it from outside.
    """

    kept: ClassVar[tuple[str, ...]] = ("occurred_at",)
    """What stays as it was told when a first fact is put right."""

    group: ClassVar[Group]
    """What takes one grant. A correction has none of its own: it takes that of what it corrects."""

    kind: str
    event_id: EventId
    occurred_at: Moment
    told_by: Teller = Teller(role=Role.OFFICE)
    caused_by: Annotated[Cause | None, Field(exclude_if=lambda cause: cause is None)] = None

    def __init_subclass__(cls, *, group: Group | None = None) -> None:
        super().__init_subclass__()
        if group is not None:
            cls.group = group

    @property
    def tellers(self) -> tuple[Role, ...] | None:
        """The roles whose word it takes; None where anybody involved may tell it."""
        return None

    @property
    def tie(self) -> int:
        """Which comes first of two facts of one kind and one second; where they tie in this too, the event id says."""
        return 0

    def repeats(self, told: Fact) -> bool:
        """Whether this is the same fact told again under its event id, and no other one."""
        return self == told

    def replaced_by(self, replacement: Fact, event_id: EventId) -> Fact:
        """What stands in the place of this fact once it is corrected."""
        return replacement.model_copy(update={"event_id": event_id})


Confirmed = Annotated[bool, Field(exclude_if=lambda confirmed: not confirmed)]
"""Whether whoever told an absence said that its unusual length is meant, and no slip of the pen."""


class Signature(Fact):
    """Somebody signed in a role. If nobody is said to tell it, whoever has the role does."""

    role: Role

    @model_validator(mode="after")
    def _told_by_its_signer(self) -> Self:
        if "told_by" not in self.model_fields_set:
            object.__setattr__(self, "told_by", Teller(role=self.role))
        return self

    @property
    def tellers(self) -> tuple[Role, ...]:
        """Whoever has the role."""
        return (self.role,)


class LeaveAgreed(Fact, group=Group.LEAVE):
    """A person is away, first and last day included: what can wait for them waits until they are back.

    A session is excused while everybody who coaches the team is away.
    """

    kind: Literal["leave_agreed"] = "leave_agreed"
    person: PersonId
    first_day: date
    last_day: date
    confirmed: Confirmed = False


class PersonLeft(Fact, group=Group.PEOPLE):
    """A person is gone for good, because they were erased: whatever part they had is vacant from then on."""

    kind: Literal["person_left"] = "person_left"
    person: PersonId


class PersonMerged(Fact, group=Group.PEOPLE):
    """Two records were one person all along: what names ``person`` is read as ``into``, whenever it was told."""

    kind: Literal["person_merged"] = "person_merged"
    person: PersonId
    into: PersonId


class RoleChanged(Fact, group=Group.PEOPLE):
    """Sponsor, team lead or faculty is another person from now on, or nobody: then somebody is asked who will be.

    With ``instead_of`` only where it is theirs. In a cohort, wherever it is theirs; without, for all its participants.
    """

    kind: Literal["role_changed"] = "role_changed"
    role: Role
    person: PersonId | None = None
    instead_of: PersonId | None = None

    @property
    def tie(self) -> int:
        """Of one moment, somebody gives a role up before somebody else has it."""
        return int(self.person is not None)


class AcademyClosed(Fact, group=Group.ACADEMY):
    """The academy is closed, first and last day included: sessions are excused and nothing is sent."""

    kind: Literal["academy_closed"] = "academy_closed"
    first_day: date
    last_day: date
    confirmed: Confirmed = False


class CalendarRevised(Fact, group=Group.ACADEMY):
    """Another version of the bank-holiday table holds from now on."""

    kind: Literal["calendar_revised"] = "calendar_revised"
    calendar: Code


class ProgrammeAdopted(Fact, group=Group.ACADEMY):
    """Another version of the programme holds from now on."""

    kind: Literal["programme_adopted"] = "programme_adopted"
    programme: SharedProgramme


def models_of(union: Any) -> tuple[type[Fact], ...]:  # noqa: ANN401 - an annotated union is no type
    """The models of a union of facts, in its order, which settles ties of ``occurred_at``."""
    return get_args(get_args(union)[0])
