"""What somebody has of their own once they are signed in: their tasks, and where they are signed in."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from gateway.context import AppContext, now
from gateway.pages import forms, kindly, reading
from gateway.pages.drawing import draw
from gateway.pages.forms import Forms
from gateway.pages.route import Context, PageRoute, client_of, from_elsewhere, root_of
from gateway.sign_in import sessions
from gateway.sign_in.cookies import Cookies
from gateway.workspace.tasks import listing
from gateway.workspace.visit import NotTheirs, visit_of
from lifecycle.dates import clock_of
from operations import people, security, signing_in
from operations.callers import Caller
from operations.security import Event
from records import sign_ins
from records.database import Connection
from records.sign_ins import SignIn
from schemas.sentences import say

_HERE: Final = "here"
_EVERYWHERE: Final = "everywhere"
_TOPIC: Final = "sign-out"

pages: Final = APIRouter(route_class=PageRoute, include_in_schema=False)
asked_by_script: Final = APIRouter(include_in_schema=False)


@pages.api_route("/home", methods=["GET", "HEAD"])
async def own_page(request: Request, context: Context) -> Response:
    """The own page of whoever is signed in."""
    found = reading.signed_in()
    if found is None:
        return await sessions.sign_in_first(context, request)
    if found.person is None:
        return sessions.onward(context, request, found)
    try:
        return await listing.page(await visit_of(request, context))
    except NotTheirs:
        return kindly.no_role(root_of(context), None)


@pages.api_route("/home/{academy}", methods=["GET", "HEAD"])
async def own_page_at(request: Request, academy: str, context: Context) -> Response:
    """The own page at one academy; who is somebody at another says first who they are."""
    found = reading.signed_in()
    if found is None:
        return await sessions.sign_in_first(context, request)
    if found.academy == academy:
        return await own_page(request, context)
    async with context.connection() as conn:
        theirs = {each.academy for each in await signing_in.choices(conn, found)}
    return sessions.to_page(context, "/sign-in/who") if academy in theirs else kindly.another_academy(root_of(context))


@pages.api_route("/signed-in", methods=["GET", "HEAD"])
async def where(request: Request, context: Context) -> Response:
    """In which browsers somebody is signed in."""
    found = reading.signed_in()
    if found is None:
        return await sessions.sign_in_first(context, request)
    async with context.connection() as conn:
        everywhere = await signing_in.elsewhere(conn, found.person, now()) if found.person else [found]
        matched = await sign_ins.matched(conn, found.person) if found.person else []
    return draw(
        "signed_in.html",
        200,
        title="Where you're signed in",
        browsers=[_browser(context, each, found) for each in everywhere],
        accounts=[clock_of(found.zone).date(account.matched_at) for account in matched],
        provider=context.settings.sign_in_name,
        everywhere=found.person is not None,
        state=Forms(context.settings.signing_keys).state_of(_TOPIC, now()),
        root=root_of(context),
    )


def _browser(context: AppContext, each: SignIn, found: SignIn) -> dict[str, object]:
    """One browser of the list."""
    clock = clock_of(each.zone)
    began = clock.moment(each.began_at)
    return {
        "id": each.sign_in,
        "called": each.browser,
        "here": each.sign_in == found.sign_in,
        "began": say("{moment}, with a code by email", moment=began)
        if each.way == "code"
        else say("{moment}, with {provider}", moment=began, provider=context.settings.sign_in_name),
        "seen": clock.moment(each.seen_at),
    }


@pages.post("/sign-out")
async def sign_out(request: Request, context: Context) -> Response:
    """Sign out of this browser at once; of others, or of all, once it is sure who asks."""
    form, found = await request.form(max_fields=10), reading.signed_in()
    wanted = str(form.get("where") or _HERE)
    if Forms(context.settings.signing_keys).own(form.get(forms.STATE), _TOPIC) is None:
        return await where(request, context)
    if found is not None and found.person is not None and wanted != _HERE and not sessions.fresh():
        return await sessions.sign_in_first(context, request, to="/signed-in")
    if found is not None:
        async with context.connection() as conn:
            await _sign_out(conn, request, found, wanted)
    if wanted not in (_HERE, _EVERYWHERE):
        return sessions.to_page(context, "/signed-in")
    signed_out = draw("signed_out.html", 200, title="You've signed out", root=root_of(context), session=None)
    Cookies(context.settings).sign_out(signed_out)
    return signed_out


async def _sign_out(conn: Connection, request: Request, found: SignIn, wanted: str) -> None:
    if wanted == _HERE:
        await sign_ins.end(conn, found.sign_in, now())
    else:
        await signing_in.sign_out(conn, found, now(), None if wanted == _EVERYWHERE else wanted)
    way = wanted if wanted in (_HERE, _EVERYWHERE) else "elsewhere"
    who = f"person:{found.person}" if found.person else None
    security.say(Event.SIGNED_OUT, who=who, source=client_of(request), way=way)


@pages.post("/signed-in")
async def forget_accounts(request: Request, context: Context) -> Response:
    """No account at the provider is theirs any more: the next is matched anew, by a code."""
    form, found = await request.form(max_fields=10), reading.signed_in()
    if found is None or not sessions.fresh():
        return await sessions.sign_in_first(context, request)
    if found.person is not None and Forms(context.settings.signing_keys).own(form.get(forms.STATE), _TOPIC):
        async with context.connection() as conn:
            caller = Caller.of(f"person:{found.person}", reading.door(found.person), found.academy or "")
            await people.disconnect(conn, caller, found.person, now(), but=found.sign_in)
    return sessions.to_page(context, "/signed-in")


@asked_by_script.get("/signed-in/ends")
async def ends(request: Request, context: Context) -> Response:
    """In how many seconds the session ends; that somebody looks does not count as a page."""
    return await _ends(request, context, counts=False)


@asked_by_script.post("/signed-in/ends")
async def stay(request: Request, context: Context) -> Response:
    """Go on with the session, as by opening a page."""
    return await _ends(request, context, counts=not from_elsewhere(request))


async def _ends(request: Request, context: AppContext, *, counts: bool) -> Response:
    cookie, present = Cookies(context.settings).signed_in(request), now()
    async with context.connection() as conn:
        left = await signing_in.left(conn, cookie, present, counts=counts) if cookie else None
    seconds, last = (int(left.time.total_seconds()), left.last) if left else (0, True)
    return JSONResponse({"seconds": seconds, "last": last}, headers={"Cache-Control": "no-store"})
