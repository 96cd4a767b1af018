"""Keeps people's calendars up to date by mail, beside whatever else is done: no fact and no notice waits for it."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from email.headerregistry import Address
from typing import Final

import asyncpg
import structlog

from activities.calendars import ZONE, invitation, summary
from activities.post import Line, Mail, MailAddressError, Outcome, Post, address_of
from lifecycle.dates import clock_time, long_date
from lifecycle.diary import Entry, Happening, diary
from lifecycle.gathering import Subject
from lifecycle.invitations import Owed, owed
from records import invitations, ledger
from records.database import SECONDS_TO_ACQUIRE, Pool
from records.invitations import Guest, Host
from schemas.recording import Ledger

CLOSE_SECONDS: Final = 10.0
_AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

_log = structlog.stdlib.get_logger("activities.invitations")


class Invitations:
    """Looks, after something was recorded or carried out, whose calendar is to be told something.

    What a look could not send, because it is night or a server is away, the next one sends: it compares what should
    stand with what was sent. Each message is kept right after the mail server took it; a crash in between repeats it
    under the same Message-ID and SEQUENCE, which a calendar takes for the same.
    """

    def __init__(self, pool: Pool, post: Post) -> None:
        self._pool = pool
        self._post = post
        self._going: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, datetime] = {}

    def look(self, subject: str, at: datetime) -> None:
        """Look at a subject, by the clock ``at`` of its workflow. Returns at once."""
        if subject in self._going:
            self._again[subject] = at
            return
        task = asyncio.create_task(self._looked(subject, at))
        self._going[subject] = task
        task.add_done_callback(lambda _: self._done(subject))

    def _done(self, subject: str) -> None:
        del self._going[subject]
        if subject in self._again:
            self.look(subject, self._again.pop(subject))

    async def close(self) -> None:
        """Let what is on its way arrive."""
        self._again.clear()
        if self._going:
            _, late = await asyncio.wait(self._going.values(), timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _looked(self, subject: str, at: datetime) -> None:
        try:
            sent = await self.send(subject, at)
        except _AWAY as error:
            _log.warning("invitations.later", subject=subject, error=type(error).__name__)
            return
        if sent:
            _log.info("invitations.sent", subject=subject, messages=sent)

    async def send(self, subject: str, at: datetime) -> int:
        """Send what is owed now to all who are invited; how many messages the mail server took."""
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
            guests = await invitations.guests(conn, subject)
            if not guests:
                return 0
            kept = (await ledger.as_known(conn, {subject}, at))[subject]
            host = await invitations.host(conn, subject)
            known = {guest.person: await invitations.known(conn, subject, guest.person) for guest in guests}
        sent = 0
        async with self._post.line() as line:
            for guest in guests:
                entries, night = await asyncio.to_thread(_entries, subject, kept, guest, at)
                for one in owed(entries, known[guest.person], at):
                    if night and one.entry.what is not Happening.INTRO_DAY:
                        continue
                    sent += await self._tell(line, host, guest, one, at)
        return sent

    async def _tell(self, line: Line, host: Host, guest: Guest, one: Owed, at: datetime) -> bool:
        try:
            office = address_of(host.name or "", host.address) if host.address else self._post.sender
            mail = _mail(host, office, guest, one, at)
        except MailAddressError:
            return False
        posted = await line.send(mail)
        if posted.outcome is Outcome.TEMPORARY:
            return False
        status: invitations.Status = "cancelled" if one.cancels else "requested"
        if posted.outcome is Outcome.PERMANENT:
            status = "undeliverable"
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
            await invitations.keep(conn, guest.person, one, status, at)
        return posted.outcome is Outcome.SENT


def _entries(name: str, kept: Ledger, guest: Guest, at: datetime) -> tuple[list[Entry], bool]:
    """What should stand in somebody's calendar, and whether mail must wait for the hours to open."""
    if not kept.facts:
        return [], False
    subject = Subject.of(kept.facts, kept.done, at)
    night = subject.state.life.calendar.sendable(at) > at
    return (diary(name, subject, guest.person) if guest.wanted else []), night


def _mail(host: Host, office: Address, guest: Guest, one: Owed, at: datetime) -> Mail:
    team = host.team or "your team"
    what = summary(one.entry, team)
    kind = "Cancelled" if one.cancels else "Updated" if one.sequence else "Invitation"
    when = _when(one.entry)
    news = "does not take place then" if one.cancels else "is for your calendar"
    words = f"{what}, {when}, {news}. You need not answer."
    why = (
        "You get this because you booked the course."
        if one.entry.what is Happening.INTRO_DAY
        else "You get this because you asked for invitations; on your own page you can stop them."
    )
    text = f"Hello {guest.name},\n\n{words}\n\n{why}\n\n{host.name or 'The programme office'}\n"
    return Mail(
        key=hashlib.sha256(f"{guest.person}/{one.entry.uid}/{one.sequence}".encode()).hexdigest(),
        to_name=guest.name,
        to_address=guest.address,
        reply_name=host.name or "",
        reply_address=host.address,
        subject=f"{kind}: {what}, {when}",
        text=text,
        html="",
        at=at,
        calendar=invitation(one, team, office, address_of(guest.name, guest.address), at),
        method="CANCEL" if one.cancels else "REQUEST",
    )


def _when(entry: Entry) -> str:
    day = long_date(entry.day)
    return f"{day} at {clock_time(entry.starts_at.astimezone(ZONE).time())}" if entry.starts_at else day
