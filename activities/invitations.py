"""Keeps people's calendars up to date by mail. No fact and no notice waits for it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from typing import Final

import structlog
from temporalio import activity

from activities.calendars import invitation, organiser_for, summary
from activities.lateness import is_late
from activities.mail import Mail, MailAddressError, address_of
from activities.mailer import MailConnection, Mailer, Outcome
from activities.short_mails import ShortMail
from activities.signatures import Activity, InvitationsSent, SendInvitations
from lifecycle.dates import clock_of
from lifecycle.diary import Entry, Happening, diary
from lifecycle.gathering import Subject
from lifecycle.invitations import Owed, may_go, owed
from records import invitations, ledger
from records.database import SECONDS_TO_ACQUIRE, Connection, Pool
from records.invitations import Guest, Host

CLOSE_SECONDS: Final = 10.0
LOOKS_AT_ONCE: Final = 2
"""Each holds a connection to the database while it talks to the mail server."""


KeepAcademy = Callable[[str], Awaitable[None]]
"""Sees to it that an academy's weekly mail and calendars are kept."""


PassOnAll = Callable[[str, datetime], Awaitable[bool]]
"""Tells what began lately of closed weeks and leave, so that nobody is invited then; whether all heard it."""


async def nobody(_academy: str) -> None:
    """Nobody keeps it: for tests of the activities alone."""


async def nothing_to_pass_on(_academy: str, _at: datetime) -> bool:
    """Nothing began: for tests of the activities alone."""
    return True


@dataclass(slots=True)
class Told:
    """How many messages went, and how many wait; whether a temporary failure kept some back."""

    sent: int = 0
    kept: int = 0
    failed: bool = False


_log = structlog.stdlib.get_logger("activities.invitations")


class Invitations:
    """Looks, after something was recorded or carried out, whose calendar is to be told something.

    What a look could not send, because it is night or a server is away, the academy's next morning does: each look
    compares what should stand with what was sent. What the mail server took is kept at the end of a look; a crash in
    between repeats it under the same Message-ID and SEQUENCE, which a calendar takes for the same.
    """

    def __init__(
        self,
        pool: Pool,
        mailer: Mailer,
        keep_academy: KeepAcademy = nobody,
        pass_on_all: PassOnAll = nothing_to_pass_on,
    ) -> None:
        self._pool = pool
        self._mailer = mailer
        self._keep_academy = keep_academy
        self._pass_on_all = pass_on_all
        self._going: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, datetime] = {}
        self._turns = asyncio.Semaphore(LOOKS_AT_ONCE)

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
            async with self._turns:
                told = await self.send(subject, at)
            if told.kept:
                await self._keep_academy(subject.partition(".")[0])
        except Exception as error:  # noqa: BLE001 - whatever it is, the next morning's look sees to it
            _log.warning("invitations.later", subject=subject, error=type(error).__name__)
            return
        if told.sent:
            _log.info("invitations.sent", subject=subject, messages=told.sent)

    @activity.defn(name=Activity.SEND_INVITATIONS)
    async def send_all(self, asked: SendInvitations) -> InvitationsSent:
        """Look at all of an academy that somebody may be invited to. Begun late it leaves that to the next morning."""
        if is_late():
            return InvitationsSent(failed=True)
        failed = not await self._pass_on_all(asked.academy, asked.at)
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
            subjects = await invitations.subjects(conn, asked.academy, asked.at)
        messages = 0
        for subject in subjects:
            told = await self.send(subject, asked.at)
            messages, failed = messages + told.sent, failed or told.failed
            activity.heartbeat()
        return InvitationsSent(messages=messages, failed=failed)

    async def send(self, subject: str, at: datetime) -> Told:
        """Send what is owed now to all who are invited, and what the mail server took."""
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
            if not await invitations.guests(conn, subject):
                return Told()
            async with invitations.held(conn, subject):
                return await self._send(conn, subject, at)

    async def _send(self, conn: Connection, subject: str, at: datetime) -> Told:
        told = Told()
        kept = (await ledger.as_known(conn, {subject}, at))[subject]
        if not kept.facts or await invitations.is_over(conn, subject, at):
            return told
        state, host = Subject.of(kept.facts, kept.done, at), await invitations.host(conn, subject)
        async with self._mailer.connection() as smtp:
            for guest in await invitations.guests(conn, subject):
                known = await invitations.known(conn, subject, guest.person)
                entries = await asyncio.to_thread(_entries, subject, state, guest, host)
                for message in owed(entries, known, at):
                    if not may_go(state, guest.person, message.entry, at):
                        told.kept += 1
                        continue
                    outcome = await self._tell(conn, smtp, host, guest, message, at)
                    told.sent += outcome is Outcome.SENT
                    told.failed |= outcome is Outcome.TEMPORARY
        told.kept += told.failed
        return told

    async def _tell(
        self, conn: Connection, smtp: MailConnection, host: Host, guest: Guest, message: Owed, at: datetime
    ) -> Outcome:
        try:
            office = address_of(host.name or "", host.address) if host.address else self._mailer.sender
            theirs = address_of(guest.name, guest.address)
            organiser = organiser_for(theirs, office, self._mailer.sender)
            if organiser is None:
                return Outcome.PERMANENT
            mail = invite(host, organiser, theirs, guest, message, at)
        except MailAddressError:
            return Outcome.PERMANENT
        posted = await smtp.send(mail)
        if posted.outcome is not Outcome.TEMPORARY:
            status: invitations.Status = "cancelled" if message.cancels else "requested"
            status = "undeliverable" if posted.outcome is Outcome.PERMANENT else status
            await invitations.keep(conn, guest.person, message, status, at)
        return posted.outcome


def _entries(name: str, subject: Subject, guest: Guest, host: Host) -> list[Entry]:
    """What should stand in somebody's calendar."""
    found = diary(name, subject, guest.person) if guest.wanted else []
    return [entry._replace(place=host.venue) if entry.what is Happening.INTRO_DAY else entry for entry in found]


def invite(host: Host, organiser: Address, theirs: Address, guest: Guest, message: Owed, at: datetime) -> Mail:
    """The mail that tells a calendar something, and says it to whoever reads mail as mail."""
    mail = ShortMail.called("invitation", host.language)
    phrases, entry = mail.phrases, message.entry
    team = host.team or phrases.say("team", own=True)
    local = clock_of(entry.zone).local
    facts = {
        "cancelled": message.cancels,
        "updated": message.sequence > 0,
        "booked": entry.what is Happening.INTRO_DAY,
        "entry": summary(entry, team, phrases),
        "when": phrases.moment(local(entry.starts_at)) if entry.starts_at else phrases.day(entry.day),
    }
    office = phrases.say("signature", office=host.name, course="")
    return Mail(
        key=hashlib.sha256(f"{guest.person}/{entry.uid}/{message.sequence}".encode()).hexdigest(),
        to_name=guest.name,
        to_address=guest.address,
        reply_name=host.name or "",
        reply_address=host.address,
        subject=mail.subject(**facts),
        text=f"{mail.plain(guest.name, office, **facts)}\n",
        html="",
        at=at,
        calendar=invitation(message, team, organiser, theirs, at, phrases),
        method="CANCEL" if message.cancels else "REQUEST",
    )
