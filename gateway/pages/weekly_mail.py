"""Stopping the weekly mail, and having it again: a button on a page, or one click in a mail program (RFC 8058)."""

from __future__ import annotations

from activities.links import Link
from gateway.doors import Doors
from gateway.pages.shown import Nobody
from records import digests, pages
from records.database import SECONDS_TO_ACQUIRE


async def wanted(doors: Doors, link: Link) -> bool:
    """Whether the reader has the weekly mail. Raises Nobody for somebody who was erased."""
    async with doors.pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        reader = await pages.reader(conn, link.person)
        if reader is None or reader.name is None:
            raise Nobody
        return bool(await digests.wanted(conn, {reader.person}))


async def change(doors: Doors, link: Link, *, wanted: bool) -> None:
    """The reader wants the weekly mail, or wants it no more."""
    async with doors.pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        await digests.want(conn, link.person, wanted=wanted)
