"""The daily accounting: what the plans said should happen, against what did."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from records.database import Connection


@dataclass(frozen=True, slots=True)
class Accounted:
    """One kind's account of a day. What did not happen is ``overdue``."""

    kind: str
    done: int
    overdue: int

    @property
    def expected(self) -> int:
        """What the plans said should happen."""
        return self.done + self.overdue


async def note(conn: Connection, day: date, accounts: Sequence[Accounted], at: datetime) -> None:
    """Keep a day's accounts; made anew, they replace the former."""
    await conn.executemany(
        """
        INSERT INTO accounts (day, kind, expected, done, overdue, made_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT ON CONSTRAINT accounts_once_a_day DO UPDATE
            SET expected = excluded.expected, done = excluded.done, overdue = excluded.overdue,
                made_at = excluded.made_at
        """,
        [(day, account.kind, account.expected, account.done, account.overdue, at) for account in accounts],
    )


async def made(conn: Connection, day: date) -> tuple[datetime, int] | None:
    """When a day's accounts were made last, and how much was missing; None if they were not."""
    row = await conn.fetchrow("SELECT max(made_at) AS at, sum(overdue) AS overdue FROM accounts WHERE day = $1", day)
    return None if row is None or row["at"] is None else (row["at"], row["overdue"])


async def carried_out(conn: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """How many items were done in a time, by the kind of fact with which their subjects began."""
    rows = await conn.fetch(
        """
        SELECT opening.kind, count(*) FROM done_items
        JOIN facts AS opening ON opening.subject = done_items.subject AND opening.seq = 1
        WHERE done_at > $1 AND done_at <= $2 GROUP BY opening.kind
        """,
        since,
        until,
    )
    return {row["kind"]: row["count"] for row in rows}


async def sent_at_once(conn: Connection, since: datetime, until: datetime) -> int:
    """How many notices that should go at once were settled in a time: sent, or kept back with a reason."""
    settled: int = await conn.fetchval(
        "SELECT count(*) FROM notices WHERE settled_at > $1 AND settled_at <= $2 AND NOT gathered", since, until
    )
    return settled


async def unsent(conn: Connection, issued_before: datetime) -> list[str]:
    """The subjects of notices that should have gone at once and still wait, one entry for each."""
    rows = await conn.fetch(
        """
        SELECT subject FROM notices WHERE status = 'waiting' AND NOT gathered AND issued_at <= $1
        ORDER BY issued_at, notice
        """,
        issued_before,
    )
    return [row["subject"] for row in rows]


async def offices(conn: Connection) -> list[str]:
    """The academies whose office has a mailbox, and has not stopped its weekly mail."""
    rows = await conn.fetch(
        """
        SELECT academy FROM people WHERE person = academy || '.office' AND name IS NOT NULL AND weekly_mail
        ORDER BY academy
        """
    )
    return [row["academy"] for row in rows]


async def weekly_mail_missing(conn: Connection, academy: str, week: date, since: datetime) -> bool | None:
    """Whether an office lacks the mail of a week; None where it need not have one.

    It has one while something is open that was so ``since`` then; the first mail of all begins the weeks.
    """
    row = await conn.fetchrow(
        """
        SELECT coalesce(bool_or(week < $2), false) AS begun,
               coalesce(bool_or(week >= $2 AND status <> 'waiting'), false) AS had,
               EXISTS (
                   SELECT FROM due_items JOIN facts ON facts.subject = due_items.subject AND facts.seq = 1
                   WHERE starts_with(due_items.subject, $1 || '.') AND recorded_at < $3
               ) AS open
        FROM digests WHERE person = $1 || '.office'
        """,
        academy,
        week,
        since,
    )
    if row is None or not (row["begun"] and row["open"]):
        return None
    return not row["had"]


async def ledgers(
    conn: Connection, openings: Collection[str], after: str, facts_until: datetime, at_most: int
) -> dict[str, str]:
    """What the ledger holds of the next open subjects that begin with such a fact, in the order of their ids.

    Each is a ``Ledger`` as JSON: reading them takes long enough to be done beside the loop. The facts are those
    recorded by a moment, the items all that were ever carried out. Which subjects there are is read from the ledger;
    only that one is over for good is taken from its row.
    """
    rows = await conn.fetch(
        """
        WITH open AS (
            SELECT subject FROM subjects
            WHERE subject > $2
              AND EXISTS (SELECT FROM facts WHERE facts.subject = subjects.subject AND seq = 1 AND kind = ANY ($1))
              AND NOT EXISTS (SELECT FROM lifecycles WHERE lifecycles.subject = subjects.subject
                              AND next_due IS NULL AND over_at IS NOT NULL)
            ORDER BY subject LIMIT $4
        )
        SELECT subject,
               jsonb_build_object(
                   'facts', coalesce(
                       (
                           SELECT jsonb_agg(body ORDER BY seq) FROM facts
                           WHERE facts.subject = open.subject AND recorded_at <= $3
                       ),
                       '[]'
                   ),
                   'done', coalesce(
                       (SELECT jsonb_object_agg(key, done_at) FROM done_items WHERE done_items.subject = open.subject),
                       '{}'
                   )
               )::text AS known
        FROM open ORDER BY subject
        """,
        list(openings),
        after,
        facts_until,
        at_most,
    )
    return {row["subject"]: row["known"] for row in rows}


async def latest(conn: Connection, days: int) -> dict[date, list[Accounted]]:
    """The accounts of the last days, the latest first."""
    rows = await conn.fetch(
        """
        SELECT day, kind, done, overdue FROM accounts
        WHERE day IN (SELECT DISTINCT day FROM accounts ORDER BY day DESC LIMIT $1) ORDER BY day DESC, kind
        """,
        days,
    )
    found: dict[date, list[Accounted]] = {}
    for row in rows:
        found.setdefault(row["day"], []).append(Accounted(row["kind"], row["done"], row["overdue"]))
    return found
