"""Mails that a page sends at once, and what their links keep sealed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Final, Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from activities.mail import Mail
from activities.mailer import Mailer, Outcome
from gateway.context import AppContext
from gateway.pages.shown import Nobody
from process.settings import Settings

NO_MAIL: Final = "We can't send the email at the moment. Nothing has changed: please try again in a few minutes."
REFUSED: Final = "This address doesn't accept our email. Please check it and try again."


SealedFor = Literal["booking", "confirm", "undo", "place", "draft", "provider", "account"]


class Sealed:
    """Keeps words unreadable in links, cookies and rows, each for what it was sealed for: elsewhere it's nobody's."""

    def __init__(self, purpose: SealedFor, keys: Sequence[str]) -> None:
        digests = (hashlib.sha256(f"sealed:{purpose}:{key}".encode()).digest() for key in keys)
        made = [Fernet(base64.urlsafe_b64encode(digest)) for digest in digests]
        # The newest key comes last in the settings and first here.
        self._keys = MultiFernet(made[::-1])

    def seal_words(self, *words: str) -> str:
        """Some words, unreadable."""
        return self._keys.encrypt(json.dumps(words, ensure_ascii=False).encode()).decode()

    def open_words(self, sealed: str) -> list[str]:
        """The words. Raises Nobody for what we did not seal."""
        try:
            return [str(word) for word in json.loads(self._keys.decrypt(sealed.encode()))]
        except (InvalidToken, ValueError):
            raise Nobody from None


async def sent(context: AppContext, mail: Mail) -> str:
    """Send a mail now. Empty when it went, else what is wrong, in words."""
    return await handed_in(context.settings, mail)


async def handed_in(settings: Settings, mail: Mail) -> str:
    """The same, wherever the settings come from."""
    async with Mailer(settings.mail_server, settings.sender) as mailer, mailer.connection() as connection:
        posted = await connection.send(mail)
    match posted.outcome:
        case Outcome.SENT:
            return ""
        case Outcome.PERMANENT:
            return REFUSED
        case _:
            return NO_MAIL
