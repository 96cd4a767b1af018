"""Booking an Introduction course without any link: a list, a form, and a mail that confirms whose address it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from activities.links import CONFIRMABLE_FOR, Link, Purpose
from activities.mail import Mail
from activities.short_mails import ShortMail
from coaching_client.handles import FactRefusedError
from gateway.context import AppContext, now
from gateway.pages import fields, forms, introduction
from gateway.pages.answers import button
from gateway.pages.asked import Answer, Choice, Field, Onward, Question
from gateway.pages.drawing import TOLD, draw, draw_question, message
from gateway.pages.forms import Amiss, Forms
from gateway.pages.human import Tap
from gateway.pages.introduction import NEEDS_HINT, listed_days
from gateway.pages.mailing import Sealed, sent
from gateway.pages.shown import Nobody, links_of, see
from operations import open_forms
from operations.callers import Caller
from operations.intro_courses import Wanted, booked, requested
from operations.open_forms import Asking
from records import admitting, intro_courses, ledger, pages
from records.database import Connection
from records.intro_courses import ListedCourse
from records.open_forms import Over
from records.pages import Office
from schemas.facts import Teller
from schemas.intro_course_facts import PlaceRequested
from schemas.roster_cells import Meant
from schemas.sentences import say, say_of
from schemas.words import Delegate, IntroCourseId, IntroStage, Role

_OVER: Final = (IntroStage.DAY_1, IntroStage.DAY_2, IntroStage.CLOSED, IntroStage.CANCELLED)

_WHO: Final = Answer(
    name="book",
    fields=(
        Field(
            name="who", kind="person", label="Who is the place for?", own=True,
            missing="Enter a name and an email address",
        ),
        Field(
            name="organisation", kind="team", label="Organisation", own=True, hint="Your trust, practice or service",
            missing="Enter your organisation",
        ),
        Field(
            name="delegate", kind="radios", label="Do you work in one of the academy's own organisations?",
            missing="Select yes or no",
            choices=(Choice(Delegate.INTERNAL, "Yes"), Choice(Delegate.EXTERNAL, "No")),
        ),
    ),
    buttons=button("Book a place"),
    note=False,
)  # fmt: skip

_CONFIRM: Final = Answer(
    name="confirm",
    fields=(
        Field(
            name="needs", kind="note", label="What do you need to take part? (optional)", hint=NEEDS_HINT,
            optional=True, seen=True,
        ),
    ),
    buttons=button("Yes, book this place"),
    note=False,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sought:
    """Who wants a place, as the confirmation's link has it, sealed."""

    name: str
    address: str
    organisation: str
    delegate: Delegate

    def sealed(self, keys: Sequence[str], at: datetime) -> str:
        """Unreadable to whoever sees the link."""
        said = (self.name, self.address, self.organisation, self.delegate, at.isoformat())
        return Sealed("booking", keys).seal_words(*said)

    @classmethod
    def opened(cls, sealed: str, keys: Sequence[str]) -> Sought:
        """Raises Nobody for what we did not seal."""
        try:
            name, address, organisation, delegate, _ = Sealed("booking", keys).open_words(sealed)
            return cls(name, address, organisation, Delegate(delegate))
        except ValueError:
            raise Nobody from None


async def listing(context: AppContext, academy: str, present: datetime, root: str) -> Response:
    """The courses that can be booked. Who booked them is nobody's business."""
    async with context.connection() as conn:
        found = await intro_courses.ahead(conn, academy, present)
        office = await pages.office_of(conn, academy)
    lines = [
        {
            "heading": listed_days(listed),
            "hint": listed.venue,
            "places": _places(listed),
            "url": f"{root}/courses/{listed.course}/book",
        }
        for listed in found
    ]
    title = "Introduction to Quality Improvement: next courses"
    return draw("courses.html", 200, title=title, courses=lines, office=office, root=root)


def _left(listed: ListedCourse) -> int:
    """How many places can be had at once: none while somebody waits."""
    return 0 if listed.waiting else max(0, listed.places - max(listed.taken_1, listed.taken_2))


def _places(listed: ListedCourse) -> str:
    left = _left(listed)
    if not left:
        return say_of(
            listed.waiting, "Full: {number} person on the waiting list", "Full: {number} people on the waiting list"
        )
    return say_of(left, "{number} place left", "{number} places left")


async def form(
    context: AppContext, course: IntroCourseId, present: datetime, root: str, amiss: Amiss | None = None
) -> Response:
    """The form that books a course. Raises Nobody for a course that is not there."""
    listed, office = await _listed(context, course)
    if listed.stage in _OVER or listed.day_1_starts_at <= present:
        return _too_late(listed, office, root)
    if present < listed.opens_at:
        words = say("You can book a place from {day}.", day=listed.clock.date(listed.opens_at))
        return _not_booked("You can't book this course yet", words, listed, office, root, 409)
    question = _asking(listed)
    state = Forms(context.settings.signing_keys).state(question, present)
    return draw_question(question, state=state, changing=False, amiss=amiss, office=office, root=root)


def _asking(listed: ListedCourse) -> Question:
    days = listed_days(listed)
    return Question(
        title="Book the Introduction to Quality Improvement course",
        lead=(
            say("The course is on {days}. It's at {venue}.", days=days, venue=listed.venue)
            if listed.venue
            else say("The course is on {days}.", days=days),
            say("{places}. We'll email you a link: you're booked once you've clicked it.", places=_places(listed)),
        ),
        topic=f"{listed.course}/book",
        mark=(),
        answers=(_WHO if _left(listed) else replace(_WHO, buttons=button("Join the waiting list")),),
    )


async def ask(
    context: AppContext,
    course: IntroCourseId,
    given: Any,  # noqa: ANN401 - what a form parses to
    present: datetime,
    root: str,
    client: str,
) -> Response:
    """Send the email that confirms. The same is shown whoever's address it is: nothing is learned from it.

    What is one too many for its mailbox or for the ``client`` waits until the office has looked at it.
    """
    listed, office = await _listed(context, course)
    shown = Forms(context.settings.signing_keys).own(given.get(forms.STATE), _asking(listed).topic)
    entered = fields.read(_WHO, given)
    if shown is None:
        return await form(context, course, present, root)
    if entered.faults:
        return await form(context, course, present, root, Amiss(_WHO, entered))
    who = entered.values["who"]
    sought = Sought(who.name, who.address, entered.values["organisation"].name, Delegate(entered.values["delegate"]))
    key, which = context.settings.signing_keys[-1], f"{course}/{shown.at.isoformat()}/{sought}"
    asking = Asking(key, which, sought.address, client, present)
    async with context.connection() as conn:
        over = await open_forms.counted(conn, asking)
        if over in ("mailbox", "client"):
            if await _held(conn, course, asking, over, sought):
                return _waits_for_office(office, root)
            entered.faults[""] = _TOO_MANY
    if over is None and (wrong := await ask_to_confirm(context, listed, sought, shown.at)):
        entered.faults[""] = wrong
        async with context.connection() as conn:
            await open_forms.not_sent(conn, asking)
    if entered.faults:
        return await form(context, course, present, root, Amiss(_WHO, entered))
    return message(
        "Check your email",
        say("We've sent an email to {address}. Open its link and press the button to book.", address=sought.address),
        "The link works for two days. If no email comes, check the address and try again.",
        status=200,
        office=office,
        root=root,
    )


_TOO_MANY: Final = "Too many people are asking for places at the moment. Please try again tomorrow."


async def _held(conn: Connection, course: IntroCourseId, asking: Asking, over: Over, sought: Sought) -> bool:
    return await open_forms.hold(
        conn, course, asking, over, name=sought.name, organisation=sought.organisation, delegate=sought.delegate
    )


def _waits_for_office(office: Office | None, root: str) -> Response:
    return message(
        "The programme office will look at this first",
        "There have been several bookings from your email address today, or from your network in the last hour. "
        "We've kept yours: nothing is booked yet.",
        "When the office has looked at it, we'll email you a link. You're booked once you've clicked it.",
        status=202,
        office=office,
        root=root,
    )


async def ask_to_confirm(context: AppContext, listed: ListedCourse, sought: Sought, at: datetime) -> str:
    """Send the email whose link books the place; empty when it went, else what is wrong."""
    return await sent(context, _mail(context, listed, sought, at))


def _mail(context: AppContext, listed: ListedCourse, sought: Sought, at: datetime) -> Mail:
    """Nobody has proved whose address it is: so it repeats nothing that was typed."""
    sealed = sought.sealed(context.settings.signing_keys, at)
    until = now() + CONFIRMABLE_FOR
    url = links_of(context).url(Link(Purpose.BOOK, "", listed.course, sealed, until, sent_at=now()))
    mail, local = ShortMail.called("booking", listed.language), listed.clock.local
    dates = mail.phrases.course_days(
        local(listed.day_1_starts_at), local(listed.day_2_starts_at), local(listed.day_1_ends_at)
    )
    key = f"{listed.course}\n{sought.address.lower()}\n{at.isoformat()}"
    return mail.write(key, ("", sought.address), at, url, dates=dates)


async def confirmation(
    context: AppContext, link: Link, present: datetime, root: str, amiss: Amiss | None = None, *, told: bool = False
) -> Response:
    """What is booked, before the button is pressed; afterwards the booking."""
    listed, office = await _listed(context, link.subject)
    sought = Sought.opened(link.about, context.settings.signing_keys)
    known = await _told(context, link)
    if known is not None:
        return await _booked(context, link, known, root, told=told)
    if listed.stage in _OVER or listed.day_1_starts_at <= present:
        return _too_late(listed, office, root)
    question = _confirming(listed, sought, await _known(context, listed, sought))
    state = Forms(context.settings.signing_keys).state(question, present)
    return draw_question(question, state=state, changing=False, amiss=amiss, office=office, root=root)


async def _known(context: AppContext, listed: ListedCourse, sought: Sought) -> Sequence[admitting.Found]:
    """Who else has the address, where nobody of this name does."""
    async with context.connection() as conn:
        return await admitting.called_otherwise(conn, listed.academy, sought.name, sought.address)


def _confirming(listed: ListedCourse, sought: Sought, known: Sequence[admitting.Found]) -> Question:
    answer = _CONFIRM if _left(listed) else replace(_CONFIRM, buttons=button("Yes, put me on the list"))
    return Question(
        title="Book this place?" if _left(listed) else "Join the waiting list?",
        topic=f"{listed.course}/confirm",
        mark=(),
        day=listed.clock.today(listed.day_1_starts_at),
        answers=(_asking_who(answer, sought, known) if known else answer,),
        context=(
            ("Course", "Introduction to Quality Improvement"),
            ("When", listed_days(listed)),
            ("Where", listed.venue or "to be confirmed"),
            ("Who", say("{name}, {organisation}", name=sought.name, organisation=sought.organisation)),
            ("Places", _places(listed)),
        ),
    )


def _asking_who(answer: Answer, sought: Sought, known: Sequence[admitting.Found]) -> Answer:
    """The mailbox has proved itself; which of those who share it this is, it cannot say."""
    choices = (
        *(
            Choice(found.person, say("{name}, now called {new_name}", name=found.name, new_name=sought.name))
            for found in known
        ),
        Choice(
            Meant.ANOTHER, say("{name}, who shares this mailbox with {other}", name=sought.name, other=known[0].name)
        ),
    )
    who = Field(
        name="person", kind="radios", label="Who is the place for?", choices=choices,
        missing="Select who the place is for",
    )  # fmt: skip
    return replace(answer, fields=(who, *answer.fields))


async def confirm(context: AppContext, link: Link, given: Any, present: datetime, root: str) -> Response:  # noqa: ANN401
    """Book the place: once, however often the button is pressed."""
    known = await _told(context, link)
    if known is not None:
        return RedirectResponse("?told=1", status_code=303)
    listed, office = await _listed(context, link.subject)
    sought = Sought.opened(link.about, context.settings.signing_keys)
    question = _confirming(listed, sought, await _known(context, listed, sought))
    entered = fields.read(question.answers[0], given)
    if entered.faults:
        return await confirmation(context, link, present, root, Amiss(question.answers[0], entered))
    today = listed.clock.today(present)
    await forms.pressed(context, given, question, Tap(at=present, today=today, sent_at=link.sent_at))
    needs, who = entered.values["needs"] or "", entered.values.get("person", "")
    wanted = Wanted(sought.name, sought.address, sought.organisation, sought.delegate, needs, who)
    teller = Teller(role=Role.DELEGATE)
    fact = await requested(context.pool, link.subject, wanted, event_id=_event_id(link), at=now(), told_by=teller)
    caller = Caller.of(f"person:{fact.person}", "page", link.subject)
    try:
        await booked(context.engine, caller, link.subject, fact)
    except FactRefusedError as refused:
        return _not_booked("This place isn't booked", refused.refusal.reason, listed, office, root, 409)
    return RedirectResponse("?told=1", status_code=303)


def _event_id(link: Link) -> str:
    return f"book-{hashlib.sha256(link.about.encode()).hexdigest()[:32]}"


async def _told(context: AppContext, link: Link) -> PlaceRequested | None:
    async with context.connection() as conn:
        known = await ledger.load(conn, link.subject)
    return next(
        (fact for fact in known.facts if isinstance(fact, PlaceRequested) and fact.event_id == _event_id(link)), None
    )


async def _booked(context: AppContext, link: Link, fact: PlaceRequested, root: str, *, told: bool) -> Response:
    """How the booking stands. It is changed only where the browser is known to be the delegate's."""
    async with context.connection() as conn:
        reader = await pages.reader(conn, fact.person)
    if reader is None or reader.name is None:
        raise Nobody
    own = link.onward(Purpose.BOOKING, link.subject, fact.booking)
    own = replace(own, person=reader.person, epoch=reader.links_epoch)
    page = await see(context, own)
    stands = introduction.booking(page)
    question = replace(
        stands,
        answers=(),
        context=tuple(row for row in stands.context if row[0] != introduction.NEEDED),
        onward=(Onward("Change or cancel this booking", page.links.url(own)),),
    )
    banner = TOLD if told else None
    return draw_question(question, state="", changing=False, banner=banner, office=page.office, root=root)


async def _listed(context: AppContext, course: IntroCourseId) -> tuple[ListedCourse, Office | None]:
    async with context.connection() as conn:
        found = await intro_courses.course(conn, course)
        if found is None:
            raise Nobody
        return found, await pages.office(conn, found.office)


def _too_late(listed: ListedCourse, office: Office | None, root: str) -> Response:
    words = "It's cancelled." if listed.stage is IntroStage.CANCELLED else "It has started."
    return _not_booked("You can no longer book this course", words, listed, office, root, 410)


def _not_booked(
    title: str, words: str, listed: ListedCourse, office: Office | None, root: str, status: int
) -> Response:
    later = f"{root}/courses/{listed.academy}"
    return message(title, words, status=status, office=office, home=later, home_label="The next courses", root=root)


async def expired(context: AppContext, link: Link, root: str) -> Response:
    """A confirmation that nobody used in time."""
    listed, office = await _listed(context, link.subject)
    words = "Nothing was booked. The link worked for two days: please ask for a place again."
    return _not_booked("This link has expired", words, listed, office, root, 410)
