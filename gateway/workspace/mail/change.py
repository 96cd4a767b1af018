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
from operations import mailing
from operations.mailing import Item, Saying
from schemas.facts import Teller
from schemas.sentences import joined, say
from schemas.words import Matter, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_MOST: Final = 100
"""So many are changed at once."""

_OTHERS: Final = "Emails that can't wait aren't listed here."
_FIRST: Final = "You can leave out a reminder, but not the first email about something."
_SESSIONS: Final = "A session isn't counted as not known while our question is held. "

_WHY: Final = Field(
    name="why", kind="note", label="Why?", missing="Enter why",
    hint=say("One sentence. We'll show it beside the email and in the log. {no_patients}", no_patients=NO_PATIENTS),
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
        ticked = given["mails"]
        items = [_item(visit, line) for name, line in _named(lines) if ticked is None or name in ticked]
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
        _way(visit, lines, lambda line: line.may_hold, _hold),
        _way(visit, lines, lambda line: bool(line.state), _release),
        _way(visit, lines, lambda line: line.may_skip, _skip),
    )
    skips = any(line.may_skip for line in lines)
    one, many = (
        ("Send an email", "Send {number} emails") if not any(line.may_hold for line in lines)
        else ("Hold or leave out an email", "Hold or leave out {number} emails") if skips
        else ("Hold an email", "Hold {number} emails")
    )  # fmt: skip
    return Question(
        title=say(one) if len(lines) == 1 else say(many, number=len(lines)),
        lead=(
            *(
                (say("{email}, {day}.", email=_called(lines[0]), day=long_date(lines[0].day)),)
                if len(lines) == 1
                else (_OTHERS,)
            ),
            *((_FIRST,) if any(line.may_hold and not line.may_skip for line in lines) else ()),
            "If an email is for several people, what you choose applies to all of them.",
            *((say("If there are more than {most}, these are the first.", most=_MOST),) if len(lines) == _MOST else ()),
        ),
        topic=f"mail/{visit.academy}",
        mark=(),
        answers=tuple(answer for answer in ways if answer is not None),
    )


def _called(line: Line) -> str:
    return say("{what}, about {about}, to {reader}", what=line.what, about=line.about, reader=line.reader)


def _way(
    visit: Visit,
    lines: Sequence[Line],
    may: Callable[[Line], bool],
    made: Callable[[Visit, tuple[Field, ...], Sequence[Line]], Answer],
) -> Answer | None:
    """One way to change them, with a tick for each of several that it is open to; None if there is none."""
    found = [line for line in lines if may(line)]
    names = tuple(name for name, _ in _named(found))
    choices = tuple(Choice(name, _called(line), long_date(line.day)) for name, line in _named(found))
    label = "Which email?" if len(found) == 1 else "Which emails?"
    missing = "Select at least one email"
    field = Field(name="mails", kind="checkboxes", label=label, missing=missing, choices=choices, value=names)
    return made(visit, (field,) if len(lines) > 1 else (), found) if found else None


def _hold(visit: Visit, mails: tuple[Field, ...], lines: Sequence[Line]) -> Answer:
    latest = max(_item(visit, line).latest for line in lines)
    until = Field(
        name="until",
        kind="date",
        label="Until which morning?",
        missing="Enter the day it can be sent",
        hint=say(
            "{day} at the latest. An email can be held for up to {at_most} working days.",
            day=long_date(latest),
            at_most=AT_MOST,
        ),
        value=latest,
    )
    return Answer(
        name="hold",
        opener="Hold",
        hint=joined(
            " ",
            (
                "We won't send anything you hold before the day you choose, and any reminders move too.",
                *([_SESSIONS] if any(line.mail.matter is Matter.SESSION for line in lines) else []),
                "If somebody answers first, we won't send it at all. You can still send it sooner.",
            ),
        ),
        fields=(*mails, until, _WHY),
        buttons=button("Hold until that morning"),
        note=False,
    )


def _skip(visit: Visit, mails: tuple[Field, ...], lines: Sequence[Line]) -> Answer:
    today = all(_item(visit, line).due_on <= visit.today for line in lines)
    return Answer(
        name="skip",
        opener="Leave out",
        hint=joined(
            " ",
            (
                "We won't send what you leave out. Any question stays open, and the next reminder goes when it's due.",
                "It's due today, so you can't undo this." if today else "You can undo this until the day it's due.",
            ),
        ),
        fields=(*mails, _WHY),
        buttons=button("Leave out"),
        variant="warning",
        weighty=True,
        note=False,
    )


def _release(_: Visit, mails: tuple[Field, ...], __: Sequence[Line]) -> Answer:
    return Answer(
        name="release",
        opener="Send it after all",
        hint="If you held it and it's due, we'll send it straight away in working hours. If you left it out, "
        "we'll send it when it's due.",
        fields=(*mails, _WHY),
        buttons=button("Send it"),
        variant="secondary",
        note=False,
    )
