"""What the academy can expect: hand-offs, coaches freed and sessions a week, as ranges; and how it did before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.figures import Figure, Key, Table, bars, month
from gateway.workspace.academy.now import way_up
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.frame import show
from gateway.workspace.visit import Visiting, WorkspaceRoute
from lifecycle.dates import long_month
from operations.forecast import Month, Past, Range, Team, forecast, within
from operations.sheets import Cell
from records import forecasts as records
from records.forecasts import Course
from schemas.sentences import say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_COLUMNS: Final = (
    "Month", "Hand-offs, from", "Hand-offs, to", "Coaches freed, from", "Coaches freed, to", "Sessions a week, from",
    "Sessions a week, to",
)  # fmt: skip
_QUARTERS: Final = 8


@pages.api_route("/academy/forecast", methods=["GET", "HEAD"])
async def ahead(visit: Visiting) -> Response:
    """The year ahead, from what is known now; and the last quarters, from what was known then."""
    visit.must_run()
    async with visit.context.connection() as conn:
        courses = await records.teams(conn, visit.academy, visit.today)
    teams, past = known(courses, visit.today, visit.today)
    months = await asyncio.to_thread(forecast, visit.today, teams, past)
    if kind := wanted(visit):
        return download(kind, "Forecast", _COLUMNS, map(_row, months))
    before = await asyncio.to_thread(past_forecasts, courses, visit.today)
    return show(
        "forecast.html",
        visit,
        title="Forecast",
        crumbs=(way_up(visit),),
        teams=len(teams),
        figure=_figure(months) if teams else None,
        before=[
            (say("{first} to {last}", first=month(made), last=month(_on(made, 2))), in_words(said), really, hit)
            for made, said, really, hit in before
        ],
        hits=sum(hit for *_, hit in before),
        downloads=offered(visit),
    )


def known(courses: Iterable[Course], at: date, today: date) -> tuple[list[Team], Past]:
    """The teams that were open on a day, and what had become of others by then."""
    begun = [one for one in courses if one.agreed < at]
    gone = [one for one in begun if (one.handed_off or one.ended or date.max) < at]
    delays = tuple((one.handed_off - one.planned).days for one in gone if one.handed_off)
    early = sum(one.handed_off is None for one in gone)
    lately = at == today
    still = [one for one in begun if one not in gone]
    teams = [
        Team(one.planned, one.held, one.back) if lately and one.held is not None else Team(one.planned) for one in still
    ]
    return teams, Past(delays, early)


def past_forecasts(courses: Sequence[Course], today: date) -> list[tuple[date, Range, int, bool]]:
    """For each of the last quarters that had teams: what would have been said at its start, and what happened."""
    found = []
    last = _on(today.replace(day=1), -((today.month - 1) % 3))
    for number in range(_QUARTERS, 0, -1):
        made, until = _on(last, -3 * number), _on(last, -3 * number + 3)
        teams, past = known(courses, made, today)
        if teams:
            said = within(made, until, teams, past)
            really = sum(made <= one.handed_off < until for one in courses if one.handed_off)
            found.append((made, said, really, said.low <= really <= said.high))
    return found


def in_words(found: Range) -> str:
    """'3 to 5', or '4' alone."""
    return str(found.low) if found.low == found.high else say("{low} to {high}", low=found.low, high=found.high)


def _row(found: Month) -> tuple[Cell, ...]:
    return (found.month, *found.hand_offs, *found.freed, *found.sessions)


def _figure(months: Sequence[Month]) -> Figure:
    first, last = months[0], months[-1]
    rows = [(month(one.month), in_words(one.hand_offs), float(one.hand_offs.high)) for one in months]
    return Figure(
        title=say("Hand-offs by month, to {month}", month=long_month(last.month)),
        sentence=(
            say(
                "We expect {now} sessions a week this month, and {then} in {month}. The bars show the most hand-offs "
                "that we expect.",
                now=in_words(first.sessions),
                then=in_words(last.sessions),
                month=long_month(last.month),
            )
        ),
        keys=(Key("bar", "In 8 of 10 cases, the number lies in the range beside the bar"),),
        table=Table(
            ("Month", "Hand-offs", "Coaches freed", "Sessions a week"),
            tuple((month(one.month), *map(in_words, (one.hand_offs, one.freed, one.sessions))) for one in months),
        ),
        **bars(rows, max((value for *_, value in rows), default=1)),
    )


def _on(first: date, months: int) -> date:
    year, number = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, number + 1, 1)
