"""Stopping the weekly mail, and having it again: a button on a page, or one click in a mail program (RFC 8058)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from starlette.datastructures import FormData

from activities.links import Link
from gateway.context import AppContext
from gateway.pages import forms, reading
from gateway.pages.asked import Question
from gateway.pages.forms import Same, Stale, Told
from gateway.pages.human import Tap
from gateway.pages.shown import Nobody
from records import digests, invitations
from records.database import Connection
from records.pages import Reader

QUESTION: Final = Question(title="Your emails and your calendar", topic="weekly-mail", mark=())

ONE_CLICK: Final = [("List-Unsubscribe", "One-Click")]
"""All that a mail program posts to stop the weekly mail by itself; what says more, or less, is none."""

_INVITES: Final = {"invite": True, "uninvite": False}
_MAILS: Final = {"start": True, "stop": False}


async def wanted(context: AppContext, link: Link) -> bool:
    """Whether the reader has the weekly mail. Raises Nobody for somebody who was erased."""
    async with context.connection() as conn:
        reader = await _reader(conn, link)
        return bool(await digests.wanted(conn, {reader.person}))


async def invited(context: AppContext, link: Link) -> bool:
    """Whether the reader has sessions, course days and reviews as invitations."""
    async with context.connection() as conn:
        return await invitations.wanted(conn, link.person)


async def stop(context: AppContext, link: Link) -> None:
    """The reader's mail program says that they want it no more."""
    async with context.connection() as conn:
        await digests.want(conn, link.person, wanted=False)


async def take(context: AppContext, link: Link, form: FormData, present: datetime) -> Told | Same | Stale:
    """What the reader wants from now on; stale is what the page does not offer. Raises Doubted."""
    answer = str(form.get(forms.BUTTON))
    if answer not in _INVITES | _MAILS:
        return Stale()
    async with context.connection() as conn:
        reader, sent_at = await _reader(conn, link), link.last_sent(await digests.sent_at(conn, link.person))
        await forms.pressed(
            context, form, QUESTION, Tap(at=present, today=reader.clock.today(present), sent_at=sent_at)
        )
        if answer in _INVITES:
            before, wants = await invitations.wanted(conn, link.person), _INVITES[answer]
            await invitations.want(conn, link.person, wanted=wants)
        else:
            before, wants = bool(await digests.wanted(conn, {link.person})), _MAILS[answer]
            await digests.want(conn, link.person, wanted=wants)
    return Same() if before is wants else Told()


async def _reader(conn: Connection, link: Link) -> Reader:
    found = await reading.reader(conn, link.person)
    if found is None or found.name is None:
        raise Nobody
    return found
