"""What facts name of others is found by the types of their fields, in every kind of fact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError

from lifecycle.references import Reference, elsewhere, references, unknown
from schemas.cohort_facts import EnrolmentAccepted, LearningSessionHeld
from schemas.corrections import Correction
from schemas.engagement_facts import OwnerNamed, RoleChanged
from schemas.facts import Fact, Teller
from schemas.intro_course_facts import BookedBefore, PlaceRequested
from schemas.subjects import KINDS
from schemas.words import BookingId, Delegate, EngagementId, MicrosystemId, Named, PersonId, Role

AT = datetime(2026, 10, 5, 9, tzinfo=UTC)
NO_IDS = {
    "event_id": "names the telling itself",
    "corrects": "the rules look for it among the subject's own facts",
    "session": "one of the subject's own sessions, by the day it was planned for",
    "calendar": "a holiday table, which the rules know",
    "measure": "the team's own code",
    "item": "a mail of the subject's own, by what falls due",
    "name": "the programme's own",
}
MODELS = sorted({model for kind in KINDS for model in kind.models}, key=lambda model: model.__name__)


def within(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[tuple[str, Any]]:
    """The fields of a model and of all models in it, with their types."""
    if model in seen:
        return
    seen.add(model)
    hints = get_type_hints(model, include_extras=True)
    for name in model.model_fields:
        yield name, hints[name]
        for inner in models_in(hints[name]):
            yield from within(inner, seen)


def models_in(hint: Any) -> Iterator[type[BaseModel]]:
    """The models in a type."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for inner in get_args(hint):
        yield from models_in(inner)


def codes_in(hint: Any) -> Iterator[tuple[Any, ...]]:
    """What is annotated of each opaque text in a type."""
    if get_origin(hint) is Annotated and get_args(hint)[0] is str:
        marks = get_args(hint)[1:]
        if any(isinstance(mark, StringConstraints) for mark in marks):
            yield marks
    for inner in get_args(hint):
        yield from codes_in(inner)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_id_in_a_fact_says_what_it_names(model: type[Fact]) -> None:
    """A field of opaque text is an id with its mark, or one of the few that name nothing the records hold."""
    for name, hint in within(model, set()):
        for marks in codes_in(hint):
            assert name in NO_IDS or any(isinstance(mark, Named) for mark in marks), f"{model.__name__}.{name}"


def test_they_are_found_however_deep_they_stand() -> None:
    """In whoever told it, in a list, in a part, and in what replaces another fact; each once."""
    held = LearningSessionHeld(event_id="1", occurred_at=AT, number=1, attended=("s.c.P1", "s.c.P2", "s.c.P1"))
    told = Correction(
        event_id="2", occurred_at=AT, told_by=Teller(role=Role.FACULTY, person="per_9"), corrects="1", replacement=held
    )
    assert references(told) == [
        Reference(Named.PERSON, "per_9"), Reference(Named.ENROLMENT, "s.c.P1"), Reference(Named.ENROLMENT, "s.c.P2"),
    ]  # fmt: skip
    asked = PlaceRequested(
        event_id="3", occurred_at=AT, booking="s.i.B2", person="per_1", delegate=Delegate.EXTERNAL,
        rebooks=BookedBefore(course="s.h", booking="s.h.B1"),
    )  # fmt: skip
    assert [(each.what, each.id) for each in references(asked)] == [
        ("new_booking", "s.i.B2"), ("person", "per_1"), ("intro_course", "s.h"), ("booking", "s.h.B1"),
    ]  # fmt: skip


def test_the_mailboxes_of_the_academy_are_always_there() -> None:
    """Its own, and no other's."""
    for person, asked in (("s.office", False), ("s.deputy", False), ("leeds.office", True), ("per_1", True)):
        changed = RoleChanged(event_id="1", occurred_at=AT, role=Role.FACULTY, person=person)
        assert bool(elsewhere("s.c.P1", {}, references(changed))) is asked, person


def test_an_engagement_of_the_cohort_is_there_before_it_begins() -> None:
    """Its participant is accepted; one of nobody's is looked for."""
    rows: dict[tuple[str, str], Any] = {("enrolments", "s.c.P1"): None, ("enrolments", "s.c.P2"): None}
    said = {"event_id": "1", "occurred_at": AT, "enrolment": "s.c.P2", "person": "s.office"}
    for joins, asked in (("s.c.P1", 0), ("s.c.P1-2", 0), ("s.c.P3", 1), ("s.d.P1", 1)):
        accepted = EnrolmentAccepted.model_validate(said | {"joins": joins})
        assert len(elsewhere("s.c", rows, references(accepted))) == asked, joins


@pytest.mark.parametrize("type_", [PersonId, MicrosystemId, EngagementId, BookingId])
def test_an_address_is_no_id(type_: Any) -> None:
    """A person is not an address, and nothing else is."""
    with pytest.raises(ValidationError):
        TypeAdapter(type_).validate_python("anna@example.org")
    with pytest.raises(ValidationError):
        OwnerNamed(event_id="1", occurred_at=AT, role="process_owner", person="anna@example.org")


@pytest.mark.parametrize("what", Named)
def test_each_is_refused_in_a_sentence(what: Named) -> None:
    """Which names the id, and does not say whether it exists elsewhere."""
    refusal = unknown(Reference(what, "leeds.x"))
    assert refusal.reason.startswith("There's no")
    assert "leeds.x" in refusal.reason
    assert refusal.code.startswith("unknown_")
