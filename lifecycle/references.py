"""What a fact names beside itself: people, teams, cohorts, courses, engagements, enrolments, bookings.

References are found by the types of a fact's fields, so that a new kind of fact is covered by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Final, NamedTuple, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from schemas.due import Refusal
from schemas.facts import Fact
from schemas.rows import Rows
from schemas.words import Named, deputy_of, office_of


class Reference(NamedTuple):
    """One id in a fact, and what it names."""

    what: Named
    id: str


_IN_WORDS: Final = {
    Named.PERSON: "nobody",
    Named.MICROSYSTEM: "no team",
    Named.COHORT: "no cohort",
    Named.COHORT_TO_JOIN: "no cohort",
    Named.ENGAGEMENT: "no engagement",
    Named.ENROLMENT: "no participant",
    Named.INTRO_COURSE: "no Introduction course",
    Named.BOOKING: "no booking",
    Named.ACADEMY: "no academy",
    Named.SUBJECT: "nothing",
}


_LIKE: Final = {
    Named.COHORT_TO_JOIN: Named.COHORT,
    Named.NEW_ENROLMENT: Named.ENROLMENT,
    Named.NEW_BOOKING: Named.BOOKING,
}
"""What is refused in the words of another."""


def references(fact: Fact) -> list[Reference]:
    """Every id in a fact, in what replaces a corrected one, and in whoever told it; each once."""
    return list(dict.fromkeys(_named(fact)))


def elsewhere(subject: str, rows: Rows, named: list[Reference]) -> list[Reference]:
    """Those that the subject's own rows do not hold already; the academy's own mailboxes are always there."""
    return [each for each in named if not _here(subject, rows, each)]


def unknown(named: Reference) -> Refusal:
    """The refusal of a fact that names what does not exist in its academy, or what its teller may not touch.

    It is the same for both: nobody learns what exists elsewhere.
    """
    what = _LIKE.get(named.what, named.what)
    cancelled = ", or it has been cancelled" if named.what is Named.COHORT_TO_JOIN else ""
    reason = f"There's {_IN_WORDS[what]} here with the id {named.id}{cancelled}. Check the id."
    return Refusal(when="not_yet", code=f"unknown_{what}", reason=reason)


def _here(subject: str, rows: Rows, named: Reference) -> bool:
    match named.what:
        case Named.PERSON:
            return named.id in {office_of(subject), deputy_of(subject)}
        case Named.ENROLMENT | Named.NEW_ENROLMENT:
            return _of(subject, named.id) and ("enrolments", named.id) in rows
        case Named.ENGAGEMENT:
            own = (_of(subject, each) and ("enrolments", each) in rows for each in enrolments_of(named.id))
            return named.id == subject or any(own)
        case Named.BOOKING | Named.NEW_BOOKING:
            return _of(subject, named.id) and ("bookings", named.id) in rows
        case Named.ACADEMY:
            return named.id == _academy(subject)
        case _:
            return named.id == subject


def _of(subject: str, part: str) -> bool:
    """Whether the id of an enrolment or a booking is one that its cohort or course gives."""
    return part.startswith(f"{subject}.")


def enrolments_of(engagement: str) -> tuple[str, str]:
    """The enrolments that an engagement may belong to, by its id alone: a coach's second team has a number."""
    enrolment, _, number = engagement.rpartition("-")
    return engagement, enrolment if number.isdecimal() else engagement


def _academy(subject: str) -> str:
    return subject.partition(".")[0]


def _named(said: BaseModel) -> Iterator[Reference]:
    for name, mark in _marked(type(said)):
        yield from _found(getattr(said, name), mark)


def _found(value: Any, mark: Named | None) -> Iterator[Reference]:  # noqa: ANN401 - whatever a field holds
    if isinstance(value, tuple):
        for each in value:
            yield from _found(each, mark)
    elif isinstance(value, BaseModel):
        yield from _named(value)
    elif mark is not None and isinstance(value, str):
        yield Reference(mark, value)


@cache
def _marked(model: type[BaseModel]) -> tuple[tuple[str, Named | None], ...]:
    """The fields that hold an id, with what it names, and those that hold models with such fields."""
    hints = get_type_hints(model, include_extras=True)
    found = ((name, _marks(hints[name])) for name in model.model_fields)
    return tuple((name, next(iter(marks), None)) for name, marks in found if marks is not None)


def _marks(hint: Any) -> set[Named] | None:  # noqa: ANN401 - a type as it is written
    """What the ids in a field of this type name; None for a field that holds no id, however deep."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return set() if _marked(hint) else None
    found = {mark for mark in get_args(hint)[1:] if isinstance(mark, Named)} if get_origin(hint) is Annotated else set()
    inner = [each for each in map(_marks, get_args(hint)) if each is not None]
    return found.union(*inner) if found or inner else None
