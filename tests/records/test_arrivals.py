"""What other services handed in, as it is kept."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from records import arrivals
from records.arrivals import Arrival, ArrivalLine, Kept
from records.database import Connection, Pool
from tests.records.telling import COHORT, ENGAGEMENT, at, held

NOON = at(100)
LEASE = timedelta(minutes=1)


def came(number: int = 1, *, subject: str | None = ENGAGEMENT, after: int = 0, **changed: Any) -> Arrival:
    """A session was held, says a diary; some seconds after noon."""
    fact = held(number)
    plain: dict[str, Any] = {
        "event_id": fact.event_id,
        "source": "urn:example:diary",
        "source_id": f"entry-{number}",
        "type": "org.coaching-lifecycle.fact.session_held",
        "subject": subject,
        "fact": fact,
        "received": {"id": f"entry-{number}", "data": fact.model_dump(mode="json")},
        "caller": "key_diary",
        "grants": ("tell:sheffield:*",),
        "arrived_at": NOON + timedelta(seconds=after),
    }
    return Arrival(**(plain | changed))


def unreadable(number: int = 1, **changed: Any) -> Arrival:
    """Something came that tells no fact."""
    return came(number, fact=None, code="invalid", reason="data.day: is no day", **changed)


async def kept(pool: Pool, *all_of_them: Arrival) -> list[Kept]:
    """Keep them, one after another."""
    async with pool.acquire() as conn:
        return [await arrivals.keep(conn, one) for one in all_of_them]


async def found(conn: Connection, event_id: str = "held-1") -> ArrivalLine:
    """What is kept."""
    line = await arrivals.find(conn, event_id)
    assert line is not None
    return line


async def claimed(conn: Connection, moment: datetime = NOON, at_most: int = 20, *busy: str) -> list[str]:
    """The event ids of what is claimed now."""
    return [one.event_id for one in await arrivals.claim(conn, moment, moment + LEASE, at_most, busy)]


async def recorded_until(conn: Connection, seq: int, subject: str = ENGAGEMENT) -> None:
    """The subject has another fact."""
    await conn.execute(
        "INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer) "
        "VALUES ($1, $2, $3, 'none', $4, $4, 'office', '{}', '{}')",
        subject,
        seq,
        f"{subject}-{seq}",
        NOON,
    )


async def test_what_came_waits_word_for_word(pool: Pool) -> None:
    """With whom it is about, and who handed it in."""
    (first,) = await kept(pool, came())
    assert first == Kept("held-1", "waiting", None, None, same=True)
    async with pool.acquire() as conn:
        line = await found(conn)
    assert line.received == came().received | {"subject": ENGAGEMENT}
    assert (line.caller, line.attempts, line.arrived_at, line.settled_at) == ("key_diary", 0, NOON, None)


async def test_what_tells_no_fact_is_set_aside_with_its_reason(pool: Pool) -> None:
    """It is nobody's to tell."""
    (first,) = await kept(pool, unreadable(subject=None))
    assert (first.status, first.code, first.reason) == ("set_aside", "invalid", "data.day: is no day")
    async with pool.acquire() as conn:
        assert (await found(conn)).settled_at == NOON
        assert await claimed(conn, at(200)) == []


async def test_the_same_again_changes_nothing(pool: Pool) -> None:
    """Neither does it wait twice, nor anew; what is only said in other words is the same."""
    in_other_words = came(received={"id": "entry-1", "trace": "of another delivery"}, after=60)
    first, again, other = await kept(pool, came(), came(after=30), in_other_words)
    assert first == again == other
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"fact": held(2), "received": {}},
        {"subject": COHORT},
        {"event_id": "another", "fact": held(2), "received": {}},
        {"source_id": "another", "fact": held(2), "received": {}},
        {"fact": None, "code": "invalid", "reason": "no fact", "received": {}},
    ],
)
async def test_other_content_under_the_same_id_overwrites_nothing(pool: Pool, changed: dict[str, Any]) -> None:
    """An id is an event id, or a source with its number."""
    _, other = await kept(pool, came(), came(**changed))
    assert (other.event_id, other.same) == ("held-1", False)
    async with pool.acquire() as conn:
        assert (await found(conn)).received == came().received | {"subject": ENGAGEMENT}
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == 1


async def test_what_was_mended_is_still_known_again(pool: Pool) -> None:
    """Sent once more as it came first, it is the same, and stays as it was mended."""
    await kept(pool, came())
    async with pool.acquire() as conn:
        assert await arrivals.replay(conn, "held-1", at(101), COHORT, held(1, attendance=7))
        again = await arrivals.keep(conn, came())
        assert again.same
        (one,) = await arrivals.claim(conn, at(101), at(102), 20)
    assert (one.subject, one.fact) == (COHORT, held(1, attendance=7))


async def test_many_at_once_are_kept_once(pool: Pool) -> None:
    """Twenty gateways get the same event."""
    answers = await asyncio.gather(*(kept(pool, came()) for _ in range(20)))
    assert all(one.same for (one,) in answers)
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == 1


async def test_they_are_claimed_in_the_order_they_came_and_by_one_only(pool: Pool) -> None:
    """Two who claim at once get different ones."""
    await kept(pool, *(came(number, after=-number) for number in range(1, 6)))
    async with pool.acquire() as one, pool.acquire() as other:
        async with one.transaction():
            first = await claimed(one, NOON, 2)
            assert await claimed(other) == ["held-3", "held-2", "held-1"]
        assert first == ["held-5", "held-4"]
        assert await claimed(other) == []


async def test_a_busy_subject_is_left(pool: Pool) -> None:
    """Its next ones are told after those that are being told."""
    await kept(pool, came(1), came(2, subject=COHORT))
    async with pool.acquire() as conn:
        assert await claimed(conn, NOON, 20, ENGAGEMENT) == ["held-2"]
        assert await claimed(conn) == ["held-1"]


async def test_what_its_holder_never_settles_is_claimed_again_when_the_lease_ends(pool: Pool) -> None:
    """A gateway that was killed keeps nothing back."""
    await kept(pool, came())
    async with pool.acquire() as conn:
        assert await claimed(conn) == ["held-1"]
        assert await claimed(conn, NOON + LEASE / 2) == []
        assert await claimed(conn, NOON + LEASE) == ["held-1"]
        assert (await found(conn)).attempts == 2


async def test_what_is_released_is_anybodys_at_once(pool: Pool) -> None:
    """What waits for a reason, or is settled, stays as it is."""
    await kept(pool, *(came(number) for number in range(1, 4)))
    async with pool.acquire() as conn:
        await claimed(conn)
        await arrivals.recorded(conn, "held-2", NOON)
        await arrivals.wait(conn, "held-3", at(110), "not_held", "Not held yet.")
        await arrivals.release(conn, ["held-1", "held-2", "held-3"], NOON)
        assert await claimed(conn) == ["held-1"]


async def test_what_waits_is_due_at_its_time_or_when_its_subject_has_another_fact(pool: Pool) -> None:
    """Not before, and once for each: it is not tried over and over for a fact it has seen."""
    await kept(pool, came())
    async with pool.acquire() as conn:
        for seq in (1, 2):
            await claimed(conn, NOON)
            await arrivals.wait(conn, "held-1", at(110), "unknown", "Nothing is recorded.")
            assert await arrivals.stir(conn, NOON) == 0
            await recorded_until(conn, seq)
            await recorded_until(conn, seq, "elsewhere")
            assert await arrivals.stir(conn, NOON) == 1
            assert await claimed(conn, NOON) == ["held-1"]
            assert await arrivals.stir(conn, NOON) == 0
            await arrivals.wait(conn, "held-1", NOON, "unknown", "Nothing is recorded.")
        await claimed(conn, NOON)
        await arrivals.wait(conn, "held-1", at(110), "unknown", "Nothing is recorded.")
        assert await claimed(conn, at(109)) == []
        assert await claimed(conn, at(110)) == ["held-1"]


async def test_a_recorded_arrival_is_settled_for_good(pool: Pool) -> None:
    """Who held it too long changes nothing any more."""
    await kept(pool, came())
    async with pool.acquire() as conn:
        await claimed(conn)
        await arrivals.recorded(conn, "held-1", at(101))
        await arrivals.set_aside(conn, "held-1", at(102), "late", "Too late.")
        await arrivals.wait(conn, "held-1", at(102), "late", "Too late.")
        assert not await arrivals.replay(conn, "held-1", at(103))
        line = await found(conn)
    assert (line.status, line.settled_at, line.code, line.reason) == ("recorded", at(101), None, None)


async def test_what_was_set_aside_is_tried_again_only_as_a_fact_of_a_subject(pool: Pool) -> None:
    """Mended, it is due at once, as if it were new."""
    await kept(pool, unreadable(subject=None))
    async with pool.acquire() as conn:
        assert not await arrivals.replay(conn, "held-1", at(101))
        assert not await arrivals.replay(conn, "held-1", at(101), subject=ENGAGEMENT)
        assert await arrivals.replay(conn, "held-1", at(101), ENGAGEMENT, held(1))
        line = await found(conn)
        assert (line.status, line.code, line.settled_at, line.attempts) == ("waiting", None, None, 0)
        assert line.received == unreadable().received
        assert await claimed(conn, at(101)) == ["held-1"]


async def test_what_is_being_told_is_not_mended_under_the_teller(pool: Pool) -> None:
    """Else the old fact would be recorded, and the mended one lost."""
    await kept(pool, came())
    async with pool.acquire() as conn:
        await claimed(conn)
        assert not await arrivals.replay(conn, "held-1", NOON, fact=held(1, attendance=7))
        await arrivals.wait(conn, "held-1", at(110), "not_held", "Not held yet.")
        assert await arrivals.replay(conn, "held-1", NOON, fact=held(1, attendance=7))


async def test_a_fact_that_this_release_cannot_read_is_claimed_without_it(pool: Pool) -> None:
    """One such does not keep the others from being told."""
    await kept(pool, came(1), came(2))
    await pool.execute("""UPDATE arrivals SET fact = '{"kind": "of a later release"}' WHERE event_id = 'held-1'""")
    async with pool.acquire() as conn:
        facts = {one.event_id: one.fact for one in await arrivals.claim(conn, NOON, NOON + LEASE, 20)}
    assert facts == {"held-1": None, "held-2": held(2)}


async def test_they_are_listed_by_status_and_place_the_newest_first(pool: Pool) -> None:
    """What is of no subject is seen only by who sees all."""
    await kept(
        pool,
        came(1),
        came(2, after=1, subject=COHORT),
        came(3, after=2, subject="leeds.2026-autumn.P01"),
        unreadable(4, after=3, subject=None),
    )
    async with pool.acquire() as conn:

        async def ids(*asked: Any) -> list[str]:
            return [one.event_id for one in await arrivals.listed(conn, *asked)]

        assert await ids() == ["held-4", "held-3", "held-2", "held-1"]
        assert await ids("set_aside") == ["held-4"]
        assert await ids(None, ["sheffield"]) == ["held-2", "held-1"]
        assert await ids(None, [ENGAGEMENT, "leeds"]) == ["held-3", "held-1"]
        assert await ids("waiting", [], 1) == []
        assert await ids("waiting", None, 1) == ["held-3"]
