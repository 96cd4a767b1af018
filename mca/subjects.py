"""The commands that every kind of subject has: tell it a fact, and ask it why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from mca import reach
from mca.errors import plainly
from mca.options import Json
from mca.tables import Cell, show_json, words
from mca.telling import EventId, FactJson, Fields, Kind, Note, OnBehalfOf, ToldBy, Typed, told
from schemas.due import Due
from schemas.subjects import AnyKind, workflow_id

Question = Annotated[
    str,
    typer.Argument(help="next, a matter such as session, a key of the timeline, or health of an engagement."),
]


def add_tell(
    app: typer.Typer,
    kind: AnyKind,
    id_: Any,  # noqa: ANN401 - Annotated has no type of its own
    show: Callable[[str, Any], None],
    *,
    said: str,
    epilog: str,
) -> None:
    """Add ``tell``: ``show`` shows where the subject stands afterwards, ``said`` is the command's help."""

    async def tell(  # noqa: PLR0913 - a command has as many options as people need
        subject: str,
        *,
        fact: FactJson = None,
        kind_: Kind = None,
        fields: Fields = None,
        note: Note = None,
        told_by: ToldBy = None,
        on_behalf_of: OnBehalfOf = None,
        event_id: EventId = None,
        as_json: Json = False,
    ) -> None:
        answer = await told(kind, subject, Typed(fact, kind_, fields, told_by, event_id, note, on_behalf_of))
        if as_json:
            show_json(answer)
            return
        typer.echo(f"Recorded as {answer.event_id}.")
        show(subject, answer.standing)

    tell.__annotations__["subject"] = id_
    app.command("tell", help=f"{said} A refusal says why, and changes nothing.", epilog=epilog)(plainly(tell))


def add_why(app: typer.Typer, kind: AnyKind, id_: Any, *, epilog: str) -> None:  # noqa: ANN401 - as above
    """Add ``why``."""

    async def why(subject: str, question: Question = "next", *, as_json: Json = False) -> None:
        """Ask why something is due, was done, or is not: the rule, its parameter and the facts behind it."""
        answers = await reach.asked_why(workflow_id(kind, subject), question)
        if as_json:
            show_json(answers)
            return
        for answer in answers:
            typer.secho(answer.question, bold=True)
            typer.echo("\n".join((answer.answer, *(f"  {fact}" for fact in answer.facts))))

    why.__annotations__["subject"] = id_
    app.command("why", epilog=epilog)(plainly(why))


def next_due(due: Due | None) -> tuple[tuple[str, Cell], ...]:
    """What is due next, as pairs."""
    return (("Next", f"{words(due.act)}: {words(due.matter)}"), ("When", due.at)) if due else ()
