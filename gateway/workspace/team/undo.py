"""The way back from what was recorded by mistake: from each line of a team's log, with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import Ask, button
from gateway.pages.asked import BACK, NO_PATIENTS, Answer, Field, Question, Telling
from gateway.pages.places import Crumb
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.workspace import acting
from gateway.workspace.team.frame import RUN, SEEN, team_of, team_url, way_up
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle import engagement
from schemas.corrections import Correction
from schemas.facts import Fact
from schemas.sentences import joined, say
from schemas.words import Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

TAKEN_BACK: Final = "This has been taken back"
CORRECTED: Final = "This has been corrected"

_WHY: Final = Field(
    name="why",
    kind="note",
    label="Why are you taking this back?",
    hint=say("One sentence, for the programme's records. {no_patients}", no_patients=NO_PATIENTS),
    missing="Enter why you're taking this back",
)


_GONE: Final = (
    "We can't call back emails we've already sent. If you take this back by mistake, you can undo that in the log too."
)


def became(facts: Sequence[Fact], event_id: str) -> str:
    """What became of something that was recorded: corrected, taken back, or nothing."""
    told = [fact for fact in facts if isinstance(fact, Correction) and fact.corrects == event_id]
    held = [fact for fact in told if became(facts, fact.event_id) != TAKEN_BACK]
    if not held:
        return ""
    last = max(held, key=lambda fact: (fact.occurred_at, fact.event_id))
    return CORRECTED if last.replacement is not None else TAKEN_BACK


def may_take_back(page: PageContext, fact: Fact) -> bool:
    """Whether the reader may take this back: their own, for office and faculty anybody's; never what began it all."""
    if fact.caused_by is not None or fact is page.facts[0] or became(page.facts, fact.event_id):
        return False
    return _anybodys(page) or fact.told_by.person == page.person


def _anybodys(page: PageContext) -> bool:
    """Whether the reader may take back what others told: faculty of a team, of a cohort its office alone."""
    return page.role is Role.OFFICE or (page.role in RUN and isinstance(page.state, engagement.State))


@pages.api_route("/teams/{engagement}/log/{number}", methods=["GET", "HEAD"])
async def ask(visit: Visiting, engagement: str, number: str) -> Response:
    """What taking it back will mean."""
    page, question = await _asked(visit, engagement, number)
    return await acting.asked(visit, page, question, *_above(visit, page))


@pages.post("/teams/{engagement}/log/{number}")
async def take(visit: Visiting, engagement: str, number: str) -> Response:
    """Take it back."""
    page, question = await _asked(visit, engagement, number)
    log = team_url(visit, page.subject, "/log")
    return await acting.taken(visit, page, question, *_above(visit, page), to=log)


def _above(visit: Visit, page: PageContext) -> tuple[Crumb, ...]:
    return *way_up(visit, page, to_team=True), Crumb("Log", team_url(visit, page.subject, "/log"))


async def _asked(visit: Visit, engagement: str, number: str) -> tuple[PageContext, Ask]:
    page = await team_of(visit, engagement, SEEN)
    return page, taking_back(page, number)


def taking_back(page: PageContext, number: str) -> Ask:
    """The question about a line of a log. Raises NotTheirs for one that is not there, or not theirs to take back."""
    place = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 7 else -1
    if not 0 <= place < len(page.facts):
        raise NotTheirs
    fact = page.facts[place]
    if not (may_take_back(page, fact) or became(page.facts, fact.event_id)):
        raise NotTheirs
    if not _anybodys(page) and fact.told_by.person != page.person:
        raise NotTheirs
    return lambda at: _question(at, fact)


_STAYS: Final = (
    "It stays in the log, marked as taken back, but no longer counts. Dates, questions and reminders will update "
    "straight away."
)


def _again(fact: Fact) -> str:
    """What taking it back means."""
    again = "What was recorded before it will count again." if isinstance(fact, Correction) else ""
    return joined(" ", filter(None, (again, _STAYS)))


def _question(page: PageContext, fact: Fact) -> Question:
    since = became(page.facts, fact.event_id)
    corrections = [told for told in page.facts if isinstance(told, Correction) and told.corrects == fact.event_id]
    answer = Answer(
        name=BACK,
        fields=(_WHY,),
        buttons=button("Take it back"),
        tell=lambda _: (Telling(None, fact.event_id),),
        variant="warning",
        note=False,
    )
    return Question(
        title="Take this back?",
        lead=(say("{since}.", since=since),) if since else (_again(fact), _GONE),
        topic=f"{page.subject}/undo/{fact.event_id}",
        mark=tuple(told.event_id for told in corrections),
        answers=() if since else (answer,),
        recorded=recorded(page, fact),
        settled=bool(since),
        correctable=False,
    )
