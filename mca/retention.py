"""``mca retention``: how long what is personal is kept, and what is kept too long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

import typer

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.options import Json
from mca.privacy import show_erased
from mca.tables import say, show_json, show_table
from operations import retention
from records.retention import KINDS, Kept
from records.retention import periods as periods_of
from schemas.retention import WRITTEN, BadPeriodError, periods

app = typer.Typer(no_args_is_help=True, help="Retention: how long what is personal is kept, and what is kept too long.")

_AHEAD: Final = timedelta(days=92)


@app.command(epilog="Examples: mca retention show · mca retention show notes --json")
@plainly
async def show(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="List the records of this kind.")] = None,
    *,
    academy: Annotated[str | None, typer.Option(help="What this academy's office set, which goes every night.")] = None,
    as_json: Json = False,
) -> None:
    """Every period, what is kept longer than that, and what will be in the next three months. Changes nothing."""
    at = reach.now()
    async with reach.connection() as conn:
        kept = await periods_of(conn, academy) if academy is not None else _periods()
        if kind is not None and kind not in kept:
            known = f"it is one of {', '.join(kept)}" if kept else f"{academy} keeps everything"
            raise CommandError(f"There is no period for {kind}: {known}.", Exit.USAGE)
        wanted = kept if kind is None else {kind: kept[kind]}
        found = await retention.over(conn, wanted, at + _AHEAD, academy)
    if as_json:
        show_json([{"months": kept[name], **_as_pairs(one)} for name, each in found.items() for one in each])
    elif kind is None:
        columns = ("Kind", "What happens", "Months", "Now", "In 3 months")
        rows = [
            (name, KINDS[name].title, kept[name], sum(one.until <= at for one in each), len(each))
            for name, each in found.items()
        ]
        show_table(f"Retention ({academy or 'MCA_RETENTION'})", columns, rows)
    else:
        rows_of = [(one.id, one.academy, one.until) for one in found[kind]]
        show_table(f"{KINDS[kind].title}, after {kept[kind]} months", ("Which", "Academy", "Delete after"), rows_of)


@app.command(epilog="Examples: mca retention apply --dry-run · mca retention apply --yes")
@plainly
async def apply(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be deleted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask. This can't be undone.")] = False,
) -> None:
    """Delete, blank or erase everything kept longer than its period. This can't be undone."""
    kept, at = _periods(), reach.now()
    async with reach.connection() as conn:
        found = await retention.over(conn, kept, at)
    _show_gone({name: len(each) for name, each in found.items()}, "To be deleted" if dry_run or not yes else "Deleting")
    if dry_run or not any(found.values()):
        return
    if not yes:
        typer.confirm("Delete or erase all of this for good? This can't be undone", abort=True)
    async with reach.engine() as engine:
        gone = await retention.apply(engine, reach.caller(), kept, at)
    for done in gone.erased:
        show_erased(done)
    say(f"{sum(gone.counts.values())} records deleted, blanked or erased.")
    if gone.failed:
        raise CommandError(f"These people couldn't be erased: {', '.join(gone.failed)}. Run it again later.")


def _show_gone(counts: dict[str, int], title: str) -> None:
    rows = [(name, KINDS[name].title, count) for name, count in counts.items() if count]
    if rows:
        show_table(title, ("Kind", "What happens", "Records"), rows)
    else:
        say("Nothing is kept longer than its period.")


def _as_pairs(kept: Kept) -> dict[str, str | datetime | None]:
    return {"kind": kept.kind, "id": kept.id, "academy": kept.academy, "until": kept.until}


def _periods() -> dict[str, int]:
    try:
        return periods(reach.environment().get("MCA_RETENTION", WRITTEN))
    except BadPeriodError as wrong:
        raise CommandError(f"MCA_RETENTION: {wrong}.", Exit.USAGE) from None
