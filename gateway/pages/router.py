"""The pages' addresses: ``/a/{token}`` shows a question and takes its answer, ``/assets/…`` has the look.

A GET changes nothing: programs that look for malware open every link of a mail. No log line holds a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from activities.links import Link, LinkExpired, LinkForged, Purpose
from gateway.doors import Doors, doors, now
from gateway.pages import (
    address,
    calendars,
    certificates,
    courses,
    fields,
    forms,
    kindly,
    leave,
    weekly_mail,
    worklists,
)
from gateway.pages.asked import Question
from gateway.pages.assets import stylesheets
from gateway.pages.drawing import STALE, TOLD, draw, draw_question
from gateway.pages.forms import Amiss, Forms, Stale, Told
from gateway.pages.home import home
from gateway.pages.pace import Pace
from gateway.pages.purposes import asking, may_answer
from gateway.pages.shown import Nobody, PageContext, links_of, see
from gateway.problems import from_exception
from lifecycle.dates import long_date
from records import pages as read
from records.database import SECONDS_TO_ACQUIRE

_A_YEAR: Final = "public, max-age=31536000, immutable"
_TO_KEEP: Final = frozenset({Purpose.CALENDAR, Purpose.CERTIFICATE})

_log = structlog.stdlib.get_logger("gateway.pages")

OpenDoors = Annotated[Doors, Depends(doors)]


def _client(request: Request) -> str:
    return request.client.host if request.client else "nowhere"


class PageRoute(APIRoute):
    """Answers with a page whatever happens: people read it, not programs."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with every failure as a page."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            found: Doors = request.app.state.doors
            client = _client(request)
            pace: Pace = request.app.state.pace
            if not pace.opened(client):
                return kindly.too_many(_root(found))
            try:
                return await handle(request)
            except LinkExpired as over:
                return await _expired(found, over.link)
            except LinkForged:
                pace.forged(client)
                _log.info("pages.forged_link")
                return kindly.unknown_link(_root(found))
            except Nobody:
                return kindly.unknown_link(_root(found))
            except HTTPException:
                # A body too large, or not a form: no browser sends these from a page of ours.
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, a person waits for an answer
                return _failed(error, self.path, _root(found))

        return answer


pages: Final = APIRouter(route_class=PageRoute, include_in_schema=False)
assets: Final = APIRouter(include_in_schema=False)


def add_pages(app: FastAPI) -> None:
    """Serve the pages. Raises StylesheetMissingError where the NHS design is not installed."""
    stylesheets()
    app.state.pace = Pace()
    app.include_router(pages)
    app.include_router(assets)


@assets.api_route("/assets/{name}", methods=["GET", "HEAD"])
async def asset(name: str) -> Response:
    """A stylesheet: its name changes with its content."""
    content = stylesheets().content.get(name)
    if content is None:
        return Response(status_code=404)
    return Response(content, media_type="text/css", headers={"Cache-Control": _A_YEAR})


@pages.api_route("/courses/{academy}", methods=["GET", "HEAD"])
async def next_courses(academy: str, open_doors: OpenDoors) -> Response:
    """The Introduction courses that anybody can book."""
    return await courses.listing(open_doors, academy, now(), _root(open_doors))


@pages.api_route("/courses/{course}/book", methods=["GET", "HEAD"])
async def book(course: str, open_doors: OpenDoors) -> Response:
    """The form that asks for a place. Changes nothing."""
    return await courses.form(open_doors, course, now(), _root(open_doors))


@pages.post("/courses/{course}/book")
async def ask_for_place(request: Request, course: str, open_doors: OpenDoors) -> Response:
    """Send the mail by which somebody confirms that the place is for them."""
    form, pace = await request.form(max_fields=50), request.app.state.pace
    counted = partial(pace.mailed, _client(request))
    return await courses.ask(open_doors, course, form, now(), _root(open_doors), counted)


@pages.api_route("/a/{token}", methods=["GET", "HEAD"])
async def show(request: Request, token: str, open_doors: OpenDoors) -> Response:
    """What is asked, or what is recorded. Changes nothing."""
    link = links_of(open_doors).read(token.removesuffix(".ics").removesuffix(".pdf"), now())
    if link.purpose in _TO_KEEP:
        return await _kept(open_doors, link, document=token.endswith(".pdf"))
    if link.purpose in _SHOWN:
        return await _SHOWN[link.purpose](open_doors, link, frozenset(request.query_params))
    page = await see(open_doors, link)
    question = asking(page)(page)
    if not may_answer(page):
        return kindly.no_part(_root(open_doors), page.office)
    banner = TOLD if "told" in request.query_params else STALE if "since" in request.query_params else None
    return _question(open_doors, page, question, changing="change" in request.query_params, banner=banner)


@pages.post("/a/{token}")
async def answer(request: Request, token: str, open_doors: OpenDoors) -> Response:
    """Take an answer: told once, then shown as it is recorded."""
    link = links_of(open_doors).read(token, now())
    form = await request.form(max_fields=500)
    if link.purpose in _TAKEN:
        return await _TAKEN[link.purpose](open_doors, link, form)
    page = await see(open_doors, link)
    ask = asking(page)
    if not may_answer(page):
        return kindly.no_part(_root(open_doors), page.office)
    outcome = await forms.submit(open_doors, page, ask(page), form, ask)
    match outcome:
        case Told():
            _log.info("pages.told", subject=page.subject, purpose=link.purpose.value, person=page.person)
            return RedirectResponse("?told=1", status_code=303)
        case Stale():
            return RedirectResponse("?since=1", status_code=303)
        case Amiss():
            page = await see(open_doors, link)
            return _question(open_doors, page, ask(page), changing="change" in request.query_params, amiss=outcome)


@pages.api_route(certificates.PATH, methods=["GET", "HEAD"])
async def check(open_doors: OpenDoors, code: str | None = None) -> Response:
    """Where anybody checks a certificate by its code."""
    return await certificates.check(open_doors, code)


@pages.api_route(f"{certificates.PATH}/{{code}}", methods=["GET", "HEAD"])
async def checked(request: Request, code: str, open_doors: OpenDoors) -> Response:
    """What stands of a certificate. Who tries codes that nobody was given is slowed down as with links."""
    found = await certificates.checked(open_doors, code)
    if found is None:
        pace: Pace = request.app.state.pace
        pace.forged(_client(request))
        return certificates.unknown(open_doors, code)
    return found


def _question(open_doors: Doors, page: PageContext, question: Question, **said: Any) -> Response:  # noqa: ANN401
    return draw_question(
        question,
        state=Forms(open_doors.settings.signing_keys).state(question, page.present),
        by=_by(page),
        home=page.links.home(page.person, now()),
        office=page.office,
        root=_root(open_doors),
        **said,
    )


def _by(page: PageContext) -> str:
    """Until which day an answer is owed, unless that is over."""
    by = page.notice.answer_by if page.notice else None
    return long_date(page.calendar.day(by)) if by is not None and by >= page.present else ""


async def _home(open_doors: Doors, link: Link) -> Response:
    found = await home(open_doors, link)
    if not found.part:
        return kindly.no_part(_root(open_doors), found.office)
    return draw(
        "home.html",
        200,
        title="Everything that is asked of you",
        name=found.name,
        asked=[one.item(found.present) for one in found.asked],
        more=found.more,
        standing=found.standing,
        told=found.told,
        office=found.office,
        root=_root(open_doors),
    )


async def _kept(open_doors: Doors, link: Link, *, document: bool) -> Response:
    """What people keep outside: their diary, their certificate."""
    if link.purpose is Purpose.CALENDAR:
        return await calendars.feed(open_doors, link, now())
    return await certificates.own(open_doors, link, document=document)


async def _worklist(
    open_doors: Doors, link: Link, amiss: tuple[str, fields.Entered] | None = None, *, put_off: bool = False
) -> Response:
    found = await worklists.page(open_doors, link, now(), amiss)
    return draw(
        "worklist.html",
        422 if amiss else 200,
        title="What waits for you",
        page=found,
        errors=[{"text": text, "href": f"#{where}"} for where, text in amiss[1].faults.items()] if amiss else [],
        banner=worklists.PUT_OFF if put_off else None,
        home=links_of(open_doors).home(link.person, now()),
        root=_root(open_doors),
    )


async def _weekly_mail(open_doors: Doors, link: Link, *, changed: bool) -> Response:
    return draw(
        "weekly_mail.html",
        200,
        title="Your mails and your calendar",
        wanted=await weekly_mail.wanted(open_doors, link),
        invited=await weekly_mail.invited(open_doors, link),
        banner=TOLD if changed else None,
        home=links_of(open_doors).home(link.person, now()),
        root=_root(open_doors),
    )


async def _set_weekly_mail(open_doors: Doors, link: Link, form: FormData) -> Response:
    await weekly_mail.change(open_doors, link, form.get("answer"))
    return RedirectResponse("?told=1", status_code=303)


async def _put_off(open_doors: Doors, link: Link, form: FormData) -> Response:
    amiss = await worklists.take(open_doors, link, form, now())
    return await _worklist(open_doors, link, amiss) if amiss else RedirectResponse("?off=1", status_code=303)


async def _confirm(open_doors: Doors, link: Link, form: FormData) -> Response:
    return await courses.confirm(open_doors, link, form, now(), _root(open_doors))


async def _leave(
    open_doors: Doors, link: Link, amiss: Amiss | None = None, banner: Mapping[str, Any] | None = None
) -> Response:
    question, office = await leave.asking(open_doors, link, now())
    return draw_question(
        question,
        state=Forms(open_doors.settings.signing_keys).state(question, now()),
        changing=False,
        amiss=amiss,
        banner=banner,
        home=links_of(open_doors).home(link.person, now()),
        office=office,
        root=_root(open_doors),
    )


async def _say_away(open_doors: Doors, link: Link, form: FormData) -> Response:
    amiss = await leave.take(open_doors, link, form, now())
    return await _leave(open_doors, link, amiss) if amiss else RedirectResponse("?told=1", status_code=303)


async def _address(open_doors: Doors, link: Link, amiss: Amiss | None = None) -> Response:
    reader, office = await address.reader_of(open_doors, link)
    question = address.ASKING
    if link.purpose is Purpose.CONFIRM:
        new, _ = address.Sealed(open_doors.settings.signing_keys).open(link.about)
        if new.lower() == (reader.address or "").lower():
            return kindly.address_changed(_root(open_doors), office)
        question = address.confirming(new)
    state = Forms(open_doors.settings.signing_keys).state(question, now())
    return draw_question(question, state=state, changing=False, amiss=amiss, office=office, root=_root(open_doors))


async def _change_address(open_doors: Doors, link: Link, form: FormData) -> Response:
    reader, office = await address.reader_of(open_doors, link)
    question = address.CONFIRMING if link.purpose is Purpose.CONFIRM else address.ASKING
    shown = Forms(open_doors.settings.signing_keys).read(form.get(forms.STATE))
    if shown is None or not forms.same_topic(shown, question):
        return await _address(open_doors, link)
    entered = fields.read(question.answers[0], form)
    if not entered.faults:
        if link.purpose is Purpose.CONFIRM:
            wrong = await address.change(open_doors, reader, office, link.about, now())
        else:
            wrong = await address.ask_to_confirm(open_doors, reader, entered.values["new"], shown.at)
        if not wrong:
            done = kindly.address_changed if link.purpose is Purpose.CONFIRM else kindly.mail_sent
            return done(_root(open_doors), office)
        entered.faults[""] = wrong
    return await _address(open_doors, link, Amiss(question.answers[0], entered))


def _root(open_doors: Doors) -> str:
    """The path under which people reach the gateway, where it is not at the top of its host."""
    return urlsplit(open_doors.settings.public_url or "").path.rstrip("/")


async def _expired(open_doors: Doors, link: Link) -> Response:
    """Whose time is over is told whom to ask."""
    if link.purpose is Purpose.BOOK:
        return await courses.expired(open_doors, link, _root(open_doors))
    async with open_doors.pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        reader = await read.reader(conn, link.person)
        office = await read.office_of(conn, reader.academy) if reader else None
    return kindly.expired(_root(open_doors), office)


def _failed(error: Exception, route: str, root: str) -> Response:
    problem = from_exception(error)
    # The name only: what was sent, and what Postgres says of rows, may be personal.
    _log.warning("pages.failed", path=route, kind=problem.kind, error=type(error).__name__)
    return kindly.failed(problem, root)


_SHOWN: Final[dict[Purpose, Callable[[Doors, Link, frozenset[str]], Awaitable[Response]]]] = {
    Purpose.HOME: lambda open_doors, link, _: _home(open_doors, link),
    Purpose.WEEKLY_MAIL: lambda open_doors, link, said: _weekly_mail(open_doors, link, changed="told" in said),
    Purpose.WORKLIST: lambda open_doors, link, said: _worklist(open_doors, link, put_off="off" in said),
    Purpose.BOOK: lambda open_doors, link, _: courses.confirmation(open_doors, link, now(), _root(open_doors)),
    Purpose.LEAVE: lambda open_doors, link, said: _leave(open_doors, link, banner=TOLD if "told" in said else None),
    Purpose.ADDRESS: lambda open_doors, link, _: _address(open_doors, link),
    Purpose.CONFIRM: lambda open_doors, link, _: _address(open_doors, link),
}
"""Pages of a person rather than of a subject; what was said is in the query."""

_TAKEN: Final[dict[Purpose, Callable[[Doors, Link, FormData], Awaitable[Response]]]] = {
    Purpose.WEEKLY_MAIL: _set_weekly_mail,
    Purpose.WORKLIST: _put_off,
    Purpose.BOOK: _confirm,
    Purpose.LEAVE: _say_away,
    Purpose.ADDRESS: _change_address,
    Purpose.CONFIRM: _change_address,
}
