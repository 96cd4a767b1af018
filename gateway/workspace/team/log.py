"""The log of one team: what was recorded and what we did, by day, the newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from gateway.pages.recorded import going_on, in_words
from gateway.pages.shown import WORK, PageContext
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import Filter
from gateway.workspace.team.acts import act_of, act_of_course, label_of
from gateway.workspace.team.frame import A_PAGE, RUN, SEEN, name_of, numbered, page_of, show_team, team_of, team_url
from gateway.workspace.team.undo import became, may_take_back
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle import cohort
from lifecycle.dates import long_date
from lifecycle.roles import ROLES
from operations import reading
from operations.sheets import Cell
from records import pages as read
from records import team as records
from records.team import Carried
from schemas.corrections import Correction
from schemas.facts import Fact
from schemas.sentences import say
from schemas.subjects import GROUPS
from schemas.words import Group, Matter, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_KINDS: Final = {
    "sessions": "Sessions",
    "improvement": "Improvement work",
    "course": "The course",
    "decisions": "Decisions",
    "people": "People and leave",
    "academy": "Academy and rules",
    "corrections": "Corrections",
    "engine": "What we did",
}
_GROUPS: Final = {
    Group.SESSIONS: "sessions",
    Group.IMPROVEMENT: "improvement",
    Group.COURSES: "course",
    Group.ENROLMENTS: "people",
    Group.PEOPLE: "people",
    Group.LEAVE: "people",
    Group.ACADEMY: "academy",
}
"""The kind of each group of facts; all others are decisions."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. ``mark`` is what became of it since; ``url`` where it is taken back."""

    at: datetime
    kind: str
    words: str
    who: str = ""
    note: str = ""
    mark: str = ""
    url: str = ""


@pages.api_route("/teams/{engagement}/log", methods=["GET", "HEAD"])
async def log(visit: Visiting, engagement: str) -> Response:
    """What was recorded and carried out. That somebody's words were read is noted."""
    page = await team_of(visit, engagement, SEEN)
    draw = partial(show_team, "team_log.html", visit, page, "/log")
    return await log_page(visit, page, team_url(visit, page.subject), say("Log of {team}", team=name_of(page)), draw)


async def log_page(visit: Visit, page: PageContext, here: str, title: str, draw: Callable[..., Response]) -> Response:
    """The log of a team or cohort, whose own page is ``here``: drawn, or all of a kind as a file of this title."""
    async with visit.context.connection() as conn:
        names = await read.names(conn, sorted(_people(page.facts)))
        notes = await records.notes(conn, page.subject)
        carried = await records.carried_out(conn, page.subject) if page.role is not Role.SPONSOR else []
        if page.role in RUN and notes:
            await reading.noted(conn, visit.caller, "notes", page.subject, visit.present)
    names |= page.names
    entries = [*_told(visit, page, names, notes, here), *(_done(page, names, item) for item in carried)]
    asked = visit.request.query_params
    kind = asked.get("kind") if asked.get("kind") in _KINDS else None
    shown = [entry for entry in entries if kind in (None, entry.kind)]
    shown.sort(key=lambda entry: entry.at, reverse=True)
    if (file := wanted(visit)) is not None:
        return download(file, title, _COLUMNS, (_row(page, entry) for entry in shown))
    number = numbered(asked.get("page", ""))
    return draw(
        kinds=_filters(entries, kind),
        days=_by_day(page, shown[(number - 1) * A_PAGE : number * A_PAGE]),
        own=page.role is Role.SPONSOR,
        before=_url(kind, number - 1) if number > 1 else "",
        after=_url(kind, number + 1) if number * A_PAGE < len(shown) else "",
        page_of=page_of(number, len(shown)),
        downloads=offered(visit),
    )


_COLUMNS: Final = ("Date", "Time", "Kind", "What", "Who", "Note", "What became of it")


def _row(page: PageContext, entry: Entry) -> tuple[Cell, ...]:
    at = page.calendar.day(entry.at), page.clock.time(entry.at)
    return (*at, _KINDS[entry.kind], entry.words, entry.who, entry.note, entry.mark)


def _url(kind: str | None, number: int = 1) -> str:
    return "?" + urlencode(({"kind": kind} if kind else {}) | ({"page": number} if number > 1 else {}))


def _filters(entries: Sequence[Entry], chosen: str | None) -> list[Filter]:
    counted = Counter(entry.kind for entry in entries)
    return [Filter("Everything", len(entries), _url(None), chosen is None)] + [
        Filter(label, counted[kind], _url(kind), chosen == kind)
        for kind, label in _KINDS.items()
        if counted[kind] or chosen == kind
    ]


def _by_day(page: PageContext, entries: Iterable[Entry]) -> list[tuple[str, list[tuple[str, Entry]]]]:
    def day(entry: Entry) -> date:
        return page.calendar.day(entry.at)

    return [
        (long_date(on), [(page.clock.time(entry.at), entry) for entry in group]) for on, group in groupby(entries, day)
    ]


def _people(facts: Iterable[Fact]) -> set[str]:
    found = {getattr(happened(fact), "person", None) for fact in facts}
    found |= {person for fact in facts for person in (fact.told_by.person, fact.told_by.on_behalf_of)}
    return {person for person in found if person}


def happened(fact: Fact) -> Fact:
    """What a fact says; of a correction what it puts in place."""
    return fact.replacement or fact if isinstance(fact, Correction) else fact


def _told(
    visit: Visit, page: PageContext, names: Mapping[str, str], notes: Mapping[str, str], here: str
) -> Iterable[Entry]:
    known = {fact.event_id: fact for fact in page.facts}
    for number, fact in enumerate(page.facts, start=1):
        if page.role is Role.SPONSOR and fact.told_by.person != visit.person:
            continue
        back = may_take_back(page, fact)
        yield Entry(
            at=page.told_at.get(fact.event_id, fact.occurred_at),
            kind="corrections" if isinstance(fact, Correction) else _GROUPS.get(GROUPS[fact.kind], "decisions"),
            words=said(page, fact, known, names),
            who=_who(visit, fact, names),
            note=notes.get(fact.event_id, "") if _may_read(visit, page, fact) else "",
            mark=_mark(page, fact),
            url=f"{here}/log/{number}" if back else "",
        )


def said(page: PageContext, fact: Fact, known: Mapping[str, Fact], names: Mapping[str, str]) -> str:
    """A fact as a sentence, with the name of whom it is about."""
    if isinstance(fact, Correction) and fact.replacement is None:
        return say("Taken back: {what}", what=going_on(in_words(happened(known[fact.corrects]), page.clock)))
    about: Any = getattr(happened(fact), "person", None) or _participant(page, happened(fact))
    name = names.get(about or "")
    return say("{fact} ({name})", fact=in_words(fact, page.clock), name=name) if name else in_words(fact, page.clock)


def _participant(page: PageContext, fact: Fact) -> str | None:
    """Which participant of a cohort a fact is about."""
    if not isinstance(page.state, cohort.State):
        return None
    place = page.course.enrolments.get(getattr(fact, "enrolment", ""))
    return place.accepted.person if place else None


def _who(visit: Visit, fact: Fact, names: Mapping[str, str]) -> str:
    if fact.caused_by is not None:
        return "Updated automatically after something was recorded elsewhere"
    teller = fact.told_by
    other = names.get(teller.on_behalf_of or "")
    if teller.person == visit.person:
        return say("Recorded by you on behalf of {other}", other=other) if other else "Recorded by you"
    who = names.get(teller.person or "", ROLES[teller.role])
    if other:
        return say("Recorded by {who} on behalf of {other}", who=who, other=other)
    return say("Recorded by {who}", who=who)


def _may_read(visit: Visit, page: PageContext, fact: Fact) -> bool:
    """Whether somebody may read the words beside a fact: their own, and those of a team whose work they see."""
    if fact.told_by.person == visit.person or page.role in RUN:
        return True
    return page.role is not Role.SPONSOR and happened(fact).kind in WORK


def _mark(page: PageContext, fact: Fact) -> str:
    since = became(page.facts, fact.event_id)
    if since:
        return since
    refused = page.state.account.void.get(fact.event_id)
    return say("This has no effect: {reason}", reason=refused.reason) if refused else ""


def _done(page: PageContext, names: Mapping[str, str], item: Carried) -> Entry:
    mark = "" if item.went else "This wasn't sent"
    return Entry(at=item.done_at, kind="engine", words=_in_words(page, names, item), mark=mark)


def _in_words(page: PageContext, names: Mapping[str, str], item: Carried) -> str:
    window = item.key.split("/")[1]
    if isinstance(page.state, cohort.State):
        words = act_of_course(item.act, item.rule, item.roles, item.matter, window, past=True)
        places = (place for key, place in page.course.enrolments.items() if key in window)
        name = next((names.get(place.accepted.person) for place in places), None)
        return say("{act} ({name})", act=words, name=name) if name else words
    about = date.fromisoformat(window.partition(".")[0]) if item.matter is Matter.SESSION else None
    return say(
        "{act}: {matter}",
        act=act_of(item.act, item.rule, item.roles, past=True),
        matter=label_of(item.matter, about),
    )
