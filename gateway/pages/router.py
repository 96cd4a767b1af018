"""The pages' addresses: ``/a/{token}`` shows a question and takes its answer, ``/assets/…`` has the look.

A GET changes nothing: programs that look for malware open every link of a mail. No log line holds a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Any, Final

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from activities.links import Link, Purpose
from gateway import problems
from gateway.context import AppContext, now
from gateway.demonstration import pages as demonstration
from gateway.pages import (
    address,
    calendars,
    certificates,
    courses,
    forgetting,
    forms,
    front,
    held,
    kindly,
    known,
    leave,
    renewing,
    undoing,
    weekly_mail,
)
from gateway.pages.asked import Question
from gateway.pages.assets import assets as files
from gateway.pages.drawing import STALE, banner_of, draw, draw_question
from gateway.pages.forms import Amiss, Forms, Same, Stale, Told
from gateway.pages.pace import Pace
from gateway.pages.purposes import asking, may_answer
from gateway.pages.renewing import opened
from gateway.pages.route import Context, PageRoute, bare, client_of, root_of
from gateway.pages.shown import PageContext, links_of, see
from gateway.sign_in import own
from gateway.sign_in import routes as sign_in
from gateway.sign_in.openid import Provider
from gateway.workspace import WORKSPACE
from gateway.workspace.tasks import listing
from gateway.workspace.visit import NotTheirs
from lifecycle.dates import long_date
from records.database import serve_only

_A_YEAR: Final = "public, max-age=31536000, immutable"

_log = structlog.stdlib.get_logger("gateway.pages")

pages: Final = APIRouter(route_class=PageRoute, include_in_schema=False)
assets: Final = APIRouter(include_in_schema=False)


def add_pages(app: FastAPI) -> None:
    """Serve the pages. Raises StylesheetMissingError where the NHS design is not installed."""
    files()
    app.state.pace = Pace()
    settings = app.state.context.settings
    app.state.provider = Provider(settings) if settings.sign_in_issuer else None
    app.add_exception_handler(HTTPException, _not_here)
    for router in ROUTERS:
        app.router.routes += router.routes
    if app.state.context.demonstration is not None:
        app.router.routes += demonstration.pages.routes


async def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for this type only
    problem = problems.from_http(error)
    root = root_of(request.app.state.context)
    return kindly.in_place_of(problem, request.headers, root) or problems.answer(problem)


@assets.api_route("/assets/{name}", methods=["GET", "HEAD"])
async def asset(name: str) -> Response:
    """A stylesheet or script: its name changes with its content."""
    content = files().content.get(name)
    if content is None:
        return Response(status_code=404)
    kind = "text/javascript" if name.endswith(".js") else "text/css"
    return Response(content, media_type=kind, headers={"Cache-Control": _A_YEAR})


@pages.api_route("/courses/{academy}", methods=["GET", "HEAD"])
async def next_courses(academy: str, context: Context) -> Response:
    """The Introduction courses that anybody can book."""
    serve_only([academy])
    return await courses.listing(context, academy, now(), root_of(context))


@pages.api_route("/courses/{course}/book", methods=["GET", "HEAD"])
async def book(course: str, context: Context) -> Response:
    """The form that asks for a place. Changes nothing."""
    serve_only([course.partition(".")[0]])
    return await courses.form(context, course, now(), root_of(context))


@pages.post("/courses/{course}/book")
async def ask_for_place(request: Request, course: str, context: Context) -> Response:
    """Send the email by which somebody confirms that the place is for them."""
    form = await request.form(max_fields=50)
    serve_only([course.partition(".")[0]])
    return await courses.ask(context, course, form, now(), root_of(context), client_of(request))


@pages.api_route("/calendar/{secret}.ics", methods=["GET", "HEAD"])
async def feed(request: Request, secret: str, context: Context) -> Response:
    """Somebody's diary, as their calendar program reads it."""
    return await calendars.feed(context, secret, now(), request.headers.get("if-none-match", ""))


@pages.api_route("/a/{token}", methods=["GET", "HEAD"])
async def show(request: Request, token: str, context: Context) -> Response:
    """What is asked, or what is recorded. Changes nothing."""
    link = await opened(context, bare(token))
    if not await known.may_open(context, request, link):
        return known.ask(context, bare(token))
    await known.recall(context, request, link)
    if link.purpose is Purpose.CERTIFICATE:
        return await certificates.own(context, link, document=token.endswith(".pdf"))
    if link.purpose is Purpose.HOME:
        return await listing.page(await listing.by_link(context, request, link))
    if link.purpose in _SHOWN:
        return await _SHOWN[link.purpose](context, link, frozenset(request.query_params))
    page = await see(context, link)
    question = asking(page)(page)
    if not may_answer(page):
        return kindly.no_part(root_of(context), page.office)
    banner = banner_of(request.query_params)
    return _question(context, page, question, changing="change" in request.query_params, banner=banner)


@pages.post("/a/{token}")
async def answer(request: Request, token: str, context: Context) -> Response:
    """Take an answer: told once, then shown as it is recorded."""
    link = await opened(context, token)
    form = await request.form(max_fields=500)
    if (asked := await known.first(context, request, link, form)) is not None:
        return asked
    if (taken := await _taken(context, request, link, form)) is not None:
        return taken
    page = await see(context, link)
    ask = asking(page)
    if not may_answer(page):
        return kindly.no_part(root_of(context), page.office)
    outcome = await forms.submit(context, page, ask(page), form, ask)
    match outcome:
        case Told():
            _log.info("pages.told", subject=page.subject, purpose=link.purpose.value, person=page.person)
            return _led(outcome)
        case Same():
            return _led(outcome)
        case Stale():
            page = await see(context, link)
            if may_answer(page) and (written := forms.kept(ask(page), form)):
                return _question(context, page, ask(page), changing=False, amiss=written, banner=STALE)
            return _led(outcome)
        case Amiss():
            page = await see(context, link)
            return _question(context, page, ask(page), changing="change" in request.query_params, amiss=outcome)


async def _taken(context: AppContext, request: Request, link: Link, form: FormData) -> Response | None:
    """What comes of a form about the person rather than about a subject; None for any other."""
    if link.purpose is Purpose.HOME:
        try:
            return await listing.take(await listing.by_link(context, request, link))
        except NotTheirs:
            return kindly.not_theirs(root_of(context))
    if link.purpose is Purpose.ADDRESS:
        return await address.ask(context, link, form, client_of(request))
    return await _TAKEN[link.purpose](context, link, form) if link.purpose in _TAKEN else None


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
        in_time = pace.forged(client_of(request))
        return certificates.unknown(context, code) if in_time else kindly.too_many(root_of(context))
    return found


def _question(context: AppContext, page: PageContext, question: Question, **said: Any) -> Response:  # noqa: ANN401
    return draw_question(
        question,
        state=Forms(context.settings.signing_keys).state(question, page.present),
        by=_by(page),
        home=page.url(Purpose.HOME, subject=""),
        office=page.office,
        root=root_of(context),
        **said,
    )


def _by(page: PageContext) -> str:
    """Until which day an answer is owed, unless that is over."""
    by = page.notice.answer_by if page.notice else None
    return long_date(page.calendar.day(by)) if by is not None and by >= page.present else ""


async def _weekly_mail(context: AppContext, link: Link, said: Container[str]) -> Response:
    return draw(
        "weekly_mail.html",
        200,
        title="Your emails and your calendar",
        state=Forms(context.settings.signing_keys).state(weekly_mail.QUESTION, now()),
        wanted=await weekly_mail.wanted(context, link),
        invited=await weekly_mail.invited(context, link),
        banner=banner_of(said),
        home=links_of(context).url(link.onward(Purpose.HOME)),
        root=root_of(context),
    )


async def _set_weekly_mail(context: AppContext, link: Link, form: FormData) -> Response:
    if form.multi_items() == weekly_mail.ONE_CLICK:
        await weekly_mail.stop(context, link)
        return await _weekly_mail(context, link, ("told",))
    return _led(await weekly_mail.take(context, link, form, now()))


def _led(became: Told | Same | Stale) -> Response:
    """To the page, which says what became of an answer."""
    match became:
        case Told():
            return RedirectResponse("?told=1", status_code=303)
        case Same():
            return RedirectResponse("?same=1", status_code=303)
        case Stale():
            return RedirectResponse("?since=1", status_code=303)


async def _confirm(context: AppContext, link: Link, form: FormData) -> Response:
    return await courses.confirm(context, link, form, now(), root_of(context))


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
        home=links_of(context).url(link.onward(Purpose.HOME)),
        office=office,
        root=root_of(context),
    )


async def _say_away(context: AppContext, link: Link, form: FormData) -> Response:
    became = await leave.take(context, link, form, now())
    return await _leave(context, link, became) if isinstance(became, Amiss) else _led(became)


_SHOWN: Final[dict[Purpose, Callable[[AppContext, Link, frozenset[str]], Awaitable[Response]]]] = {
    Purpose.WEEKLY_MAIL: _weekly_mail,
    Purpose.BOOK: lambda context, link, said: courses.confirmation(
        context, link, now(), root_of(context), told="told" in said
    ),
    Purpose.HELD: lambda context, link, said: held.page(context, link, now(), root_of(context), told="told" in said),
    Purpose.LEAVE: lambda context, link, said: _leave(context, link, banner=banner_of(said)),
    Purpose.CALENDAR: lambda context, link, _: calendars.page(context, link),
    Purpose.ADDRESS: lambda context, link, _: address.page(context, link),
    Purpose.CONFIRM: lambda context, link, _: address.page(context, link),
    Purpose.UNDO: lambda context, link, _: undoing.page(context, link),
    Purpose.FORGET: lambda context, link, _: forgetting.page(context, link),
}
"""Pages of a person rather than of a subject; what was said is in the query."""

_TAKEN: Final[dict[Purpose, Callable[[AppContext, Link, FormData], Awaitable[Response]]]] = {
    Purpose.WEEKLY_MAIL: _set_weekly_mail,
    Purpose.BOOK: _confirm,
    Purpose.HELD: lambda context, link, form: held.take(context, link, form, now(), root_of(context)),
    Purpose.LEAVE: _say_away,
    Purpose.CALENDAR: calendars.take,
    Purpose.CONFIRM: address.confirm,
    Purpose.UNDO: undoing.take,
    Purpose.FORGET: forgetting.take,
}

ROUTERS: Final = (
    front.pages, pages, known.pages, renewing.pages, sign_in.pages, own.pages, own.asked_by_script, *WORKSPACE, assets,
)  # fmt: skip
"""All that answers with a page, or with what a page is made of."""
