"""``mca reconcile``: records and Temporal are compared, and what is missing there is made again."""

from __future__ import annotations

from typing import Annotated

import typer

from lifecycle.incidents import INCIDENTS, in_words
from mca import reach
from mca.errors import plainly
from mca.options import Json
from mca.tables import Cell, say, show_list
from schemas.incidents import Finding
from schemas.programme import DEFAULT_ZONE

EXAMPLES = "Examples: mca reconcile · mca reconcile --rows · mca reconcile --json"


@plainly
async def reconcile(
    *,
    rows: Annotated[
        bool, typer.Option("--rows", help="Write every table anew from the ledger too, where something changed it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Restart from the records whatever Temporal has lost, and fix what differs. Safe to repeat.

    A worker does this every five minutes. On an empty Temporal, this one command rebuilds everything: search
    attributes, the Nexus endpoint, schedules and workflows. They carry on as soon as a worker runs. It also checks
    whether everything that was due has happened.
    """
    from coaching_client import schedules  # noqa: PLC0415 - Temporal's client takes a while to import
    from operations.accounting import account  # noqa: PLC0415 - as above
    from operations.doctor.agreement import written_anew  # noqa: PLC0415 - as above
    from operations.reconciling import reconcile as compare  # noqa: PLC0415 - as above
    from worker.registration import register_endpoint, register_search_attributes  # noqa: PLC0415 - as above

    async with reach.engine() as engine:
        await register_search_attributes(engine.client)
        await register_endpoint(engine.client, engine.task_queue)
        differed = await written_anew(engine, reach.now()) if rows else []
        agreed = await compare(engine, reach.now(), noted=False)
        accounts = await account(engine.pool, reach.now(), anew=True)
        await schedules.keep_reconciling(engine.client, task_queue=engine.task_queue)
    columns = ("What", "About", "What is known")
    found = [*agreed.findings, *(accounts.findings if accounts else ())]
    show_list(found, "Findings", columns, _row, none="Nothing differs.", as_json=as_json)
    if rows and not as_json:
        say(f"Tables corrected for: {', '.join(differed) or 'none, nothing differed'}.")
    if not as_json:
        say(f"{agreed.subjects} teams, cohorts and courses are running.")


def _row(finding: Finding) -> tuple[Cell, ...]:
    return (INCIDENTS[finding.kind].label, finding.subject, " ".join(in_words(finding, DEFAULT_ZONE)))
