"""How rehearsed people behave: what sets each behaviour apart, and what chance decides. Same seed, same life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from schemas.engagement_facts import ChairedBy
from schemas.roster_cells import Behaviour
from schemas.words import Matter

_MISSED_IN: Final = 10
_DECLINE: Final = (0.75, 0.6, 0.5, 0.35, 0.25, 0.1)
_FINISHED: Final = 4.0


class Dice:
    """Chance for one participant: the same question gets the same answer, whatever was asked before it."""

    def __init__(self, seed: int, participant: str) -> None:
        self._seed = f"{seed}/{participant}"

    def on(self, *question: object) -> Random:
        """A source of chance for one question, e.g. the session of a day."""
        return Random("/".join([self._seed, *map(str, question)]))  # noqa: S311  # a play, not a secret


@dataclass(frozen=True, slots=True)
class Character:
    """What a behaviour does otherwise than the steady one. Months count from the later of course start and agreement.

    ``ready`` bounds the month from which progress scores reach the gate; ``assessed_from`` is the month before which
    nobody opens a readiness record; ``steps_back_from`` bounds the month from which a proposed step back is taken up.
    ``stops_meeting_after_weeks`` is when the last meeting is, of which they tell as ever; ``pauses_in_months`` when a
    pause begins and ends; what ``leaves_open`` holds nobody answers.
    """

    ready: tuple[float, float] = (16.9, 18.0)
    assessed_from: float = 17.7
    steps_back_from: tuple[float, float] = (11.5, 13.0)
    answers_when_chased: bool = False
    drifts_after_weeks: int | None = None
    silent_after_weeks: float | None = None
    stops_meeting_after_weeks: float | None = None
    pauses_in_months: tuple[float, float] | None = None
    rests_in_winter: bool = False
    coach_leaves_in_month: float | None = None
    merges_in_month: float | None = None
    refused_in_month: float | None = None
    relapses: bool = False
    leaves_open: frozenset[Matter] = frozenset()


_STEADY: Final = Character()

CHARACTERS: Final[dict[Behaviour, Character]] = {
    Behaviour.LATE_LOGGER: Character(answers_when_chased=True),
    Behaviour.DRIFTER: Character(drifts_after_weeks=12),
    Behaviour.SILENT_STOP: Character(silent_after_weeks=20),
    Behaviour.WINTER_GAP: Character(rests_in_winter=True),
    Behaviour.COACH_LEAVES: Character(coach_leaves_in_month=9.0),
    Behaviour.TEAM_MERGES: Character(merges_in_month=8.0),
    Behaviour.EARLY_GRADUATE: Character(ready=(8.8, 9.0), assessed_from=10.5, steps_back_from=(0.0, 0.0)),
    Behaviour.READINESS_REFUSED: Character(ready=(17.0, 17.4), assessed_from=20.4, refused_in_month=18.0),
    Behaviour.PAST_24_MONTHS: Character(ready=(26.9, 27.0), assessed_from=28.3, steps_back_from=(21.0, 22.0)),
    Behaviour.RELAPSES: Character(ready=(17.8, 18.0), assessed_from=18.4, relapses=True),
}


def character(behaviour: Behaviour) -> Character:
    """The character of a behaviour; those that differ only in the course itself are steady with their teams."""
    return CHARACTERS.get(behaviour, _STEADY)


def steadily_met(dice: Dice, week: int) -> bool:
    """Whether a steady team meets in its n-th week: in nine of ten, and never twice in a row not."""
    block, place = divmod(week, _MISSED_IN)
    return place != dice.on("missed", block).randrange(1, _MISSED_IN)


def drifting_met(dice: Dice, week: int, since: int) -> bool:
    """Whether a drifting team still meets: less and less from week ``since`` on, at last not at all."""
    along = week - since
    return along < len(_DECLINE) and dice.on("drift", week).random() < _DECLINE[along]


def in_winter(day: date) -> bool:
    """15 December to 31 January, when the winter team does not meet."""
    return (day.month, day.day) >= (12, 15) or day.month == 1


def declares_pause(dice: Dice, winter: int) -> bool:
    """Whether the winter team declares its rest: in one year of two. ``winter`` is the year of its December."""
    return (winter + dice.on("pause").randrange(2)) % 2 == 0


def progress(dice: Dice, scorer: str, month: float, ready: float) -> float:
    """The progress score of a month: rising to the gate's 4.0 at ``ready``. Faculty may be half a point stricter."""
    if month >= ready:
        return _FINISHED if month < ready + 2 else _FINISHED + 0.5
    raw = 0.5 + 3.25 * max(0.0, month) / ready
    if scorer == "faculty" and dice.on("stricter", round(month, 1)).random() < 1 / 3:
        raw -= 0.5
    return max(0.5, int(raw * 2) / 2)


def chaired_by(dice: Dice, day: date, month: float, ready: float) -> ChairedBy:
    """Who leads a meeting: the team more and more often, and always in the last quarter before it is ready."""
    share = month / (0.7 * ready)
    return ChairedBy.TEAM if dice.on("chair", day).random() < share else ChairedBy.COACH
