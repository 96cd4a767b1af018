"""``mca doctor``: is it well, and what to do where it is not. ``mca backup``: say that the database was backed up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from mca import reach
from mca.errors import Exit, plainly
from mca.options import Json
from mca.tables import output, say, show_json, words
from operations.doctor.agreement import AT_A_TIME
from operations.doctor.bundle import bundle
from operations.doctor.checking import Installation, Line, Verdict, examine, is_well
from operations.doctor.table import CHECKS
from process.connection import NotConnectedError, connect
from process.settings import TASK_QUEUE, Settings, SettingsError
from records import database, diagnosis
from schemas.retention import periods

EXAMPLES: Final = "Examples: mca doctor · mca doctor --all · mca doctor --json · mca doctor --bundle for-support.json"
_COLOURS: Final = {
    Verdict.WELL: "green",
    Verdict.WARNING: "yellow",
    Verdict.FAILED: "bold red",
    Verdict.NOT_CHECKED: "dim",
}

backup = typer.Typer(no_args_is_help=True, help="Backups of the database.", epilog="Example: mca backup noted")


@plainly
async def doctor(
    *,
    every_subject: Annotated[
        bool, typer.Option("--all", help="Compare every subject's records with its workflow, not a sample.")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option("--bundle", help="Write a file for support too: no names, no addresses, no secrets."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check that all is well: a line for each thing the engine needs, and what to do about any that fails.

    The exit code is 0 if nothing failed, 1 if something did. It changes nothing and sends no email.
    """
    said = reach.environment()
    settings, wrong = _settings(said)
    async with _installation(said, settings, wrong, every_subject=every_subject) as installation:
        lines = await examine(installation, CHECKS)
        if into is not None:
            into.write_text(await bundle(installation, lines, settings.shareable() if settings else {}))
    if as_json:
        show_json({"well": is_well(lines), "checks": lines})
    else:
        _show(lines)
    if into is not None:
        say(f"{into} is for support. It holds no names, no addresses and no secrets.")
    if not is_well(lines):
        raise typer.Exit(Exit.REFUSED)


@backup.command(epilog="Example, as the last line of the job: pg_dump … && mca backup noted")
@plainly
async def noted() -> None:
    """Note that the database was backed up just now, so that mca doctor knows. Run it when the job has succeeded."""
    async with reach.connection() as conn:
        await diagnosis.note_backup(conn, at := reach.now())
    say(f"Noted: backed up at {at:%Y-%m-%d %H:%M} UTC.")


def _settings(said: dict[str, str]) -> tuple[Settings | None, str | None]:
    try:
        return Settings.from_environment(said), None
    except SettingsError as wrong:
        return None, f"{wrong}"


@asynccontextmanager
async def _installation(
    said: dict[str, str], settings: Settings | None, wrong: str | None, *, every_subject: bool
) -> AsyncIterator[Installation]:
    """What can be reached with these settings; without them, with the two addresses alone."""
    try:
        client = await connect(address=said.get("TEMPORAL_ADDRESS"))
    except NotConnectedError:
        client = None
    url = said.get("MCA_DATABASE_URL", "")
    pool = await database.connect(url, at_most=AT_A_TIME) if url.startswith("postgres") else None
    try:
        if settings is None:
            queue = said.get("MCA_TASK_QUEUE", TASK_QUEUE)
            yield Installation(
                client=client, pool=pool, wrong_settings=wrong, task_queue=queue, every_subject=every_subject
            )
        else:
            yield Installation(
                client=client,
                pool=pool,
                task_queue=settings.task_queue,
                mail=settings.mail_server,
                sender_domain=settings.sender.domain,
                public_url=settings.public_url,
                links_signed=bool(settings.signing_keys),
                operator_named=settings.operator is not None,
                retention=periods(settings.retention),
                every_subject=every_subject,
            )
    finally:
        if pool is not None:
            await pool.close()


def _show(lines: Sequence[Line]) -> None:
    table = Table(show_header=False, show_edge=False, pad_edge=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        remedy = f"\n[bold]Do this:[/bold] {escape(line.remedy)}." if line.remedy else ""
        colour = _COLOURS[line.verdict]
        table.add_row(
            line.check,
            f"[{colour}]{words(line.verdict)}[/{colour}]",
            f"{escape(line.said[:1].upper())}{escape(line.said[1:])}.{remedy}",
        )
    output().print(table)
