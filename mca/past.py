"""The past of a cohort, from the files that somebody names: JSON lines or a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mca import reach
from mca.tables import say, show_json, show_table
from operations.cohorts import CohortPlan
from operations.imports import foresee_import, import_cohort
from operations.past_facts import FactFault, FactsFileError, PastFact, past_of, read_facts
from operations.past_judged import Imported
from schemas.past import check_past
from schemas.roster import Roster
from schemas.sheet import Sheet


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What somebody hands in of the past, and the file that its faults are those of."""

    facts: Path | None
    sheet: Sheet | None
    file: Path | None

    def read(self, plan: CohortPlan) -> tuple[PastFact, ...]:
        """All of it. Raises FactsFileError."""
        lines, wrong = check_past(self.sheet) if self.sheet else ((), ())
        if wrong:
            raise FactsFileError(
                tuple(FactFault(one.line, one.column, f"{one.problem}; {one.remedy}") for one in wrong)
            )
        return (*(read_facts(self.facts.read_bytes(), plan) if self.facts else ()), *past_of(lines, plan))


async def imported_as(plan: CohortPlan, roster: Roster, handed: HandedIn, *, dry_run: bool) -> Imported:
    """What an import took over, or would. Raises FactsFileError."""
    past = handed.read(plan)
    async with reach.engine() as engine:
        if not dry_run:
            return await import_cohort(engine, reach.caller(), plan, roster, past)
        foreseen = await foresee_import(engine, plan, roster, past)
    if foreseen.faults:
        raise FactsFileError(foreseen.faults)
    return foreseen.imported


def show_wrong(handed: HandedIn, wrong: FactsFileError, *, as_json: bool) -> None:
    """Every fault of it."""
    rows = [(fault.line, fault.subject, fault.problem) for fault in wrong.faults]
    if as_json:
        show_json({"faults": wrong.faults})
    else:
        show_table(f"Faults in {handed.file}", ("Line", "Subject", "What is wrong"), rows)
    say(f"{len(rows)} fault{'s' if len(rows) > 1 else ''}. Nothing was imported.")
