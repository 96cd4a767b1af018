"""The mail of the coming two weeks, by day, kind, person and team: to whom, about what, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import Filter, show
from gateway.workspace.team.frame import A_PAGE, numbered, page_of
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle.dates import clock_time, date_range, long_date
from lifecycle.description import NEVER_WAITS, Loss
from lifecycle.gathering import next_look
from lifecycle.matters import MATTERS
from lifecycle.roles import beside_name
from records import upcoming
from records.upcoming import Mail, Reason
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme import Attention, QuietHours
from schemas.sentences import raised, say
from schemas.subjects import cohort_name
from schemas.words import Act, Matter, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

AHEAD: Final = timedelta(weeks=2)
_ALARM: Final = "You can't hold this or leave it out, because somebody needs to know in time."
_AT_ONCE: Final = "You can't hold this or leave it out, because it would arrive too late."
_UNDATED: Final = frozenset({Matter.ESCALATION, Matter.ALARM_AGAIN, Matter.STALL})
"""What these are about is a run of sessions, not the day of the first of them."""
_ACTS: Final = {Act.REMIND: "{what}: reminder", Act.ESCALATE: "{what}: passed on"}
_COLUMNS: Final = ("Day", "Time", "To", "As", "About", "What", "Why", "Weekly email", "State")


@dataclass(frozen=True, slots=True)
class Line:
    """One mail as it is read. ``change`` is the query of the page where it is changed; empty if it must go.

    ``reader`` is whom it goes to and as what, in a sentence.
    """

    mail: Mail
    day: date
    at: time
    time: str
    to: str
    role: str
    reader: str
    about: str
    what: str
    why: str
    state: str
    held: bool
    change: str
    fixed: str

    @property
    def may_hold(self) -> bool:
        """Whether it may wait."""
        return not self.mail.skipped_by and MATTERS[self.mail.matter].may_hold(self.mail.act)

    @property
    def may_skip(self) -> bool:
        """Whether it may be left out."""
        return not self.mail.skipped_by and MATTERS[self.mail.matter].may_skip(self.mail.step, self.mail.act)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which of the mail is to be shown."""

    day: str = ""
    kind: str = ""
    person: str = ""
    about: str = ""

    @property
    def query(self) -> dict[str, str]:
        """What the address says of it."""
        said = {"day": self.day, "kind": self.kind, "person": self.person, "about": self.about}
        return {name: value for name, value in said.items() if value}

    def url(self, **other: str | int) -> str:
        """The address with something else in it."""
        said = {name: value for name, value in (self.query | other).items() if value}
        return f"?{urlencode(said)}" if said else "?"


_PARTS: Final[Mapping[str, Callable[[Line], str]]] = {
    "day": lambda line: line.day.isoformat(),
    "kind": lambda line: line.mail.matter,
    "person": lambda line: line.mail.person,
    "about": lambda line: line.mail.subject,
}
_LABELS: Final[Mapping[str, tuple[str, Callable[[Line], str]]]] = {
    "day": ("All days", lambda line: long_date(line.day)),
    "kind": ("All kinds", lambda line: raised(MATTERS[line.mail.matter].label)),
    "person": ("Everybody", lambda line: raised(line.reader)),
    "about": ("All", lambda line: line.about),
}


def sought_by(visit: Visit) -> Sought:
    """What the address asks for."""
    said = visit.request.query_params
    return Sought(*(said.get(name, "")[:120] for name in _PARTS))


async def lines_of(visit: Visit) -> list[Line]:
    """All the mail of the academy that is coming, the first first. Raises NotTheirs for who doesn't run it."""
    visit.must_run()
    end = visit.present + AHEAD
    weekly = next_look(Attention(), QuietHours(), visit.clock.zone, LATEST_HOLIDAY_TABLE, visit.present)
    async with visit.context.connection() as conn:
        mails = await upcoming.mails(conn, visit.academy, end)
        said = {event for mail in mails for event in (mail.held_by, mail.skipped_by) if event}
        reasons = await upcoming.reasons(conn, said)
    lines = [_line(visit, mail, max(mail.goes_at or weekly, visit.present), reasons) for mail in mails]
    return sorted(
        lines, key=lambda line: (line.day, line.mail.gathered, line.reader if line.mail.gathered else line.at)
    )


def narrowed(lines: Iterable[Line], sought: Sought, but: str = "") -> list[Line]:
    """Those that are sought; ``but`` leaves one filter out."""
    asked = {name: value for name, value in sought.query.items() if name != but}
    return [line for line in lines if all(_PARTS[name](line) == value for name, value in asked.items())]


def _line(visit: Visit, mail: Mail, at: object, reasons: Mapping[str, Reason]) -> Line:
    local = visit.clock.local(at)  # type: ignore[arg-type] # a moment
    held = bool(mail.held_by and mail.held_until and mail.held_until > visit.today)
    day = max(local.date(), mail.held_until) if held and mail.held_until else local.date()
    matter = MATTERS[mail.matter]
    may = matter.may_hold(mail.act) or matter.may_skip(mail.step, mail.act)
    to, role = mail.name or _NAMELESS.get(mail.role, "somebody"), beside_name(Role(mail.role))
    return Line(
        mail=mail,
        day=day,
        at=local.time(),
        time=clock_time(local.time()),
        to=to,
        role=role,
        reader=say("the {role}", role=role)
        if to.lower() == role
        else say("{name} ({role})", name=to, role=role)
        if mail.name
        else to,
        about=_about(visit, mail),
        what=_what(mail, raised(matter.label)),
        why=matter.rules.get(mail.rule, ""),
        state=_state(mail, reasons, held=held),
        held=held,
        change=urlencode({"about": mail.subject, "one": mail.item}) if may else "",
        fixed="" if may else _ALARM if matter.loss is Loss.TEAM or mail.act in NEVER_WAITS else _AT_ONCE,
    )


def _what(mail: Mail, label: str) -> str:
    what = label
    if mail.about and mail.matter == Matter.SESSION:
        what = say("{label} of {day}", label=label, day=long_date(mail.about))
    elif mail.about and mail.matter not in _UNDATED:
        what = say("{label}, {day}", label=label, day=long_date(mail.about))
    return say(_ACTS[mail.act], what=what) if mail.act in _ACTS else what


_NAMELESS: Final = {Role.DEPUTY: "whoever runs the service"}
"""Who hears in place of nobody."""


def _state(mail: Mail, reasons: Mapping[str, Reason], *, held: bool) -> str:
    if mail.skipped_by:
        return _because("Left out", reasons.get(mail.skipped_by))
    if held and mail.held_by and mail.held_until:
        return _because(say("Held until {day}", day=long_date(mail.held_until)), reasons.get(mail.held_by))
    return ""


def _because(what: str, reason: Reason | None) -> str:
    if reason and reason.name:
        what = say("{what} by {name}", what=what, name=reason.name)
    return say("{what}, because: {reason}", what=what, reason=reason.words) if reason and reason.words else what


def _about(visit: Visit, mail: Mail) -> str:
    if mail.team:
        return mail.team
    if mail.course_on:
        day = visit.clock.today(mail.course_on)
        return say("Introduction course of {days}", days=date_range(day, day))
    return say("Cohort {cohort}", cohort=cohort_name(mail.cohort)) if mail.cohort else "A team without a name"


@pages.api_route("/upcoming-mail", methods=["GET", "HEAD"])
async def coming(visit: Visiting) -> Response:
    """What goes out, to whom, and what is held or left out of it."""
    lines, sought = await lines_of(visit), sought_by(visit)
    found = narrowed(lines, sought)
    kind = wanted(visit)
    if kind is not None:
        return download(kind, "Upcoming mail", _COLUMNS, (_cells(line) for line in found))
    number = numbered(visit.request.query_params.get("page", ""))
    shown = found[(number - 1) * A_PAGE : number * A_PAGE]
    return show(
        "upcoming_mail.html",
        visit,
        title="Upcoming mail",
        days=[(long_date(day), _of_a_day(list(group))) for day, group in groupby(shown, lambda line: line.day)],
        filters={name: _filters(lines, sought, name) for name in ("day", "kind")},
        chosen={name: _filters(lines, sought, name, ask=True) for name in ("person", "about")},
        kept={name: value for name, value in sought.query.items() if name in ("day", "kind")},
        change=f"{visit.root}/upcoming-mail/change",
        together=sought.url() if sought.query and any(line.change for line in found) else "",
        number=sum(bool(line.change) for line in found),
        skips=any(line.may_skip for line in found),
        downloads=offered(visit),
        page_of=page_of(number, len(found)),
        before=sought.url(page=number - 1) if number > 1 else "",
        after=sought.url(page=number + 1) if len(found) > number * A_PAGE else "",
        told="told" in visit.request.query_params,
    )


def _of_a_day(lines: Sequence[Line]) -> tuple[list[Line], list[tuple[str, list[Line]]]]:
    """The mails of their own, and the weekly mails with their lines."""
    weekly = [line for line in lines if line.mail.gathered]
    return [line for line in lines if not line.mail.gathered], [
        (reader, list(group)) for reader, group in groupby(weekly, lambda line: line.reader)
    ]


def _filters(lines: Iterable[Line], sought: Sought, name: str, *, ask: bool = False) -> list[Filter]:
    """The values of one filter, with how many mails each leaves; as values of a field, if it is to be asked in one."""
    others = narrowed(lines, sought, but=name)
    every, label = _LABELS[name]
    counted = Counter(_PARTS[name](line) for line in others)
    words = {_PARTS[name](line): label(line) for line in others}
    chosen = getattr(sought, name)
    values = list(words) if name == "day" else sorted(words, key=lambda value: words[value])
    return [Filter(every, counted.total(), "" if ask else sought.url(**{name: ""}), not chosen)] + [
        Filter(words[value], counted[value], value if ask else sought.url(**{name: value}), value == chosen)
        for value in values
    ]


def _cells(line: Line) -> tuple[str | date, ...]:
    weekly = "yes" if line.mail.gathered else "no"
    return (line.day, line.time, line.to, line.role, line.about, line.what, line.why, weekly, line.state)
