"""Where somebody was when they had to sign in, and what they had typed there: nothing is lost by signing in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response
from starlette.datastructures import FormData

from gateway.context import AppContext
from gateway.pages.forms import STATE, Forms
from gateway.pages.mailing import Sealed
from gateway.pages.shown import Nobody
from gateway.sign_in.cookies import Cookies
from operations import signing_in

KEPT: Final = "kept"
"""In a page's address: what was typed there before signing in is shown again."""

_LONGEST: Final = 50_000


@dataclass(frozen=True, slots=True)
class Place:
    """A page of ours, whose it was if that is known, and the secret of what was typed there: ``SignIn.whose``."""

    person: str
    path: str
    draft: str = ""

    @property
    def again(self) -> str:
        """The page, with what was typed there."""
        if not self.draft:
            return self.path
        return f"{self.path}{'&' if '?' in self.path else '?'}{urlencode({KEPT: 1})}"

    def is_for(self, person: str) -> bool:
        """Whether whoever is there now was the one who was there."""
        return self.person in ("", person)


async def remember(context: AppContext, onward: Response, there: Place, form: FormData | None, at: datetime) -> None:
    """Remember in a cookie where somebody was, and keep what they typed, if it is known who they are."""
    keys = context.settings.signing_keys
    if form is not None and there.person and (said := _said(context, form)):
        sealed = Sealed("draft", keys).seal_words(there.path.partition("?")[0], said)
        async with context.connection() as conn:
            there = replace(there, draft=await signing_in.keep_draft(conn, there.person, sealed, at))
    sealed = Sealed("place", keys).seal_words(there.person, there.path, there.draft)
    Cookies(context.settings).leave_place(onward, sealed)


def _said(context: AppContext, form: FormData) -> str:
    """The fields of a form of ours; empty for one that another site made, or that is too long for people."""
    if Forms(context.settings.signing_keys).read(form.get(STATE)) is None:
        return ""
    said = json.dumps([(name, value) for name, value in form.multi_items() if isinstance(value, str)])
    return said if len(said) <= _LONGEST else ""


def place(context: AppContext, request: Request) -> Place | None:
    """Where somebody was when they had to sign in."""
    try:
        sealed = Cookies(context.settings).place(request) or ""
        words = Sealed("place", context.settings.signing_keys).open_words(sealed)
        return Place(*words)
    except (Nobody, TypeError):
        return None


async def typed(context: AppContext, request: Request, person: str, at: datetime) -> FormData | None:
    """What somebody had typed on this page before they had to show who they are."""
    there = place(context, request) if KEPT in request.query_params else None
    if there is None or not there.draft or not there.is_for(person):
        return None
    async with context.connection() as conn:
        sealed = await signing_in.draft(conn, there.draft, person, at)
    if sealed is None:
        return None
    path, said = Sealed("draft", context.settings.signing_keys).open_words(sealed)
    return FormData([(name, value) for name, value in json.loads(said)]) if path == request.url.path else None
