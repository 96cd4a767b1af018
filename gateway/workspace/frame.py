"""How a page of the workspace is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import HTMLResponse

from gateway.context import now
from gateway.pages.asked import Question
from gateway.pages.drawing import draw, draw_question
from gateway.pages.forms import STATE, Amiss, Forms
from gateway.pages.places import Crumb
from gateway.workspace.visit import AtWork


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to see less, with how much that is."""

    label: str
    number: int
    url: str
    chosen: bool


def show(
    template: str,
    visit: AtWork,
    *,
    title: str,
    crumbs: tuple[Crumb, ...] = (),
    status: int = 200,
    **said: Any,  # noqa: ANN401 - as a template has it
) -> HTMLResponse:
    """A page, with the pages above it."""
    return draw(template, status, title=title, crumbs=crumbs, office=visit.office, root=visit.root, **said)


def ask(
    visit: AtWork,
    question: Question,
    *,
    crumbs: tuple[Crumb, ...] = (),
    changing: bool = False,
    amiss: Amiss | None = None,
    banner: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    """A question with its answers; after a mistake with what is wrong."""
    return draw_question(
        question,
        state=Forms(visit.context.settings.signing_keys).state(question, now()),
        changing=changing,
        amiss=amiss,
        banner=banner,
        crumbs=crumbs,
        office=visit.office,
        root=visit.root,
    )


def stamp(visit: AtWork, topic: str) -> str:
    """What a form that asks no question holds, so that it is known again as ours."""
    return Forms(visit.context.settings.signing_keys).state_of(topic, visit.present)


def is_ours(visit: AtWork, form: FormData, topic: str) -> bool:
    """Whether a page of ours sends it. Of anybody else's form nothing is taken."""
    return Forms(visit.context.settings.signing_keys).own(form.get(STATE), topic) is not None
