"""The gateway's application, composed: what it answers, and what it does beside answering."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import FastAPI

from gateway import problems
from gateway.access.answering import Answering
from gateway.access.bodies import Bounds
from gateway.access.caller import Access
from gateway.api import (
    academies,
    attendance,
    audits,
    bounces,
    certificates,
    cohorts,
    engagements,
    facts,
    health,
    imports,
    intro_courses,
    leave,
    offices,
    people,
    programmes,
    reading,
    roles,
    subject_access,
    subjects,
    worklists,
    would_be_coaches,
)
from gateway.api.description import describe
from gateway.context import AppContext
from gateway.events import arriving, catalogue, feed, kept
from gateway.events.described import webhooks
from gateway.events.published import source_of
from gateway.pages import kindly
from gateway.pages.route import root_of
from gateway.pages.router import add_pages
from gateway.webhooks import subscriptions

ROUTERS: Final = (
    health.router,
    cohorts.router,
    imports.router,
    engagements.router,
    attendance.router,
    intro_courses.router,
    would_be_coaches.router,
    people.router,
    roles.router,
    leave.router,
    subject_access.router,
    offices.router,
    academies.router,
    *subjects.routers,
    facts.router,
    worklists.router,
    bounces.router,
    certificates.router,
    programmes.router,
    audits.router,
    arriving.router,
    kept.router,
    catalogue.router,
    feed.router,
    subscriptions.router,
    reading.router,
    problems.pages,
)


def build_app(context: AppContext) -> FastAPI:
    """The application over open connections. Tests and the real process compose it the same way."""
    app = FastAPI(
        title="Coaching lifecycle engine",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # An address with a slash too many is unknown: no answer is a redirect that nobody described.
        redirect_slashes=False,
    )
    app.state.context = context
    app.state.access = Access(context)
    app.add_middleware(Answering)
    # A demonstration's week is lived while somebody waits for the page.
    longer = {"longer_seconds": 240.0} if context.demonstration else {}
    page = partial(kindly.in_place_of, root=root_of(context))
    app.add_middleware(Bounds, settings=context.settings, page=page, **longer)
    problems.add_handlers(app)
    for router in ROUTERS:
        # As they are: a router that is included has all its routes worked out again, for each application.
        app.router.routes += router.routes
    add_pages(app)
    describe(app, partial(webhooks, source_of(context.settings)))
    return app
