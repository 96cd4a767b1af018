"""Writes what was lived by the rules alone into the records, as if it had been recorded day by day."""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.projection import shown
from records import lived
from records.database import Pool
from records.lived import Past, Recorded, WeeklyMail
from records.subjects import Subjects
from rehearsal.pure.mail import Post
from rehearsal.pure.subject import PureSubject
from rehearsal.pure.world import PureWorld
from schemas.words import Code


async def write(pool: Pool, academy: Code, world: PureWorld) -> None:
    """All of it in one transaction; the projections of its last moment are made by the records themselves.

    Raises what Postgres raises where something of the same id was recorded before: then nothing is written.
    """
    async with pool.acquire() as conn, conn.transaction():
        for subject in world.subjects.values():
            await lived.write(conn, _past(subject, world))
        await lived.write_mail(conn, academy, list(world.post.notices.values()), list(_weekly(world.post)))
        projected = Subjects()
        for name in world.subjects:
            await projected.project(conn, name, world.at)


def _past(subject: PureSubject, world: PureWorld) -> Past:
    return Past(
        subject.name,
        [
            Recorded(
                told.fact,
                told.at,
                subject.kind.told(event_id=told.fact.event_id, recorded_at=told.at, standing=told.standing),
            )
            for told in subject.told
        ],
        [(shown(carried.item), carried.at) for carried in subject.carried],
        [(event_id, text) for event_id, text in world.words if event_id in subject.known.facts],
    )


def _weekly(post: Post) -> Iterator[WeeklyMail]:
    for (person, week), mail in post.digests.items():
        yield WeeklyMail(person, week, mail.at, mail.message_id, mail.lines, mail.withheld)
