"""The demonstration's academy as ``make run`` puts it in, and what nobody in it has come to yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from mca.demonstration import CAST
from mca.links import OPERATOR_ADDRESS
from operations import certificates
from records.database import Pool
from rehearsal.demonstration import living
from tests.workflows.subjects import now

PEOPLE: Final = {actor.key: actor.address for actor in CAST if actor.address != OPERATOR_ADDRESS}
"""Whoever has pages of their own, with where to write to them."""

_COMPLETED: Final = """
SELECT cohort, enrolment, person FROM enrolments
WHERE state IN ('practising', 'alumnus') ORDER BY cohort, enrolment LIMIT 1
"""
_NEXT_COURSE: Final = "SELECT course FROM intro_courses WHERE day_1_starts_at > $1 ORDER BY day_1_starts_at LIMIT 1"
_HELD_BACK: Final = """
INSERT INTO held_bookings (held, course, name, address, organisation, delegate, over, asked_at, mailbox, client)
VALUES ('held_1', $1, 'Hana Held', 'hana@example.org', 'Example Trust', 'external', 'mailbox', $2, '', '')
"""


async def put_in(pool: Pool) -> None:
    """Its past until now, a certificate that was opened, and a booking that was held back."""
    await living.put_in(pool, datetime.now(UTC))
    async with pool.acquire() as conn:
        earned = await conn.fetchrow(_COMPLETED)
        assert earned
        await certificates.issue(conn, earned["cohort"], earned["enrolment"], earned["person"], now())
    course = await pool.fetchval(_NEXT_COURSE, now())
    await pool.execute(_HELD_BACK, course, now())
