"""The gateway's application, composed: what it answers, and what it does beside answering."""

from __future__ import annotations

from fastapi import FastAPI

from gateway import problems
from gateway.access.bodies import Bounds
from gateway.access.caller import Access
from gateway.doors import Doors


def build_app(doors: Doors) -> FastAPI:
    """The application over open connections. Tests and the real process compose it the same way."""
    app = FastAPI(title="Coaching lifecycle engine", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.doors = doors
    app.state.access = Access(doors)
    app.add_middleware(Bounds, settings=doors.settings)
    problems.add_handlers(app)
    return app
