"""A subject as somebody at work sees it, and what they record of it: by the questions that mails lead to as well."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from starlette.responses import RedirectResponse, Response

from activities.links import Purpose
from gateway.pages import forms
from gateway.pages.answers import Ask
from gateway.pages.drawing import banner_of
from gateway.pages.forms import Amiss, Same, Stale, Told
from gateway.pages.places import Crumb
from gateway.pages.shown import PageContext, see
from gateway.workspace.frame import ask as draw_question
from gateway.workspace.visit import NotTheirs, Visit
from schemas.words import Role

_FIRST: Final = (
    Role.OFFICE, Role.FACULTY, Role.COACH, Role.CO_COACH, Role.INTERIM_COACH, Role.TEAM_LEAD, Role.SPONSOR,
    Role.DELEGATE,
)  # fmt: skip
"""Of several parts somebody acts in the first."""


async def seen_by(visit: Visit, subject: str, about: str = "") -> PageContext:
    """A team, cohort or course as this reader acts on it. Raises NotTheirs, or Nobody where it is not recorded."""
    parts = visit.parts(subject)
    role = next((role for role in _FIRST if role in parts), None)
    if role is None:
        raise NotTheirs
    return replace(await see(visit.context, visit.link(Purpose.RECORD, subject, about)), role=role)


async def asked(visit: Visit, page: PageContext, question: Ask, *crumbs: Crumb, amiss: Amiss | None = None) -> Response:
    """The question, and what is recorded of it; after an answer with what became of that."""
    said = visit.request.query_params
    banner = banner_of(said)
    return draw_question(
        visit, question(page), crumbs=crumbs, changing="change" in said, amiss=amiss, banner=None if amiss else banner
    )


async def taken(visit: Visit, page: PageContext, question: Ask, *crumbs: Crumb, to: str = "") -> Response:
    """Tell what the form says, and go on to a page, or to this one. What is wrong with it is shown beside it."""
    form = await visit.request.form(max_fields=500)
    visit.weighs(question(page), form)
    outcome = await forms.submit(visit.context, page, question(page), form, question)
    match outcome:
        case Told():
            return RedirectResponse(f"{to}?told=1", status_code=303)
        case Same():
            return RedirectResponse("?same=1", status_code=303)
        case Stale():
            return RedirectResponse("?since=1", status_code=303)
        case Amiss():
            return await asked(visit, page, question, *crumbs, amiss=outcome)
