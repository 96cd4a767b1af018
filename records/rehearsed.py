"""What only a rehearsal reads: which courses rest, and what was recorded of everything, for its report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from records.database import Connection
from schemas.words import CohortId, EngagementId, IntroCourseId


async def resting(conn: Connection, until: datetime) -> set[IntroCourseId]:
    """The Introduction courses that have nothing due, or have not begun and have nothing due until then."""
    rows = await conn.fetch(
        """
        SELECT course FROM intro_courses
        WHERE next_due IS NULL OR stage IN ('scheduled', 'open', 'full', 'joining') AND next_due > $1
        """,
        until,
    )
    return {row["course"] for row in rows}


async def sessions(conn: Connection, cohorts: Sequence[CohortId]) -> dict[EngagementId, Counter[str]]:
    """How many sessions that count had which outcome, by engagement."""
    rows = await conn.fetch(
        """
        SELECT engagement, outcome, count(*) AS times FROM sessions JOIN engagements USING (engagement)
        WHERE cohort = ANY ($1::text[]) AND counted GROUP BY engagement, outcome
        """,
        cohorts,
    )
    found: dict[EngagementId, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row["engagement"]][row["outcome"]] = row["times"]
    return found


async def courses(conn: Connection, academy: str) -> list[dict[str, Any]]:
    """What became of the bookings of every Introduction course, by the names that the report has for it."""
    rows = await conn.fetch(
        """
        SELECT course, stage, places,
               coalesce((SELECT jsonb_object_agg(state, times ORDER BY state)
                         FROM (SELECT state, count(*) AS times FROM bookings
                               WHERE bookings.course = intro_courses.course GROUP BY state) AS counted), '{}')
                   AS bookings,
               (SELECT count(*) FROM facts WHERE subject = course AND kind = 'place_offered') AS offered,
               (SELECT count(*) FROM done_items WHERE subject = course AND matter = 'certificate') AS certificates,
               (SELECT count(*) FROM facts WHERE subject = course AND kind = 'feedback_given') AS feedback,
               (SELECT count(*) FROM facts WHERE subject = course AND kind = 'handed_on_to_cohort') AS handed_on
        FROM intro_courses WHERE academy = $1 ORDER BY course
        """,
        academy,
    )
    return [dict(row) for row in rows]


async def invitations(conn: Connection, scope: str, but_with: Sequence[str]) -> list[tuple[str, datetime]]:
    """Subject and time of the last message of each calendar entry, save those that went with a notice of a reason."""
    rows = await conn.fetch(
        """
        SELECT subject, sent_at FROM invitations
        WHERE (subject = $1 OR starts_with(subject, $1 || '.'))
          AND NOT EXISTS (
              SELECT FROM notices
              WHERE notices.subject = invitations.subject AND notices.person = invitations.person
                AND notices.reason = ANY ($2::text[]) AND abs(extract(epoch FROM settled_at - sent_at)) < 600
          )
        """,
        scope,
        but_with,
    )
    return [(row["subject"], row["sent_at"]) for row in rows]


async def digests(conn: Connection, scope: str, since: date) -> int:
    """How many weekly mails were sent from a week on."""
    sent: int = await conn.fetchval(
        "SELECT count(*) FROM digests WHERE academy = $1 AND status = 'sent' AND week >= $2", scope, since
    )
    return sent


async def personal_words(conn: Connection, academy: str) -> list[tuple[str, str]]:
    """Everything personal that is known of an academy, with its kind: names, addresses, numbers, teams and notes."""
    rows = await conn.fetch(
        """
        SELECT 'name' AS kind, name AS word FROM people WHERE academy = $1 AND name IS NOT NULL
        UNION SELECT 'address', address FROM people WHERE academy = $1 AND address IS NOT NULL
        UNION SELECT 'team', name FROM microsystems WHERE academy = $1
        UNION SELECT 'channel', channels.address FROM person_channels AS channels JOIN people USING (person)
            WHERE academy = $1
        UNION SELECT 'note', text FROM notes
        ORDER BY kind, word
        """,
        academy,
    )
    return [(row["kind"], row["word"]) for row in rows]
