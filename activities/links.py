"""The links in mails: each a signed token that says who may answer what, and until when.

A token holds opaque ids and is never stored. What stands in a mail does its one thing by itself; whatever else a link
leads to opens only in a browser that is known to be the person's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
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

SAVED_FOR: Final = timedelta(days=3 * 365)
"""How long the link to somebody's certificate works. Their own page brings a new one."""

CONFIRMABLE_FOR: Final = timedelta(days=2)
"""How long a new mail address waits to be confirmed."""

UNDOABLE_FOR: Final = timedelta(days=7)
"""How long the old address can undo that another took its place."""

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
    UNDO = "undo"
    FORGET = "forget"
    BOOKING = "booking"
    COURSE = "course"
    BOOK = "book"
    HELD = "held"
    CALENDAR = "calendar"
    LEAVE = "leave"
    WEEKLY_MAIL = "weekly_mail"
    CERTIFICATE = "certificate"
    RECORD = "record"


ONE_THING: Final = frozenset(
    {
        Purpose.NOTICE,
        Purpose.SESSION,
        Purpose.STOPPED,
        Purpose.BOOK,
        Purpose.CONFIRM,
        Purpose.UNDO,
        Purpose.CERTIFICATE,
        Purpose.WEEKLY_MAIL,
    }
)
"""What a mail may ask for or bring: its link needs nothing else."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says. ``subject`` is an engagement or cohort, empty for what is about the person alone.

    ``about`` names the notice, the session's day or the enrolment; for a new address it is sealed. A link works in the
    ``epoch`` of its person's links in which it was made. ``sent_at`` is when it was mailed; one on a page has none.
    """

    purpose: Purpose
    person: str
    subject: str
    about: str
    expires_at: datetime
    epoch: int = 0
    sent_at: datetime | None = None

    @property
    def alone(self) -> bool:
        """Whether it opens by itself; every other needs a browser that is known to be the person's."""
        return self.sent_at is not None and self.purpose in ONE_THING

    def onward(self, purpose: Purpose, subject: str = "", about: str = "") -> Link:
        """A link on the page that this one opens: no longer than this one, and only in a known browser."""
        return replace(self, purpose=purpose, subject=subject, about=about, sent_at=None)

    def part(self, purpose: Purpose, about: str) -> Link:
        """A link to a part of what this one asks: it opens as this one does."""
        return replace(self, purpose=purpose, about=about)

    def last_sent(self, recorded: datetime | None) -> datetime | None:
        """When the latest mail was sent that leads there: this link's own, or one that was ``recorded``."""
        return max(filter(None, (self.sent_at, recorded)), default=None)


class LinkForged(Exception):
    """No key of ours signed this."""


class LinkExpired(Exception):
    """It is ours, and its time is over. ``link`` is what it said, so that the reader can be told whom to ask."""

    def __init__(self, link: Link) -> None:
        super().__init__("the link has expired")
        self.link = link


class LinkOutdated(Exception):
    """It is ours, and from before its person took another address, or had their links forgotten."""

    def __init__(self, link: Link) -> None:
        super().__init__("the link is from an earlier epoch")
        self.link = link


class Links:
    """Makes and reads links. The last key signs, all are accepted. Whether an epoch is over the records say."""

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
        notice = letter.notice
        if notice.matter is Matter.CERTIFICATE and notice.detail:
            link = Link(Purpose.CERTIFICATE, notice.person, letter.subject, notice.detail, at + SAVED_FOR)
        else:
            since = max(notice.answer_by or at, notice.starts_at or at, at)
            link = Link(Purpose.NOTICE, notice.person, letter.subject, letter.id, since + ANSWERABLE_FOR)
        return self.url(replace(link, epoch=letter.links_epoch, sent_at=at))

    def home(self, person: str, epoch: int, at: datetime) -> str:
        """The URL of somebody's own page."""
        return self.url(Link(Purpose.HOME, person, "", "", at + AT_HOME_FOR, epoch, at))

    def weekly_mail(self, person: str, epoch: int, at: datetime) -> str:
        """The URL at which somebody stops their weekly mail, or has it again."""
        return self.url(Link(Purpose.WEEKLY_MAIL, person, "", "", at + AT_HOME_FOR, epoch, at))

    def page(self, path: str) -> str:
        """The URL of a page that anybody may open."""
        return f"{self._root}/{path}"

    def url(self, link: Link) -> str:
        """The URL of a link: the same for the same link."""
        return self._at + self.token(link)

    def token(self, link: Link) -> str:
        """The token of a link. Never log it."""
        said = [link.purpose.value, link.person, link.subject, link.about, int(link.expires_at.timestamp())]
        return str(self._signer.dumps([*said, link.epoch, int(link.sent_at.timestamp()) if link.sent_at else 0]))

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
            purpose, person, subject, about, expires, epoch, sent = self._signer.loads(token)
            until, sent_at = datetime.fromtimestamp(expires, UTC), datetime.fromtimestamp(sent, UTC) if sent else None
            return Link(Purpose(purpose), person, subject, about, until, int(epoch), sent_at)
        except (BadData, ValueError, TypeError, OverflowError):
            raise LinkForged from None
