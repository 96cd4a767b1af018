"""``mca engagement``: see where every team stands, tell what happened, ask why."""

from __future__ import annotations

from typing import Annotated, Final

import typer
from pydantic import TypeAdapter

from coaching_client import handles
from lifecycle.undeliverable import in_words
from mca import reach, reading
from mca.errors import plainly
from mca.options import Json
from mca.subjects import add_tell, add_why, next_due
from mca.tables import Cell, goes_by, local, say, show_csv, show_json, show_list, show_pairs, show_table, words
from records import views
from records.views import EngagementLine
from records.zones import zone_of
from schemas.due import Due, Standing
from schemas.subjects import ENGAGEMENT
from schemas.words import Health, Phase

app = typer.Typer(no_args_is_help=True, help="Engagements: one team and its coach, until the team carries on alone.")

Id = Annotated[str, typer.Argument(metavar="ID", help="The engagement's id, as in sheffield.2026-autumn.P01.")]


_TIMELINE: Final[TypeAdapter[tuple[Due, ...]]] = TypeAdapter(tuple[Due, ...])


@app.command("list", epilog="Examples: mca engagement list · mca engagement list --health stalled --json")
@plainly
async def list_(  # noqa: PLR0913 - a command has as many options as people need
    *,
    academy: Annotated[str | None, typer.Option(help="Only of this academy.")] = None,
    cohort: Annotated[str | None, typer.Option(help="Only of this cohort, as in sheffield.2026-autumn.")] = None,
    health: Annotated[Health | None, typer.Option(help="Only with this health.")] = None,
    phase: Annotated[Phase | None, typer.Option(help="Only in this phase.")] = None,
    ended: Annotated[bool, typer.Option(help="Also those that have ended.")] = False,
    after: Annotated[str, typer.Option(metavar="ID", help="Go on after this engagement.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 500,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
) -> None:
    """List the engagements: where each stands, what comes next, and whose turn it is."""
    async with reach.connection() as conn:
        found = await views.engagements(
            conn, academy=academy, cohort=cohort, phase=phase, health=health,
            ended=ended, page=views.Page(after, limit),
        )  # fmt: skip
    if len(found) == limit:
        say(f"There may be more: --after {found[-1].engagement}")
    columns = ("Engagement", "Team", "Coach", "Stage", "Health", "Next", "When", "Turn")
    if as_csv and not as_json:
        show_csv(columns, map(_row, found))
        return
    none = "No engagement matches. Start a cohort: mca cohort start --help"
    show_list(found, f"{len(found)} engagements", columns, _row, none=none, as_json=as_json)


@app.command(epilog="Example: mca engagement show sheffield.2026-autumn.P01")
@plainly
async def show(engagement: Id, *, as_json: Json = False) -> None:
    """Show where one engagement stands, who is in it, and what could not be sent."""
    shown = await _summary(engagement)
    if as_json:
        show_json(shown)
        return
    _show_standing(engagement, shown.standing)
    show_table("People", ("Role", "Name"), [(words(who.role), who.name or "(erased)") for who in shown.people])
    if shown.unsent:
        rows = [
            (words(line.matter), words(line.role), words(line.status), in_words(line.failure or ""))
            for line in shown.unsent
        ]
        show_table("Notices not sent", ("About", "To", "Status", "Why"), rows)


@app.command(epilog="Example: mca engagement timeline sheffield.2026-autumn.P01")
@plainly
async def timeline(engagement: Id, *, as_json: Json = False) -> None:
    """Show everything that will fall due, to the end, as if every question were answered in time."""
    async with reach.engine() as engine:
        handle = handles.handle(engine.client, ENGAGEMENT, engagement)
        async with engine.connection() as conn:
            goes_by(await zone_of(conn, engagement))
        ahead = _TIMELINE.validate_python(await handle.query("timeline", rpc_timeout=reach.ANSWER_WITHIN))
    if as_json:
        show_json(ahead)
        return
    rows = [
        (due.at, words(due.act), words(due.matter), due.about, words(due.turn), words(due.rule), due.parameter, due.key)
        for due in ahead
    ]
    columns = ("When", "What", "About", "Of", "Turn", "Rule", "Parameter", "Key")
    show_table(f"{engagement}: {len(rows)} due items", columns, rows)


async def _summary(engagement: str) -> reading.EngagementSummary:
    async with reach.engine() as to:
        handle = handles.handle(to.client, ENGAGEMENT, engagement)
        async with to.pool.acquire() as conn:
            await reading.must_be_known(conn, engagement)
            goes_by(await zone_of(conn, engagement))
            await reach.noted(conn, "people", engagement)
            people = await views.people(conn, engagement)
            unsent = await views.unsent(conn, engagement)
        standing = await handle.query("state", result_type=Standing, rpc_timeout=reach.ANSWER_WITHIN)
    return reading.EngagementSummary(engagement, standing, people, unsent)


def _row(line: EngagementLine) -> tuple[Cell, ...]:
    stage = f"{words(line.stage)}{', coach vacant' if line.coach_vacant else ''}"
    if line.end_reason:
        stage = f"{stage} ({words(line.end_reason)})"
    health = "" if line.ended_at else f"{words(line.health)}{', no progress' if line.no_progress else ''}"
    return (
        line.engagement,
        line.team,
        line.coach or "none",
        stage,
        health,
        words(line.next_matter),
        local(line.next_due, line.zone),
        words(line.turn),
    )


def _show_standing(engagement: str, standing: Standing) -> None:
    due = standing.next_due
    flags = ["coach vacant"] if standing.coach_vacant else []
    health = [words(standing.health), *(["no progress"] if standing.no_progress else [])]
    show_pairs(
        engagement,
        [
            ("Stage", ", ".join([words(standing.stage), *flags])),
            ("Phase", words(standing.phase)),
            ("Ramp step", words(standing.ramp_step)),
            ("Health", ", ".join(health)),
            *next_due(due),
            ("Turn", words(standing.turn)),
            ("Why", f"{words(due.rule)} ({due.parameter})" if due else None),
            ("Ended because", words(standing.end_reason)),
        ],
    )


add_tell(
    app,
    ENGAGEMENT,
    Id,
    _show_standing,
    said="Record what happened to an engagement, and see where it stands now.",
    epilog="Examples: mca engagement tell sheffield.2026-autumn.P01 --kind session_held --set day=2026-10-06 "
    '--set chaired_by=team · mca engagement tell sheffield.2026-autumn.P01 --fact \'{"kind": "pause_ended"}\'',
)
add_why(
    app,
    ENGAGEMENT,
    Id,
    epilog="Examples: mca engagement why sheffield.2026-autumn.P01 · "
    "mca engagement why sheffield.2026-autumn.P01 health",
)
