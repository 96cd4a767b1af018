"""Writes what the rules derived into the tables people read. Rows that stand already are not touched."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel

from records.database import Connection
from schemas import rows
from schemas.words import IntroStage


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
    # `told` may have columns of the same names.
    given = ", ".join(f"given.{field}" for field in named)
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
                SELECT {given} FROM told, jsonb_populate_recordset(NULL::{name}, $2::jsonb -> '{name}') AS given
                ON CONFLICT ({", ".join(key)}) DO UPDATE SET ({held}, changed_at) = ({new}, EXCLUDED.changed_at)
                WHERE ({old}) IS DISTINCT FROM ({new})
            )""",  # noqa: S608
        delete=f"""
            {name}_deleted AS (
                DELETE FROM {name}
                USING told
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
        _table(rows.IntroCourseRow, "course"),
        _table(rows.BookingRow, "course"),
    )
}


# With a course, what its delegates need goes too; of a cancelled one later, for its cancelling may be taken back.
_NEEDS_FORGOTTEN: Final = """
            needs_forgotten AS (
                DELETE FROM access_needs
                USING told, intro_courses AS closed, intro_courses AS over
                WHERE closed.course = $1 AND access_needs.course = over.course
                  AND (over.course = closed.course
                       OR over.academy = closed.academy AND over.stage = 'cancelled'
                          AND over.day_2_ends_at < closed.day_2_ends_at)
            )"""


@dataclass(frozen=True, slots=True)
class Writing:
    """Changes as steps of one statement, which act for each row of a step `told` before them: for one, or for none.

    The statement gives the subject as $1, `rows` as $2 and `gone` as $3. Whatever the order of the changes, the
    constraints judge only what stands at the end of the transaction.
    """

    steps: str
    rows: dict[str, list[dict[str, object]]]
    gone: dict[str, list[str]]


def writing(subject: str, at: datetime, changes: rows.Changes) -> Writing:
    """What writes the rows that changed and deletes those that are gone, as of `at`."""
    written: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for row in changes.rows:
        owned = {TABLES[row.table].owner: subject, "key": row.key, "changed_at": at}
        written[row.table].append(owned | row.model_dump(exclude={"table"}))
    gone: defaultdict[str, list[str]] = defaultdict(list)
    for row_gone in changes.gone:
        gone[row_gone.table].append(row_gone.key)
    steps = [*(TABLES[name].upsert for name in written), *(TABLES[name].delete for name in gone)]
    if any(isinstance(row, rows.IntroCourseRow) and row.stage is IntroStage.CLOSED for row in changes.rows):
        steps.append(_NEEDS_FORGOTTEN)
    return Writing("".join(f", {step}" for step in steps), written, gone)


async def write(conn: Connection, subject: str, at: datetime, changes: rows.Changes) -> None:
    """Write the changes. Rows that stand already as they are given are not touched."""
    all_of_it = writing(subject, at, changes)
    if all_of_it.steps:
        await conn.execute(
            f"WITH told AS (SELECT) {all_of_it.steps} SELECT num_nulls($1::text, $2::jsonb, $3::jsonb)",
            subject,
            all_of_it.rows,
            all_of_it.gone,
        )
