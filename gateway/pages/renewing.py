"""A link is read; one that is over, or from before its person's links were forgotten, is sent anew to that person."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response

from activities.links import ANSWERABLE_FOR, Link, LinkExpired, LinkOutdated, Purpose
from activities.mail import Mail
from activities.short_mails import ShortMail
from gateway.context import AppContext, counting, now
from gateway.pages import forms
from gateway.pages.drawing import message
from gateway.pages.kindly import AGAIN
from gateway.pages.mailing import sent
from gateway.pages.route import Context, PageRoute, link_of, root_of
from gateway.pages.shown import Nobody, links_of
from records import pages as read
from records.database import serve_only
from records.pages import Reader
from records.roles import academies_of

OF_ITSELF: Final = frozenset({Purpose.BOOK, Purpose.CONFIRM, Purpose.UNDO})
"""What knows by itself whether it still holds: a booking has no person yet, and an address is what it changes."""

_log = structlog.stdlib.get_logger("gateway.pages")

pages: Final = APIRouter(route_class=PageRoute, include_in_schema=False)


async def opened(context: AppContext, token: str) -> Link:
    """What a link says. Raises LinkForged, LinkExpired, LinkOutdated, and Nobody where its person never was."""
    link = link_of(context, token)
    if link.purpose in OF_ITSELF:
        return link
    async with context.connection() as conn:
        # A link of a record that was merged is the kept one's, in whose epoch it works.
        kept = await read.reader(conn, link.person)
        theirs = await academies_of(conn, kept.person) if kept else frozenset()
    if kept is None:
        raise Nobody
    if kept.links_epoch != link.epoch:
        raise LinkOutdated(link)
    serve_only({*theirs, link.subject.partition(".")[0]} - {""})
    return replace(link, person=kept.person)


@pages.post("/a/{token}/again")
async def send_again(request: Request, token: str, context: Context) -> Response:
    """Mail a new link to the person of an old one. The answer says nothing of them."""
    form, root = await request.form(max_fields=10), root_of(context)
    try:
        link = link_of(context, token)
    except LinkExpired as over:
        link = over.link
    if not AGAIN.pressed(context, form.get(forms.STATE)):
        raise LinkOutdated(link)
    async with context.connection() as conn:
        reader = await read.reader(conn, link.person)
    known = reader is not None and reader.address is not None and link.purpose not in OF_ITSELF
    if reader and known and await _in_time(context, reader):
        made = replace(link, expires_at=now() + ANSWERABLE_FOR, epoch=reader.links_epoch, sent_at=now())
        wrong = await sent(context, _mail(reader, links_of(context).url(made)))
        _log.info("pages.sent_again", person=link.person, purpose=link.purpose.value, sent=not wrong)
    return message(
        "Check your email",
        "If this link was for you, a new one is on its way to the address we have for you.",
        "If it doesn't arrive, wait a few minutes and check your junk folder.",
        status=200,
        root=root,
    )


async def _in_time(context: AppContext, reader: Reader) -> bool:
    async with counting(context) as counts:
        return await counts.mailed_own(reader.person, "again")


def _mail(reader: Reader, url: str) -> Mail:
    whom = (reader.name or "", reader.address or "")
    return ShortMail.called("new_link", reader.language).write(url, whom, now(), url)
