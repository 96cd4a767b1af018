"""A fact as a person types it: by JSON, or by kind and fields."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Final, cast
from uuid import uuid4

import typer
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from coaching_client.handles import FactRefusedError
from lifecycle.dates import Clock, clock_of
from lifecycle.identity import full
from mca import reach
from mca.errors import CommandError, Exit
from mca.options import worded
from mca.tables import goes_by
from operations.telling import tell
from records import ledger
from records.database import Connection
from records.zones import zone_of
from schemas.corrections import AnyFact
from schemas.due import UNKNOWN
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, SubjectKind, ToldT
from schemas.words import Role

_OF_THEIR_DAY: Final = ("session_held", "session_not_held", "measurement_recorded")
"""Facts that happened on their day, whenever they are told."""

FactJson = Annotated[str | None, typer.Option("--fact", help="The whole fact as JSON.")]
Kind = Annotated[str | None, typer.Option("--kind", help="The kind of fact, as session_held or enrolment_withdrawn.")]
Fields = Annotated[list[str] | None, typer.Option("--set", help="A field of the fact, as name=value.")]
Note = Annotated[str | None, typer.Option(help="Words beside the fact; kept in the database only.")]
ToldBy = Annotated[
    Role | None,
    typer.Option(
        help="The role of whoever is telling it. Left out: the office, or for a signature whoever has the role."
    ),
]
OnBehalfOf = Annotated[str | None, typer.Option(help="The id of the person you're recording it for.")]
EventId = Annotated[str | None, typer.Option(help="Names this telling; the same again is harmless.")]

_LISTED: Final = {
    ENGAGEMENT.name: "mca engagement list",
    COHORT.name: "mca engagement list",
    INTRO_COURSE.name: "mca intro-course list",
}
"""Where the subjects of a kind are listed."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands on the command line. ``fields`` are ``name=value``; a dot reaches inside: ``slot.day=monday``."""

    fact: str | None
    kind: str | None
    fields: list[str] | None
    role: Role | None
    event_id: str | None
    note: str | None = None
    on_behalf_of: str | None = None


async def told(kind: SubjectKind[ToldT, Any], subject: str, typed: Typed) -> ToldT:
    """Tell a subject the fact that was typed; the answer. Raises CommandError with every fault of its fields."""
    given, note = _given(typed, kind.kinds), worded(typed.note or "", "--note")
    # What is wrong with it is said before anything is asked: when it occurred follows from its subject's zone.
    _checked(kind.facts, {"occurred_at": reach.now()} | given)
    try:
        async with reach.engine() as engine:
            async with engine.connection() as conn:
                goes_by(zone := await zone_of(conn, subject))
                given.setdefault("occurred_at", _occurred(given, reach.now(), clock_of(zone)))
                fact = await _as_first_told(conn, subject, _checked(kind.facts, given), typed)
            with recorded_in_time(fact.event_id):
                return cast("ToldT", await tell(engine, reach.caller(), subject, fact, note=note))
    except FactRefusedError as refused:
        if refused.refusal.code != UNKNOWN.code:
            raise
        sentence = f"There is no {kind.words} {subject}. See what there is: {_LISTED[kind.name]}"
        raise CommandError(sentence) from None


async def _as_first_told(conn: Connection, subject: str, fact: AnyFact, typed: Typed) -> AnyFact:
    """The fact at the moment it was first told with this event id, so that typing a command twice is harmless."""
    if typed.event_id is None or (typed.fact is not None and "occurred_at" in typed.fact):
        return fact
    known = full(reach.caller().scope, fact.event_id)
    for told in (await ledger.load(conn, subject)).facts:
        if told.event_id == known:
            return fact.model_copy(update={"occurred_at": told.occurred_at})
    return fact


@contextmanager
def recorded_in_time(event_id: str) -> Iterator[None]:
    """Turns a time-out into what a person can do about it."""
    try:
        yield
    except TimeoutError:
        raise CommandError(
            f"No worker answered within {reach.RECORDED_WITHIN.seconds} seconds, so it is not known whether the fact "
            f"was recorded. Start one (mca worker), and tell it again with --event-id {event_id}: it is recorded once.",
            Exit.AWAY,
        ) from None


def _given(typed: Typed, kinds: tuple[str, ...]) -> dict[str, Any]:
    if (typed.fact is None) == (typed.kind is None):
        raise CommandError("Give either --fact '{…}' or --kind with --set name=value.", Exit.USAGE)
    if typed.fact is not None and typed.fields:
        raise CommandError("--set goes with --kind; with --fact everything stands in the JSON.", Exit.USAGE)
    given = (
        _from_json(typed.fact) if typed.fact is not None else {"kind": typed.kind, **_from_fields(typed.fields or ())}
    )
    if given.get("kind") not in kinds:
        near = difflib.get_close_matches(str(given.get("kind")), kinds, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(kinds)}."
        raise CommandError(f"{given.get('kind')!r} isn't a kind of fact here. {hint}", Exit.USAGE)
    given.setdefault("event_id", typed.event_id or f"cli-{uuid4().hex[:16]}")
    if typed.role is not None or typed.on_behalf_of is not None:
        given.setdefault("told_by", {"role": typed.role or Role.OFFICE, "on_behalf_of": typed.on_behalf_of})
    return given


def _from_json(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except json.JSONDecodeError as broken:
        raise CommandError(f"--fact is not JSON: {broken.msg} at character {broken.pos + 1}.", Exit.USAGE) from None
    if not isinstance(given, dict):
        raise CommandError('--fact must be a JSON object, as in \'{"kind": "pause_ended"}\'.', Exit.USAGE)
    return given


def _from_fields(fields: Iterable[str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in fields:
        name, equals, text = field.partition("=")
        if not (name and equals):
            raise CommandError(f"--set {field}: write name=value, as in --set day=2026-10-06.", Exit.USAGE)
        *parts, last = name.split(".")
        holder = given
        for part in parts:
            holder = holder.setdefault(part, {})
            if not isinstance(holder, dict):
                raise CommandError(f"--set {field}: {part} has a value already.", Exit.USAGE)
        holder[last] = text.split(",") if last == "attended" else text
    return given


def _occurred(given: dict[str, Any], now: datetime, clock: Clock) -> datetime:
    """When it happened, as nobody said: a session on its own day, everything else now."""
    try:
        day = date.fromisoformat(str(given.get("day")))
    except ValueError:
        return now
    return min(now, clock.at(day, time(23, 59, 59))) if given["kind"] in _OF_THEIR_DAY else now


def _checked(kinds: TypeAdapter[Any], given: dict[str, Any]) -> AnyFact:
    try:
        found: AnyFact = kinds.validate_python(given)
    except ValidationError as wrong:
        faults = [_fault(error) for error in wrong.errors(include_url=False, include_input=False)]
        raise CommandError(f"This isn't a complete {given['kind']}:\n" + "\n".join(faults), Exit.USAGE) from None
    return found


def _fault(error: ErrorDetails) -> str:
    # The first part of the place is the kind, which the message names already.
    name = ".".join(str(part) for part in error["loc"][1:]) or "it"
    match error["type"]:
        case "missing":
            return f"  {name} is missing"
        case "extra_forbidden":
            return f"  {name} is not a field of it"
        case _:
            said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
            return f"  {name} {said}"
