"""The first page: where whoever types the service's address goes on."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.pages import certificates
from gateway.pages.drawing import draw
from gateway.pages.route import Context, PageRoute, root_of

pages = APIRouter(route_class=PageRoute, include_in_schema=False)


@pages.api_route("/", methods=["GET", "HEAD"])
async def front(context: Context) -> Response:
    """What this is, and where to sign in, check a certificate, or read what other services may call."""
    return draw(
        "front.html",
        200,
        title="Coaching programme",
        certificates=certificates.PATH,
        demonstrated=context.demonstration is not None,
        root=root_of(context),
    )
