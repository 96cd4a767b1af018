"""The engine in figures, for whoever watches over it: counts and ages, by code. No ids, and nobody's name.

Read again and again: each is counted over an index or over the last hours, never over the whole ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from records.database import Connection

OVERDUE_AFTER: Final = timedelta(minutes=15)
"""What is late by less is being carried out: a thousand teams may be asked in the same minute."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: a value for each combination of labels.

    The statement answers the labels, in their order, and then the value, or none of what never was; $1 is the moment.
    """

    name: str
    meaning: str
    statement: str
    labels: tuple[str, ...] = ()


Values = Sequence[tuple[tuple[str, ...], float]]
"""The labels' values, and the figure's."""


FIGURES: Final = (
    Figure(
        "mca_subjects_open",
        "What has not ended, by kind, by phase (a cohort's or course's stage), and by health (of engagements).",
        """
        SELECT 'engagement', phase, health, count(*) FROM engagements WHERE ended_at IS NULL GROUP BY phase, health
        UNION ALL
        SELECT 'cohort', stage, '', count(*) FROM cohorts WHERE stage NOT IN ('closed', 'cancelled') GROUP BY stage
        UNION ALL
        SELECT 'intro_course', stage, '', count(*) FROM intro_courses
        WHERE stage NOT IN ('closed', 'cancelled') GROUP BY stage
        """,
        ("kind", "phase", "health"),
    ),
    Figure(
        "mca_items_due_next_day",
        "What the engine will do within 24 hours.",
        "SELECT count(*) FROM due_items WHERE due_at > $1 AND due_at <= $1::timestamptz + interval '1 day'",
    ),
    Figure(
        "mca_items_overdue",
        "What should have been done over 15 minutes ago.",
        f"SELECT count(*) FROM due_items WHERE due_at < $1::timestamptz - interval '{OVERDUE_AFTER}'",  # noqa: S608
    ),
    Figure(
        "mca_oldest_overdue_seconds",
        "For how long the oldest of that has been overdue; 0 if nothing is.",
        f"""
        SELECT coalesce(extract(epoch FROM $1::timestamptz - min(due_at)), 0) FROM due_items
        WHERE due_at < $1::timestamptz - interval '{OVERDUE_AFTER}'
        """,  # noqa: S608 - a constant
    ),
    Figure(
        "mca_facts_told_last_hour",
        "Facts recorded within the last hour, by kind of fact.",
        """
        SELECT substr(type, 6), count(*) FROM events
        WHERE recorded_at > $1::timestamptz - interval '1 hour' AND type LIKE 'fact.%' GROUP BY type
        """,
        ("fact",),
    ),
    Figure(
        "mca_notices_settled_last_day",
        "What became of notices within the last 24 hours.",
        """
        SELECT possible.status, count(notice)
        FROM unnest(ARRAY['sent', 'failed', 'withheld', 'withdrawn']) AS possible (status)
        LEFT JOIN notices ON notices.status = possible.status AND settled_at > $1::timestamptz - interval '1 day'
        GROUP BY possible.status
        """,
        ("status",),
    ),
    Figure(
        "mca_notices_waiting",
        "Notices that wait: for the weekly mail, or to be sent at once.",
        """
        SELECT possible.way, count(notice)
        FROM (VALUES ('weekly', true), ('at_once', false)) AS possible (way, gathered)
        LEFT JOIN notices ON notices.gathered = possible.gathered AND notices.status = 'waiting'
        GROUP BY possible.way
        """,
        ("way",),
    ),
    Figure(
        "mca_oldest_notice_waiting_seconds",
        "For how long the oldest notice that should go at once has waited; 0 if none does.",
        """
        SELECT coalesce(extract(epoch FROM $1::timestamptz - min(issued_at)), 0) FROM notices
        WHERE status = 'waiting' AND NOT gathered
        """,
    ),
    *(
        Figure(
            f"mca_accounted_{figure}",
            f"{meaning}, in the 24 hours that were accounted for last, by kind of subject; notice is mail.",
            f"SELECT kind, {figure} FROM accounts WHERE day = (SELECT max(day) FROM accounts)",  # noqa: S608 - of these
            ("kind",),
        )
        for figure, meaning in (
            ("expected", "What the plans said should happen"),
            ("done", "What happened"),
            ("overdue", "What did not happen"),
        )
    ),
    Figure(
        "mca_accounted_timestamp_seconds",
        "When accounts were made last.",
        "SELECT extract(epoch FROM max(made_at)) FROM accounts WHERE day = (SELECT max(day) FROM accounts)",
    ),
    Figure(
        "mca_incidents_open",
        "What the engine finds wrong with itself now, by kind.",
        "SELECT kind, count(*) FROM incidents WHERE closed_at IS NULL GROUP BY kind",
        ("kind",),
    ),
    Figure(
        "mca_incidents_untold",
        "Incidents of which the operator has not heard.",
        "SELECT count(*) FROM incidents WHERE told_at IS NULL",
    ),
    Figure(
        "mca_reconciler_last_run_timestamp_seconds",
        "When the records were last compared with the running workflows.",
        "SELECT extract(epoch FROM max(ran_at)) FROM reconciliations",
    ),
)
"""Every figure of our own."""


async def read(conn: Connection, at: datetime) -> dict[str, Values]:
    """Every figure at a moment, by name."""
    return {figure.name: await _values(conn, figure, at) for figure in FIGURES}


async def _values(conn: Connection, figure: Figure, at: datetime) -> Values:
    moment = (at,) if "$1" in figure.statement else ()
    rows = await conn.fetch(figure.statement, *moment)
    return [(tuple(row[:-1]), float(row[-1])) for row in map(tuple, rows) if row[-1] is not None]
