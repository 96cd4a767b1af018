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
from gateway.context import AppContext, context, now
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

_A_YEAR: Final = "public, max-age=31536000, immutable"
_TO_KEEP: Final = frozenset({Purpose.CALENDAR, Purpose.CERTIFICATE})

_log = structlog.stdlib.get_logger("gateway.pages")

Context = Annotated[AppContext, Depends(context)]


def _client(request: Request) -> str:
    return request.client.host if request.client else "nowhere"


class PageRoute(APIRoute):
    """Answers with a page whatever happens: people read it, not programs."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with every failure as a page."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            found: AppContext = request.app.state.context
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
async def next_courses(academy: str, context: Context) -> Response:
    """The Introduction courses that anybody can book."""
    return await courses.listing(context, academy, now(), _root(context))


@pages.api_route("/courses/{course}/book", methods=["GET", "HEAD"])
async def book(course: str, context: Context) -> Response:
    """The form that asks for a place. Changes nothing."""
    return await courses.form(context, course, now(), _root(context))


@pages.post("/courses/{course}/book")
async def ask_for_place(request: Request, course: str, context: Context) -> Response:
    """Send the email by which somebody confirms that the place is for them."""
    form, pace = await request.form(max_fields=50), request.app.state.pace
    counted = partial(pace.mailed, _client(request))
    return await courses.ask(context, course, form, now(), _root(context), counted)


@pages.api_route("/a/{token}", methods=["GET", "HEAD"])
async def show(request: Request, token: str, context: Context) -> Response:
    """What is asked, or what is recorded. Changes nothing."""
    link = links_of(context).read(token.removesuffix(".ics").removesuffix(".pdf"), now())
    if link.purpose in _TO_KEEP:
        return await _kept(context, link, document=token.endswith(".pdf"))
    if link.purpose in _SHOWN:
        return await _SHOWN[link.purpose](context, link, frozenset(request.query_params))
    page = await see(context, link)
    question = asking(page)(page)
    if not may_answer(page):
        return kindly.no_part(_root(context), page.office)
    banner = TOLD if "told" in request.query_params else STALE if "since" in request.query_params else None
    return _question(context, page, question, changing="change" in request.query_params, banner=banner)


@pages.post("/a/{token}")
async def answer(request: Request, token: str, context: Context) -> Response:
    """Take an answer: told once, then shown as it is recorded."""
    link = links_of(context).read(token, now())
    form = await request.form(max_fields=500)
    if link.purpose in _TAKEN:
        return await _TAKEN[link.purpose](context, link, form)
    page = await see(context, link)
    ask = asking(page)
    if not may_answer(page):
        return kindly.no_part(_root(context), page.office)
    outcome = await forms.submit(context, page, ask(page), form, ask)
    match outcome:
        case Told():
            _log.info("pages.told", subject=page.subject, purpose=link.purpose.value, person=page.person)
            return RedirectResponse("?told=1", status_code=303)
        case Stale():
            return RedirectResponse("?since=1", status_code=303)
        case Amiss():
            page = await see(context, link)
            return _question(context, page, ask(page), changing="change" in request.query_params, amiss=outcome)


@pages.api_route(certificates.PATH, methods=["GET", "HEAD"])
async def check(context: Context, code: str | None = None) -> Response:
    """Where anybody checks a certificate by its code."""
    return await certificates.check(context, code)


@pages.api_route(f"{certificates.PATH}/{{code}}", methods=["GET", "HEAD"])
async def checked(request: Request, code: str, context: Context) -> Response:
    """What stands of a certificate. Who tries codes that nobody was given is slowed down as with links."""
    found = await certificates.checked(context, code)
    if found is None:
        pace: Pace = request.app.state.pace
        pace.forged(_client(request))
        return certificates.unknown(context, code)
    return found


def _question(context: AppContext, page: PageContext, question: Question, **said: Any) -> Response:  # noqa: ANN401
    return draw_question(
        question,
        state=Forms(context.settings.signing_keys).state(question, page.present),
        by=_by(page),
        home=page.links.home(page.person, now()),
        office=page.office,
        root=_root(context),
        **said,
    )


def _by(page: PageContext) -> str:
    """Until which day an answer is owed, unless that is over."""
    by = page.notice.answer_by if page.notice else None
    return long_date(page.calendar.day(by)) if by is not None and by >= page.present else ""


async def _home(context: AppContext, link: Link) -> Response:
    found = await home(context, link)
    if not found.part:
        return kindly.no_part(_root(context), found.office)
    return draw(
        "home.html",
        200,
        title="Your tasks",
        name=found.name,
        asked=[task.item(found.present) for task in found.asked],
        more=found.more,
        standing=found.standing,
        told=found.told,
        office=found.office,
        root=_root(context),
    )


async def _kept(context: AppContext, link: Link, *, document: bool) -> Response:
    """What people keep outside: their diary, their certificate."""
    if link.purpose is Purpose.CALENDAR:
        return await calendars.feed(context, link, now())
    return await certificates.own(context, link, document=document)


async def _worklist(
    context: AppContext, link: Link, amiss: tuple[str, fields.Entered] | None = None, *, put_off: bool = False
) -> Response:
    found = await worklists.page(context, link, now(), amiss)
    return draw(
        "worklist.html",
        422 if amiss else 200,
        title="Your to-do list",
        page=found,
        errors=[{"text": text, "href": f"#{where}"} for where, text in amiss[1].faults.items()] if amiss else [],
        banner=worklists.PUT_OFF if put_off else None,
        home=links_of(context).home(link.person, now()),
        root=_root(context),
    )


async def _weekly_mail(context: AppContext, link: Link, *, changed: bool) -> Response:
    return draw(
        "weekly_mail.html",
        200,
        title="Your emails and your calendar",
        wanted=await weekly_mail.wanted(context, link),
        invited=await weekly_mail.invited(context, link),
        banner=TOLD if changed else None,
        home=links_of(context).home(link.person, now()),
        root=_root(context),
    )


async def _set_weekly_mail(context: AppContext, link: Link, form: FormData) -> Response:
    await weekly_mail.change(context, link, form.get("answer"))
    return RedirectResponse("?told=1", status_code=303)


async def _put_off(context: AppContext, link: Link, form: FormData) -> Response:
    amiss = await worklists.take(context, link, form, now())
    return await _worklist(context, link, amiss) if amiss else RedirectResponse("?off=1", status_code=303)


async def _confirm(context: AppContext, link: Link, form: FormData) -> Response:
    return await courses.confirm(context, link, form, now(), _root(context))


async def _leave(
    context: AppContext, link: Link, amiss: Amiss | None = None, banner: Mapping[str, Any] | None = None
) -> Response:
    question, office = await leave.asking(context, link, now())
    return draw_question(
        question,
        state=Forms(context.settings.signing_keys).state(question, now()),
        changing=False,
        amiss=amiss,
        banner=banner,
        home=links_of(context).home(link.person, now()),
        office=office,
        root=_root(context),
    )


async def _say_away(context: AppContext, link: Link, form: FormData) -> Response:
    amiss = await leave.take(context, link, form, now())
    return await _leave(context, link, amiss) if amiss else RedirectResponse("?told=1", status_code=303)


async def _address(context: AppContext, link: Link, amiss: Amiss | None = None) -> Response:
    reader, office = await address.reader_of(context, link)
    question = address.ASKING
    if link.purpose is Purpose.CONFIRM:
        new, _ = address.Sealed(context.settings.signing_keys).open(link.about)
        if new.lower() == (reader.address or "").lower():
            return kindly.address_changed(_root(context), office)
        question = address.confirming(new)
    state = Forms(context.settings.signing_keys).state(question, now())
    return draw_question(question, state=state, changing=False, amiss=amiss, office=office, root=_root(context))


async def _change_address(context: AppContext, link: Link, form: FormData) -> Response:
    reader, office = await address.reader_of(context, link)
    question = address.CONFIRMING if link.purpose is Purpose.CONFIRM else address.ASKING
    shown = Forms(context.settings.signing_keys).read(form.get(forms.STATE))
    if shown is None or not forms.same_topic(shown, question):
        return await _address(context, link)
    entered = fields.read(question.answers[0], form)
    if not entered.faults:
        if link.purpose is Purpose.CONFIRM:
            wrong = await address.change(context, reader, office, link.about, now())
        else:
            wrong = await address.ask_to_confirm(context, reader, entered.values["new"], shown.at)
        if not wrong:
            done = kindly.address_changed if link.purpose is Purpose.CONFIRM else kindly.mail_sent
            return done(_root(context), office)
        entered.faults[""] = wrong
    return await _address(context, link, Amiss(question.answers[0], entered))


def _root(context: AppContext) -> str:
    """The path under which people reach the gateway, where it is not at the top of its host."""
    return urlsplit(context.settings.public_url or "").path.rstrip("/")


async def _expired(context: AppContext, link: Link) -> Response:
    """Whose time is over is told whom to ask."""
    if link.purpose is Purpose.BOOK:
        return await courses.expired(context, link, _root(context))
    async with context.connection() as conn:
        reader = await read.reader(conn, link.person)
        office = await read.office_of(conn, reader.academy) if reader else None
    return kindly.expired(_root(context), office)


def _failed(error: Exception, route: str, root: str) -> Response:
    problem = from_exception(error)
    # The name only: what was sent, and what Postgres says of rows, may be personal.
    _log.warning("pages.failed", path=route, kind=problem.kind, error=type(error).__name__)
    return kindly.failed(problem, root)


_SHOWN: Final[dict[Purpose, Callable[[AppContext, Link, frozenset[str]], Awaitable[Response]]]] = {
    Purpose.HOME: lambda context, link, _: _home(context, link),
    Purpose.WEEKLY_MAIL: lambda context, link, said: _weekly_mail(context, link, changed="told" in said),
    Purpose.WORKLIST: lambda context, link, said: _worklist(context, link, put_off="off" in said),
    Purpose.BOOK: lambda context, link, _: courses.confirmation(context, link, now(), _root(context)),
    Purpose.LEAVE: lambda context, link, said: _leave(context, link, banner=TOLD if "told" in said else None),
    Purpose.ADDRESS: lambda context, link, _: _address(context, link),
    Purpose.CONFIRM: lambda context, link, _: _address(context, link),
}
"""Pages of a person rather than of a subject; what was said is in the query."""

_TAKEN: Final[dict[Purpose, Callable[[AppContext, Link, FormData], Awaitable[Response]]]] = {
    Purpose.WEEKLY_MAIL: _set_weekly_mail,
    Purpose.WORKLIST: _put_off,
    Purpose.BOOK: _confirm,
    Purpose.LEAVE: _say_away,
    Purpose.ADDRESS: _change_address,
    Purpose.CONFIRM: _change_address,
}
