"""Introduction courses: places, the waiting list, the two days, and what follows, on a real server."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coaching_client.handles import FactRefusedError
from records import access_needs
from schemas.inputs import SubjectInput
from schemas.intro_course_facts import (
    BookedBefore,
    BookingCancelled,
    IntroAttendanceTaken,
    IntroCourseCancelled,
    OfferAccepted,
    PlaceRequested,
)
from schemas.subjects import INTRO_COURSE
from schemas.words import BookingState, IntroStage
from tests.workflows.courses import afternoon, course
from tests.workflows.subjects import OFFICE, Academy, now


async def test_a_full_course_keeps_a_line_and_offers_a_freed_place_to_the_first(academy: Academy) -> None:
    """Two places, four who want one: the third waits first, is offered what comes free, and may take it."""
    one = await course(academy)
    await one.book(1, 2, 3, 4)
    assert (await one.standing()).stage is IntroStage.FULL
    with pytest.raises(FactRefusedError, match="already on the waiting list for this course"):
        await one.told(PlaceRequested, booking="other", person="per_3", delegate="external")
    await one.told(BookingCancelled, booking=f"{one.name}.B01")
    await one.becomes("B03", BookingState.OFFERED)
    assert await one.states() == {"B01": "cancelled", "B02": "confirmed", "B03": "offered", "B04": "waiting"}
    await one.told(OfferAccepted, booking=f"{one.name}.B03")
    assert (await one.states())["B03"] == BookingState.CONFIRMED
    with pytest.raises(FactRefusedError, match="No place has come free"):
        await one.told(OfferAccepted, booking=f"{one.name}.B04")


async def test_an_offer_nobody_takes_goes_to_the_next(academy: Academy) -> None:
    """After two working days the place is offered to whoever waits next, and the first is told that it is over."""
    one = await course(academy, places=1)
    await one.book(1, 2, 3)
    await one.told(BookingCancelled, booking=f"{one.name}.B01")
    await one.becomes("B02", BookingState.OFFERED)
    await one.advance(await one.offered_until("B02"))
    await one.becomes("B03", BookingState.OFFERED)
    assert await one.states() == {"B01": "cancelled", "B02": "offer_lapsed", "B03": "offered"}
    await one.advance(await one.offered_until("B03") + timedelta(days=4))
    assert (await one.states())["B03"] == BookingState.OFFER_LAPSED
    assert await one.notices("offer") == ["per_2 place_offered", "per_3 place_offered"]
    assert "per_2 booking_offer_lapsed" in await one.notices("booking")


async def test_an_offer_taken_in_time_and_told_too_late_takes_nobody_s_place(academy: Academy) -> None:
    """Somebody else was offered the place since, took it, and was told so."""
    one = await course(academy, places=1)
    await one.book(1, 2, 3)
    await one.told(BookingCancelled, booking=f"{one.name}.B01")
    await one.becomes("B02", BookingState.OFFERED)
    until = await one.offered_until("B02")
    await one.advance(until)
    await one.becomes("B03", BookingState.OFFERED)
    await one.told(OfferAccepted, booking=f"{one.name}.B03")
    with pytest.raises(FactRefusedError, match="somebody else meanwhile"):
        await one.told(OfferAccepted, until - timedelta(minutes=5), booking=f"{one.name}.B02")
    assert await one.states() == {"B01": "cancelled", "B02": "offer_lapsed", "B03": "confirmed"}


async def test_the_days_the_certificate_and_the_missing_day(academy: Academy) -> None:
    """Instructions, reminder, the list for the office; then certificates, feedback, and the day somebody missed."""
    one = await course(academy, places=3)
    await one.book(1, 2, 3)
    day_1, day_2 = one.opening.day_1, one.opening.day_2
    await one.advance(afternoon(day_1))
    assert await one.notices("joining") == [
        *[f"per_{number} joining_sent" for number in (1, 2, 3)],
        *[f"per_{number} reminder_sent" for number in (1, 2, 3)],
    ]
    here = tuple(f"{one.name}.B0{number}" for number in (1, 2))
    await one.told(IntroAttendanceTaken, day=1, attended=here)
    await one.advance(afternoon(day_2))
    await one.told(IntroAttendanceTaken, day=2, attended=here[:1])
    await one.advance(afternoon(day_2) + timedelta(days=20))
    assert await one.states() == {"B01": "attended", "B02": "part_attended", "B03": "no_show"}
    assert await one.notices("certificate") == ["per_1 both_days_attended"]
    assert await one.notices("feedback") == ["per_1 feedback_asked"] * 2
    assert await one.notices("missing_day") == ["per_2 missing_day_offered"]
    assert await one.notices("intro_attendance") == [f"{OFFICE} attendance_asked"] * 2

    later = await course(academy, places=1, weeks=12)
    before = BookedBefore(course=one.name, booking=here[1])
    await later.advance(await one.clock())
    await later.book(2, days=(2,), rebooks=before)
    await one.advance(afternoon(later.opening.day_2))
    await later.advance(await one.clock())
    await later.told(IntroAttendanceTaken, day=2, attended=(f"{later.name}.B02",))
    await one.becomes("B02", BookingState.ATTENDED)


async def test_a_cancelled_course_tells_everybody_and_ends(academy: Academy) -> None:
    """Who has a place and who waits for one are told, nobody twice, and nothing more follows."""
    one = await course(academy, places=1)
    await one.book(1, 2)
    await one.told(IntroCourseCancelled, reason="no_room")
    await one.advance(afternoon(one.opening.day_2))
    assert await one.notices("course_changed") == ["per_1 course_cancelled", "per_2 course_cancelled"]
    assert (await one.handle.result())["stage"] == IntroStage.CANCELLED


async def test_day_2_alone_is_cancelled_and_made_up_on_a_later_course(academy: Academy) -> None:
    """Who was there on day 1 is not lost: asked, offered the other day, and the course lives until that is told."""
    one = await course(academy)
    await one.book(1, 2)
    await one.advance(afternoon(one.opening.day_1))
    await one.told(IntroCourseCancelled, reason="no_faculty")
    await one.told(IntroAttendanceTaken, day=1, attended=(f"{one.name}.B01",))
    await one.advance(afternoon(one.opening.day_2) + timedelta(days=5))
    assert await one.notices("course_changed") == ["per_1 day_2_cancelled", "per_2 day_2_cancelled"]
    assert await one.notices("missing_day") == ["per_1 missing_day_offered"]
    assert await one.states() == {"B01": "part_attended", "B02": "no_show"}

    later = await course(academy, weeks=12)
    await later.advance(await one.clock())
    await later.book(1, days=(2,), rebooks=BookedBefore(course=one.name, booking=f"{one.name}.B01"))
    await one.advance(afternoon(later.opening.day_2))
    await later.advance(await one.clock())
    await later.told(IntroAttendanceTaken, day=2, attended=(f"{later.name}.B01",))
    await one.becomes("B01", BookingState.ATTENDED)
    await one.advance(afternoon(one.opening.day_2) + timedelta(weeks=8))
    assert (await one.handle.result())["stage"] == IntroStage.CANCELLED
    assert await one.notices("certificate") == ["per_1 both_days_attended"]


async def test_what_delegates_need_is_forgotten_with_their_course(academy: Academy) -> None:
    """Also what was left by a request that never came, and by a course that was cancelled before."""
    cancelled, one = await course(academy), await course(academy, weeks=10)
    async with academy.pool.acquire() as conn:
        for where, booking in ((cancelled, "B01"), (one, "B01"), (one, "never-told")):
            name = f"{where.name}.{booking}"
            await access_needs.keep(conn, where.name, name, "per_1", "A hearing loop", now())
    await cancelled.book(1)
    await cancelled.told(IntroCourseCancelled, reason="no_room")
    await one.book(1)
    for day, on in ((1, one.opening.day_1), (2, one.opening.day_2)):
        await one.advance(afternoon(on))
        await one.told(IntroAttendanceTaken, day=day, attended=(f"{one.name}.B01",))
    kept = "SELECT count(*) FROM access_needs WHERE course = ANY ($1)"
    assert await academy.pool.fetchval(kept, [cancelled.name, one.name]) == 3
    await one.advance(afternoon(one.opening.day_2) + timedelta(weeks=8))
    assert (await one.standing()).stage is IntroStage.CLOSED
    assert await academy.pool.fetchval(kept, [cancelled.name, one.name]) == 0


async def test_a_course_whose_records_are_ahead_of_its_clock_waits(academy: Academy) -> None:
    """All that falls due is done, and by this clock it has not ended: it answers, and stands still."""
    one = await course(academy, places=1)
    await one.book(1)
    here = (f"{one.name}.B01",)
    for day, held in ((1, one.opening.day_1), (2, one.opening.day_2)):
        await one.advance(afternoon(held))
        await one.told(IntroAttendanceTaken, day=day, attended=here)
    await one.advance(afternoon(one.opening.day_2) + timedelta(days=90))
    assert (await one.handle.result())["stage"] == IntroStage.CLOSED
    await academy.client.start_workflow(
        INTRO_COURSE.workflow, SubjectInput(subject=one.name), id=one.workflow_id, task_queue=academy.task_queue
    )
    await one.begun()
    assert (await one.standing()).stage is not IntroStage.CLOSED
    assert (await one.counted())["WORKFLOW_TASK_FAILED"] == 0
