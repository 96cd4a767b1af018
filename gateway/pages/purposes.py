"""For each purpose of a link: the question it shows, and who may answer it."""

from __future__ import annotations

from typing import Final

from activities.links import Purpose
from gateway.pages import (
    agreement,
    completing,
    course,
    cover,
    ending,
    improving,
    introduction,
    introduction_office,
    learning,
    monthly,
    pausing,
    standing,
    stuck,
    vacated,
    weekly,
    without_team,
)
from gateway.pages.answers import Ask
from gateway.pages.mistakes import with_way_back
from gateway.pages.shown import Nobody, PageContext, has_role
from lifecycle.matters import MATTERS
from schemas.words import Matter

MODULES: Final = (
    agreement,
    ending,
    weekly,
    monthly,
    course,
    completing,
    introduction,
    introduction_office,
    vacated,
    improving,
    stuck,
    cover,
    pausing,
    learning,
    without_team,
)
PAGES: Final[dict[str, Ask]] = {name: ask for module in MODULES for name, ask in module.PAGES.items()}
"""The page of every name that a matter gives as its own."""

_PURPOSES: Final[dict[Purpose, Ask]] = {
    Purpose.SESSION: weekly.session_of_link,
    Purpose.STOPPED: standing.stopped,
    Purpose.PAUSE: standing.pause,
    Purpose.SLOT: standing.slot,
    Purpose.WORK: improving.work,
    Purpose.TEAM: without_team.microsystem,
    Purpose.BOOKING: introduction.booking,
    Purpose.COURSE: introduction_office.course,
}


def asking(page: PageContext) -> Ask:
    """What a link asks. Raises Nobody for what asks nothing."""
    ask = _asking(page)
    return lambda at: with_way_back(at, ask(at))


def ask_of(matter: Matter) -> Ask | None:
    """What a notice of a matter asks; None if it informs only, or leads to a page of another kind."""
    return PAGES.get(MATTERS[matter].page or "")


def _asking(page: PageContext) -> Ask:
    purpose = page.link.purpose
    if purpose is Purpose.NOTICE and page.notice is not None and (ask := ask_of(page.notice.matter)):
        return ask
    if purpose in _PURPOSES:
        return _PURPOSES[purpose]
    raise Nobody


def may_answer(page: PageContext) -> bool:
    """Whether the reader has the part still in which the link was given."""
    if page.link.purpose is Purpose.STOPPED:
        return standing.may_tell_of_stopping(page)
    return has_role(page)
