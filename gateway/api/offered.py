"""How facts are described where they are told: as the models have them, save that a header may name the telling."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, Union

from pydantic import Field, TypeAdapter, create_model

from gateway.examples import example_of
from schemas.facts import Cause, Fact
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, AnyKind
from schemas.words import EventId

_EVENT_ID: Final = (
    EventId,
    Field(
        default=None,
        description="Names this telling among yours; the same again is harmless. 120 characters at most, no `~`. May "
        "be left out beside an Idempotency-Key.",
    ),
)


def _offered(model: type[Fact]) -> type[Fact]:
    offered: Any = _EVENT_ID
    made: type[Fact] = create_model(f"Tell{model.__name__}", __base__=model, __doc__=model.__doc__, event_id=offered)
    return made


def _union(models: Iterable[type[Fact]]) -> TypeAdapter[Any]:
    union: Any = Union[tuple(_offered(model) for model in models)]  # noqa: UP007 - of models that are made here
    return TypeAdapter(Annotated[union, Field(discriminator="kind")])


OFFERED: Final = (ENGAGEMENT, COHORT, INTRO_COURSE)
"""What facts are told to by an operation of its kind. A person's leave has an operation of its own."""


def _name(kind: AnyKind) -> str:
    return f"Tell{kind.name.title().replace('_', '')}"


def offered_schemas(ref_template: str) -> dict[str, Any]:
    """The schemas of what can be told, by name."""
    found: dict[str, Any] = {}
    for kind in OFFERED:
        schema = _union(kind.models).json_schema(ref_template=ref_template, mode="validation")
        found |= {name: _from_outside(model) for name, model in schema.pop("$defs").items() if name != Cause.__name__}
        found[_name(kind)] = {"title": _name(kind), "description": f"What {kind} can be told.", **schema}
    return found


def _from_outside(schema: dict[str, Any]) -> dict[str, Any]:
    """What a fact follows from is the engine's own word."""
    said = {name: field for name, field in schema.get("properties", {}).items() if name != "caused_by"}
    return schema | {"properties": said} if said else schema


def body_of(kind: AnyKind) -> dict[str, Any]:
    """The request body of telling, for an operation's ``openapi_extra``; its examples are made when somebody reads."""
    return _body("The fact.", {"schema": {"$ref": f"#/components/schemas/{_name(kind)}"}})


def examples_of(schema: dict[str, Any]) -> dict[str, Any] | None:
    """An example of every kind of fact, if this is the schema of telling."""
    told = schema.get("$ref", "").rpartition("/")[2]
    for kind in OFFERED:
        if _name(kind) == told:
            return {
                fact: {"summary": _summary(model), "value": example_of(fact)}
                for fact, model in zip(kind.kinds, kind.models, strict=True)
            }
    return None


def batch_body() -> dict[str, Any]:
    """The request body of telling many."""
    facts = [{"subject": "sheffield.2027-autumn.P01", "fact": example_of("session_held")}]
    cohorts = [{"subject": "sheffield.2027-autumn", "fact": example_of("learning_session_held")}]
    item = {
        "type": "object",
        "required": ["subject", "fact"],
        "additionalProperties": False,
        "properties": {
            "subject": {"type": "string", "description": "The id of the engagement, cohort or course."},
            "fact": {
                "type": "object",
                "description": "As in telling one: `TellEngagement`, `TellCohort` or `TellIntroCourse`. A faulty one "
                "is answered alone.",
            },
        },
    }
    schema = {
        "type": "object",
        "required": ["facts"],
        "additionalProperties": False,
        "properties": {"facts": {"type": "array", "minItems": 1, "maxItems": MOST_IN_A_BATCH, "items": item}},
    }
    examples = {"two": {"summary": "An engagement's fact and a cohort's", "value": {"facts": facts + cohorts}}}
    return _body("The facts, each with whom it is about.", {"schema": schema, "examples": examples})


MOST_IN_A_BATCH: Final = 100


def _body(description: str, shown: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "description": description, "content": {"application/json": shown}}}


def _summary(model: type[Fact]) -> str:
    return (model.__doc__ or "").partition(".")[0]
