"""What all pages about keys have in common: who may see them, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from gateway.context import AppContext, context, now
from gateway.pages.places import Crumb
from gateway.workspace.engine import must_operate
from gateway.workspace.frame import show
from gateway.workspace.visit import AtWork, NotTheirs
from operations.callers import Caller
from records import keys
from records.keys import KeyLine


@dataclass(frozen=True, slots=True)
class Operating(AtWork):
    """Whoever runs the installation, at work: they may be nobody whom an academy knows."""

    caller: Caller


async def operating_of(request: Request, found_context: Annotated[AppContext, Depends(context)]) -> Operating:
    """Whoever is signed in. Raises SignInFirst for nobody, NotTheirs for whoever doesn't run the installation."""
    found = must_operate()
    who = f"person:{found.person}" if found.person else f"operator:{found.sign_in}"
    return Operating(found_context, request, now(), None, Caller(who, "signed_in", ()))


Works = Annotated[Operating, Depends(operating_of)]
"""A page's first argument: whoever runs the installation."""


async def that_works(work: Operating, key: str) -> KeyLine:
    """A key that can still be renewed and revoked. Raises NotTheirs."""
    async with work.context.connection() as conn:
        line = await keys.one(conn, key)
    if line is None or line.revoked_at is not None:
        raise NotTheirs
    return line


def way_up(work: Operating) -> tuple[Crumb, ...]:
    """The pages above one about a key."""
    return Crumb("Engine", f"{work.root}/engine"), Crumb("Keys", f"{work.root}/engine/keys")


def shown_once(work: Operating, title: str, secret: str, until: str, former: str = "") -> Response:
    """The secret: it stands on this page alone, in nobody's records."""
    return show(
        "key_shown.html", work, title=title, crumbs=way_up(work), secret=secret, until=until, former=former,
        there=f"{work.root}/engine/keys",
    )  # fmt: skip
