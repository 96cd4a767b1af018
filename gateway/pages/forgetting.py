"""Somebody's earlier links are forgotten: after a lost phone, or a mail in wrong hands."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import FormData
from starlette.responses import Response

from activities.links import Link, Purpose
from gateway.context import AppContext, now
from gateway.pages import reading
from gateway.pages.asked import Answer, Choice, Question
from gateway.pages.drawing import draw_question, message
from gateway.pages.forms import STATE, Forms
from gateway.pages.route import root_of
from gateway.pages.shown import Nobody, links_of
from operations import people
from operations.callers import Caller
from records import pages
from records.pages import Office, Reader

_ASKING: Final = Question(
    title="Stop the links in earlier emails from working?",
    topic="forget-links",
    mark=(),
    lead=(
        "Do this if you've lost your phone, or somebody else has one of our emails to you.",
        "Links in all our emails so far will stop working. We'll sign you out everywhere, and ask for a code again.",
        "Our next emails will have new links. A calendar you've subscribed to keeps working: stop it on its own page.",
    ),
    answers=(Answer(name="forget", buttons=(Choice("yes", "Stop all earlier links"),), variant="warning", note=False),),
)


async def page(context: AppContext, link: Link) -> Response:
    """The question."""
    _, office = await _reader(context, link)
    return draw_question(
        _ASKING,
        state=Forms(context.settings.signing_keys).state(_ASKING, now()),
        changing=False,
        home=links_of(context).url(link.onward(Purpose.HOME)),
        office=office,
        root=root_of(context),
    )


async def take(context: AppContext, link: Link, form: FormData) -> Response:
    """Forget them. The link of this page is one of them."""
    reader, office = await _reader(context, link)
    if Forms(context.settings.signing_keys).own(form.get(STATE), _ASKING.topic) is None:
        return await page(context, link)
    async with context.connection() as conn:
        caller = Caller.of(f"person:{reader.person}", reading.door(reader.person), reader.academy)
        await people.forget_links(conn, caller, reader.person, now())
    root = root_of(context)
    words = (
        "No link in our emails so far works any more, and you're signed out everywhere. Our next emails have new ones."
    )
    home, label = f"{root}/sign-in", "Sign in"
    return message(
        "Your earlier links are stopped", words, status=200, office=office, home=home, home_label=label, root=root
    )


async def _reader(context: AppContext, link: Link) -> tuple[Reader, Office | None]:
    async with context.connection() as conn:
        reader = await reading.reader(conn, link.person)
        if reader is None or reader.name is None:
            raise Nobody
        return reader, await pages.office_of(conn, reader.academy)
