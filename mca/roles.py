"""What somebody has to do with which team: ``mca person roles``, ``hand-on``, ``vacate`` and ``leavers``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.handed_in import Map, Mend, Page, sheet_of, show_faults, to_be_mended
from mca.options import Academy, Json
from mca.people import Whom, Within
from mca.tables import Cell, say, show_json, show_table, words
from operations import leavers as operation
from operations import roles as operations
from operations.leavers import LeaverFound, Outcome
from operations.people import whom as person_meant
from operations.roles import Became, Which
from records.people import Known
from schemas.leavers import COLUMNS, check_leavers
from schemas.words import Role

ROLES_EXAMPLE: Final = "Example: mca person roles coach.alder@example.org --academy sheffield"
HAND_ON_EXAMPLE: Final = "Example: mca person hand-on per_5f0c1b6a7d2e per_0a9b8c7d6e5f --role sponsor"
VACATE_EXAMPLE: Final = "Example: mca person vacate per_5f0c1b6a7d2e --in sheffield.2026-autumn.P01"
LEAVERS_EXAMPLE: Final = (
    "Examples: mca person leavers leavers.csv --academy sheffield · "
    "mca person leavers leavers.csv --academy sheffield --yes"
)

_Roles = Annotated[list[Role] | None, typer.Option("--role", help="Only this role, as in sponsor. Can be repeated.")]
_Subjects = Annotated[
    list[str] | None,
    typer.Option("--in", metavar="ID", help="Only in this team, cohort or academy. Can be repeated."),
]


@plainly
async def roles(whom: Whom, *, academy: Within = None, as_json: Json = False) -> None:
    """List the roles that somebody has, in everything that hasn't ended."""
    async with reach.connection() as conn:
        known = await person_meant(conn, whom, _within(academy))
        found = await operations.held(conn, known.person, reach.now())
    if as_json:
        show_json(found)
    elif found:
        show_table(f"Roles of {known.name}", ("Where", "Role"), [(part.subject, words(part.role)) for part in found])
    else:
        say(f"{known.name} has no role.")


@plainly
async def hand_on(
    whom: Whom,
    to: Annotated[str, typer.Argument(metavar="TO", help="Who has the roles from now on, in the same way.")],
    *,
    academy: Within = None,
    role: _Roles = None,
    subjects: _Subjects = None,
    as_json: Json = False,
) -> None:
    """Hand somebody's roles on to somebody else of the same academy: all of them, or only some."""
    async with reach.engine() as engine:
        async with engine.connection() as conn:
            known = await person_meant(conn, whom, _within(academy))
        which = Which(role or (), subjects or ())
        _show(known, await operations.hand_on(engine, reach.caller(), known, to, which), as_json=as_json)


@plainly
async def vacate(
    whom: Whom, *, academy: Within = None, role: _Roles = None, subjects: _Subjects = None, as_json: Json = False
) -> None:
    """Vacate somebody's roles. If a team needs one filled, faculty or the office is asked who will take over."""
    async with reach.engine() as engine:
        async with engine.connection() as conn:
            known = await person_meant(conn, whom, _within(academy))
        which = Which(role or (), subjects or ())
        _show(known, await operations.vacate(engine, reach.caller(), known, which), as_json=as_json)


@plainly
async def leavers(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A CSV, XLSX or ODS file with the columns person and last_day.")
    ],
    *,
    academy: Academy,
    yes: Annotated[bool, typer.Option("--yes", help="Record it. Without, it's only shown what would be done.")] = False,
    mapping: Map = None,
    page: Page = "",
    mend: Mend = None,
    as_json: Json = False,
) -> None:
    """Say who leaves, and when: their roles are vacated once the last day is over, and others asked to fill them.

    Each line has an id, ours or another system's, or an address; and the last day, as in 2027-03-31. Whoever is unknown
    or could be several is named, and nothing of that line is done. Repeating a list changes nothing.
    """
    sheet = sheet_of(file, COLUMNS, mapping, page)
    lines, faults = check_leavers(sheet)
    async with reach.engine() as engine:
        if yes:
            found = await operation.record(engine, reach.caller(), academy, lines)
        else:
            found = await operation.look(engine, academy, lines)
    faults = operation.to_mend(found, faults)
    if as_json:
        show_json({"lines": found, "faults": faults})
    else:
        show_faults(file, sheet, faults, COLUMNS)
        show_table(
            "Leavers", ("Line", "Who", "Last day", "What happens", "Roles"), [_leaver(one, yes) for one in found]
        )
        say("Their own places on courses stay.")
        if not yes:
            say("Nothing was recorded. To record it, run it again with --yes.")
    to_be_mended(mend, sheet, faults)
    if faults:
        raise typer.Exit(Exit.REFUSED)


def _leaver(found: LeaverFound, done: bool) -> tuple[Cell, ...]:  # noqa: FBT001 - whether it was recorded
    who = ", ".join(f"{known.name} ({known.person})" for known in found.known) or found.line.person
    happens = {
        Outcome.UNKNOWN: "nothing: we don't know this person",
        Outcome.AMBIGUOUS: "nothing: give the id of the one meant, and one last day",
        Outcome.ALREADY: "nothing: recorded before",
        Outcome.AHEAD: "roles are vacated after that day",
        Outcome.VACATED: "roles are vacated" if done else "roles are vacated at once",
    }[found.outcome]
    refused = [f"{each.subject}: {each.reason}" for each in _refused(found.became)]
    held = [f"{words(part.role)} in {part.subject}" for part in found.parts]
    return found.line.line, who, found.line.last_day, happens, "; ".join(refused or held)


def _refused(became: Sequence[Became]) -> list[Became]:
    return [each for each in became if not each.told]


def _within(academy: str | None) -> tuple[str, ...] | None:
    return None if academy is None else (academy,)


def _show(known: Known, became: Sequence[Became], *, as_json: bool) -> None:
    if as_json:
        show_json(became)
    elif became:
        rows = [(each.subject, words(each.role), each.reason or "recorded") for each in became]
        show_table(f"Roles of {known.name}", ("Where", "Role", "What became of it"), rows)
    else:
        raise CommandError(f"{known.name} has no such role; nothing was changed.")
    if _refused(became):
        raise typer.Exit(Exit.REFUSED)
