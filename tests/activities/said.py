"""Notices as a test has them, in place of those that the rules would make: whatever a mail may have to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from temporalio.testing import ActivityEnvironment

from activities.notices import NoticeActivities
from activities.signatures import CarriedOut, CarryOut
from records import due, notices
from records.database import Connection
from records.subjects import Subjects
from schemas.due import Due, Notice
from schemas.words import Act, Matter, Role

ENGAGEMENT = "sheffield.2026-autumn.P01"
ITEM = "session/2026-10-06/0"


class Said(Subjects):
    """Issues these notices when a session's ask is carried out."""

    def __init__(self, said: Sequence[Notice]) -> None:
        super().__init__()
        self._said = tuple(said)

    async def carry_out(
        self, conn: Connection, name: str, at: datetime, known: int, keys: Sequence[str]
    ) -> tuple[Notice, ...]:
        """By the same statements, without a ledger."""
        del known
        async with conn.transaction():
            items = [
                Due(
                    key=key,
                    at=at,
                    act=Act.ASK,
                    matter=Matter.SESSION,
                    turn=Role.COACH,
                    rule="r",
                    parameter="p",
                    since=at,
                )
                for key in keys
            ]
            await due.note_done(conn, name, at, items)
            await notices.issue(conn, name, at, self._said)
        return self._said


def saying(activities: NoticeActivities, *said: Notice) -> NoticeActivities:
    """Activities that have these notices to send."""
    activities._subjects = Said(said)
    return activities


async def carry_out(activities: NoticeActivities, at: datetime, *said: Notice) -> CarriedOut:
    """Carry out one due item with these notices, as the worker would."""
    asked = CarryOut(subject=ENGAGEMENT, at=at, known=1, items=(ITEM,))
    return await ActivityEnvironment().run(saying(activities, *said).carry_out, asked)
