"""How pages answer: with a page whatever happens, since people read them, not programs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlsplit

import structlog
from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from activities.links import Link, LinkExpired, LinkForged, LinkOutdated, Purpose
from gateway.context import AppContext, context, now
from gateway.pages import courses, kindly, reading
from gateway.pages.drawing import draw_step
from gateway.pages.human import Doubted
from gateway.pages.pace import Pace, source_of
from gateway.pages.shown import Nobody, links_of
from gateway.problems import from_exception
from gateway.sign_in import drafts
from gateway.sign_in.cookies import Cookies
from operations import signing_in
from records import pages as read
from records.database import serve_only

_log = structlog.stdlib.get_logger("gateway.pages")

Context = Annotated[AppContext, Depends(context)]


def client_of(request: Request) -> str:
    """Where a request comes from, for the counts."""
    return source_of(request.client.host) if request.client else "nowhere"


def link_of(context: AppContext, token: str) -> Link:
    """What a token says, as it stands in an address. Raises LinkForged, or LinkExpired."""
    link = links_of(context).read(bare(token), now())
    if link.subject and not link.person:
        serve_only([link.subject.partition(".")[0]])
    return link


def _counted_by(context: AppContext, request: Request) -> str:
    """Whoever has a link or a calendar is counted by it alone: nobody they share an address with is in their way."""
    if (secret := request.path_params.get("secret")) is not None:
        return signing_in.digest(secret).hex()
    token = request.path_params.get("token")
    if token is None:
        return client_of(request)
    try:
        link = link_of(context, token)
    except LinkExpired as over:
        link = over.link
    return link.person or token


class PageRoute(APIRoute):
    """Answers with a page whatever happens: people read it, not programs. Nobody keeps what does not say so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with every failure as a page."""
        answer = self._answering(super().get_route_handler())

        async def kept_by_nobody(request: Request) -> Response:
            answered = await answer(request)
            answered.headers.setdefault("Cache-Control", "no-store")
            return answered

        return kept_by_nobody

    def _answering(
        self, handle: Callable[[Request], Coroutine[Any, Any, Response]]
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def answer(request: Request) -> Response:
            found: AppContext = request.app.state.context
            pace: Pace = request.app.state.pace
            try:
                if from_elsewhere(request):
                    return kindly.from_elsewhere(root_of(found))
                with reading.begun(_counted_by(found, request), request.url.path) as begun:
                    begun.demonstrates = found.demonstration is not None
                    begun.moves = found.demonstration is not None and not found.demonstration.rehearsed
                    await _look(found, request, begun)
                    if not pace.opened(begun.by):
                        return kindly.too_many(root_of(found))
                    return await self.handled(handle, request)
            except (LinkExpired, LinkOutdated) as over:
                return await _over(found, request, over.link)
            except LinkForged:
                _log.info("pages.forged_link")
                in_time = pace.forged(client_of(request))
                return kindly.unknown_link(root_of(found)) if in_time else kindly.too_many(root_of(found))
            except Doubted as doubted:
                _log.info("pages.doubted", path=self.path)
                return draw_step(doubted.step, root_of(found))
            except Nobody:
                return kindly.unknown_link(root_of(found))
            except HTTPException:
                # A body too large, or not a form: no browser sends these from a page of ours.
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, a person waits for an answer
                return _failed(error, self.path, root_of(found))

        return answer

    async def handled(self, handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
        """The page itself, while it is known who reads it."""
        return await handle(request)


def from_elsewhere(request: Request) -> bool:
    """Whether a browser says that another site's page sends this form: none of ours leads there."""
    return request.method == "POST" and request.headers.get("sec-fetch-site") in ("cross-site", "same-site")


async def _look(context: AppContext, request: Request, begun: reading.Reading) -> None:
    """Who is signed in in this browser: every page they open counts."""
    cookie = Cookies(context.settings).signed_in(request)
    if cookie is None:
        return
    begun.at, operators = now(), context.settings.operators
    async with context.connection() as conn:
        begun.found = await signing_in.signed_in(conn, cookie, begun.at, operators)
        if begun.found is None and context.demonstration is not None:
            begun.found = await signing_in.after_a_move(conn, cookie, begun.at, operators)
        if begun.found is not None:
            begun.language = begun.found.language
            begun.by = begun.found.person or begun.by
            begun.held = await signing_in.parts(conn, begun.found)
    if begun.found is not None and begun.found.whose and request.method == "GET":
        begun.typed = await drafts.typed(context, request, begun.found.whose, begun.at)


def root_of(context: AppContext) -> str:
    """The path under which people reach the gateway, where it is not at the top of its host."""
    return urlsplit(context.settings.public_url or "").path.rstrip("/")


async def _over(context: AppContext, request: Request, link: Link) -> Response:
    """Whose link is over may have a new one."""
    root = root_of(context)
    if link.purpose is Purpose.BOOK:
        return await courses.expired(context, link, root)
    async with context.connection() as conn:
        reader = await read.reader(conn, link.person)
        office = await read.office_of(conn, reader.academy) if reader else None
    if link.purpose in (Purpose.UNDO, Purpose.CONFIRM):
        return kindly.too_late(root, office)
    return kindly.over(context, root, bare(request.path_params["token"]), office)


def bare(token: str) -> str:
    """A token without the ending that programs want of a document's address."""
    return token.removesuffix(".pdf")


def _failed(error: Exception, route: str, root: str) -> Response:
    problem = from_exception(error)
    # The name only: what was sent, and what Postgres says of rows, may be personal.
    _log.warning("pages.failed", path=route, kind=problem.kind, error=type(error).__name__)
    return kindly.failed(problem, root)
