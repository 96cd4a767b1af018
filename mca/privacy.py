"""What is held of somebody, and how they are forgotten: ``mca person export`` and ``mca person erase``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import typer

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.tables import say, show_json, show_pairs, show_table
from operations import erasing, subject_access
from operations.effects import Heard
from operations.erasing import Forgotten
from operations.people import whom as person_meant
from operations.subject_access import Days
from records.database import Connection
from records.people import Known
from records.personal import TITLES
from schemas.erasing import ErasedBecause

ERASE_EXAMPLES: Final = (
    "Examples: mca person erase per_5f0c1b6a7d2e --yes · "
    "mca person erase coach.alder@example.org --academy sheffield --yes"
)

EXPORT_EXAMPLES: Final = (
    "Examples: mca person export per_5f0c1b6a7d2e > held.json · "
    "mca person export per_5f0c1b6a7d2e --page > held.html · "
    "mca person export coach.alder@example.org --academy sheffield --from 2027-01-01 --until 2027-03-31"
)

Whom = Annotated[str, typer.Argument(metavar="PERSON", help="By id, address, full name, or another system's id.")]
Academy = Annotated[str | None, typer.Option(help="The academy's short name.")]


@plainly
async def export(
    person: Whom,
    *,
    academy: Academy = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")] = None,
    last: Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The last day.")] = None,
    page: Annotated[bool, typer.Option("--page", help="A page to read and to print, as HTML.")] = False,
) -> None:
    """Everything that is held about somebody, for a subject access request. Reading it is noted in the audit.

    With --from: how things stood when that day began, and what has happened since.
    """
    if first and last and last < first:
        raise CommandError("--until is before --from.", Exit.USAGE)
    days = Days(first.date() if first else None, last.date() if last else None)
    async with reach.connection() as conn:
        whom = (await _whom(conn, person, academy)).person
        found = await subject_access.export(conn, reach.caller(), whom, days, reach.now())
    if found is None:
        raise CommandError(f"There's nobody with the id {whom}.")
    if page:
        from gateway.pages.export import page as page_of  # noqa: PLC0415 - pages are there only beside the gateway's libraries

        typer.echo(bytes(page_of(found, alone=True).body))
    else:
        show_json(found)


@plainly
async def erase(
    person: Whom,
    *,
    academy: Academy = None,
    reason: Annotated[ErasedBecause, typer.Option(help="Why: it is kept beside the id.")] = ErasedBecause.ASKED,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
) -> None:
    """Erase everything personal about somebody, vacate their roles, and show the proof.

    Their teams' records stay, without the person. If a team needs the role filled, faculty or the office is asked who
    will take over.
    """
    async with reach.connection() as conn:
        known = await _whom(conn, person, academy)
    if not yes:
        typer.confirm(
            f"Erase {known.name or 'this person'} ({known.person}) for good? This can't be undone", abort=True
        )
    async with reach.engine() as engine:
        done = await erasing.erase(engine, reach.caller(), known.person, reach.now(), reason)
    if done is None:
        raise CommandError(f"There's nobody with the id {known.person}, or they were erased; nothing was changed.")
    show_erased(done)


async def _whom(conn: Connection, person: str, academy: str | None) -> Known:
    return await person_meant(conn, person, None if academy is None else (academy,))


def show_erased(done: Forgotten) -> None:
    """What of somebody went, who heard that they left, and what is still found."""
    proof = done.proof
    show_pairs(f"{proof.person} is erased", [(TITLES[name], f"{rows} erased") for name, rows in proof.rows.items()])
    say(f"Recorded as left in {len(done.heard.told)} places (teams, cohorts, courses and offices).")
    show_unheard(done.heard)
    kept = " and ".join(proof.not_searched)
    if kept:
        say(f"Not searched for: their {kept}, which somebody else has too or which is an ordinary word.")
    if proof.left:
        show_table("Still found: correct these by hand", ("Where", "Rows"), list(proof.left.items()))
    else:
        say("A search of every table for what is theirs alone finds nothing more.")


def show_unheard(heard: Heard) -> None:
    """Who did not hear of it, and why."""
    if heard.refused:
        show_table("Refused", ("Which", "Why"), heard.refused)
    if heard.late:
        say(f"No answer yet, we'll try again by tomorrow morning: {', '.join(heard.late)}")
