"""Bookings that were held back: the office looks at each, and has its confirming mail sent, or forgets it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from activities.links import Link, Purpose
from gateway.context import AppContext
from gateway.pages import courses, forms, reading
from gateway.pages.asked import Answer, Choice, Question
from gateway.pages.courses import Sought
from gateway.pages.drawing import TOLD, draw_question
from gateway.pages.fields import Entered
from gateway.pages.forms import BUTTON, Amiss, Forms
from gateway.pages.human import Tap
from gateway.pages.introduction import listed_days
from gateway.pages.places import Crumb
from gateway.pages.shown import Nobody, links_of
from operations.callers import Caller
from operations.open_forms import HELD_FOR, forget, release
from records import intro_courses, open_forms, pages
from records.intro_courses import ListedCourse
from records.open_forms import HeldBooking
from records.pages import Office
from records.roles import roles_of
from schemas.sentences import say, say_of
from schemas.words import Role

_SHOWN: Final = 30
_RUNS: Final = (Role.OFFICE, Role.DEPUTY)
_BUTTONS: Final = (Choice("send", "Email a link to confirm the booking"), Choice("forget", "Delete the booking"))


async def page(
    context: AppContext,
    link: Link,
    present: datetime,
    root: str,
    amiss: Amiss | None = None,
    *,
    told: bool = False,
    crumbs: tuple[Crumb, ...] = (),
) -> Response:
    """What waits, the oldest first. Where other pages stand above it, it names no way home."""
    listed, office, waiting = await _waiting(context, link, present)
    question = _question(listed, waiting)
    state = Forms(context.settings.signing_keys).state(question, present)
    home = "" if crumbs else links_of(context).url(link.onward(Purpose.HOME))
    return draw_question(
        question, state=state, changing=False, amiss=amiss, banner=TOLD if told else None, home=home, office=office,
        root=root, crumbs=crumbs,
    )  # fmt: skip


async def take(context: AppContext, link: Link, form: Any, present: datetime, root: str) -> Response:  # noqa: ANN401
    """Release a booking, or forget it. What somebody else has looked at meanwhile needs nothing more."""
    listed, _, waiting = await _waiting(context, link, present)
    question = _question(listed, waiting)
    name, _, choice = str(form.get(BUTTON) or "").partition(".")
    booking = next((found for found in waiting if found.held == name), None)
    if booking is None or choice not in ("send", "forget"):
        return RedirectResponse("?since=1", status_code=303)
    await forms.pressed(context, form, question, Tap(at=present, today=listed.clock.today(present)))
    caller = Caller.of(f"person:{link.person}", reading.door(link.person), listed.academy)
    if choice == "send":
        sought = Sought(booking.name, booking.address, booking.organisation, booking.delegate)
        if wrong := await courses.ask_to_confirm(context, listed, sought, present):
            answer = question.answer(name) or question.answers[0]
            return await page(context, link, present, root, Amiss(answer, Entered(faults={"": wrong})))
    async with context.connection() as conn:
        settle = release if choice == "send" else forget
        await settle(conn, caller, booking, present)
    return RedirectResponse("?told=1", status_code=303)


async def _waiting(
    context: AppContext, link: Link, present: datetime
) -> tuple[ListedCourse, Office | None, list[HeldBooking]]:
    """Raises Nobody for whoever is not the course's office now."""
    async with context.connection() as conn:
        reader, listed = await reading.reader(conn, link.person), await intro_courses.course(conn, link.subject)
        if reader is None or listed is None or reader.academy != listed.academy:
            raise Nobody
        held = await roles_of(conn, reader.person)
        if not any(part.role in _RUNS and part.academy == listed.academy for part in held):
            raise Nobody
        office = await pages.office(conn, listed.office)
        return listed, office, await open_forms.held(conn, listed.course, present - HELD_FOR)


def _question(listed: ListedCourse, waiting: list[HeldBooking]) -> Question:
    lead = say_of(
        len(waiting),
        "For the Introduction course on {days}. We held this booking back because many requests came for one mailbox "
        "or from one network. Nobody has confirmed the email address yet. If you delete a booking, we don't tell the "
        "person.",
        "For the Introduction course on {days}. We held these bookings back because many requests came for one mailbox "
        "or from one network. Nobody has confirmed the email address yet. If you delete a booking, we don't tell the "
        "person.",
        days=listed_days(listed),
    )
    more = (
        (say("{number} more are shown once these are done.", number=len(waiting) - _SHOWN),)
        if len(waiting) > _SHOWN
        else ()
    )
    return Question(
        title="Bookings we held back",
        lead=(lead, *more) if waiting else ("There is nothing left to do here.",),
        topic=f"{listed.course}/held",
        mark=(),
        answers=tuple(_answer(listed, booking) for booking in waiting[:_SHOWN]),
    )


def _answer(listed: ListedCourse, booking: HeldBooking) -> Answer:
    asked = listed.clock.moment(booking.asked_at)
    who = say(
        "{name}, {organisation}, {address}: asked on {asked}",
        name=booking.name,
        organisation=booking.organisation,
        address=booking.address,
        asked=asked,
    )
    return Answer(name=booking.held, opener=who, buttons=_BUTTONS, variant="secondary", note=False)
