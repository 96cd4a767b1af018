"""What delegates of an Introduction course said they need to take part. Personal: no fact holds it."""

from __future__ import annotations

from datetime import datetime

from records.database import Connection


async def keep(conn: Connection, course: str, booking: str, person: str, needs: str, at: datetime) -> None:
    """Keep what a delegate needs to take part; empty words take it back."""
    if not needs.strip():
        await conn.execute("DELETE FROM access_needs WHERE booking = $1", booking)
        return
    await conn.execute(
        """
        INSERT INTO access_needs (booking, course, person, needs, told_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (booking) DO UPDATE SET needs = EXCLUDED.needs, told_at = EXCLUDED.told_at
        """,
        booking,
        course,
        person,
        needs.strip(),
        at,
    )


async def keep_asked(conn: Connection, course: str, booking: str, person: str, needs: str, at: datetime) -> None:
    """Keep what somebody needs who asks for a place. Once it is booked they are the delegate's own to change.

    What was kept for somebody else under the same booking stays.
    """
    await conn.execute(
        """
        INSERT INTO access_needs (booking, course, person, needs, told_at)
        SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT FROM bookings WHERE booking = $1)
        ON CONFLICT (booking) DO UPDATE SET needs = EXCLUDED.needs, told_at = EXCLUDED.told_at
        WHERE access_needs.person = EXCLUDED.person
        """,
        booking,
        course,
        person,
        needs.strip(),
        at,
    )


async def carry_over(conn: Connection, before: str, course: str, booking: str, at: datetime) -> None:
    """What a delegate said they need holds for a day made up on a later course too, until they say otherwise there."""
    await conn.execute(
        """
        INSERT INTO access_needs (booking, course, person, needs, told_at)
        SELECT $3, $2, person, needs, $4 FROM access_needs WHERE booking = $1
        ON CONFLICT (booking) DO NOTHING
        """,
        before,
        course,
        booking,
        at,
    )


async def forget(conn: Connection, booking: str, person: str, event_id: str) -> None:
    """Forget what was kept beside a request that was refused; what belongs to a booking, or waits to be told, stays."""
    await conn.execute(
        """
        DELETE FROM access_needs
        WHERE booking = $1 AND person = $2
          AND NOT EXISTS (
                SELECT FROM bookings
                WHERE booking = $1 AND person IN ($2, (SELECT merged_into FROM people WHERE people.person = $2)))
          AND NOT EXISTS (
                SELECT FROM arrivals WHERE event_id = $3 AND status = 'waiting' AND fact ->> 'person' = $2)
        """,
        booking,
        person,
        event_id,
    )


async def of_booking(conn: Connection, booking: str) -> str:
    """What a delegate said they need; empty for nothing. For the delegate's own eyes."""
    found: str | None = await conn.fetchval("SELECT needs FROM access_needs WHERE booking = $1", booking)
    return found or ""


async def of_course(conn: Connection, course: str) -> dict[str, str]:
    """What the delegates of a course need who hold a place or wait for one. For the office that prepares the room."""
    rows = await conn.fetch(
        """
        SELECT booking, needs
        FROM access_needs AS told JOIN bookings USING (booking)
        LEFT JOIN people AS teller ON teller.person = told.person
        LEFT JOIN people AS delegate ON delegate.person = bookings.person
        WHERE told.course = $1 AND state NOT IN ('cancelled', 'offer_lapsed')
          AND coalesce(teller.merged_into, told.person) = coalesce(delegate.merged_into, bookings.person)
        ORDER BY booking
        """,
        course,
    )
    return {row["booking"]: row["needs"] for row in rows}
