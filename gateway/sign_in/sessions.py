"""What pages ask of a session: who is signed in, whether they showed it just now, and the way to sign in and go on."""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from gateway.context import AppContext, now
from gateway.pages import reading
from gateway.pages.route import root_of
from gateway.sign_in import drafts
from gateway.sign_in.cookies import Cookies
from gateway.sign_in.drafts import Place
from operations import signing_in
from operations.signing_in import Secrets
from records.sign_ins import SignIn

_SEE_OTHER: Final = 303


def fresh() -> bool:
    """Whether the reader showed within the last five minutes that it is them: before anything weighty."""
    found = reading.signed_in()
    return found is not None and signing_in.fresh(found, now())


def secrets_of(context: AppContext) -> Secrets:
    """Digests codes, by the newest key."""
    return Secrets(context.settings.signing_keys[-1])


async def sign_in_first(
    context: AppContext, request: Request, form: FormData | None = None, *, person: str = "", to: str = ""
) -> Response:
    """Have the reader sign in, or show again that it is them, and bring them back to this page, or another of ours.

    What they typed into a ``form`` is kept for the one who typed it: ``person``, or whose session it was. Nobody else
    who signs in at that browser sees it.
    """
    found = reading.signed_in()
    known = found is not None and (found.person is not None or operates_alone(found))
    onward = to_page(context, "/sign-in/again" if known else "/sign-in")
    if not person and (last := found or await _last(context, request)):
        person = last.whose
    query = f"?{request.url.query}" if request.url.query else ""
    there = Place(person, to or f"{request.url.path}{query}")
    await drafts.remember(context, onward, there, form, now())
    return onward


def to_page(context: AppContext, path: str) -> RedirectResponse:
    """Lead on to a page of ours."""
    return RedirectResponse(f"{root_of(context)}{path}", _SEE_OTHER)


def operates_alone(found: SignIn) -> bool:
    """Whether they run the installation, and are nobody whom an academy knows."""
    return found.operator and not found.people


async def _last(context: AppContext, request: Request) -> SignIn | None:
    cookie = Cookies(context.settings).signed_in(request)
    if cookie is None:
        return None
    async with context.connection() as conn:
        return await signing_in.last_seen(conn, cookie)


def onward(context: AppContext, request: Request, found: SignIn) -> Response:
    """Where whoever has signed in goes on: where they were, to their own page, or to say who they are."""
    if found.person is None and found.people:
        return to_page(context, "/sign-in/who")
    there = drafts.place(context, request)
    ours = there if there is not None and there.is_for(found.whose) else None
    gone = to_page(context, ours.again if ours else "/home" if found.person else "/engine")
    if there is not None and not (ours and ours.draft):
        Cookies(context.settings).forget_place(gone)
    return gone
