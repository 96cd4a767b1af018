"""Another mail address: asked for on one page, confirmed from a mail to the new address, told to the old one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from starlette.datastructures import FormData
from starlette.responses import Response

from activities.links import CONFIRMABLE_FOR, Link, LinkOutdated, Purpose
from activities.mail import Mail
from activities.short_mails import ShortMail
from gateway.context import AppContext, now
from gateway.pages import fields, forms, kindly, reading, replaced
from gateway.pages.asked import Answer, Choice, Field, Question
from gateway.pages.drawing import draw_question
from gateway.pages.fields import Entered
from gateway.pages.forms import STATE, Amiss, Forms
from gateway.pages.human import Tap
from gateway.pages.mailing import NO_MAIL, Sealed, sent
from gateway.pages.route import root_of
from gateway.pages.shown import Nobody, links_of
from operations import open_forms, people
from operations.callers import Caller
from operations.open_forms import Asking
from operations.people import NobodyError, NotToldError
from records import pages
from records.errors import AddressTaken
from records.pages import Office, Reader
from schemas.sentences import say

ASKING: Final = Question(
    title="Change your email address",
    lead=(
        "We'll email the new address with a link to confirm it. Until you use that link, nothing changes.",
        "We'll tell your current address when it has changed.",
    ),
    topic="address",
    mark=(),
    answers=(
        Answer(
            name="address",
            fields=(
                Field(name="new", kind="email", label="Your new email address", missing="Enter your new email address"),
            ),
            buttons=(Choice("yes", "Send the email"),),
            note=False,
        ),
    ),
)

CONFIRMING: Final = Question(
    title="Use this email address from now on?",
    topic="confirm",
    mark=(),
    answers=(
        Answer(
            name="confirm", buttons=(Choice("yes", "Yes, use this address"),), note=False
        ),
    ),
)  # fmt: skip

_SIGNED_OUT: Final = "Links in earlier emails stop working, and we'll sign you out everywhere."
TAKEN: Final = "You can't use this address. Please ask the programme office."
TOO_OFTEN: Final = "You've asked for several of these emails lately. Please check them first, or try again tomorrow."


async def page(context: AppContext, link: Link, amiss: Amiss | None = None) -> Response:
    """The form for another address, or the question whether it holds."""
    reader, office = await _reader_of(context, link)
    question = ASKING
    if link.purpose is Purpose.CONFIRM:
        new = _confirmed(context, link)
        if new.lower() == (reader.address or "").lower():
            return kindly.address_changed(root_of(context), office)
        if reader.links_epoch != link.epoch:
            raise LinkOutdated(link)
        question = replace(
            CONFIRMING,
            lead=(
                say(
                    "Emails from the coaching programme will go to {new}. {signed_out}", new=new, signed_out=_SIGNED_OUT
                ),
            ),
        )
    return draw_question(
        question,
        state=Forms(context.settings.signing_keys).state(question, now()),
        changing=False,
        amiss=amiss,
        office=office,
        root=root_of(context),
    )


async def ask(context: AppContext, link: Link, form: FormData, client: str) -> Response:
    """Mail the new address. The same is answered whoever's it is: nothing is learned from it."""
    reader, office = await _reader_of(context, link)
    shown, answer = Forms(context.settings.signing_keys).own(form.get(STATE), ASKING.topic), ASKING.answers[0]
    if shown is None:
        return await page(context, link)
    entered = fields.read(answer, form)
    if not entered.faults:
        wrong = await _ask_to_confirm(context, reader, entered.values["new"], shown.at, client)
        entered.faults |= {"": wrong} if wrong else {}
    if entered.faults:
        return await page(context, link, Amiss(answer, entered))
    return kindly.mail_sent(root_of(context), office)


async def confirm(context: AppContext, link: Link, form: FormData) -> Response:
    """The new address holds. Raises LinkOutdated where another change came between."""
    reader, office = await _reader_of(context, link)
    new, answer = _confirmed(context, link), CONFIRMING.answers[0]
    at = now()
    if new.lower() != (reader.address or "").lower():
        if reader.links_epoch != link.epoch:
            raise LinkOutdated(link)
        await forms.pressed(context, form, CONFIRMING, Tap(at=at, today=reader.clock.today(at), sent_at=link.sent_at))
        if wrong := await _change(context, reader, new, at):
            return await page(context, link, Amiss(answer, Entered({}, {}, {"": wrong})))
    return kindly.address_changed(root_of(context), office)


def _confirmed(context: AppContext, link: Link) -> str:
    """The address that a link confirms. Raises Nobody for what we did not seal."""
    words = Sealed("confirm", context.settings.signing_keys).open_words(link.about)
    if len(words) != 1:
        raise Nobody
    return words[0]


async def _reader_of(context: AppContext, link: Link) -> tuple[Reader, Office | None]:
    """Who wants another address, and whom to ask. Raises Nobody for somebody who was erased."""
    async with context.connection() as conn:
        reader = await reading.reader(conn, link.person)
        if reader is None or reader.address is None:
            raise Nobody
        return reader, await pages.office_of(conn, reader.academy)


async def _ask_to_confirm(context: AppContext, reader: Reader, new: str, at: datetime, client: str) -> str:
    """Send the email that confirms a new address; empty when it went, else what is wrong.

    Whether somebody has the address already makes no difference, so that nobody learns it.
    """
    key = context.settings.signing_keys[-1]
    asking = Asking(key, f"{reader.person}/{at.isoformat()}", new, client, now())
    async with context.connection() as conn:
        if over := await open_forms.counted(conn, asking):
            return "" if over == "sent" else TOO_OFTEN
    wrong = await sent(context, _confirmation(context, reader, new, at))
    if wrong:
        async with context.connection() as conn:
            await open_forms.not_sent(conn, asking)
    return wrong


def _confirmation(context: AppContext, reader: Reader, new: str, at: datetime) -> Mail:
    """Nobody has proved whose address it is: so it names nobody."""
    sealed = Sealed("confirm", context.settings.signing_keys).seal_words(new)
    until = now() + CONFIRMABLE_FOR
    url = links_of(context).url(Link(Purpose.CONFIRM, reader.person, "", sealed, until, reader.links_epoch, now()))
    key = f"{reader.person}\n{new}\n{at.isoformat()}"
    return ShortMail.called("new_address", reader.language).write(key, ("", new), at, url)


async def _change(context: AppContext, reader: Reader, new: str, at: datetime) -> str:
    """Change the address. Empty, or what is wrong."""
    caller = Caller.of(f"person:{reader.person}", reading.door(reader.person), reader.academy)
    tell = partial(replaced.told, context.settings)
    try:
        async with context.connection() as conn:
            await people.change_address(conn, caller, reader.person, new, at, tell, shared=True)
    except NotToldError:
        return NO_MAIL
    except (AddressTaken, NobodyError):
        return TAKEN
    return ""
