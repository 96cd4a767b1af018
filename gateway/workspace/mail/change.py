"""Mail is held for some days, let go, or left out: one email, or all that the list was narrowed to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import NO_PATIENTS, Answer, Choice, Field, Given, Question
from gateway.pages.places import Crumb
from gateway.workspace.mail.coming import Line, lines_of, narrowed, sought_by
from gateway.workspace.operating import asked, done
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.dates import long_date
from lifecycle.holding import AT_MOST
from lifecycle.matters import MATTERS
from operations import mailing
from operations.mailing import Item, Saying
from schemas.facts import Teller
from schemas.words import Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_MOST: Final = 100
"""So many are changed at once."""

_WHY: Final = Field(
    name="why", kind="note", label="Why?", missing="Enter why",
    hint=f"One sentence. We'll show it beside the email and in the log. {NO_PATIENTS}",
)  # fmt: skip


@pages.api_route("/upcoming-mail/change", methods=["GET", "HEAD"])
async def ask(visit: Visiting) -> Response:
    """What can be done about them, and what that will mean."""
    return asked(visit, _question(visit, await _chosen(visit)), _above(visit))


@pages.post("/upcoming-mail/change")
async def take(visit: Visiting) -> Response:
    """Hold, let go or leave out those that are ticked."""
    lines = await _chosen(visit)
    engine = visit.context.engine

    async def do(answer: Answer, given: Given) -> None:
        saying = Saying(visit.caller, Teller(role=Role.OFFICE, person=visit.person), given.at, given["why"])
        items = [_item(visit, line) for name, line in _named(lines) if name in given["mails"]]
        match answer.name:
            case "hold":
                await mailing.hold(engine, saying, items, given["until"])
            case "skip":
                await mailing.skip(engine, saying, items)
            case _:
                await mailing.release(engine, saying, items, visit.today)

    return await done(visit, _question(visit, lines), do, _above(visit), to=f"{visit.root}/upcoming-mail")


def _above(visit: Visit) -> Crumb:
    return Crumb("Upcoming mail", f"{visit.root}/upcoming-mail")


async def _chosen(visit: Visit) -> list[Line]:
    """Those that may be held or left out, one for each that is due: whoever hears of it hears it together."""
    found = narrowed(await lines_of(visit), sought_by(visit))
    one = visit.request.query_params.get("one")
    due = {(line.mail.subject, line.mail.item): line for line in found if line.change and one in (None, line.mail.item)}
    if not due:
        raise NotTheirs
    return list(due.values())[:_MOST]


def _named(lines: Iterable[Line]) -> list[tuple[str, Line]]:
    """The lines, each by the name that it has in the form."""
    return [(f"{line.mail.subject}/{line.mail.item}", line) for line in lines]


def _item(visit: Visit, line: Line) -> Item:
    mail = line.mail
    due_on = mail.due_on or visit.today
    latest = mail.latest or visit.today + timedelta(days=AT_MOST)
    return Item(mail.subject, mail.item, due_on, latest, mail.skipped_by)


def _question(visit: Visit, lines: Sequence[Line]) -> Question:
    ways = (
        _way(visit, lines, _may_hold, _hold),
        _way(visit, lines, lambda line: bool(line.state), _release),
        _way(visit, lines, _may_skip, _skip),
    )
    return Question(
        title="Hold an email, or leave it out" if len(lines) == 1 else f"Hold {len(lines)} emails, or leave them out",
        lead=(
            "You can't hold alarms: they're always sent.",
            "If an email is for several people, holding it or leaving it out applies to all of them.",
            *((f"If there are more than {_MOST}, these are the first.",) if len(lines) == _MOST else ()),
        ),
        topic=f"mail/{visit.academy}",
        mark=(),
        answers=tuple(answer for answer in ways if answer is not None),
    )


def _may_hold(line: Line) -> bool:
    return not line.mail.skipped_by and MATTERS[line.mail.matter].may_hold(line.mail.act)


def _may_skip(line: Line) -> bool:
    return not line.mail.skipped_by and MATTERS[line.mail.matter].may_skip(line.mail.step, line.mail.act)


def _way(
    visit: Visit,
    lines: Iterable[Line],
    may: Callable[[Line], bool],
    made: Callable[[Visit, Field, Sequence[Line]], Answer],
) -> Answer | None:
    """One way to change them, with a tick for each that it is open to; None if there is none."""
    found = [line for line in lines if may(line)]
    names = tuple(name for name, _ in _named(found))
    choices = tuple(
        Choice(name, f"{line.what}, about {line.about}, to {line.to}", long_date(line.day))
        for name, line in _named(found)
    )
    label = "Which email?" if len(found) == 1 else "Which emails?"
    missing = "Select at least one email"
    field = Field(name="mails", kind="checkboxes", label=label, missing=missing, choices=choices, value=names)
    return made(visit, field, found) if found else None


def _hold(visit: Visit, mails: Field, lines: Sequence[Line]) -> Answer:
    latest = max(_item(visit, line).latest for line in lines)
    until = Field(
        name="until", kind="date", label="Until which morning?", missing="Enter the day it can be sent",
        hint=f"{long_date(latest)} at the latest. An email can be held for up to {AT_MOST} working days.", value=latest,
    )  # fmt: skip
    return Answer(
        name="hold",
        opener="Hold",
        hint="We won't send it before then, and any reminders move with it. A session isn't counted as unknown "
        "while our question is held. If it's answered before then, we won't send it. You can send it sooner.",
        fields=(mails, until, _WHY),
        buttons=button("Hold until that morning"),
        note=False,
    )


def _skip(_: Visit, mails: Field, __: Sequence[Line]) -> Answer:
    return Answer(
        name="skip",
        opener="Leave out",
        hint="We won't send it, and it counts as done. The next reminder is sent when it's due. You can change "
        "your mind until its day. After that, it can't be undone.",
        fields=(mails, _WHY),
        buttons=button("Leave out"),
        variant="warning",
        weighty=True,
        note=False,
    )


def _release(_: Visit, mails: Field, __: Sequence[Line]) -> Answer:
    return Answer(
        name="release",
        opener="Send it after all",
        hint="If you held it and it's due, we'll send it straight away in working hours. If you left it out, "
        "we'll send it when it's due.",
        fields=(mails, _WHY),
        buttons=button("Send it"),
        variant="secondary",
        note=False,
    )
