"""Somebody's own page: what is theirs to do, what waits for others and what was snoozed; below it their teams."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from activities.links import Link
from gateway.context import AppContext, now
from gateway.pages import forms, kindly, reading
from gateway.pages.drawing import TYPED
from gateway.pages.fields import Entered, shown_before
from gateway.pages.forms import Forms
from gateway.pages.human import Tap
from gateway.pages.shown import Nobody
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import Filter, show
from gateway.workspace.tasks import together
from gateway.workspace.tasks.beside import beside
from gateway.workspace.tasks.known import Known, Whose, known_to, wanted_by
from gateway.workspace.tasks.snoozing import PUT_OFF, QUESTION, entered_before, off, snooze
from gateway.workspace.tasks.together import Outcome
from gateway.workspace.tasks.words import label_of, words_of
from gateway.workspace.team.frame import A_PAGE, numbered, page_of
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.dates import clock_of, long_date
from lifecycle.description import Loss
from lifecycle.matters import MATTERS
from lifecycle.roles import ROLES
from lifecycle.worklist import Waiting
from operations import in_hand
from operations.sheets import Cell
from operations.worklist import NothingWaitsError
from records import pages as read
from records import worklist as records
from records.database import serve_only
from records.roles import roles_of
from schemas.sentences import joined, lowered, raised, say
from schemas.subjects import cohort_name
from schemas.words import Matter, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_TABS: Final[Mapping[Whose, str]] = {
    "yours": "Yours to do", "others": "Waiting for somebody else", "snoozed": "Snoozed",
}  # fmt: skip
_NOTHING: Final[Mapping[Whose, str]] = {
    "yours": "Nothing to do. Thank you for keeping everything up to date.",
    "others": "We're not waiting for anybody else.",
    "snoozed": "Nothing is snoozed.",
}
_HEADINGS: Final = {
    Loss.TEAM: "Teams at risk of stopping",
    Loss.DECISION: "Decisions needed",
    Loss.RECORD: "Records to complete or correct, and people we can't reach",
    Loss.LATER: "Less urgent",
}
_FEW: Final = 12
"""So many tasks need no filters."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task as it is shown: what to do, why, since when, and where. ``off`` is the form that snoozes it.

    ``help`` is what whoever only knows of it can do.
    """

    item: str
    words: str
    reason: str
    why: str
    evidence: tuple[str, ...]
    help: str
    late: bool
    url: str
    turn: str
    snoozed: str
    hand: str
    mine: bool
    off: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    whose: Whose
    kind: str
    team: str
    page: int
    together: str = ""

    def url(self, **other: str) -> str:
        """The same with something else of it, on the first page."""
        said = {"show": self.whose, "kind": self.kind, "team": self.team} | other
        return f"?{urlencode({name: value for name, value in said.items() if value and value != 'yours'})}"

    def fits(self, waiting: Waiting) -> bool:
        """Whether a task is to be shown."""
        return self.kind in ("", kind_of(waiting)) and self.team in ("", waiting.subject)


def kind_of(waiting: Waiting) -> str:
    """What tasks are told apart by."""
    return waiting.matter or waiting.kind


async def by_link(context: AppContext, request: Request, link: Link) -> Visit:
    """Whoever comes to their tasks by a link, in a browser that is known. Raises Nobody for nobody."""
    async with context.connection() as conn:
        reader = await read.reader(conn, link.person)
        if reader is None:
            raise Nobody
        office = await read.office_of(conn, reader.academy)
        held = reading.held(reader.person) or await roles_of(conn, reader.person)
    serve_only({reader.academy, *(part.academy for part in held)} - {""})
    return Visit(context, request, now(), office, reader, held if reader.name else (), link.expires_at)


async def page(visit: Visit, amiss: tuple[str, Entered] | None = None, outcomes: Sequence[Outcome] = ()) -> Response:
    """The reader's own page, after an answer for several with what became of each. Who has no part is told so."""
    if not any(part.academy for part in visit.held):
        return (kindly.no_role if reading.signed_in() else kindly.no_part)(visit.root, visit.office)
    known, asked = await known_to(visit), _asked(visit)
    if asked.together and not outcomes:
        return together.page(visit, known, asked.together, _ticked(known))
    ranks = visit.supervises
    tasks = [waiting for waiting in known.tasks[asked.whose] if asked.fits(waiting)]
    if not ranks:
        tasks.sort(key=lambda waiting: (waiting.owed_by is None, waiting.owed_by or waiting.since, waiting.item))
    if not outcomes and (file := wanted(visit)) is not None:
        return download(
            file,
            say("Tasks: {which}", which=lowered(_TABS[asked.whose])),
            _COLUMNS,
            await asyncio.to_thread(list, _rows(visit, known, tasks)),
        )
    first, before = (asked.page - 1) * A_PAGE, entered_before(visit.today)
    shown = [
        (waiting, _task(visit, known, waiting, number, amiss or before))
        for number, waiting in enumerate(tasks[first : first + A_PAGE])
    ]
    many = ranks or len(known.tasks[asked.whose]) > _FEW
    below = await beside(visit)
    return show(
        "tasks.html",
        visit,
        title="Your tasks",
        status=422 if amiss else 200,
        name=visit.reader.name,
        by_link=reading.door(visit.person) != "signed_in",
        tabs=_tabs(known, asked),
        kinds=_by_kind(known, asked) if many else [],
        teams=_by_team(known, asked) if many else [],
        heading=_TABS[asked.whose],
        whose=asked.whose,
        several=len(tasks) > 1,
        nothing=_NOTHING[asked.whose],
        groups=_grouped(shown, ranked=ranks),
        page_of=page_of(asked.page, len(tasks)),
        before=f"{asked.url()}&page={asked.page - 1}" if asked.page > 1 else "",
        after=f"{asked.url()}&page={asked.page + 1}" if len(tasks) > first + A_PAGE else "",
        state=Forms(visit.context.settings.signing_keys).state(QUESTION, visit.present),
        shares=visit.runs,
        errors=[{"text": text, "href": f"#{where}"} for where, text in amiss[1].faults.items()] if amiss else [],
        banner=_together(outcomes) if outcomes else _banner(visit, typed=before is not None),
        outcomes=[one for one in outcomes if one.wrong],
        together=together.offered(known, visit) if asked.whose == "yours" else [],
        own=below.teams,
        standing=below.standing,
        told=below.told,
        downloads=offered(visit) if tasks else [],
    )


_COLUMNS: Final = ("Task", "Kind", "Since", "Answer by", "Whose turn", "In hand", "Snoozed", "Why")


def _rows(visit: Visit, known: Known, tasks: Iterable[Waiting]) -> Iterator[tuple[Cell, ...]]:
    for waiting in tasks:
        task, clock = _task(visit, known, waiting, 0, None), clock_of(waiting.zone)
        owed_by = clock.today(waiting.owed_by) if waiting.owed_by else None
        yield (
            task.words, raised(label_of(waiting)), clock.today(waiting.since), owed_by,
            "Yours" if waiting.item in known.theirs else task.turn, task.hand, task.snoozed,
            joined(" ", (words for words in (task.why, *waiting.evidence) if words)),
        )  # fmt: skip


@pages.post("/home")
async def take_signed_in(visit: Visiting) -> Response:
    """What somebody does with their tasks."""
    return await take(visit)


async def take(visit: Visit) -> Response:
    """Snooze a task, take it in hand, or let it go. Raises NotTheirs for whoever has no part in it."""
    form = await visit.request.form(max_fields=500)
    item, what = form.get("item"), form.get("hand")
    asked = _asked(visit)
    back = asked.url()
    if asked.together:
        known = await known_to(visit)
        found = await together.take(visit, known, asked.together, _ticked(known), form)
        return await page(visit, outcomes=found) if isinstance(found, list) else found
    if what is None:
        amiss = await snooze(visit, form, wanted_by(visit), (await known_to(visit)).theirs)
        return await page(visit, amiss) if amiss else RedirectResponse(asked.url(off="1"), status_code=303)
    if not visit.runs or not isinstance(item, str):
        raise NotTheirs
    await forms.pressed(visit.context, form, QUESTION, Tap(at=visit.present, today=visit.today))
    async with visit.context.connection() as conn:
        if what == "release":
            await records.release(conn, visit.academy, item, visit.person)
            return RedirectResponse(back, status_code=303)
        try:
            taken = await in_hand.take(conn, visit.academy, item, visit.person, visit.present, wanted_by(visit))
        except NothingWaitsError:
            taken = False
    return RedirectResponse(back if taken else asked.url(since="1"), status_code=303)


def _asked(visit: Visit) -> Asked:
    """What the address asks for. What it cannot mean is left out."""
    said = visit.request.query_params
    whose: Whose = next((tab for tab in _TABS if tab == said.get("show")), "yours")
    number, several = numbered(said.get("page", "")), said.get("together", "")
    several = several if several in together.KINDS else ""
    return Asked(whose, said.get("kind", ""), said.get("team", ""), number, several)


def _tabs(known: Known, asked: Asked) -> list[Filter]:
    return [
        Filter(label, len(known.tasks[whose]), Asked(whose, "", "", 1).url(), whose == asked.whose)
        for whose, label in _TABS.items()
    ]


def _by_kind(known: Known, asked: Asked) -> list[Filter]:
    here = [waiting for waiting in known.tasks[asked.whose] if asked.team in ("", waiting.subject)]
    labels = {kind_of(waiting): raised(label_of(waiting)) for waiting in here}
    counted = Counter(map(kind_of, here))
    return [
        Filter("All kinds", counted.total(), asked.url(kind=""), not asked.kind),
        *(Filter(labels[k], tasks, asked.url(kind=k), asked.kind == k) for k, tasks in counted.most_common()),
    ]


def _by_team(known: Known, asked: Asked) -> list[Filter]:
    here = [waiting for waiting in known.tasks[asked.whose] if asked.kind in ("", kind_of(waiting))]
    counted = Counter(waiting.subject for waiting in here if waiting.subject and waiting.subject in known.names)
    named = sorted((known.names[team], team, tasks) for team, tasks in counted.items())
    return [
        Filter("All tasks", len(here), asked.url(team=""), not asked.team),
        *(Filter(name, tasks, asked.url(team=team), asked.team == team) for name, team, tasks in named),
    ]


def _grouped(shown: Sequence[tuple[Waiting, Task]], *, ranked: bool) -> list[tuple[str, list[Task]]]:
    if not ranked:
        return [("", [task for _, task in shown])] if shown else []
    return [
        (_HEADINGS[loss], [task for _, task in group]) for loss, group in groupby(shown, key=lambda line: line[0].loss)
    ]


def _task(visit: Visit, known: Known, waiting: Waiting, number: int, amiss: tuple[str, Entered] | None) -> Task:
    """One line. It leads to the page that answers it, or else to where more is said of it."""
    clock, hand, snoozed = clock_of(waiting.zone), known.hands.get(waiting.item), known.snoozes.get(waiting.item)
    late = waiting.owed_by is not None and waiting.owed_by < visit.present
    answer, mistake = off(number, visit.today), amiss[1] if amiss and amiss[0] == waiting.item else None
    return Task(
        item=waiting.item,
        words=in_words(known, waiting),
        reason=(said := _reason(known, waiting, late=late)),
        why=MATTERS[waiting.matter].rules[waiting.rule] if waiting.matter and waiting.rule else "",
        evidence=tuple(sentence for sentence in waiting.evidence if sentence not in said),
        help=_help(visit, known, waiting),
        late=late,
        url=known.url(visit, waiting),
        turn=_turn(waiting, known.names.get(waiting.person or "", "")),
        snoozed=say("Snoozed until {day}: {reason}", day=long_date(waiting.snoozed_until), reason=snoozed.reason)
        if snoozed and waiting.snoozed_until
        else "",
        hand=say("{name} has had this in hand since {day}", name=hand.name or "Somebody", day=clock.date(hand.taken_at))
        if hand
        else "",
        mine=hand is not None and hand.person == visit.person,
        off={
            "answer": answer,
            "raw": mistake.raw if mistake else shown_before(answer),
            "faults": mistake.faults if mistake else {},
            "open": mistake is not None,
        },
    )


def in_words(known: Known, waiting: Waiting) -> str:
    """What to do, and for which team or about whom."""
    key = waiting.subject or waiting.about or ""
    about = known.names.get(key) or known.courses.get(key) or ("." in key and cohort_name(key))
    words = words_of(waiting, known.role(waiting))
    return say("{about}: {task}", about=about, task=lowered(words)) if about else words


def _ticked(known: Known) -> dict[str, str]:
    """Each of the reader's tasks as it is ticked among others: of a session, on which day."""
    return {waiting.item: _with_day(known, waiting) for waiting in known.tasks["yours"]}


def _with_day(known: Known, waiting: Waiting) -> str:
    said = lowered(joined(" ", waiting.evidence[1:]))
    if waiting.matter is Matter.SESSION and said:
        return say("{team}: {session}", team=known.names.get(waiting.subject or "", "A team"), session=said)
    return in_words(known, waiting)


def _reason(known: Known, waiting: Waiting, *, late: bool) -> str:
    """Since when, and by when. Whose own work it is needs no name of it, but which session is meant."""
    clock = clock_of(waiting.zone)
    own = known.role(waiting) not in (None, Role.OFFICE, Role.DEPUTY, Role.FACULTY)
    since = say("{matter}, since {day}.", matter=raised(label_of(waiting)), day=clock.date(waiting.since))
    said = joined(" ", waiting.evidence[1:]) if own and len(waiting.evidence) > 1 else since
    if waiting.owed_by is None:
        return said
    day = clock.date(waiting.owed_by)
    return joined(" ", (said, say("It was due by {day}.", day=day) if late else say("Answer by {day}.", day=day)))


def _help(visit: Visit, known: Known, waiting: Waiting) -> str:
    helps = visit.supervises and known.role(waiting) is None and waiting.suggestion != words_of(waiting, None)
    return lowered(waiting.suggestion) if helps and waiting.turn is not Role.OPERATOR else ""


def _turn(waiting: Waiting, who: str) -> str:
    if waiting.turn is Role.OPERATOR:
        return "You don't need to do anything. This is for whoever looks after the service."
    role = ROLES[waiting.turn]
    if who:
        return say("Waiting for {name} ({role}).", name=who, role=role)
    return say("Waiting for {role}.", role=role)


def _together(outcomes: Sequence[Outcome]) -> Mapping[str, Any]:
    done = sum(not one.wrong for one in outcomes)
    if done == len(outcomes):
        return {"variant": "success", "title": "Thank you", "text": say("All {number} are done.", number=done)}
    return {
        "variant": "",
        "title": say("{done} of {all} are done", done=done, all=len(outcomes)),
        "text": "See below what became of the others.",
    }


def _banner(visit: Visit, *, typed: bool) -> Mapping[str, Any] | None:
    said = visit.request.query_params
    if "since" in said:
        return {
            "variant": "",
            "title": "Somebody else got there first",
            "text": "The task is done, or somebody else is dealing with it.",
        }
    return TYPED if typed else PUT_OFF if "off" in said else None
