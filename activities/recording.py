"""Activities that write and read the records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.invitations import Invitations
from activities.signatures import (
    Activity,
    CoachingRead,
    Ledger,
    Load,
    ReadCoaching,
    Recorded,
    RecordFact,
    Report,
    Restore,
    Restored,
)
from lifecycle.diary import MOVES_DIARIES
from records import incidents, ledger, views
from records.database import SECONDS_TO_ACQUIRE, Pool
from records.errors import LedgerLost, RecordsError
from records.subjects import Subjects
from schemas.incidents import Finding, IncidentKind

RULE_BROKEN: Final = "RuleBroken"


class RecordActivities:
    """Each method is one transaction. Postgres away fails it, to be tried again; what can never succeed is final."""

    def __init__(self, pool: Pool, invitations: Invitations | None = None, subjects: Subjects | None = None) -> None:
        self._pool = pool
        self._subjects = subjects or Subjects()
        self._invitations = invitations

    @activity.defn(name=Activity.RECORD)
    async def record(self, told: RecordFact) -> Recorded:
        """Record a fact with its answer and what it changes. Repeating it gives the first answer."""
        with final_where_it_is():
            async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
                recorded = await self._subjects.record(connection, told)
        if self._invitations and recorded.answer and told.fact.kind in MOVES_DIARIES:
            self._invitations.look(told.subject, told.recorded_at)
        return recorded

    @activity.defn(name=Activity.LOAD)
    async def load(self, asked: Load) -> Ledger:
        """The recorded facts of a subject, and the due items carried out; its projections are brought up to date."""
        with final_where_it_is():
            async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
                await self._subjects.project(connection, asked.subject, asked.at)
                return await ledger.load(connection, asked.subject)

    @activity.defn(name=Activity.REPORT)
    async def report(self, asked: Report) -> None:
        """Keep what a workflow found wrong as an incident. What is open already is only seen again."""
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
            await incidents.open_incidents(connection, [asked.finding], asked.at)

    @activity.defn(name=Activity.RESTORE)
    async def restore(self, asked: Restore) -> Restored:
        """Record again what a workflow knows and the records have lost. Repeating it changes nothing."""
        with final_where_it_is():
            async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
                restored = await self._subjects.restore(connection, asked)
                if restored.facts or restored.items:
                    await incidents.open_incidents(connection, [recorded_again(asked.subject, restored)], asked.at)
        return restored

    @activity.defn(name=Activity.READ_COACHING)
    async def read_coaching(self, asked: ReadCoaching) -> CoachingRead:
        """How the participants of a cohort coach, in the order asked."""
        with final_where_it_is():
            async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
                return CoachingRead(coaching=await views.coaching(connection, asked.cohort, asked.enrolments))


def recorded_again(subject: str, restored: Restored) -> Finding:
    """What is said of records that had lost something."""
    facts = {"facts": str(restored.facts), "items": str(restored.items)}
    return Finding(kind=IncidentKind.RECORDS_RESTORED, subject=subject, facts=facts, done="recorded_again", mended=True)


@contextmanager
def lost_for_good() -> Iterator[None]:
    """Records that are older than the workflow stay so, however often this is tried: it hands over what it knows."""
    try:
        yield
    except LedgerLost as error:
        raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from None


@contextmanager
def final_where_it_is() -> Iterator[None]:
    """Turn what another attempt cannot mend into a failure that is not retried.

    Postgres quotes rows in its messages, so only the name of a broken constraint goes on; everything else, such as a
    server that is away or a lock that takes too long, is left to be tried again.
    """
    try:
        yield
    except RecordsError as error:
        raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from None
    except asyncpg.IntegrityConstraintViolationError as error:
        broken = f"the records refuse it: {error.constraint_name or error.table_name}"
        raise ApplicationError(broken, type=RULE_BROKEN, non_retryable=True) from None
    except asyncpg.DataError as error:
        broken = f"the records cannot hold it: {type(error).__name__}"
        raise ApplicationError(broken, type=RULE_BROKEN, non_retryable=True) from None
