"""The mail of an academy before it goes: what falls due, and what waits for a weekly mail. Read from projections."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from records.database import Connection
from schemas.words import Act, EventId, Matter, PersonId, Role


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, or line of a weekly mail, to one person. ``goes_at`` is None for a line that waits already.

    Names are None for who was erased, and where there is none. ``latest`` is until when it can be held, None where a
    hold has not been reckoned yet.
    """

    subject: str
    item: str
    matter: Matter
    step: int
    act: Act
    person: PersonId
    role: Role
    rule: str
    goes_at: datetime | None
    gathered: bool
    about: date | None
    due_on: date | None
    latest: date | None
    held_by: EventId | None
    held_until: date | None
    skipped_by: EventId | None
    name: str | None
    team: str | None
    cohort: str | None
    course_on: datetime | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mail was held or left out: by whom, and in which words."""

    name: str | None
    words: str | None


async def mails(conn: Connection, academy: str, until: datetime) -> list[Mail]:
    """What goes out of an academy until a time, as its subjects had it when they were written last."""
    rows = await conn.fetch(
        """
        WITH theirs AS (
            SELECT subject, item, matter, step, act, person, role, rule, goes_at, gathered, about, due_on, latest,
                   held_by, held_until, skipped_by
            FROM upcoming_mails AS coming
            WHERE academy = $1 AND goes_at <= $2
              AND NOT EXISTS (SELECT FROM done_items AS done
                              WHERE done.subject = coming.subject AND done.key = coming.item)
            UNION ALL
            SELECT line.subject, concat_ws('/', line.matter, line."window", line.step), line.matter, line.step,
                   line.act, line.person, line.role, line.reason, NULL, true, line.about, NULL, said.latest,
                   said.held_by, said.held_until, said.skipped_by
            FROM notices AS line
            LEFT JOIN upcoming_mails AS said
                ON said.subject = line.subject
               AND said.key = concat_ws('/', line.matter, line."window", line.step, line.person)
            WHERE line.academy = $1 AND line.gathered AND line.status = 'waiting'
        )
        SELECT theirs.*, people.name, microsystems.name AS team,
               coalesce(engagements.cohort, cohorts.cohort) AS cohort, day_1_starts_at AS course_on
        FROM theirs
        LEFT JOIN academy_people AS deputies
            ON theirs.role = 'deputy' AND deputies.part = 'deputy' AND deputies.academy = $1
        LEFT JOIN people ON people.person = coalesce(deputies.person, theirs.person)
        LEFT JOIN engagements ON engagements.engagement = theirs.subject
        LEFT JOIN microsystems USING (microsystem)
        LEFT JOIN cohorts ON cohorts.cohort = theirs.subject
        LEFT JOIN intro_courses ON intro_courses.course = theirs.subject
        ORDER BY goes_at, gathered, theirs.person, theirs.subject, item
        """,
        academy,
        until,
    )
    return [Mail(**row) for row in rows]


async def reasons(conn: Connection, events: Collection[EventId]) -> dict[EventId, Reason]:
    """Why mails are held or left out, by the facts that say so."""
    rows = await conn.fetch(
        """
        SELECT facts.event_id, people.name, notes.text AS words
        FROM facts LEFT JOIN people ON people.person = facts.told_by_person
        LEFT JOIN notes ON notes.event_id = facts.event_id
        WHERE facts.event_id = ANY ($1::text[])
        """,
        list(events),
    )
    return {row["event_id"]: Reason(row["name"], row["words"]) for row in rows}
