"""Forms that anybody may fill in: how many mails they send to one mailbox and for one client, and what waits beyond."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from operations.callers import Caller
from operations.counting import digest, mailbox_of
from records import audit, open_forms
from records.database import Connection
from records.open_forms import FormMail, HeldAtMost, HeldBooking, Limit, Over
from schemas.words import Delegate, IntroCourseId

MAILBOX_A_DAY: Final = 3
CLIENT_AN_HOUR: Final = 20
HELD_AT_MOST: Final = HeldAtMost(academy=200, client=10, mailbox=3)
"""So many bookings of an academy wait for its office, and of those so many of one sender; beyond that none is kept."""
HELD_FOR: Final = timedelta(days=14)
"""Then a booking that nobody released is forgotten."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A mail that somebody asks for by a form: to which address, from where, and which form it was.

    ``key`` is the installation's, with which digests are made.
    """

    key: str
    form: str
    address: str
    client: str
    at: datetime

    @property
    def mail(self) -> FormMail:
        """As it is counted."""
        return FormMail(
            digest(self.key, "mail", self.form, self.address.casefold()),
            digest(self.key, "mailbox", mailbox_of(self.address)),
            digest(self.key, "client", self.client),
            self.at,
        )


async def counted(conn: Connection, asking: Asking) -> Over | Literal["sent"] | None:
    """Count a mail that is about to go; whose limit it is where it is one too many, and nothing is counted.

    A form that is sent twice has sent its mail.
    """
    mailbox = Limit(MAILBOX_A_DAY, asking.at - timedelta(days=1))
    return await open_forms.count(conn, asking.mail, mailbox, Limit(CLIENT_AN_HOUR, asking.at - timedelta(hours=1)))


async def not_sent(conn: Connection, asking: Asking) -> None:
    """A mail that was counted did not go."""
    await open_forms.uncount(conn, asking.mail)


async def hold(
    conn: Connection,
    course: IntroCourseId,
    asking: Asking,
    over: Over,
    *,
    name: str,
    organisation: str,
    delegate: Delegate,
) -> bool:
    """Keep a booking until the office looks at it; False where too many wait already.

    What waits is never written over: nobody has proved that the address is theirs.
    """
    found = HeldBooking(
        f"hld_{secrets.token_hex(6)}", course, name, asking.address, organisation, delegate, over, asking.at
    )
    return await open_forms.hold(conn, found, asking.mail, asking.at - HELD_FOR, HELD_AT_MOST)


async def release(conn: Connection, caller: Caller, booking: HeldBooking, at: datetime) -> None:
    """The confirming mail of a booking went: it waits no longer."""
    await _settle(conn, caller, booking, at, "release held booking")


async def forget(conn: Connection, caller: Caller, booking: HeldBooking, at: datetime) -> None:
    """Nobody means a booking: it is forgotten."""
    await _settle(conn, caller, booking, at, "refuse held booking")


async def forget_overdue(conn: Connection, at: datetime) -> None:
    """Forget every booking that nobody looked at in time."""
    await open_forms.forget_held(conn, at - HELD_FOR)


async def _settle(conn: Connection, caller: Caller, booking: HeldBooking, at: datetime, action: str) -> None:
    async with conn.transaction():
        await audit.note(conn, at, caller.id, caller.door, action, booking.course)
        await open_forms.let_go(conn, booking.course, booking.held)
