"""The worklist as a page: for the office and for faculty, what waits for them, and a way to put a line off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from starlette.datastructures import FormData

from activities.links import Link, Links, Purpose
from gateway.context import AppContext
from gateway.pages import fields, forms, reading
from gateway.pages.asked import NO_PATIENTS, Answer, Choice, Field, Question
from gateway.pages.fields import Entered
from gateway.pages.human import Tap
from gateway.pages.shown import Nobody, links_of
from lifecycle.dates import clock_of
from lifecycle.description import Loss
from lifecycle.matters import MATTERS
from lifecycle.worklist import Kind, Waiting
from operations.worklist import NothingWaitsError, SnoozeError, Wanted, put_off, standing, worklist
from records import pages
from records.database import Connection
from records.pages import Reader
from records.roles import offices_of, roles_of
from schemas.words import Role

_SHOWN: Final = 60
HEADINGS: Final = {
    Loss.TEAM: "Teams at risk of stopping",
    Loss.DECISION: "Decisions needed",
    Loss.RECORD: "Records to correct, and people we can't reach",
    Loss.LATER: "Can wait a week",
}
QUESTION: Final = Question(title="Your to-do list", topic="worklist", mark=())
PUT_OFF: Final = {
    "variant": "success",
    "title": "Snoozed",
    "text": "The task comes back on its day, or sooner if it becomes more urgent.",
}
KINDS: Final = {
    Kind.QUESTION: "question",
    Kind.MAIL: "email that bounces",
    Kind.CHANNEL: "text messages that don't get through",
    Kind.EVENT: "an event we couldn't record",
    Kind.DELIVERY: "events we couldn't deliver",
    Kind.HELD: "bookings to look at",
    Kind.INCIDENT: "something went wrong",
}
_FIELDS: Final = (
    Field(name="until", kind="date", label="Until which day?", hint="For example 27 3 2027, at most 8 weeks ahead"),
    Field(
        name="why",
        kind="note",
        label="Why can it wait?",
        hint=f"One sentence. {NO_PATIENTS}",
        missing="Enter why it can wait",
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page. ``off`` is its form's name, and what was filled in wrongly."""

    waiting: Waiting
    title: str
    why: str
    team: str
    owed: str
    late: bool
    url: str
    off: Answer
    entered: Entered | None = None

    @property
    def form(self) -> dict[str, Any]:
        """The form that puts the line off."""
        return {
            "answer": self.off,
            "raw": self.entered.raw if self.entered else fields.shown_before(self.off),
            "faults": self.entered.faults if self.entered else {},
        }


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one reader: lines by what is lost, how many more there are, and how many were put off."""

    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    more: int
    put_off: int


async def reader_of(conn: Connection, link: Link) -> tuple[Reader, Wanted]:
    """Whose list it is. Raises Nobody for somebody who is neither an office nor faculty now."""
    reader = await pages.reader(conn, link.person)
    if reader is None or reader.name is None:
        raise Nobody
    held = {part.role for part in await roles_of(conn, reader.person)}
    if {Role.OFFICE, Role.DEPUTY} & held:
        return reader, Wanted(turn=Role.OFFICE, also=reader.person)
    if Role.FACULTY in held:
        return reader, Wanted(person=reader.person)
    raise Nobody


async def page(context: AppContext, link: Link, present: datetime, entered: tuple[str, Entered] | None = None) -> Page:
    """The reader's worklist. ``entered`` is what could not be taken of a line's form."""
    async with context.connection() as conn:
        reader, wanted = await reader_of(conn, link)
        found = await worklist(conn, reader.academy, present, wanted)
        left = standing(found)
        teams = await pages.team_names(conn, [waiting.subject for waiting in left if waiting.subject])
        names = await pages.names(conn, [waiting.about for waiting in left if waiting.about])
        acts_for = frozenset(await offices_of(conn, reader.person))
    shown = _Shown(links_of(context), link, reader, acts_for, present, teams | names, entered)
    lines = [_line(waiting, number, shown) for number, waiting in enumerate(left)]
    groups = groupby(lines[:_SHOWN], key=lambda line: line.waiting.loss)
    return Page(
        groups=tuple((HEADINGS[loss], tuple(group)) for loss, group in groups),
        more=max(0, len(lines) - _SHOWN),
        put_off=len(found) - len(left),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the lines of a page have in common: whom the reader acts for, the names of teams and people."""

    links: Links
    link: Link
    reader: Reader
    acts_for: frozenset[str]
    present: datetime
    names: dict[str, str]
    entered: tuple[str, Entered] | None


def _line(waiting: Waiting, number: int, shown: _Shown) -> Line:
    url, present, about = "", shown.present, waiting.subject or waiting.about or ""
    if waiting.subject and waiting.notice and waiting.person in shown.acts_for:
        url = shown.links.url(shown.link.onward(Purpose.NOTICE, waiting.subject, waiting.notice))
    elif waiting.kind is Kind.HELD and waiting.subject:
        url = shown.links.url(shown.link.onward(Purpose.HELD, waiting.subject))
    return Line(
        waiting=waiting,
        title=MATTERS[waiting.matter].label if waiting.matter else waiting.title or KINDS[waiting.kind],
        why=MATTERS[waiting.matter].rules[waiting.rule] if waiting.matter and waiting.rule else "",
        team=shown.names.get(about, about),
        owed=clock_of(waiting.zone).date(waiting.owed_by) if waiting.owed_by else "",
        late=waiting.owed_by is not None and waiting.owed_by < present,
        url=url,
        off=off(number),
        entered=shown.entered[1] if shown.entered and shown.entered[0] == waiting.item else None,
    )


def off(number: int) -> Answer:
    """The form that puts the line of this number off; it tells no fact."""
    return Answer(name=f"off{number}", buttons=(Choice("yes", "Snooze"),), fields=_FIELDS, note=False)


def entered_before() -> tuple[str, Entered] | None:
    """What the reader had entered for a line before they had to show who they are."""
    form = reading.typed()
    item, number = (form.get("item"), form.get("number")) if form else (None, None)
    if form is None or not isinstance(item, str) or not isinstance(number, str) or not number.isdigit():
        return None
    entered = fields.read(off(int(number[:4])), form)
    entered.faults.clear()
    return item, entered


async def take(context: AppContext, link: Link, form: FormData, present: datetime) -> tuple[str, Entered] | None:
    """Put a line off. What is wrong with the form, if anything; a line that has closed meanwhile needs nothing more."""
    item, number = form.get("item"), form.get("number")
    if not isinstance(item, str) or not isinstance(number, str) or not number.isdigit():
        raise Nobody
    answer = off(int(number[:4]))
    entered = fields.read(answer, form)
    if entered.faults:
        return item, entered
    async with context.connection() as conn:
        reader, wanted = await reader_of(conn, link)
        forms.pressed(context, form, QUESTION, Tap(at=present, today=reader.clock.today(present)))
        given = {"until": entered.values["until"], "reason": entered.values["why"], "wanted": wanted}
        try:
            await put_off(conn, reader.academy, item, **given, by=f"person:{reader.person}", now=present)
        except SnoozeError as error:
            entered.faults[f"{answer.name}-until-day"] = str(error)
            return item, entered
        except NothingWaitsError:
            return None
    return None
