"""A page with one button that leads elsewhere: it is drawn, and its press is told from any other POST."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from gateway.context import AppContext, now
from gateway.pages.drawing import draw
from gateway.pages.forms import Forms
from records.pages import Office


@dataclass(frozen=True, slots=True)
class Press:
    """What the page says, and what its button does."""

    title: str
    paragraphs: tuple[str, ...]
    label: str
    topic: str

    def draw(
        self, context: AppContext, root: str, to: str, *, status: int, office: Office | None = None, wrong: str = ""
    ) -> Response:
        """The page; its button posts to a path under the gateway's ``root``."""
        return draw(
            "press.html",
            status,
            title=self.title,
            paragraphs=self.paragraphs,
            press=self.label,
            action=f"{root}{to}",
            state=Forms(context.settings.signing_keys).state_of(self.topic, now()),
            wrong=wrong,
            office=office,
            root=root,
        )

    def pressed(self, context: AppContext, state: object) -> bool:
        """Whether a form is this page's own."""
        return Forms(context.settings.signing_keys).own(state, self.topic) is not None
