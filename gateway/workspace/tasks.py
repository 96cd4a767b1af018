"""The tasks of who runs an academy or supervises teams: theirs, what waits for others, and what was snoozed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from activities.links import Purpose
from gateway.pages import forms, home, worklists
from gateway.pages.drawing import TYPED
from gateway.pages.fields import Entered, shown_before
from gateway.pages.forms import Forms
from gateway.pages.human import Tap
from gateway.pages.recorded import ROLES
from gateway.pages.shown import Nobody
from gateway.pages.worklists import HEADINGS, KINDS, PUT_OFF, QUESTION
from gateway.workspace.frame import show
from gateway.workspace.states import lowered, raised
from gateway.workspace.visit import RUNNING, NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.dates import clock_of, long_date
from lifecycle.matters import MATTERS
from lifecycle.worklist import Kind, Waiting
from operations import in_hand
from operations.worklist import ASKED_WITHIN, NothingWaitsError, Wanted, worklist
from records import pages as known_pages
from records import worklist as records
from records.roles import offices_of
from records.worklist import InHand, Snoozed
from schemas.words import Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

Whose = Literal["yours", "others", "snoozed"]
_TABS: Final[Mapping[Whose, str]] = {
    "yours": "Yours to do", "others": "Waiting for somebody else", "snoozed": "Snoozed",
}  # fmt: skip
_A_PAGE: Final = 50
_NOTHING: Final[Mapping[Whose, str]] = {
    "yours": "Nothing to do. Thank you for keeping everything up to date.",
    "others": "We're not waiting for anybody else.",
    "snoozed": "Nothing is snoozed.",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One task as it is shown: what to do, why, since when, and where. ``off`` is the form that snoozes it."""

    item: str
    words: str
    reason: str
    why: str
    evidence: tuple[str, ...]
    late: bool
    url: str
    turn: str
    snoozed: str
    hand: str
    mine: bool
    off: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """A way to see fewer tasks, with how many they are."""

    label: str
    tasks: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    whose: Whose
    kind: str
    team: str
    page: int

    def url(self, **other: str) -> str:
        """The same with something else of it, on the first page."""
        said = {"show": self.whose, "kind": self.kind, "team": self.team} | other
        return f"?{urlencode({name: value for name, value in said.items() if value and value != 'yours'})}"

    def fits(self, waiting: Waiting) -> bool:
        """Whether a task is to be shown."""
        return self.kind in ("", kind_of(waiting)) and self.team in ("", waiting.subject)


@dataclass(frozen=True, slots=True)
class Known:
    """The reader's tasks by whose they are, and what is known beside them."""

    tasks: Mapping[Whose, list[Waiting]]
    names: Mapping[str, str]
    notices: Mapping[str, tuple[str, int, bool]]
    hands: Mapping[str, InHand]
    snoozes: Mapping[str, Snoozed]


def wanted_by(visit: Visit) -> Wanted | None:
    """Whose tasks somebody sees; None for who neither runs their academy nor supervises teams."""
    if visit.runs:
        return Wanted()
    if any(part.role is Role.FACULTY for part in visit.held):
        return Wanted(person=visit.person, beside=visit.person)
    return None


def kind_of(waiting: Waiting) -> str:
    """What tasks are told apart by."""
    return waiting.matter or waiting.kind


async def page(visit: Visit, amiss: tuple[str, Entered] | None = None) -> Response:
    """The reader's own page. Who has no list of this kind is shown what is asked of them."""
    wanted = wanted_by(visit)
    if wanted is None:
        return await home.page(visit.context, visit.link(Purpose.HOME), signed_in=True)
    known, asked = await _known(visit, wanted), _asked(visit)
    tasks = [waiting for waiting in known.tasks[asked.whose] if asked.fits(waiting)]
    first = (asked.page - 1) * _A_PAGE
    before = worklists.entered_before()
    lines = [
        (waiting, _task(visit, known, waiting, number, amiss or before))
        for number, waiting in enumerate(tasks[first : first + _A_PAGE])
    ]
    own = await home.home(visit.context, visit.link(Purpose.HOME), asks=False)
    return show(
        "tasks.html",
        visit,
        title="Your tasks",
        status=422 if amiss else 200,
        name=visit.reader.name,
        tabs=_tabs(known, asked),
        kinds=_by_kind(known, asked),
        teams=_by_team(known, asked),
        heading=_TABS[asked.whose],
        whose=asked.whose,
        nothing=_NOTHING[asked.whose],
        groups=[
            (HEADINGS[loss], [task for _, task in group])
            for loss, group in groupby(lines, key=lambda line: line[0].loss)
        ],
        before=f"{asked.url()}&page={asked.page - 1}" if asked.page > 1 else "",
        after=f"{asked.url()}&page={asked.page + 1}" if len(tasks) > first + _A_PAGE else "",
        state=Forms(visit.context.settings.signing_keys).state(QUESTION, visit.present),
        shares=visit.runs,
        errors=[{"text": text, "href": f"#{where}"} for where, text in amiss[1].faults.items()] if amiss else [],
        banner=_banner(visit, typed=before is not None),
        standing=own.standing,
        told=own.told,
    )


@pages.post("/home")
async def take(visit: Visiting) -> Response:
    """Snooze a task, take it in hand, or let it go."""
    wanted = wanted_by(visit)
    if wanted is None:
        raise NotTheirs
    form = await visit.request.form(max_fields=50)
    item, what = form.get("item"), form.get("hand")
    back = _asked(visit).url()
    if what is None:
        try:
            amiss = await worklists.take(visit.context, visit.link(Purpose.WORKLIST), form, visit.present)
        except Nobody as nobody:
            raise NotTheirs from nobody
        return await page(visit, amiss) if amiss else RedirectResponse(f"{back}&off=1", status_code=303)
    if not visit.runs or not isinstance(item, str):
        raise NotTheirs
    forms.pressed(visit.context, form, QUESTION, Tap(at=visit.present, today=visit.today))
    async with visit.context.connection() as conn:
        if what == "release":
            await records.release(conn, visit.academy, item, visit.person)
            return RedirectResponse(back, status_code=303)
        try:
            taken = await in_hand.take(conn, visit.academy, item, visit.person, visit.present, wanted)
        except NothingWaitsError:
            taken = False
    return RedirectResponse(back if taken else f"{back}&since=1", status_code=303)


async def _known(visit: Visit, wanted: Wanted) -> Known:
    async with visit.context.connection() as conn:
        found = await worklist(conn, visit.academy, visit.present, wanted)
        persons = await offices_of(conn, visit.person)
        notices = await records.notices_to(conn, persons, visit.present - ASKED_WITHIN)
        teams = await known_pages.team_names(conn, [waiting.subject for waiting in found if waiting.subject])
        people = {person for waiting in found for person in (waiting.about, waiting.person) if person}
        names = await known_pages.names(conn, list(people))
        hands = await records.in_hand(conn, visit.academy, visit.today) if visit.runs else {}
        snoozes = await records.snoozes(conn, visit.academy)
    tasks: dict[Whose, list[Waiting]] = {whose: [] for whose in _TABS}
    await asyncio.to_thread(_sorted, visit, found, notices, tasks)
    return Known(tasks, teams | names, notices, hands, snoozes)


def _sorted(
    visit: Visit,
    found: Iterable[Waiting],
    notices: Mapping[str, tuple[str, int, bool]],
    tasks: Mapping[Whose, list[Waiting]],
) -> None:
    """Beside the loop: of a large academy they are thousands."""
    for waiting in found:
        whose: Whose = "yours" if _is_theirs(visit, waiting, notices) else "others"
        tasks["snoozed" if waiting.snoozed_until else whose].append(waiting)


def _is_theirs(visit: Visit, waiting: Waiting, notices: Mapping[str, tuple[str, int, bool]]) -> bool:
    if waiting.person == visit.person or (visit.runs and waiting.turn in RUNNING):
        return True
    # Whoever was asked last has to answer too, as with a signature, until they have.
    _, step, signed = notices.get(waiting.item, ("", -1, True))
    return not signed and waiting.seen.rpartition("/")[2] == str(step)


def _asked(visit: Visit) -> Asked:
    """What the address asks for. What it cannot mean is left out."""
    said = visit.request.query_params
    whose: Whose = next((tab for tab in _TABS if tab == said.get("show")), "yours")
    number = said.get("page", "")
    page_number = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    return Asked(whose, said.get("kind", ""), said.get("team", ""), max(1, page_number))


def _tabs(known: Known, asked: Asked) -> list[Filter]:
    return [
        Filter(label, len(known.tasks[whose]), Asked(whose, "", "", 1).url(), whose == asked.whose)
        for whose, label in _TABS.items()
    ]


def _by_kind(known: Known, asked: Asked) -> list[Filter]:
    here = [waiting for waiting in known.tasks[asked.whose] if asked.team in ("", waiting.subject)]
    labels = {kind_of(waiting): raised(_label(waiting)) for waiting in here}
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
        Filter("All teams", len(here), asked.url(team=""), not asked.team),
        *(Filter(name, tasks, asked.url(team=team), asked.team == team) for name, team, tasks in named),
    ]


def _label(waiting: Waiting) -> str:
    return MATTERS[waiting.matter].label if waiting.matter else waiting.title or KINDS[waiting.kind]


def _task(visit: Visit, known: Known, waiting: Waiting, number: int, amiss: tuple[str, Entered] | None) -> Task:
    """One line. It leads to the page that answers it, or else to where more is said of it."""
    about = known.names.get(waiting.subject or waiting.about or "", (waiting.subject or "").partition(".")[2])
    clock, hand, snoozed = clock_of(waiting.zone), known.hands.get(waiting.item), known.snoozes.get(waiting.item)
    operators = waiting.turn is Role.OPERATOR
    words = _label(waiting) if operators else waiting.suggestion
    since = f"{raised(_label(waiting))}, since {clock.date(waiting.since)}."
    late = waiting.owed_by is not None and waiting.owed_by < visit.present
    due = f"{'It was due' if late else 'Answer'} by {clock.date(waiting.owed_by)}." if waiting.owed_by else ""
    off = worklists.off(number)
    mistake = amiss[1] if amiss and amiss[0] == waiting.item else None
    who = known.names.get(waiting.person or "", "")
    return Task(
        item=waiting.item,
        words=f"{about}: {lowered(words)}" if about else words,
        reason=" ".join(part for part in (since, due) if part),
        why=MATTERS[waiting.matter].rules[waiting.rule] if waiting.matter and waiting.rule else "",
        evidence=waiting.evidence,
        late=late,
        url=_url(visit, known, waiting),
        turn=_turn(waiting, who, operators=operators),
        snoozed=f"Snoozed until {long_date(waiting.snoozed_until)}: {snoozed.reason}"
        if snoozed and waiting.snoozed_until
        else "",
        hand=f"{hand.name or 'Somebody'} has had this in hand since {visit.clock.date(hand.taken_at)}" if hand else "",
        mine=hand is not None and hand.person == visit.person,
        off={
            "answer": off,
            "raw": mistake.raw if mistake else shown_before(off),
            "faults": mistake.faults if mistake else {},
            "open": mistake is not None,
        },
    )


def _turn(waiting: Waiting, who: str, *, operators: bool) -> str:
    if operators:
        return "You don't need to do anything. This is for whoever looks after the service."
    role = ROLES[waiting.turn]
    return f"Waiting for {f'{who} ({role})' if who else role}."


def _url(visit: Visit, known: Known, waiting: Waiting) -> str:
    if waiting.subject and waiting.item in known.notices:
        return visit.url(Purpose.NOTICE, waiting.subject, known.notices[waiting.item][0])
    if waiting.kind is Kind.HELD and waiting.subject:
        return visit.url(Purpose.HELD, waiting.subject)
    if waiting.kind in (Kind.MAIL, Kind.CHANNEL) and visit.runs:
        return f"{visit.root}/people/{waiting.about}"
    if waiting.subject in known.names:
        return f"{visit.root}/teams/{waiting.subject}"
    return ""


def _banner(visit: Visit, *, typed: bool) -> Mapping[str, Any] | None:
    said = visit.request.query_params
    if "since" in said:
        return {
            "variant": "",
            "title": "Somebody else got there first",
            "text": "The task is done, or somebody else is dealing with it.",
        }
    return TYPED if typed else PUT_OFF if "off" in said else None
