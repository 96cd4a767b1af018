"""Another mail address: asked for on one page, confirmed from a mail to the new address, told to the old one."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from activities.links import CONFIRMABLE_FOR, Link, Purpose
from activities.mail import Mail
from activities.mailer import Mailer, Outcome
from gateway.context import AppContext, now
from gateway.pages.asked import Answer, Choice, Field, Question
from gateway.pages.drawing import short_mail
from gateway.pages.shown import Nobody, links_of
from operations import open_forms, people
from operations.callers import Caller
from operations.open_forms import Asking
from operations.people import NobodyError
from records import pages
from records.errors import AddressTaken
from records.pages import Office, Reader

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

TAKEN: Final = "You can't use this address. Please ask the programme office."
TOO_OFTEN: Final = "You've asked for several of these emails lately. Please check them first, or try again tomorrow."
NO_MAIL: Final = "We can't send the email at the moment. Nothing has changed: please try again in a few minutes."
REFUSED: Final = "This address doesn't accept our email. Please check it and try again."


class Sealed:
    """Keeps an address unreadable in a link: nobody who sees the link's text learns it."""

    def __init__(self, keys: Sequence[str]) -> None:
        made = [Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"sealed:{key}".encode()).digest())) for key in keys]
        # The newest key comes last in the settings and first here.
        self._keys = MultiFernet(made[::-1])

    def seal(self, new: str, old: str) -> str:
        """The new address, and the one it takes the place of."""
        return self.seal_words(new, _digest(old))

    def open(self, sealed: str) -> tuple[str, str]:
        """The new address, and a digest of the old one. Raises Nobody for what we did not seal."""
        try:
            new, old = self.open_words(sealed)
        except ValueError:
            raise Nobody from None
        return new, old

    def seal_words(self, *words: str) -> str:
        """Some words, unreadable."""
        return self._keys.encrypt(json.dumps(words, ensure_ascii=False).encode()).decode()

    def open_words(self, sealed: str) -> list[str]:
        """The words. Raises Nobody for what we did not seal."""
        try:
            return [str(word) for word in json.loads(self._keys.decrypt(sealed.encode()))]
        except (InvalidToken, ValueError):
            raise Nobody from None


def _digest(address: str) -> str:
    return hashlib.sha256(address.lower().encode()).hexdigest()[:16]


def confirming(new: str) -> Question:
    """The question whether a new address holds."""
    return replace(CONFIRMING, lead=(f"Emails from the coaching programme will go to {new}.",))


async def reader_of(context: AppContext, link: Link) -> tuple[Reader, Office | None]:
    """Who wants another address, and whom to ask. Raises Nobody for somebody who was erased."""
    async with context.connection() as conn:
        reader = await pages.reader(conn, link.person)
        if reader is None or reader.address is None:
            raise Nobody
        return reader, await pages.office_of(conn, reader.academy)


async def ask_to_confirm(context: AppContext, reader: Reader, new: str, at: datetime, client: str) -> str:
    """Send the email that confirms a new address; empty when it went, else what is wrong.

    Whether somebody has the address already makes no difference, so that nobody learns it.
    """
    key = context.settings.signing_keys[-1]
    asking = Asking(key, f"{reader.person}/{at.isoformat()}", new, client or reader.person, now())
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
    sealed = Sealed(context.settings.signing_keys).seal(new, reader.address or "")
    url = links_of(context).url(Link(Purpose.CONFIRM, reader.person, "", sealed, at + CONFIRMABLE_FOR))
    asked = f"{_SOMEBODY} To confirm it, open this page and press the button. The link works for two days."
    return _mail(reader, ("", new), at, "Please confirm your new email address", (asked, _NOT_YOU), ("Confirm", url))


_SOMEBODY: Final = "Somebody asked us to send their emails from the coaching programme to this address."
_NOT_YOU: Final = "If you didn't ask for this, you don't need to do anything: nothing changes."


async def change(context: AppContext, reader: Reader, office: Office | None, sealed: str, at: datetime) -> str:
    """Change the address, and tell the old one first. Empty when it is changed, else what is wrong."""
    new, replaced = Sealed(context.settings.signing_keys).open(sealed)
    if (reader.address or "").lower() == new.lower():
        return ""
    if _digest(reader.address or "") != replaced:
        return TAKEN
    whom = f" to {office.name}, {office.address}" if office else " to the programme office"
    words = (
        "Emails from the coaching programme now go to another address, as you asked.",
        f"If you didn't ask for this, please write straight away{whom}.",
    )
    mail = _mail(reader, (reader.name or "", reader.address or ""), at, "Your email address was changed", words, None)
    told = await sent(context, mail)
    if told == NO_MAIL:
        return told
    async with context.connection() as conn:
        caller = Caller.of(f"person:{reader.person}", "page", reader.academy)
        try:
            await people.change_address(conn, caller, reader.person, new, at, shared=True)
        except (AddressTaken, NobodyError):
            return TAKEN
    return ""


async def sent(context: AppContext, mail: Mail) -> str:
    """Send a mail now. Empty when it went, else what is wrong, in words."""
    settings = context.settings
    async with Mailer(settings.mail_server, settings.sender) as mailer, mailer.connection() as connection:
        posted = await connection.send(mail)
    match posted.outcome:
        case Outcome.SENT:
            return ""
        case Outcome.PERMANENT:
            return REFUSED
        case _:
            return NO_MAIL


def _mail(
    reader: Reader,
    to: tuple[str, str],
    at: datetime,
    subject: str,
    words: tuple[str, ...],
    link: tuple[str, str] | None,
) -> Mail:
    key = f"{subject}\n{reader.person}\n{to[1]}\n{at.isoformat()}"
    return short_mail(key, to, at, subject, words, link)
