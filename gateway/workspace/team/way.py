"""The way from proposal to independence as a drawing: stations on a line, those reached filled, the others hollow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.pages.shown import PageContext
from lifecycle.dates import long_month
from lifecycle.engagement.way import Station, Step, way
from schemas.sentences import joined, say

_WORDS: Final[Mapping[Step, tuple[str, str]]] = {
    Step.PROPOSED: ("Coaching was proposed", "Coaching is proposed"),
    Step.AGREED: ("The agreement was signed", "The agreement is signed"),
    Step.WEEKLY: ("Weekly sessions began", "Weekly sessions begin"),
    Step.STEPPING_BACK: ("The coach began to step back", "The coach begins to step back"),
    Step.READY: ("The team was found ready for sign-off", "Faculty reviews whether the team can carry on alone"),
    Step.HANDED_OFF: ("The team was handed off", "The team is handed off, if everyone agrees"),
    Step.CHECKED: ("We heard how it's going after {month} months", "We ask how it's going after {month} months"),
    Step.RELAPSED: ("The improvement didn't last", ""),
    Step.INDEPENDENT: ("The team became independent", "The team is independent"),
    Step.ENDED: ("The coaching ended", ""),
}
"""What each station is called once it was reached, and before."""

_BY_DAY: Final = frozenset({Step.AGREED, Step.WEEKLY})
"""What has a day of its own; everything later is planned for a month, within which we ask on a working day."""

_WIDTH: Final = 320
_MARGIN: Final = 18
_TODAY: Final = 24


@dataclass(frozen=True, slots=True)
class Stop:
    """A station as it is drawn and read. ``x`` is where on the line; ``here`` the last that was reached."""

    number: int
    x: int
    words: str
    when: str
    reached: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """The line with its stops, and the same in one sentence for who does not see it."""

    stops: tuple[Stop, ...]
    here: int
    width: int
    in_words: str


def drawing(page: PageContext) -> Drawing:
    """The team's way."""
    stations = way(page.engagement, page.done)
    last = max(number for number, station in enumerate(stations) if station.reached)
    step = (_WIDTH - 2 * _MARGIN) / max(1, len(stations) - 1)
    places = [round(_MARGIN + number * step) for number in range(len(stations))]
    stops = tuple(
        Stop(number + 1, places[number], _called(station), _when(page, station), station.reached, number == last)
        for number, station in enumerate(stations)
    )
    return Drawing(stops, places[last], _WIDTH, _in_words(stops, last))


def _called(station: Station) -> str:
    return say(_WORDS[station.step][0 if station.reached else 1], month=station.month)


def _when(page: PageContext, station: Station) -> str:
    if station.reached:
        return page.clock.date(station.at)
    by_day = station.step in _BY_DAY
    planned = page.clock.date(station.at) if by_day else long_month(page.clock.today(station.at))
    return (
        say("planned for {day}", day=planned)
        if station.at > page.present
        else say("was planned for {day}", day=planned)
    )


def _in_words(stops: Sequence[Stop], last: int) -> str:
    found = say(
        "{reached} of {all} steps reached. The latest: {step}, {when}.",
        reached=last + 1,
        all=len(stops),
        step=stops[last].words,
        when=stops[last].when,
    )
    if last + 1 == len(stops):
        return found
    after = stops[last + 1]
    return joined(" ", (found, say("Next: {step}, {when}.", step=after.words, when=after.when)))
