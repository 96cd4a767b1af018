"""Short messages beside mail: a text message by GOV.UK Notify, or a chat service by apprise.

Mail comes first, and is what counts. A channel is used only where settings switch it on, only for somebody who has
chosen it, and only beside what goes at once: never for the weekly mail. A message says what the mail is about and links
to where it is answered. It names no person and is tried once, after the mail was handed in: what becomes of it changes
nothing about the mail, and nobody waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog
from jinja2 import Environment

from activities.links import Links
from activities.phrases import Phrases
from activities.templating import SHIPPED
from activities.wording import heading_of_all, most_urgent_first, section
from records import channels as records
from records.channels import Begun, ChannelName
from records.database import SECONDS_TO_ACQUIRE, Connection, Pool
from records.notices import Letter

NOTIFY_URL: Final = "https://api.notifications.service.gov.uk"

AT_ONCE: Final = 8
"""So many messages are on their way at a time; each holds a thread."""
SEND_SECONDS: Final = 10.0
"""For one message, after which its outcome is taken for a failure."""
WAIT_SECONDS: Final = 60.0
"""How long a message waits for its turn. A later one would tell of what the mail said long ago."""
CLOSE_SECONDS: Final = 12.0
"""How long a worker that stops waits for messages on their way."""
_CONNECT_SECONDS: Final = 3.0
_READ_SECONDS: Final = 5.0

_LOUD: Final = ("apprise", "notifications_python_client", "urllib3")
"""Loggers of what sends: their lines may hold a telephone number, or the secret in a chat service's address."""

_CARDS: Final = {
    service: Path(__file__).parent / "templates" / "cards" / name
    for service, name in (("workflows", "teams.json"), ("workflow", "teams.json"), ("slack", "slack.json"))
}
_LONGEST_HEADING: Final = 150
_WITH_BLOCKS: Final = ("bot", "hook", "gov-hook")
"""Slack's ways in that take more than the fields somebody named."""

_PUNCTUATION: Final = re.compile(r"[\s().-]")
_UNITED_KINGDOM: Final = re.compile(r"07\d{9}")
_INTERNATIONAL: Final = re.compile(r"\+[1-9]\d{7,14}")
_SERVICE: Final = re.compile(r"[a-z][a-z0-9]*")

if TYPE_CHECKING:
    from apprise import NotifyBase

_log = structlog.stdlib.get_logger("activities.channels")


class ChannelAddressError(ValueError):
    """Nobody can be reached there. The message says how it is written, and never holds it."""


class NotTaken(Exception):
    """The service did not take a message. ``code`` says why, as ``notify_400``; never in the service's words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Short:
    """What goes by a channel: what a mail is about, and where to answer. ``reference`` is a notice's id.

    ``ask`` is what is asked, in a sentence or two; ``action`` what the link says. Without pages there is no link, and
    ``otherwise`` says where to look.
    """

    reference: str
    subject: str
    ask: str = ""
    action: str = ""
    link: str = ""
    otherwise: str = "Please check your email."

    @property
    def message(self) -> str:
        """Where to answer, for who is shown text alone."""
        return f"{self.action}: {self.link}" if self.link else self.otherwise


class Channel(Protocol):
    """One way to reach people."""

    def send(self, address: str, short: Short) -> None:
        """Hand one message in, once. It may block for some seconds. Raises NotTaken."""


class TextMessages:
    """Text messages by GOV.UK Notify, from a template of the service with the placeholders ``subject``, ``message``."""

    def __init__(self, api_key: str, template: str, url: str = NOTIFY_URL) -> None:
        _say_nothing()
        self._api_key = api_key
        self._template = template
        self._url = url

    def send(self, address: str, short: Short) -> None:
        """One text message; Notify has it, which is not to say that the telephone has."""
        # Takes seconds to import, and is needed only where text messages are switched on.
        from notifications_python_client.errors import APIError  # noqa: PLC0415
        from notifications_python_client.notifications import NotificationsAPIClient  # noqa: PLC0415

        client: Any = NotificationsAPIClient(self._api_key, base_url=self._url, timeout=_READ_SECONDS)  # type: ignore[no-untyped-call] # it has no types
        said = {"subject": short.subject, "message": short.message}
        try:
            with client.request_session:
                client.send_sms_notification(address, self._template, said, reference=short.reference)
        except APIError as error:
            raise NotTaken(f"notify_{error.status_code}" if error.response is not None else "unreachable") from None


class ChatServices:
    """Chat services by apprise: those of ``allowed``, named as apprise's addresses begin, e.g. ``slack``."""

    def __init__(self, allowed: Collection[str]) -> None:
        _say_nothing()
        self._allowed = frozenset(allowed)

    def send(self, address: str, short: Short) -> None:
        """One message to one address; apprise says whether it was taken, and not why not."""
        if service_of(address) not in self._allowed:
            raise NotTaken("service_not_allowed")
        # As above.
        from apprise import Apprise, AppriseAsset, NotifyFormat  # noqa: PLC0415

        # No pictures from apprise's own site.
        asset = AppriseAsset(app_id="Coaching", app_desc="Coaching programme", image_url_mask="", image_url_logo="")
        plugin = Apprise.instantiate(address, asset=asset)
        if plugin is None:
            raise NotTaken("malformed_address")
        # The address may ask for longer, and for redirects to anywhere.
        plugin.socket_connect_timeout, plugin.socket_read_timeout = _CONNECT_SECONDS, _READ_SECONDS
        plugin.redirects = False
        _put_on_card(plugin, service_of(address), short)
        if not plugin.notify(title=short.subject, body=short.message, body_format=NotifyFormat.TEXT):
            raise NotTaken("chat_refused")


def _put_on_card(plugin: NotifyBase, service: str, short: Short) -> None:
    """Have Teams or Slack show what has a link as a card with a button, by apprise's templates."""
    from apprise import AppriseAttachment  # noqa: PLC0415 - as above

    if not isinstance(getattr(plugin, "template", None), AppriseAttachment):
        return
    shown: Any = plugin
    # Never the file that an address names: it would be read on this machine.
    shown.template = AppriseAttachment(asset=shown.asset)
    # A workflow of Slack's own takes what its maker named, and no card.
    if not short.link or service not in _CARDS or (service == "slack" and shown.mode not in _WITH_BLOCKS):
        return
    shown.template.add(str(_CARDS[service]))
    shown.use_blocks = True
    asked, ask = short.subject, short.ask or short.subject
    if service == "slack":
        asked, ask = escape(asked, quote=False), escape(ask, quote=False)
    heading = asked if len(asked) <= _LONGEST_HEADING else f"{asked[: _LONGEST_HEADING - 1]}…"
    shown.tokens = {"asked": asked, "heading": heading, "ask": ask, "plain": short.message, "action": short.action,
                     "link": short.link}  # fmt: skip


def read_number(written: str) -> str:
    """A mobile number in E.164, of ``07700 900123`` or ``+44 7700 900123``. Raises ChannelAddressError."""
    bare = _PUNCTUATION.sub("", written)
    if _UNITED_KINGDOM.fullmatch(bare):
        return f"+44{bare[1:]}"
    if bare.startswith("+440"):
        bare = f"+44{bare[4:]}"
    if not _INTERNATIONAL.fullmatch(bare):
        raise ChannelAddressError("write a mobile number as 07700 900123, or with its country as +44 7700 900123")
    if bare.startswith("+44") and not _UNITED_KINGDOM.fullmatch(f"0{bare[3:]}"):
        raise ChannelAddressError("a mobile number of the United Kingdom is 07 and nine more digits")
    return bare


def read_services(written: str) -> frozenset[str]:
    """The chat services of ``workflows, slack``. Raises ChannelAddressError for one that apprise does not have."""
    names = frozenset(name.strip().lower() for name in written.split(",") if name.strip())
    if not names:
        return names
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415 - takes a second

    known = NotificationManager()  # type: ignore[no-untyped-call] # it has no types
    if not all(_SERVICE.fullmatch(name) for name in names):
        raise ChannelAddressError("holds more than names of services")
    if unknown := sorted(name for name in names if name not in known):
        raise ChannelAddressError(f"apprise has no service {', '.join(unknown)}")
    return names


def read_chat_address(written: str, allowed: Collection[str]) -> str:
    """A chat service's address as apprise writes it, e.g. ``slack://…``. Raises ChannelAddressError."""
    address = written.strip()
    service = service_of(address)
    if not service:
        raise ChannelAddressError("write it as apprise does, beginning with the service: slack://…")
    if service not in allowed:
        raise ChannelAddressError(f"{service} is not switched on; there is {', '.join(sorted(allowed)) or 'none'}")
    from apprise import Apprise  # noqa: PLC0415 - takes a second

    _say_nothing()
    if Apprise.instantiate(address) is None:
        raise ChannelAddressError(f"apprise cannot read this as an address of {service}; see its page on {service}")
    return address


def service_of(address: str) -> str:
    """The service that a chat address names; empty for none. It is no secret, what follows may be."""
    service, there, _ = address.strip().partition("://")
    return service.lower() if there and _SERVICE.fullmatch(service.lower()) else ""


def shortly(letters: Sequence[Letter], at: datetime, links: Links | None, templates: Environment = SHIPPED) -> Short:
    """The short message beside a mail of these notices: the most urgent one's heading, and one link."""
    ordered = most_urgent_first([_nameless(letter) for letter in letters])
    first, phrases = section(ordered[0], at, links, templates), Phrases.of(ordered[:1], templates)
    about = heading_of_all(ordered[0], first.heading, len(ordered), phrases)
    short = Short(ordered[0].id, about, first.ask, otherwise=phrases.say("check_your_email"))
    if first.link:
        return replace(short, action=phrases.say("button", matter=""), link=first.link)
    if links:
        home = links.home(ordered[0].notice.person, ordered[0].links_epoch, at)
        return replace(short, action=phrases.say("your_page"), link=home)
    return short


def _nameless(letter: Letter) -> Letter:
    """So that a heading says *the coach* or *participant P07*: no name goes to another service."""
    course = replace(letter.course, delegate_name=None) if letter.course else None
    return replace(letter, coach_name=None, course=course)


class Channels:
    """The channels that are switched on. Nothing waits for a message but :meth:`close`, for the last ones."""

    def __init__(self, pool: Pool, ways: Mapping[ChannelName, Channel]) -> None:
        self._pool = pool
        self._ways = dict(ways)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="channels")
        self._going: set[asyncio.Task[None]] = set()

    async def begin(self, connection: Connection, notices: Sequence[str], at: datetime) -> Begun | None:
        """Note the message beside the mail of these notices, in the transaction that settles them; None for none."""
        return await records.begin(connection, notices, self._ways.keys(), at) if self._ways else None

    def send(self, begun: Begun, short: Short, at: datetime) -> None:
        """Try a message that was noted, once, and keep what became of it. Returns at once."""
        task = asyncio.create_task(self._send(begun, short, at))
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def close(self) -> None:
        """Let what is on its way arrive; what takes longer stays noted as begun."""
        if self._going:
            _, late = await asyncio.wait(self._going, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _send(self, begun: Begun, short: Short, at: datetime) -> None:
        failure = await self._failure(begun, short)
        _log.info("channels.tried", channel=begun.channel, notices=len(begun.notices), failure=failure)
        try:
            async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
                await records.settle(connection, begun.notices, at, failure)
        except Exception as error:  # noqa: BLE001 - nothing waits for it
            _log.warning("channels.unsettled", channel=begun.channel, error=type(error).__name__)

    async def _failure(self, begun: Begun, short: Short) -> str | None:
        """Why the service did not take it; None when it did."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            return "busy"
        try:
            async with asyncio.timeout(SEND_SECONDS):
                way = self._ways[begun.channel]
                await asyncio.get_running_loop().run_in_executor(self._threads, way.send, begun.address, short)
        except NotTaken as refused:
            return refused.code
        except TimeoutError:
            return "timed_out"
        except Exception as error:  # noqa: BLE001 - of a hundred services; its words may hold the address
            return f"broken_{type(error).__name__}"
        finally:
            self._turns.release()
        return None


def _say_nothing() -> None:
    for name in _LOUD:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
