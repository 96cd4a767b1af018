"""The links in mails: each a signed token that says who may answer what, and until when.

A token holds opaque ids and is never stored. Whoever has it may do the one thing it is for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from itsdangerous import BadData, URLSafeSerializer

from records.notices import Letter
from schemas.words import Matter

ANSWERABLE_FOR: Final = timedelta(days=30)
"""How long after the day by which an answer is owed, or else after it was asked, a question's link works."""

AT_HOME_FOR: Final = timedelta(days=60)
"""How long the link to somebody's own page works. Every mail brings a new one."""

IN_CALENDARS_FOR: Final = timedelta(days=3 * 365)
"""How long a calendar can be subscribed to by one address: as long as an engagement lasts, and its aftercare."""

SAVED_FOR: Final = timedelta(days=3 * 365)
"""How long the link to somebody's certificate works. Their own page brings a new one."""

CONFIRMABLE_FOR: Final = timedelta(days=2)
"""How long a new mail address waits to be confirmed."""

_LONGEST: Final = 2000


class Purpose(StrEnum):
    """The one thing a link is for."""

    NOTICE = "notice"
    SESSION = "session"
    HOME = "home"
    STOPPED = "stopped"
    PAUSE = "pause"
    SLOT = "slot"
    WORK = "work"
    TEAM = "team"
    ADDRESS = "address"
    CONFIRM = "confirm"
    WORKLIST = "worklist"
    BOOKING = "booking"
    COURSE = "course"
    BOOK = "book"
    HELD = "held"
    CALENDAR = "calendar"
    LEAVE = "leave"
    WEEKLY_MAIL = "weekly_mail"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says. ``subject`` is an engagement or cohort, empty for what is about the person alone.

    ``about`` names the notice, the session's day or the enrolment; for a new address it is sealed.
    """

    purpose: Purpose
    person: str
    subject: str
    about: str
    expires_at: datetime


class LinkForged(Exception):
    """No key of ours signed this."""


class LinkExpired(Exception):
    """It is ours, and its time is over. ``link`` is what it said, so that the reader can be told whom to ask."""

    def __init__(self, link: Link) -> None:
        super().__init__("the link has expired")
        self.link = link


class Links:
    """Makes and reads links. The last key signs, all are accepted."""

    def __init__(self, public_url: str, keys: Sequence[str]) -> None:
        self._root = public_url.rstrip("/")
        self._at = f"{self._root}/a/"
        self._signer = URLSafeSerializer(
            list(keys), salt="link", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        )

    def for_notice(self, letter: Letter, at: datetime) -> str:
        """The URL under which the recipient answers this notice, or has what it is about.

        ``at`` is the sender's clock.
        """
        if letter.notice.matter is Matter.CERTIFICATE and letter.notice.detail:
            return self.certificate(letter.notice.person, letter.subject, letter.notice.detail, at)
        since = max(letter.notice.answer_by or at, letter.notice.starts_at or at, at)
        return self.url(Link(Purpose.NOTICE, letter.notice.person, letter.subject, letter.id, since + ANSWERABLE_FOR))

    def home(self, person: str, at: datetime) -> str:
        """The URL of somebody's own page."""
        return self.url(Link(Purpose.HOME, person, "", "", at + AT_HOME_FOR))

    def weekly_mail(self, person: str, at: datetime) -> str:
        """The URL at which somebody stops their weekly mail, or has it again."""
        return self.url(Link(Purpose.WEEKLY_MAIL, person, "", "", at + AT_HOME_FOR))

    def certificate(self, person: str, subject: str, about: str, at: datetime) -> str:
        """The URL of somebody's certificate of a cohort or course; ``about`` is the enrolment or booking."""
        return self.url(Link(Purpose.CERTIFICATE, person, subject, about, at + SAVED_FOR))

    def calendar(self, person: str, at: datetime) -> str:
        """The URL at which a calendar program reads somebody's diary."""
        return f"{self.url(Link(Purpose.CALENDAR, person, '', '', at + IN_CALENDARS_FOR))}.ics"

    def page(self, path: str) -> str:
        """The URL of a page that anybody may open."""
        return f"{self._root}/{path}"

    def url(self, link: Link) -> str:
        """The URL of a link: the same for the same link."""
        return self._at + self.token(link)

    def token(self, link: Link) -> str:
        """The token of a link. Never log it."""
        said = [link.purpose.value, link.person, link.subject, link.about, int(link.expires_at.timestamp())]
        return str(self._signer.dumps(said))

    def read(self, token: str, now: datetime) -> Link:
        """What a token says. Raises LinkForged, or LinkExpired."""
        link = self._read(token)
        if now >= link.expires_at:
            raise LinkExpired(link)
        return link

    def _read(self, token: str) -> Link:
        if len(token) > _LONGEST:
            raise LinkForged
        try:
            purpose, person, subject, about, expires = self._signer.loads(token)
            return Link(Purpose(purpose), person, subject, about, datetime.fromtimestamp(expires, UTC))
        except (BadData, ValueError, TypeError, OverflowError):
            raise LinkForged from None
