"""``mca event``: what other services handed in, and what became of it."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.options import Json
from mca.tables import Cell, say, show_json, show_list, show_pairs, show_table, words
from records import arrivals, audit
from records.arrivals import ArrivalLine, Status
from records.database import Connection
from schemas.corrections import AnyFact

if TYPE_CHECKING:
    from gateway.events.catalogue import EventType

app = typer.Typer(no_args_is_help=True, help="Events that other services handed in, and could not be told yet.")

Id = Annotated[str, typer.Argument(metavar="EVENT_ID", help="As mca event list shows it.")]
_FACT: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)


@app.command("list", epilog="Example: mca event list · mca event list --status waiting")
@plainly
async def list_(
    *,
    status: Annotated[Status, typer.Option(help="waiting, recorded or set_aside.")] = "set_aside",
    as_json: Json = False,
) -> None:
    """List what was set aside, with the reason; or what waits, or was recorded."""
    async with reach.connection() as conn:
        found = await arrivals.listed(conn, status)
    title, none = f"{len(found)} events, {words(status)}", f"No event is {words(status)}."
    show_list(found, title, ("Event", "Fact", "Of", "Came", "Why"), _row, none=none, as_json=as_json)


def _row(line: ArrivalLine) -> tuple[Cell, ...]:
    return (line.event_id, line.type.rpartition(".")[2], line.subject, line.arrived_at, line.reason)


@app.command(epilog="Example: mca event show ce-5f0c1b")
@plainly
async def show(event_id: Id) -> None:
    """Show one event: what came, word for word, and what became of it."""
    async with reach.connection() as conn:
        line = await _found(conn, event_id)
        await reach.noted(conn, "event", line.subject)
    show_pairs(
        event_id,
        [
            ("Came", line.arrived_at),
            ("From", f"{line.source} ({line.caller})"),
            ("Of", line.subject),
            ("Status", words(line.status)),
            ("Tried", f"{line.attempts} times"),
            ("Next try", line.next_at if line.status == "waiting" else None),
            ("Why", line.reason),
        ],
    )
    typer.echo(json.dumps(line.received, indent=2, ensure_ascii=False))


@app.command(
    epilog="Examples: mca event replay ce-5f0c1b · mca event replay ce-5f0c1b --subject sheffield.2027-autumn.P01 "
    '--fact \'{"kind": "pause_ended", "occurred_at": "2027-10-04T09:00:00Z"}\''
)
@plainly
async def replay(
    event_id: Id,
    *,
    subject: Annotated[str | None, typer.Option(help="The engagement or cohort, where another was meant.")] = None,
    fact: Annotated[str | None, typer.Option(help="The whole fact as JSON, where what came was none.")] = None,
) -> None:
    """Try an event again, as it is or mended. A running gateway tells it."""
    mended = _fact(fact, event_id) if fact else None
    async with reach.connection() as conn:
        await _found(conn, event_id)
        at, caller = reach.now(), reach.caller()
        await audit.note(conn, at, caller.id, caller.door, "replay an arrival", subject, event_id)
        grants = caller.written_grants if subject or mended else None
        replayed = await arrivals.replay(conn, event_id, at, subject, mended, grants)
    if not replayed:
        raise CommandError(
            f"{event_id} is recorded, is being told at this moment, or has no fact and subject in it yet: correct it."
        )
    say("A gateway tells it within a second or two. See what becomes of it: mca event show")


@app.command(epilog="Examples: mca event types · mca event types session_held · mca event types --json")
@plainly
def types(
    kind: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="One type, or the end of its name.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: with JSON Schemas and examples.")] = False,
) -> None:
    """List every type of event that is taken in or published; or show one with its JSON Schema and an example."""
    found = _types(kind)
    if as_json:
        show_json(found)
    elif kind is None:
        rows = [
            (
                event_type.type,
                ", ".join(map(words, event_type.subjects)),
                "in and out" if event_type.taken_in else "out",
                _sentence(event_type),
            )
            for event_type in found
        ]
        show_table(f"{len(rows)} types of events", ("Type", "Of", "Way", "What has happened"), rows)
    else:
        for event_type in found:
            shown = {"data_schema": event_type.data_schema, "example": event_type.example}
            say(f"{event_type.type}: {event_type.summary}")
            typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))


def _sentence(event_type: EventType) -> str:
    return event_type.summary.partition("\n")[0].partition(". ")[0].removesuffix(".")


def _types(kind: str | None) -> list[EventType]:
    if find_spec("fastapi") is None:
        raise CommandError("The gateway is not installed. Install coaching-lifecycle[gateway].", Exit.USAGE)
    from gateway.events.catalogue import catalogue  # noqa: PLC0415 - the web framework is there only beside the gateway

    found = [
        event_type
        for event_type in catalogue()
        if kind is None or kind in {event_type.type, event_type.type.rpartition(".")[2]}
    ]
    if not found:
        raise CommandError(f"There is no type {kind}. See mca event types", Exit.USAGE)
    return found


def _fact(text: str, event_id: str) -> AnyFact:
    try:
        given: dict[str, Any] = json.loads(text)
        return _FACT.validate_json(json.dumps(given | {"event_id": event_id}), strict=True)
    except (json.JSONDecodeError, TypeError):
        raise CommandError("--fact isn't a JSON object.", Exit.USAGE) from None
    except ValidationError as wrong:
        faults = "\n".join(
            f"  {'.'.join(str(part) for part in error['loc'][1:]) or 'it'}: {error['msg']}"
            for error in wrong.errors(include_url=False, include_input=False)
        )
        raise CommandError(f"--fact isn't a complete fact:\n{faults}", Exit.USAGE) from None


async def _found(conn: Connection, event_id: str) -> ArrivalLine:
    found = await arrivals.find(conn, event_id)
    if found is None:
        raise CommandError(f"Nothing came as {event_id}. See mca event list --status waiting")
    return found
