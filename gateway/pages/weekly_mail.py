"""Stopping the weekly mail, and having it again: a button on a page, or one click in a mail program (RFC 8058)."""

from __future__ import annotations

from typing import Final

from activities.links import Link
from gateway.context import AppContext
from gateway.pages.shown import Nobody
from records import digests, invitations, pages


async def wanted(context: AppContext, link: Link) -> bool:
    """Whether the reader has the weekly mail. Raises Nobody for somebody who was erased."""
    async with context.connection() as conn:
        reader = await pages.reader(conn, link.person)
        if reader is None or reader.name is None:
            raise Nobody
        return bool(await digests.wanted(conn, {reader.person}))


async def invited(context: AppContext, link: Link) -> bool:
    """Whether the reader has sessions, course days and reviews as invitations."""
    async with context.connection() as conn:
        return await invitations.wanted(conn, link.person)


async def change(context: AppContext, link: Link, answer: object) -> None:
    """What the reader wants from now on; a mail program that stops the weekly mail with one click says nothing else."""
    async with context.connection() as conn:
        if answer in _INVITES:
            await invitations.want(conn, link.person, wanted=_INVITES[str(answer)])
        else:
            await digests.want(conn, link.person, wanted=answer == "start")


_INVITES: Final = {"invite": True, "uninvite": False}
