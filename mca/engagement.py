"""``mca engagement``: see where every team stands, tell what happened, ask why."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import typer
from pydantic import TypeAdapter

from coaching_client import handles
from lifecycle.undeliverable import in_words
from mca import reach, reading
from mca.errors import plainly
from mca.reasons import Question, show_reasons
from mca.tables import Cell, output, say, show_csv, show_json, show_pairs, show_table, words
from mca.telling import EventId, FactJson, Fields, Kind, Note, ToldBy, Typed, told
from records import views
from records.views import EngagementLine
from schemas.due import Due, Standing
from schemas.subjects import ENGAGEMENT, workflow_id
from schemas.words import Health, Phase, Role

app = typer.Typer(no_args_is_help=True, help="Engagements: one team and its coach, until the team carries on alone.")

Id = Annotated[str, typer.Argument(metavar="ID", help="The engagement's id, as in sheffield.2026-autumn.P01.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


_TIMELINE: Final[TypeAdapter[tuple[Due, ...]]] = TypeAdapter(tuple[Due, ...])


@app.command("list", epilog="Examples: mca engagement list · mca engagement list --health stalled --json")
@plainly
def list_(
    *,
    academy: Annotated[str | None, typer.Option(help="Only of this academy.")] = None,
    cohort: Annotated[str | None, typer.Option(help="Only of this cohort, as in sheffield.2026-autumn.")] = None,
    health: Annotated[Health | None, typer.Option(help="Only with this health.")] = None,
    phase: Annotated[Phase | None, typer.Option(help="Only in this phase.")] = None,
    ended: Annotated[bool, typer.Option(help="Also those that have ended.")] = False,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
) -> None:
    """List the engagements: where each stands, what comes next, and whose turn it is."""
    found = [
        one
        for one in asyncio.run(reading.engagements(academy=academy, cohort=cohort, phase=phase, health=health))
        if ended or one.ended_at is None
    ]
    columns = ("Engagement", "Team", "Coach", "Stage", "Health", "Next", "When", "Turn")
    if as_json:
        show_json(found)
        return
    rows = [_row(one) for one in found]
    if as_csv:
        show_csv(columns, rows)
    elif rows:
        show_table(f"{len(rows)} engagements", columns, rows)
    else:
        say("No engagement is like this. Start a cohort: mca cohort start --help")


@app.command(epilog="Example: mca engagement show sheffield.2026-autumn.P01")
@plainly
def show(engagement: Id, *, as_json: Json = False) -> None:
    """Show where one engagement stands, who is in it, and what could not be sent."""
    shown = asyncio.run(_show(engagement))
    if as_json:
        show_json(shown)
        return
    _show_standing(engagement, shown.standing)
    show_table("People", ("Role", "Name"), [(words(one.role), one.name or "(erased)") for one in shown.people])
    if shown.unsent:
        rows = [
            (words(one.matter), words(one.role), words(one.status), in_words(one.failure or "")) for one in shown.unsent
        ]
        show_table("Notices not sent", ("About", "To", "Status", "Why"), rows)


@app.command(
    epilog="Examples: mca engagement tell sheffield.2026-autumn.P01 --kind session_held --set day=2026-10-06 "
    '--set chaired_by=team · mca engagement tell sheffield.2026-autumn.P01 --fact \'{"kind": "pause_ended"}\''
)
@plainly
def tell(  # noqa: PLR0913 - a command has as many options as people need
    engagement: Id,
    *,
    fact: FactJson = None,
    kind: Kind = None,
    fields: Fields = None,
    note: Note = None,
    told_by: ToldBy = Role.OFFICE,
    event_id: EventId = None,
    as_json: Json = False,
) -> None:
    """Tell an engagement what happened, and see where it stands now. A refusal says why, and changes nothing."""
    answer = told(ENGAGEMENT, engagement, Typed(fact, kind, fields, told_by, event_id, note))
    if as_json:
        show_json(answer)
        return
    output().print(f"Recorded as {answer.event_id}.", markup=False)
    _show_standing(engagement, answer.standing)


@app.command(epilog="Example: mca engagement timeline sheffield.2026-autumn.P01")
@plainly
def timeline(engagement: Id, *, as_json: Json = False) -> None:
    """Show everything that will fall due, to the end, as if every question were answered in time."""
    ahead = asyncio.run(_ask_timeline(engagement))
    if as_json:
        show_json(ahead)
        return
    rows = [
        (due.at, words(due.act), words(due.matter), due.about, words(due.turn), words(due.rule), due.parameter, due.key)
        for due in ahead
    ]
    columns = ("When", "What", "About", "Of", "Turn", "Rule", "Parameter", "Key")
    show_table(f"{engagement}: {len(rows)} due items", columns, rows)


@app.command(
    epilog="Examples: mca engagement why sheffield.2026-autumn.P01 · "
    "mca engagement why sheffield.2026-autumn.P01 health"
)
@plainly
def why(
    engagement: Id,
    question: Question = "next",
    *,
    as_json: Json = False,
) -> None:
    """Ask why something is due, was done, or is not: the rule, its parameter and the facts behind it."""
    show_reasons(asyncio.run(reach.asked_why(workflow_id(ENGAGEMENT, engagement), question)), as_json=as_json)


async def _show(engagement: str) -> reading.EngagementSummary:
    async with reach.engine() as to:
        handle = handles.handle(to.client, ENGAGEMENT, engagement)
        async with to.pool.acquire() as conn:
            await reading.must_be_known(conn, engagement)
            people = await views.people(conn, engagement)
            unsent = await views.unsent(conn, engagement)
        standing = await handle.query("state", result_type=Standing, rpc_timeout=reach.ANSWER_WITHIN)
    return reading.EngagementSummary(engagement, standing, people, unsent)


async def _ask_timeline(engagement: str) -> tuple[Due, ...]:
    async with reach.engine() as to:
        handle = handles.handle(to.client, ENGAGEMENT, engagement)
        return _TIMELINE.validate_python(await handle.query("timeline", rpc_timeout=reach.ANSWER_WITHIN))


def _row(one: EngagementLine) -> tuple[Cell, ...]:
    stage = f"{words(one.stage)}{', paused' if one.paused else ''}{', coach vacant' if one.coach_vacant else ''}"
    if one.end_reason:
        stage = f"{stage} ({words(one.end_reason)})"
    health = "" if one.ended_at else words(one.health)
    return (
        one.engagement,
        one.team,
        one.coach or "none",
        stage,
        health,
        words(one.next_matter),
        one.next_due,
        words(one.turn),
    )


def _show_standing(engagement: str, standing: Standing) -> None:
    due = standing.next_due
    flags = [word for word, holds in (("paused", standing.paused), ("coach vacant", standing.coach_vacant)) if holds]
    show_pairs(
        engagement,
        [
            ("Stage", ", ".join([words(standing.stage), *flags])),
            ("Phase", words(standing.phase)),
            ("Ramp step", words(standing.ramp_step)),
            ("Health", words(standing.health)),
            ("Next", f"{words(due.act)}: {words(due.matter)}" if due else None),
            ("When", due.at if due else None),
            ("Turn", words(standing.turn)),
            ("Why", f"{words(due.rule)} ({due.parameter})" if due else None),
            ("Ended because", words(standing.end_reason)),
        ],
    )
