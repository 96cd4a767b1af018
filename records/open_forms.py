"""What open forms asked for: the mails they sent, counted, and the bookings that were held back for the office."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from records.database import Connection
from schemas.words import Delegate

Over = Literal["mailbox", "client"]


@dataclass(frozen=True, slots=True)
class FormMail:
    """A mail that somebody asks for by a form. All but the time are digests."""

    mail: str
    mailbox: str
    client: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many since a time."""

    most: int
    since: datetime


@dataclass(frozen=True, slots=True)
class HeldAtMost:
    """How many bookings wait at most: of an academy, and among those of one client and of one mailbox."""

    academy: int
    client: int
    mailbox: int


@dataclass(frozen=True, slots=True)
class HeldBooking:
    """A booking that waits for the office."""

    held: str
    course: str
    name: str = field(repr=False)
    address: str = field(repr=False)
    organisation: str = field(repr=False)
    delegate: Delegate
    over: Over
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class HeldForCourse:
    """How many bookings of a course wait for the office, since when, and which came last."""

    course: str
    times: int
    since: datetime
    latest: str


async def count(conn: Connection, mail: FormMail, of_mailbox: Limit, of_client: Limit) -> Over | Literal["sent"] | None:
    """Count a mail that is about to go, unless it is one too many: then whose limit it is.

    One that was counted before was sent. Of two gateways that count for one mailbox or client, the second
    waits for the first.
    """
    async with conn.transaction():
        # Everybody takes the mailbox first and the client second, so that no two wait for each other.
        await conn.execute("SELECT pg_advisory_xact_lock(1, hashtext($1))", mail.mailbox)
        await conn.execute("SELECT pg_advisory_xact_lock(2, hashtext($1))", mail.client)
        await conn.execute("DELETE FROM form_mails WHERE sent_at < $1", min(of_mailbox.since, of_client.since))
        (row,) = await conn.fetch(
            """
            SELECT EXISTS (SELECT FROM form_mails WHERE mail = $1) AS known,
                   (SELECT count(*) FROM form_mails WHERE mailbox = $2 AND sent_at > $3) AS of_mailbox,
                   (SELECT count(*) FROM form_mails WHERE client = $4 AND sent_at > $5) AS of_client
            """,
            mail.mail,
            mail.mailbox,
            of_mailbox.since,
            mail.client,
            of_client.since,
        )
        if row["known"]:
            return "sent"
        if row["of_mailbox"] >= of_mailbox.most:
            return "mailbox"
        if row["of_client"] >= of_client.most:
            return "client"
        await conn.execute(
            "INSERT INTO form_mails (mail, mailbox, client, sent_at) VALUES ($1, $2, $3, $4)",
            mail.mail,
            mail.mailbox,
            mail.client,
            mail.at,
        )
        return None


async def uncount(conn: Connection, mail: FormMail) -> None:
    """A mail that was counted did not go after all."""
    await conn.execute("DELETE FROM form_mails WHERE mail = $1", mail.mail)


async def hold(conn: Connection, booking: HeldBooking, asked: FormMail, since: datetime, at_most: HeldAtMost) -> bool:
    """Keep a booking for the office; what waited since before that time goes. False where too many wait already.

    Of an address that waits for the course already nothing changes, and who asked for it is told so again.
    """
    await forget_held(conn, since)
    room: bool = await conn.fetchval(
        """
        SELECT count(*) < $2
               AND count(*) FILTER (WHERE client = $3) < $4
               AND count(*) FILTER (WHERE mailbox = $5) < $6
               OR coalesce(bool_or(client = $3 AND course = $1 AND lower(address) = lower($7)), false)
        FROM held_bookings WHERE academy = split_part($1, '.', 1)
        """,
        booking.course,
        at_most.academy,
        asked.client,
        at_most.client,
        asked.mailbox,
        at_most.mailbox,
        booking.address,
    )
    if room:
        await conn.execute(
            """
            INSERT INTO held_bookings
                (held, course, name, address, organisation, delegate, over, asked_at, mailbox, client)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (course, lower(address)) DO NOTHING
            """,
            booking.held,
            booking.course,
            booking.name,
            booking.address,
            booking.organisation,
            booking.delegate,
            booking.over,
            booking.asked_at,
            asked.mailbox,
            asked.client,
        )
    return room


async def forget_held(conn: Connection, since: datetime) -> None:
    """What waited before that time waits no longer."""
    await conn.execute("DELETE FROM held_bookings WHERE asked_at < $1", since)


async def held(conn: Connection, course: str, since: datetime) -> list[HeldBooking]:
    """The bookings of a course that wait for the office since that time, the oldest first."""
    rows = await conn.fetch(
        """
        SELECT held, course, name, address, organisation, delegate, over, asked_at FROM held_bookings
        WHERE course = $1 AND asked_at >= $2 ORDER BY asked_at, held
        """,
        course,
        since,
    )
    return [HeldBooking(**dict(row) | {"delegate": Delegate(row["delegate"])}) for row in rows]


async def held_by_course(conn: Connection, academy: str, since: datetime) -> list[HeldForCourse]:
    """The courses of an academy of which bookings wait for the office since that time."""
    rows = await conn.fetch(
        """
        SELECT course, count(*) AS times, min(asked_at) AS since,
               (array_agg(held ORDER BY asked_at DESC, held))[1] AS latest
        FROM held_bookings WHERE academy = $1 AND asked_at >= $2 GROUP BY course ORDER BY course
        """,
        academy,
        since,
    )
    return [HeldForCourse(**row) for row in rows]


async def let_go(conn: Connection, course: str, held: str) -> None:
    """A booking of a course waits no longer."""
    await conn.execute("DELETE FROM held_bookings WHERE course = $1 AND held = $2", course, held)
