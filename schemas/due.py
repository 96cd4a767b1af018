"""What the engine will do, and what it says when asked: due items, notices, standings and answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import Field, SkipValidation

from schemas.moments import Moment
from schemas.words import (
    Act,
    Code,
    CohortStage,
    EndReason,
    EventId,
    Health,
    IntroStage,
    Matter,
    PersonId,
    Phase,
    RampStep,
    Role,
    Said,
    Stage,
)


class DueItem(NamedTuple):
    """Something the engine will do at a time, and why.

    ``at`` (UTC) is when it acts, already inside the hours in which notices may go. ``since`` is the moment it is
    reckoned from. ``rule`` names the rule, ``parameter`` the programme's parameter, ``facts`` the facts behind it.
    ``about`` is the local date the matter concerns, e.g. the session's. ``answer_by`` is when an answer is owed,
    ``closes`` when none is any more.
    """

    at: datetime
    act: Act
    matter: Matter
    window: str
    step: int
    turn: Role
    to: tuple[Role, ...]
    rule: str
    parameter: str
    since: datetime
    facts: tuple[str, ...] = ()
    about: date | None = None
    answer_by: datetime | None = None
    person: str | None = None
    closes: datetime | None = None

    @property
    def key(self) -> str:
        """Names this item for ever: the same matter, window and step is never carried out twice."""
        return f"{self.matter}/{self.window}/{self.step}"


class Due(Said):
    """A due item as it is shown and stored; the fields are those of :class:`DueItem`."""

    key: str
    at: Moment
    act: Act
    matter: Matter
    turn: Role
    rule: str
    parameter: str
    since: Moment
    facts: tuple[EventId, ...] = ()
    about: date | None = None
    answer_by: Moment | None = None


class Notice(Said):
    """A message to one person in one role. One (person, subject, matter, window, step) is sent once, whatever happens.

    It holds codes, dates and numbers only; names, addresses and words are looked up at the moment of sending.
    ``reason`` is the due item's rule, ``starts_at`` a session's start, ``number`` a count the wording needs.
    ``gathered``: it waits for the person's weekly mail. ``because``: why it is not sent at all.
    """

    person: PersonId
    role: Role
    act: Act
    matter: Matter
    window: str
    step: int = 0
    turn: Role
    reason: str
    about: date | None = None
    starts_at: Moment | None = None
    answer_by: Moment | None = None
    number: int | None = None
    detail: Code | None = None
    gathered: bool = False
    because: Annotated[Code | None, Field(exclude_if=lambda why: why is None)] = None

    @classmethod
    def of(cls, item: DueItem, person: PersonId, role: Role, **said: Any) -> Self:  # noqa: ANN401 - fields of a notice
        """What an item says to one person in one role, with what its kind of subject adds."""
        whole: dict[str, Any] = {
            "act": item.act,
            "matter": item.matter,
            "window": item.window,
            "step": item.step,
            "turn": item.turn,
            "reason": item.rule,
            "about": item.about,
            "answer_by": item.answer_by,
        }
        return cls(person=person, role=role, **(whole | said))

    @property
    def item(self) -> str:
        """The key of the due item it comes from."""
        return f"{self.matter}/{self.window}/{self.step}"


class Standing(Said):
    """Where an engagement stands: exactly one known state, a next date, and whose turn it is.

    ``no_progress`` stands beside health: the team's scores are missing, or don't rise.
    """

    as_of: Moment
    stage: Stage
    phase: Phase
    ramp_step: RampStep | None = None
    health: Health
    paused: bool = False
    coach_vacant: bool = False
    no_progress: bool = False
    turn: Role | None = None
    next_due: Due | None = None
    end_reason: EndReason | None = None


class CohortStanding(Said):
    """Where a cohort stands."""

    as_of: Moment
    stage: CohortStage
    enrolments: int
    running: int
    turn: Role | None = None
    next_due: Due | None = None


class IntroCourseStanding(Said):
    """Where an Introduction course stands. ``waiting`` are on the list, or are offered a place."""

    as_of: Moment
    stage: IntroStage
    places: int
    confirmed: int
    waiting: int
    turn: Role | None = None
    next_due: Due | None = None


class Days(Said):
    """Days from a first to a last one, both included."""

    first: date
    last: date


class AcademyStanding(Said):
    """Where an academy stands. ``closed`` are the closed weeks that are not over; nothing of an academy falls due.

    ``members`` are the people in its office; ``deputy`` hears when the office does not answer. ``programmes`` are the
    versions it has adopted, as in ``sheffield-mca@2``.
    """

    as_of: Moment
    calendar: Code
    closed: tuple[Days, ...]
    members: tuple[PersonId, ...] = ()
    deputy: PersonId | None = None
    programmes: tuple[Code, ...] = ()
    turn: Role | None = None
    next_due: Due | None = None


class PersonStanding(Said):
    """Where a person stands. ``away`` is the leave that is not over; nothing of a person falls due."""

    as_of: Moment
    away: tuple[Days, ...]
    turn: Role | None = None
    next_due: Due | None = None


class _Told(Said):
    event_id: EventId
    recorded_at: Moment


class Told(_Told):
    """The answer to a told fact: it is recorded, and this is what stands now. A repeat gets the first answer."""

    standing: Standing


class CohortTold(_Told):
    """The answer to a fact told to a cohort."""

    standing: CohortStanding


class IntroCourseTold(_Told):
    """The answer to a fact told to an Introduction course."""

    standing: IntroCourseStanding


class AcademyTold(_Told):
    """The answer to a fact told to an academy."""

    standing: AcademyStanding


class PersonTold(_Told):
    """The answer to a fact told to a person."""

    standing: PersonStanding


AnyTold = Annotated[Told | CohortTold | IntroCourseTold | AcademyTold | PersonTold, Field(union_mode="left_to_right")]
"""No two have the same fields, so the first that fits is the one: to try all takes six times as long."""

AnyStanding = Annotated[
    Standing | CohortStanding | IntroCourseStanding | AcademyStanding | PersonStanding,
    Field(union_mode="left_to_right"),
]
"""What any subject answers."""


class Why(Said):
    """The reason of one thing: in words, and as data. ``done_at`` is set for what was carried out already."""

    question: str
    answer: SkipValidation[str]
    due: Due | None = None
    done_at: Moment | None = None
    facts: tuple[str, ...] = ()


class Refusal(Said):
    """Why a fact is not accepted. ``never``: it cannot become true. ``not_yet``: something must happen first."""

    when: Literal["never", "not_yet"]
    code: Code
    reason: str


UNKNOWN: Final = Refusal(when="never", code="unknown", reason="Nothing is recorded under this id. Is it written right?")
"""Said of an id of which nothing is known."""
