"""Writes what the rules derived into the tables people read. Rows that stand already are not touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from records.database import Connection
from schemas import rows


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one kind of row. `owner` is the column that holds the subject."""

    name: str
    owner: str
    columns: tuple[str, ...]
    upsert: str
    delete: str


def _table(model: type[BaseModel], owner: str) -> Table:
    """A model's fields are its table's columns, by the same names; a row that is not the subject itself has a key."""
    name = model.model_fields["table"].default
    stated = [field for field in model.model_fields if field not in {"table", owner}]
    key = [owner] if owner in model.model_fields else [owner, "key"]
    named = (*key, *stated, "changed_at")
    columns = ", ".join(named)
    held = ", ".join(stated)
    old, new = (", ".join(f"{side}.{field}" for field in stated) for side in ("known", "EXCLUDED"))
    # Names come from the models, never from input.
    return Table(
        name=name,
        owner=owner,
        columns=named,
        upsert=f"""
            {name}_written AS (
                INSERT INTO {name} AS known ({columns})
                SELECT {columns} FROM jsonb_populate_recordset(NULL::{name}, $2::jsonb -> '{name}')
                ON CONFLICT ({", ".join(key)}) DO UPDATE SET ({held}, changed_at) = ({new}, EXCLUDED.changed_at)
                WHERE ({old}) IS DISTINCT FROM ({new})
            )""",  # noqa: S608
        delete=f"""
            {name}_deleted AS (
                DELETE FROM {name}
                WHERE {owner} = $1 AND key IN (SELECT jsonb_array_elements_text($3::jsonb -> '{name}'))
            )""",  # noqa: S608
    )


TABLES: Final = {
    table.name: table
    for table in (
        _table(rows.CohortRow, "cohort"),
        _table(rows.EnrolmentRow, "cohort"),
        _table(rows.LearningSessionRow, "cohort"),
        _table(rows.EngagementRow, "engagement"),
        _table(rows.EngagementPersonRow, "engagement"),
        _table(rows.SessionRow, "engagement"),
        _table(rows.AssignmentRow, "engagement"),
        _table(rows.ScoreRow, "engagement"),
        _table(rows.ReviewRow, "engagement"),
        _table(rows.PauseRow, "engagement"),
        _table(rows.SignOffRow, "engagement"),
        _table(rows.DueRow, "subject"),
    )
}


async def write(conn: Connection, subject: str, at: datetime, changes: rows.Changes) -> None:
    """Write the rows that changed and delete those that are gone, all in one statement.

    Whatever the order of the changes, the constraints judge only what stands at the end of the transaction.
    """
    written: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for row in changes.rows:
        owned = {TABLES[row.table].owner: subject, "key": row.key, "changed_at": at}
        written[row.table].append(owned | row.model_dump(exclude={"table"}))
    gone: defaultdict[str, list[str]] = defaultdict(list)
    for row_gone in changes.gone:
        gone[row_gone.table].append(row_gone.key)
    if written or gone:
        await conn.execute(_statement(written, gone), subject, written, gone)


def _statement(written: Iterable[str], gone: Iterable[str]) -> str:
    steps = [*(TABLES[name].upsert for name in written), *(TABLES[name].delete for name in gone)]
    return f"WITH {','.join(steps)} SELECT num_nulls($1::text, $2::jsonb, $3::jsonb)"
