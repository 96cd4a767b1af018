"""The old address undoes a change of address: nothing done in between holds any more, and the office hears."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.datastructures import FormData
from starlette.responses import Response

from activities.links import Link
from activities.short_mails import ShortMail
from gateway.context import AppContext, now
from gateway.pages import forms, kindly, reading
from gateway.pages.asked import Answer, Choice, Question
from gateway.pages.drawing import draw_question, message
from gateway.pages.fields import Entered
from gateway.pages.forms import Amiss, Forms
from gateway.pages.human import Tap
from gateway.pages.mailing import NO_MAIL, Sealed, sent
from gateway.pages.route import root_of
from gateway.pages.shown import Nobody
from operations import people
from operations.callers import Caller
from operations.people import NotToldError
from records import links, pages
from records.errors import AddressTaken
from records.pages import Office, Reader

_ANSWER: Final = Answer(name="undo", buttons=(Choice("yes", "Yes, use my old address again"),), note=False)
_ASKING: Final = Question(
    title="Undo the change of your email address?",
    topic="undo-address",
    mark=(),
    lead=(
        "Emails from the coaching programme will go to this address again, the one you had before.",
        "Links in earlier emails stop working, and we'll sign you out everywhere. We'll tell the programme office.",
    ),
    answers=(_ANSWER,),
)
_TAKEN: Final = "Somebody else has this address by now. Please ask the programme office."


@dataclass(frozen=True, slots=True)
class _Change:
    """What can be undone: whose address, which it was, and when it was changed; None where it is too late."""

    reader: Reader
    office: Office | None
    old: str
    since: datetime | None

    @property
    def undone(self) -> bool:
        return self.since is None and (self.reader.address or "").lower() == self.old.lower()


async def page(context: AppContext, link: Link, amiss: Amiss | None = None) -> Response:
    """The question; afterwards that it is done."""
    change = await _change(context, link)
    if change.since is None:
        return _over(context, change)
    state = Forms(context.settings.signing_keys).state(_ASKING, now())
    return draw_question(_ASKING, state=state, changing=False, amiss=amiss, office=change.office, root=root_of(context))


async def take(context: AppContext, link: Link, form: FormData) -> Response:
    """Undo it. The office must hear, and hears last, when it is done but for that."""
    change = await _change(context, link)
    if change.since is None:
        return await page(context, link)
    reader, at = change.reader, now()
    await forms.pressed(context, form, _ASKING, Tap(at=at, today=reader.clock.today(at), sent_at=change.since))
    caller = Caller.of(f"person:{reader.person}", "page", reader.academy)
    try:
        async with context.connection() as conn, conn.transaction():
            await people.undo_address(conn, caller, reader.person, change.old, change.since, at)
            await _tell_office(context, change, at)
    except (AddressTaken, NotToldError) as error:
        wrong = NO_MAIL if isinstance(error, NotToldError) else _TAKEN
        return await page(context, link, Amiss(_ANSWER, Entered(faults={"": wrong})))
    return await page(context, link)


async def _change(context: AppContext, link: Link) -> _Change:
    """Raises Nobody for somebody who was erased, and for what we did not seal."""
    change, _, sealed = link.about.partition(".")
    words = Sealed("undo", context.settings.signing_keys).open_words(sealed)
    async with context.connection() as conn:
        reader = await reading.reader(conn, link.person)
        if reader is None or reader.address is None or len(words) != 1:
            raise Nobody
        since = await links.undoable_since(conn, change, reader.person)
        return _Change(reader, await pages.office_of(conn, reader.academy), words[0], since)


def _over(context: AppContext, change: _Change) -> Response:
    root = root_of(context)
    if not change.undone:
        return kindly.too_late(root, change.office)
    words = "Emails from the coaching programme go to this address again. We've told the programme office."
    return message("Your email address is changed back", words, status=200, office=change.office, root=root)


async def _tell_office(context: AppContext, change: _Change, at: datetime) -> None:
    """Raises NotToldError while no mail goes."""
    reader, office = change.reader, change.office
    if office is None:
        return
    mail = ShortMail.called("address_undone", reader.language).write(
        f"{reader.person}\n{at.isoformat()}",
        (office.name, office.address),
        at,
        person=reader.name,
        new=reader.address,
        old=change.old,
    )
    if await sent(context, mail) == NO_MAIL:
        raise NotToldError
