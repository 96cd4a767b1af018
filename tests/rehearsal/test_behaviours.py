"""How rehearsed people behave, judged against the pure rules: each behaviour comes out as it is described."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from lifecycle.engagement import State, assess
from rehearsal import behaviours
from rehearsal.acts import stop_at
from rehearsal.behaviours import CHARACTERS, Dice, character
from rehearsal.meetings import stalls
from schemas.engagement_facts import ChairedBy
from schemas.roster_cells import Behaviour
from schemas.words import EndReason, Matter, Outcome, Role, Stage
from tests.rehearsal import paper
from tests.rehearsal.paper import COURSE_START, DAYS, Paper, alarms

SEEDS = (1, 3)
LIVES = [(behaviour, seed) for behaviour in (Behaviour.STEADY, *CHARACTERS) for seed in SEEDS]


@cache
def life(behaviour: Behaviour, seed: int) -> Paper:
    """A life on paper, lived once a run."""
    return paper.rehearse(behaviour, seed)


def state(lived: Paper) -> State:
    """What stands at its end."""
    return assess(lived.known, lived.now, lived.done)


def month(at: datetime | None) -> float:
    """In which month after the course start something was."""
    assert at is not None
    return (DAYS.day(at) - COURSE_START).days / 30.4375


def outcomes(lived: Paper) -> Counter[Outcome]:
    """How many sessions there are of each outcome."""
    return Counter(session.outcome for session in state(lived).sessions)


@pytest.mark.parametrize(("behaviour", "seed"), LIVES)
def test_nobody_tells_what_the_rules_refuse(behaviour: Behaviour, seed: int) -> None:
    """Whatever people tell is legal, and every life comes to its end."""
    lived = life(behaviour, seed)

    assert [(refused.event_id, refused.refusal.reason) for refused in lived.refused] == []
    assert lived.known.void == {}
    assert lived.known.life.ended_at is not None


@pytest.mark.parametrize("seed", SEEDS)
def test_steady_hands_off_between_month_18_and_22(seed: int) -> None:
    """A steady team meets nine times in ten, is never alarmed about, and carries on alone in time."""
    lived = life(Behaviour.STEADY, seed)

    counted = outcomes(lived)
    assert 0.85 < counted[Outcome.HELD] / (counted[Outcome.HELD] + counted[Outcome.NOT_HELD]) < 0.95
    assert alarms(lived) == []
    assert 18 <= month(lived.known.life.handed_off_at) <= 22
    assert lived.known.life.end_reason is EndReason.SUSTAINED


@pytest.mark.parametrize("seed", SEEDS)
def test_late_logger_is_chased_twice_and_never_called_unknown(seed: int) -> None:
    """Answers come after the second chase and before the session is unknown; nobody is alarmed."""
    lived = life(Behaviour.LATE_LOGGER, seed)

    steps = Counter(asked.step for asked in lived.asked if asked.matter is Matter.SESSION)
    assert outcomes(lived)[Outcome.UNKNOWN] == 0
    assert alarms(lived) == []
    assert steps[2] >= 0.95 * steps[0] > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_drifter_stalls_is_noticed_and_recovers(seed: int) -> None:
    """After twelve weeks the meetings thin out; once faculty was told, the team meets again and gets there."""
    lived = life(Behaviour.DRIFTER, seed)

    (stall,) = stalls(lived.team.meetings, 4, None)
    told = min(DAYS.day(asked.issued_at) for asked in alarms(lived))
    assert stall.resolved is not None
    assert stall.began < told < stall.resolved
    assert DAYS.working_days_between(stall.began, told) <= 20
    assert lived.known.life.end_reason is EndReason.SUSTAINED


@pytest.mark.parametrize("seed", SEEDS)
def test_silent_stop_is_noticed_within_twenty_working_days(seed: int) -> None:
    """Nobody of the team answers after week 20; faculty hears of it in time and ends the engagement."""
    lived = life(Behaviour.SILENT_STOP, seed)

    (stall,) = stalls(lived.team.meetings, 4, None)
    told = min(DAYS.day(asked.issued_at) for asked in alarms(lived))
    assert DAYS.working_days_between(stall.began, told) <= 20
    assert lived.known.life.end_reason is EndReason.SILENT
    assert outcomes(lived)[Outcome.UNKNOWN] >= 4
    silent_from = DAYS.day(lived.team.diary.begins) + timedelta(weeks=20) if lived.team.diary else None
    by_team = [f for f in lived.known.facts.values() if f.told_by.role in (Role.COACH, Role.TEAM_LEAD)]
    assert silent_from is not None
    assert all(DAYS.day(fact.occurred_at) < silent_from for fact in by_team)


def test_winter_gap_is_a_pause_in_one_year_of_two() -> None:
    """No meeting from 15 December to 31 January; in one year of two the rest is declared, else it is a stall."""
    dice = Dice(1, "P01")
    assert behaviours.declares_pause(dice, 2027) != behaviours.declares_pause(dice, 2028)

    for seed in SEEDS:
        lived = life(Behaviour.WINTER_GAP, seed)
        rested = [s.day for s in state(lived).sessions if s.outcome is Outcome.HELD and behaviours.in_winter(s.day)]
        declared = behaviours.declares_pause(Dice(seed, "P01"), 2027)
        assert rested == []
        assert bool(lived.known.life.pauses) == declared
        assert bool(alarms(lived)) != declared


@pytest.mark.parametrize("seed", SEEDS)
def test_coach_leaves_and_somebody_new_comes_three_weeks_later(seed: int) -> None:
    """The place is vacant for three weeks in month 9; then the team goes on with the new coach."""
    lived = life(Behaviour.COACH_LEAVES, seed)

    first, second = lived.known.life.assignments
    assert first.until is not None
    assert 9 <= month(first.until) < 9.3
    assert 3 <= (DAYS.day(second.since) - DAYS.day(first.until)).days / 7 < 4
    assert lived.known.life.end_reason is EndReason.SUSTAINED


@pytest.mark.parametrize(
    ("behaviour", "low", "high"),
    [
        (Behaviour.EARLY_GRADUATE, 10.5, 11.9),
        (Behaviour.READINESS_REFUSED, 20.7, 21.9),
        (Behaviour.PAST_24_MONTHS, 28.3, 29.5),
        (Behaviour.RELAPSES, 18.5, 19.5),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_hand_off_comes_when_the_behaviour_says(behaviour: Behaviour, low: float, high: float, seed: int) -> None:
    """Early, after a refusal, after two extensions, or before a relapse."""
    lived = life(behaviour, seed)

    assert low <= month(lived.known.life.handed_off_at) <= high
    assert lived.known.life.end_reason is EndReason.SUSTAINED


def test_past_24_months_is_extended_twice() -> None:
    """Not ready at the limit: two extensions, and no more."""
    assert life(Behaviour.PAST_24_MONTHS, 1).known.life.extensions == 2


def test_relapse_gets_a_booster_and_holds() -> None:
    """It does not hold at three months, gets a booster, and holds at six and twelve."""
    lived = life(Behaviour.RELAPSES, 1)

    assert {month: holding for month, (holding, _) in lived.known.life.aftercare.items()} == {
        3: False,
        6: True,
        12: True,
    }
    assert any(asked.matter is Matter.RELAPSE for asked in lived.asked)


def test_merged_team_names_its_successor() -> None:
    """Merged in month 8: ended, with its reason."""
    lived = life(Behaviour.TEAM_MERGES, 1)

    assert state(lived).stage is Stage.ENDED_EARLY
    assert lived.known.life.end_reason is EndReason.TEAM_MERGED
    assert 8 <= month(lived.known.life.ended_at) < 8.3


def test_same_seed_tells_the_same_life() -> None:
    """The facts of two rehearsals with one seed are the same; another seed tells another life."""
    first, again, other = (paper.rehearse(Behaviour.STEADY, seed, months=9) for seed in (5, 5, 6))

    assert first.known.facts == again.known.facts
    assert first.known.facts != other.known.facts


def test_answer_of_the_dice_does_not_depend_on_other_questions() -> None:
    """One question always gets the same answer for a participant."""
    dice = Dice(1, "P01")
    alone = dice.on("session", date(2027, 3, 2)).random()
    dice.on("something else").random()

    assert dice.on("session", date(2027, 3, 2)).random() == alone
    assert Dice(1, "P02").on("session", date(2027, 3, 2)).random() != alone


@pytest.mark.parametrize("seed", range(20))
def test_steady_team_never_misses_twice_in_a_row(seed: int) -> None:
    """One meeting in ten is missed, and never two running."""
    weeks = [behaviours.steadily_met(Dice(seed, "P01"), week) for week in range(100)]

    assert sum(weeks) == 90
    assert all(one or other for one, other in pairwise(weeks))


def test_progress_rises_to_the_gate_when_ready() -> None:
    """Scores are halves, never fall but for faculty's strictness, and are 4.0 by both from the ready month on."""
    dice = Dice(1, "P01")
    team = [behaviours.progress(dice, "team", m, 18) for m in range(24)]

    assert team == sorted(team)
    assert team[17] < 4.0 <= team[18]
    assert behaviours.progress(dice, "faculty", 18, 18) == 4.0
    assert all((score * 2).is_integer() and 0.5 <= score <= 5.0 for score in team)


def test_team_chairs_always_before_it_is_ready() -> None:
    """The coach leads at first, the team in the last quarter."""
    dice, day = Dice(1, "P01"), date(2027, 3, 2)

    assert behaviours.chaired_by(dice, day, 0.0, 18) is ChairedBy.COACH
    assert behaviours.chaired_by(dice, day, 13.5, 18) is ChairedBy.TEAM


def test_clocks_stop_in_the_later_half_of_a_minute() -> None:
    """No clock stops on, or just after, a moment that a rule or a fact can name."""
    whole = datetime.fromisoformat("2027-03-02T10:00:00+00:00")
    stops = {stop_at(whole, Dice(seed, "P01").on("stop")).second for seed in range(50)}
    facts = {fact.occurred_at.second for fact in life(Behaviour.STEADY, 1).known.facts.values()}

    assert min(stops) >= 30
    assert max(stops) < 50
    assert max(facts) < 10


def test_behaviours_of_the_course_itself_are_steady_with_their_teams() -> None:
    """Deferring, withdrawing or finding a team late says nothing of how the team works."""
    assert character(Behaviour.DEFERRED) == character(Behaviour.NO_TEAM_YET) == character(Behaviour.STEADY)
