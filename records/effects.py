"""Who hears of what a subject is told, what was told because of it, and what has not arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from lifecycle.effects import Held, Peer
from records.database import Connection
from schemas.corrections import ANY_FACT, AnyFact
from schemas.programme import Absence
from schemas.subjects import kept_in, kind_of
from schemas.words import Code, EventId, PersonId, Role, Said


async def of_academy(conn: Connection, academy: Code) -> list[Peer]:
    """All of an academy that has not ended."""
    rows = await conn.fetch(
        """
        SELECT lifecycles.subject, kept, opening.occurred_at AS began_at
        FROM lifecycles JOIN facts AS opening ON opening.subject = lifecycles.subject AND opening.seq = 1
        WHERE lifecycles.academy = $1 AND hears ORDER BY subject
        """,
        academy,
    )
    return [Peer(row["subject"], kept_in(row["kept"]).name, row["began_at"]) for row in rows]


async def of_person(conn: Connection, person: PersonId) -> list[Peer]:
    """All that has not ended and in which somebody has a part.

    A cohort in which they are faculty or sponsor alone hears no more of them than that they are gone.
    """
    rows = await conn.fetch(
        """
        SELECT part.subject, opening.kind, min(part.role) AS role, opening.occurred_at AS began_at
        FROM (
            SELECT DISTINCT cohort AS subject, 'coach' AS role
            FROM enrolments JOIN cohorts USING (cohort)
            WHERE person = $1 AND stage <> 'cancelled' AND state NOT IN ('deferred', 'withdrawn', 'not_completed')
            UNION ALL
            SELECT engagement, min(role)
            FROM engagement_people JOIN engagements USING (engagement)
            WHERE person = $1 AND ended_at IS NULL GROUP BY engagement
            UNION ALL
            SELECT DISTINCT course, 'delegate'
            FROM bookings JOIN intro_courses USING (course)
            WHERE person = $1 AND next_due IS NOT NULL AND state <> 'cancelled'
            UNION ALL
            SELECT DISTINCT academy, 'office' FROM academy_people WHERE person = $1
            UNION ALL
            SELECT DISTINCT cohort, 'faculty'
            FROM people
            JOIN facts AS gone ON gone.academy = people.academy AND gone.kind IN ('person_left', 'person_merged')
                              AND gone.body ->> 'person' = people.person
            JOIN facts AS accepted ON accepted.academy = people.academy AND (
                accepted.kind = 'enrolment_accepted'
                AND people.person IN (accepted.body ->> 'faculty', accepted.body ->> 'sponsor')
                OR accepted.kind = 'role_changed' AND people.person = accepted.body ->> 'person')
            JOIN cohorts ON cohort = accepted.subject AND next_due IS NOT NULL
            WHERE people.person = $1
        ) AS part
        JOIN facts AS opening ON opening.subject = part.subject AND opening.seq = 1
        GROUP BY part.subject, opening.kind, opening.occurred_at
        ORDER BY opening.kind, part.subject
        """,
        person,
    )
    return [Peer(row["subject"], kind_of(row["kind"]).name, row["began_at"], Role(row["role"])) for row in rows]


async def absence_rules(conn: Connection, subjects: Iterable[Code]) -> list[Absence]:
    """What the programmes that these follow say of absences."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT latest.absence
        FROM unnest($1::text[]) AS followed (subject)
        CROSS JOIN LATERAL (
            SELECT body -> 'programme' -> 'absence' AS absence FROM facts
            WHERE facts.subject = followed.subject AND body -> 'programme' IS NOT NULL
            ORDER BY seq DESC LIMIT 1
        ) AS latest
        """,
        list(subjects),
    )
    return [Absence.model_validate(row["absence"] or {}) for row in rows]


async def of_subjects(conn: Connection, subjects: Iterable[Code]) -> list[Peer]:
    """Those of these that have begun, and whether they have ended."""
    rows = await conn.fetch(
        """
        SELECT opening.subject, opening.kind, opening.occurred_at AS began_at,
               EXISTS (SELECT FROM engagements WHERE engagement = opening.subject AND ended_at IS NOT NULL) AS ended
        FROM facts AS opening WHERE opening.subject = ANY($1::text[]) AND opening.seq = 1
        """,
        list(subjects),
    )
    return [Peer(row["subject"], kind_of(row["kind"]).name, row["began_at"], ended=row["ended"]) for row in rows]


async def held(conn: Connection, source: Code) -> list[Held]:
    """What others were told because of a subject's facts, and what was said of it last."""
    rows = await conn.fetch(
        """
        SELECT opening.kind AS opening, told.subject, told.body AS first, later.said, coalesce(later.times, 0) AS times,
               greatest(told.occurred_at, later.at) AS at, coalesce(later.own, false) AS own
        FROM facts AS told
        JOIN facts AS opening ON opening.subject = told.subject AND opening.seq = 1
        LEFT JOIN LATERAL (
            SELECT count(*) FILTER (WHERE caused_by = $1) AS times,
                   max(occurred_at) AS at,
                   (array_agg(body ORDER BY seq DESC) FILTER (WHERE caused_by = $1))[1] AS said,
                   (array_agg(caused_by IS DISTINCT FROM $1 ORDER BY occurred_at DESC, seq DESC))[1] AS own
            FROM facts AS correction
            WHERE correction.subject = told.subject AND kind = 'correction' AND body ->> 'corrects' = told.event_id
        ) AS later ON true
        WHERE told.caused_by = $1 AND told.kind <> 'correction'
        ORDER BY told.subject, told.seq
        """,
        source,
    )
    return [
        Held(
            row["subject"],
            kind_of(row["opening"]).name,
            ANY_FACT.validate_python(row["first"]),
            _said(row["said"]) if row["times"] else ANY_FACT.validate_python(row["first"]),
            1 + row["times"],
            row["at"],
            own=row["own"],
        )
        for row in rows
    ]


def _said(correction: dict[str, Any]) -> AnyFact | None:
    """What a correction says instead."""
    replacement = correction["replacement"]
    return None if replacement is None else ANY_FACT.validate_python(replacement)


async def sources(conn: Connection, academy: Code) -> list[str]:
    """Of an academy, itself, its people, and what is open in it: whatever others may hear of."""
    rows = await conn.fetch(
        """
        SELECT subject FROM facts
        WHERE academy = $1 AND kind IN ('academy_opened', 'person_known') AND seq = 1
        UNION ALL SELECT subject FROM lifecycles
        WHERE academy = $1 AND next_due IS NOT NULL AND kept <> 'engagements'
        UNION SELECT source FROM effects_unsettled WHERE split_part(source, '.', 1) = $1
        """,
        academy,
    )
    return sorted(row["subject"] for row in rows)


class Unsettled(Said):
    """A fact of this kind that a peer should hold and does not; ``refusal`` is why, None while it does not answer."""

    event_id: EventId
    peer: Code
    kind: Code
    refusal: Code | None = None


async def keep_unsettled(
    conn: Connection, source: Code, unsettled: Sequence[Unsettled], at: datetime
) -> list[tuple[Unsettled, datetime]]:
    """Keep what others do not hold because of a subject, and nothing else of it; with since when each is so."""
    rows = await conn.fetch(
        """
        WITH found AS (
            SELECT * FROM jsonb_to_recordset($2::jsonb) AS found (event_id text, peer text, kind text, refusal text)
        ), settled AS (
            DELETE FROM effects_unsettled
            WHERE source = $1 AND event_id NOT IN (SELECT event_id FROM found)
        )
        INSERT INTO effects_unsettled AS known (source, event_id, peer, kind, refusal, since)
        SELECT $1, event_id, peer, kind, refusal, $3 FROM found
        ON CONFLICT ON CONSTRAINT effects_unsettled_once DO UPDATE SET refusal = excluded.refusal
        RETURNING event_id, peer, kind, refusal, since
        """,
        source,
        unsettled,
        at,
    )
    return [(Unsettled(**{name: row[name] for name in Unsettled.model_fields}), row["since"]) for row in rows]
