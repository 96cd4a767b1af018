"""The pages of a demonstration: nobody is asked for a code, and nothing here exists anywhere else."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Final
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.responses import HTMLResponse

from gateway.context import now
from gateway.demonstration import outbox
from gateway.demonstration.academy import Demonstration
from gateway.pages import reading
from gateway.pages.drawing import HEADERS, draw
from gateway.pages.route import Context, PageRoute, root_of
from gateway.sign_in import browsers, sessions
from gateway.sign_in.cookies import Cookies
from lifecycle.dates import clock_of
from operations import signing_in
from operations.signing_in import Here
from schemas.programme import DEFAULT_ZONE

pages: Final = APIRouter(route_class=PageRoute, include_in_schema=False)

_AT_MOST: Final = 50
_MOVES: Final = {"day": timedelta(days=1), "week": timedelta(weeks=1)}
_OF_A_MAIL: Final = HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
        "sandbox allow-top-navigation-by-user-activation"
    )
}
"""A mail brings its own look, and no script."""


def _here(request: Request, context: Context) -> Demonstration:
    """The demonstration, for whoever sits at this machine. Raises HTTPException for all others."""
    found, client = context.demonstration, request.client
    if found is None or client is None or not _loopback(client.host) or not _loopback(request.url.hostname or ""):
        raise HTTPException(404)
    return found


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


Demonstrated = Annotated[Demonstration, Depends(_here)]


@pages.api_route("/demonstration", methods=["GET", "HEAD"])
async def choose(context: Context, demonstration: Demonstrated) -> Response:
    """Who to be."""
    return draw("demonstration.html", 200, title="Who would you like to be?", cast=demonstration.cast,
                rehearsed=demonstration.rehearsed, root=root_of(context))  # fmt: skip


@pages.post("/demonstration/be")
async def be(request: Request, context: Context, demonstration: Demonstrated) -> Response:
    """Be somebody, from now on, in this browser."""
    form = await request.form(max_fields=5)
    actor = next((each for each in demonstration.cast if each.key == form.get("who")), None)
    if actor is None:
        return sessions.to_page(context, "/demonstration")
    async with context.connection() as conn:
        called = browsers.called(request.headers.get("user-agent"))
        here = Here(called, reading.signed_in(), context.settings.operators)
        cookie = await signing_in.demonstrated(conn, actor.address, now(), here)
    onward = sessions.to_page(context, actor.begins if cookie else "/demonstration")
    if cookie:
        Cookies(context.settings).sign_in(onward, cookie)
    return onward


@pages.post("/demonstration/move")
async def move(request: Request, context: Context, demonstration: Demonstrated) -> Response:
    """A day or a week ahead; whoever is signed in stays so, and where they were."""
    form = await request.form(max_fields=5)
    by = _MOVES.get(str(form.get("by")))
    if by is not None and not demonstration.rehearsed:
        await demonstration.move(by)
    return sessions.to_page(context, _ours(str(form.get("there"))))


@pages.post("/demonstration/reset")
async def reset(context: Context, demonstration: Demonstrated) -> Response:
    """Everything anew."""
    if demonstration.rehearsed:
        return sessions.to_page(context, "/demonstration")
    await demonstration.reset()
    onward = sessions.to_page(context, "/demonstration")
    Cookies(context.settings).sign_out(onward)
    return onward


@pages.api_route("/demonstration/mail", methods=["GET", "HEAD"])
async def mails(
    context: Context, demonstration: Demonstrated, to: str = "", calendar: str = "", page: int = 1
) -> Response:
    """Everybody's mails, or one person's, the newest first."""
    found = outbox.kept(demonstration.outbox)
    wanted = [mail for mail in found if (calendar or not mail.invites) and (not to or mail.address == to)]
    first = max(0, page - 1) * _AT_MOST
    said = {name: value for name, value in (("to", to), ("calendar", calendar)) if value}
    return draw(
        "demonstration_mails.html",
        200,
        title="Mail",
        mails=[(mail, clock_of(DEFAULT_ZONE).moment(mail.at)) for mail in wanted[first : first + _AT_MOST]],
        people=outbox.people([mail for mail in found if calendar or not mail.invites]),
        to=to,
        invitations=sum(mail.invites and (not to or mail.address == to) for mail in found),
        calendar=calendar,
        older=f"?{urlencode(said | {'page': page + 1})}" if len(wanted) > first + _AT_MOST else "",
        root=root_of(context),
    )


@pages.api_route("/demonstration/mail/{number}", methods=["GET", "HEAD"])
async def mail(context: Context, demonstration: Demonstrated, number: str) -> Response:
    """One mail, as a phone shows it."""
    found = outbox.one(demonstration.outbox, number)
    if found is None:
        raise HTTPException(404)
    drawn = draw("demonstration_mail.html", 200, title=found.subject, mail=found,
                 at=clock_of(DEFAULT_ZONE).moment(found.at), root=root_of(context))  # fmt: skip
    drawn.headers["Content-Security-Policy"] += "; frame-src 'self'"
    return drawn


@pages.api_route("/demonstration/mail/{number}/body", methods=["GET", "HEAD"])
async def mail_body(demonstration: Demonstrated, number: str) -> Response:
    """What stands in it, for the frame around it."""
    found = outbox.one(demonstration.outbox, number)
    if found is None:
        raise HTTPException(404)
    return HTMLResponse(outbox.body(found), headers=_OF_A_MAIL)


def _ours(there: str) -> str:
    """A page of ours, where somebody was."""
    parts = urlsplit(there)
    inside = there.startswith("/") and not there.startswith("//") and not parts.netloc and "\\" not in there
    return there if inside else "/home"
