"""``mca event``: what other services handed in, and what became of it."""

from __future__ import annotations

import asyncio
import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.tables import output, say, show_json, show_pairs, show_table, words
from records import arrivals, audit
from records.arrivals import ArrivalLine, Status
from schemas.corrections import AnyFact

if TYPE_CHECKING:
    from gateway.events.catalogue import EventType

app = typer.Typer(no_args_is_help=True, help="Events that other services handed in, and could not be told yet.")

Id = Annotated[str, typer.Argument(metavar="EVENT_ID", help="As mca event list shows it.")]
_FACT: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)


@app.command("list", epilog="Example: mca event list · mca event list --status waiting")
@plainly
def list_(
    *,
    status: Annotated[Status, typer.Option(help="waiting, recorded or set_aside.")] = "set_aside",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List what was set aside, with the reason; or what waits, or was recorded."""
    found = asyncio.run(_listed(status))
    if as_json:
        show_json(found)
    elif found:
        rows = [(one.event_id, one.type.rpartition(".")[2], one.subject, one.arrived_at, one.reason) for one in found]
        show_table(f"{len(rows)} events, {words(status)}", ("Event", "Fact", "Of", "Came", "Why"), rows)
    else:
        say(f"No event is {words(status)}.")


@app.command(epilog="Example: mca event show ce-5f0c1b")
@plainly
def show(event_id: Id) -> None:
    """Show one event: what came, word for word, and what became of it."""
    one = asyncio.run(_found(event_id))
    show_pairs(
        event_id,
        [
            ("Came", one.arrived_at),
            ("From", f"{one.source} ({one.caller})"),
            ("Of", one.subject),
            ("Status", words(one.status)),
            ("Tried", f"{one.attempts} times"),
            ("Next try", one.next_at if one.status == "waiting" else None),
            ("Why", one.reason),
        ],
    )
    output().print(json.dumps(one.received, indent=2, ensure_ascii=False), markup=False, soft_wrap=True)


@app.command(
    epilog="Examples: mca event replay ce-5f0c1b · mca event replay ce-5f0c1b --subject sheffield.2027-autumn.P01 "
    '--fact \'{"kind": "pause_ended", "occurred_at": "2027-10-04T09:00:00Z"}\''
)
@plainly
def replay(
    event_id: Id,
    *,
    subject: Annotated[str | None, typer.Option(help="The engagement or cohort, where another was meant.")] = None,
    fact: Annotated[str | None, typer.Option(help="The whole fact as JSON, where what came was none.")] = None,
) -> None:
    """Try an event again, as it is or mended. A running gateway tells it."""
    mended = _fact(fact, event_id) if fact else None
    if not asyncio.run(_replay(event_id, subject, mended)):
        raise CommandError(
            f"{event_id} is recorded, is being told at this moment, or has no fact and subject in it yet: mend it."
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
            (one.type, ", ".join(map(words, one.subjects)), "in and out" if one.taken_in else "out", _sentence(one))
            for one in found
        ]
        show_table(f"{len(rows)} types of events", ("Type", "Of", "Way", "What has happened"), rows)
    else:
        for one in found:
            shown = {"data_schema": one.data_schema, "example": one.example}
            say(f"{one.type}: {one.summary}")
            output().print(json.dumps(shown, indent=2, ensure_ascii=False), markup=False, soft_wrap=True)


def _sentence(one: EventType) -> str:
    return one.summary.partition("\n")[0].partition(". ")[0].removesuffix(".")


def _types(kind: str | None) -> list[EventType]:
    if find_spec("fastapi") is None:
        raise CommandError("The gateway is not installed. Install coaching-lifecycle[gateway].", Exit.USAGE)
    from gateway.events.catalogue import catalogue  # noqa: PLC0415 - the web framework is there only beside the gateway

    found = [one for one in catalogue() if kind is None or kind in {one.type, one.type.rpartition(".")[2]}]
    if not found:
        raise CommandError(f"There is no type {kind}. See mca event types", Exit.USAGE)
    return found


def _fact(text: str, event_id: str) -> AnyFact:
    try:
        given: dict[str, Any] = json.loads(text)
        return _FACT.validate_json(json.dumps(given | {"event_id": event_id}), strict=True)
    except (json.JSONDecodeError, TypeError):
        raise CommandError("--fact is no JSON object.", Exit.USAGE) from None
    except ValidationError as wrong:
        faults = "\n".join(
            f"  {'.'.join(str(part) for part in one['loc'][1:]) or 'it'}: {one['msg']}"
            for one in wrong.errors(include_url=False, include_input=False)
        )
        raise CommandError(f"--fact is no whole fact:\n{faults}", Exit.USAGE) from None


async def _listed(status: Status) -> list[ArrivalLine]:
    async with reach.records() as pool, pool.acquire() as conn:
        return await arrivals.listed(conn, status)


async def _found(event_id: str) -> ArrivalLine:
    async with reach.records() as pool, pool.acquire() as conn:
        found = await arrivals.find(conn, event_id)
    if found is None:
        raise CommandError(f"Nothing came as {event_id}. See mca event list --status waiting")
    return found


async def _replay(event_id: str, subject: str | None, fact: AnyFact | None) -> bool:
    await _found(event_id)
    async with reach.records() as pool, pool.acquire() as conn:
        at, caller = reach.now(), reach.caller()
        await audit.note(conn, at, caller.id, caller.door, "replay an arrival", subject, event_id)
        return await arrivals.replay(conn, event_id, at, subject, fact)
