"""Whether a link may open here: what a mail asks for does by itself, all else where its person typed a mailed code."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from activities.links import Link, Purpose
from gateway.context import AppContext, counting, now
from gateway.pages import fields, forms, reading
from gateway.pages.forms import Amiss, Forms
from gateway.pages.pressed import Press
from gateway.pages.renewing import opened
from gateway.pages.route import Context, PageRoute, client_of, root_of
from gateway.sign_in import asking, drafts, sessions
from gateway.sign_in.cookies import Cookies
from gateway.sign_in.drafts import Place
from operations import known_browsers, security, signing_in
from operations.security import Event
from records import pages as read
from records import sign_ins
from records.pages import Reader

_ASK: Final = Press(
    title="We'll email you a code",
    paragraphs=(
        "This page shows more than the email you came from. We'll email you a code to check that it's you.",
        "You only do this once in this browser: we'll remember it for 60 days. Don't do it on a computer you share.",
    ),
    label="Email me a code",
    topic="known-browser",
)
_AGAIN: Final = replace(
    _ASK,
    title="Confirm it's you",
    paragraphs=("Before we change this, we need to check it's still you. We'll email you a code.",),
)
_WEIGHTY: Final = frozenset({Purpose.ADDRESS, Purpose.CALENDAR})
"""What gives mail or diary to another address: they are asked again, unless they showed just now that it is them."""

pages: Final = APIRouter(route_class=PageRoute, include_in_schema=False)


async def may_open(context: AppContext, request: Request, link: Link) -> bool:
    """Whether a link opens in this browser: alone, for whoever is signed in as its person, or where they are known."""
    if link.alone:
        return True
    found, known = reading.signed_in(), Cookies(context.settings).known(request)
    if found is not None and found.person == link.person:
        return True
    async with context.connection() as conn:
        return known is not None and await known_browsers.known(conn, known, link.person, now())


async def recall(context: AppContext, request: Request, link: Link) -> None:
    """Have what the link's person had entered shown again, if they had to show first who they are."""
    reading.recall(await drafts.typed(context, request, link.person, now()))


async def first(context: AppContext, request: Request, link: Link, form: FormData) -> Response | None:
    """What comes before a form is taken, if anything; what was entered is kept meanwhile."""
    token, found = request.path_params["token"], reading.signed_in()
    if not await may_open(context, request, link):
        asked = ask(context, token)
    elif link.purpose not in _WEIGHTY or await _fresh(context, request, link):
        return None
    elif found is not None and found.person == link.person:
        return await sessions.sign_in_first(context, request, form, person=link.person)
    else:
        asked = _AGAIN.draw(context, root_of(context), f"/a/{token}/email-code", status=403)
    query = f"?{request.url.query}" if request.url.query else ""
    await drafts.remember(context, asked, Place(link.person, f"{request.url.path}{query}"), form, now())
    return asked


async def _fresh(context: AppContext, request: Request, link: Link) -> bool:
    """Whether the link's person showed in the last five minutes, in this browser, that it is them."""
    found, known = reading.signed_in(), Cookies(context.settings).known(request)
    if found is not None and found.person == link.person and sessions.fresh():
        return True
    async with context.connection() as conn:
        return known is not None and await known_browsers.known_lately(conn, known, link.person, now())


def ask(context: AppContext, token: str, status: int = 403, wrong: str = "") -> Response:
    """The page of a browser that is not known. It says nothing of the person, nor of what the link is about."""
    return _ASK.draw(context, root_of(context), f"/a/{token}/email-code", status=status, wrong=wrong)


@pages.post("/a/{token}/email-code")
async def mail_code(request: Request, token: str, context: Context) -> Response:
    """Mail a code to the link's person, to be typed in this browser."""
    link, form = await opened(context, token), await request.form(max_fields=10)
    if not _ASK.pressed(context, form.get(forms.STATE)):
        return ask(context, token)
    async with context.connection() as conn:
        reader = await read.reader(conn, link.person)
    if reader is None or reader.address is None or not await _in_time(context, reader):
        return ask(context, token, 429, asking.TOO_OFTEN)
    browser, present = signing_in.new_secret(), now()
    async with context.connection() as conn:
        at_address = await sign_ins.people_at(conn, reader.address)
        code = await signing_in.new_code(conn, sessions.secrets_of(context), browser, reader.address, present)
    theirs = [found for found in at_address if found.person == reader.person]
    if wrong := await asking.mail_code(context, reader.address, theirs, code, present):
        return ask(context, token, 503, wrong)
    onward = RedirectResponse(f"{root_of(context)}/a/{token}/code", status_code=303)
    Cookies(context.settings).ask(onward, browser)
    return onward


async def _in_time(context: AppContext, reader: Reader) -> bool:
    async with counting(context) as counts:
        return await counts.mailed_own(reader.person, "code")


@pages.api_route("/a/{token}/code", methods=["GET", "HEAD"])
async def ask_code(request: Request, token: str, context: Context) -> Response:
    """Ask for the code that was mailed."""
    await opened(context, token)
    return _typing(context, token) if Cookies(context.settings).browser(request) else _over(context, token)


@pages.post("/a/{token}/code")
async def take_code(request: Request, token: str, context: Context) -> Response:
    """Know the browser in which the right code was typed, and open what was wanted."""
    link, form, present = await opened(context, token), await request.form(max_fields=10), now()
    cookies, answer = Cookies(context.settings), asking.CODE.answers[0]
    browser, entered = cookies.browser(request), fields.read(answer, form)
    if browser is None:
        return _over(context, token)
    if Forms(context.settings.signing_keys).own(form.get(forms.STATE), asking.CODE.topic) is None:
        return _typing(context, token)
    if entered.faults:
        return _typing(context, token, Amiss(answer, entered))
    typed = known_browsers.Typed(link.person, browser, entered.values["code"], cookies.known(request))
    async with context.connection() as conn:
        cookie = await known_browsers.know(conn, sessions.secrets_of(context), typed, present)
        waits = cookie is not None or await signing_in.code_waits(conn, browser, present)
    if cookie is None:
        security.say(Event.SIGN_IN_REFUSED, source=client_of(request), why="wrong code" if waits else "locked")
        entered.faults[fields.input_id(answer, "code")] = asking.WRONG
        return _typing(context, token, Amiss(answer, entered)) if waits else _over(context, token)
    security.say(Event.SIGNED_IN, who=f"person:{link.person}", source=client_of(request), way="link")
    path, there = f"/a/{token}", drafts.place(context, request)
    back = there.again if there and there.person == link.person and there.path.partition("?")[0] == path else path
    onward = RedirectResponse(f"{root_of(context)}{back}", status_code=303)
    cookies.know(onward, cookie)
    return onward


def _typing(context: AppContext, token: str, amiss: Amiss | None = None) -> Response:
    return asking.draw_question(context, asking.code(f"{root_of(context)}/a/{token}"), amiss)


def _over(context: AppContext, token: str) -> Response:
    return asking.over(context, f"/a/{token}")
