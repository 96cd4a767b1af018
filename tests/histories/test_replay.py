"""Kept histories of real lives run through today's workflows: a change that would strand a running life fails here."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from process.connection import DATA_CONVERTER
from tests.histories.__main__ import CAST, roster
from tests.histories.changed import CARELESS
from tests.histories.corpus import FOLDER, Seen, kept, read, seen, text
from worker.main import RUNNER, WORKFLOWS


@pytest.mark.parametrize("name", kept())
async def test_every_history_replays(name: str) -> None:
    """With the runner and the converter of production.

    Debugging lifts the two seconds a step may take: they are for workers, which try again, and a machine with much
    else to do exceeds them.
    """
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=RUNNER, data_converter=DATA_CONVERTER, debug_mode=True)
    await replayer.replay_workflow(read(name))


@pytest.mark.parametrize("careless", CARELESS)
async def test_a_careless_change_is_caught(careless: type) -> None:
    """One more activity, an activity of another name, one more timer: each fails a replay."""
    replayer = Replayer(workflows=[careless], workflow_runner=RUNNER, data_converter=DATA_CONVERTER)
    with pytest.raises(NondeterminismError):
        await replayer.replay_workflow(read("continue-as-new.2"))


SHOWN: dict[str, Callable[[Seen], bool]] = {
    "steady": lambda life: life.result["stage"] == "sustained" and life.kinds.count("session_held") > 50,
    "drifter": lambda life: "session_not_held" in life.kinds and "escalation" in _matters(life),
    "silent-stop": lambda life: life.result["end_reason"] == "silent" and "stall" in _matters(life),
    "winter-pause-with-co-coach": lambda life: (
        life.said("pause_started") and life.said("pause_ended") and any(map(_joined, life.facts))
    ),
    "coach-leaves": lambda life: life.said("coach_left") and life.said("coach_assigned", part="main"),
    "readiness-refused": lambda life: life.said("readiness_refused") and life.said("handed_off"),
    "past-24-months": lambda life: life.kinds.count("extension_granted") == 2 and life.runs > 1,
    "relapse": lambda life: life.said("relapsed") or life.said("aftercare_reported", holding=False),
    "merged": lambda life: life.said("ended_early", reason="team_merged") and bool(life.facts[-1]["successor"]),
    "deferred": lambda life: life.result["end_reason"] == "participant_deferred",
    "withdrawn-with-interim": lambda life: life.said("coach_assigned", part="interim") and bool(life.result),
    "late-facts-with-corrections": lambda life: (
        life.kinds.count("correction") == 3 and "contradiction" in _matters(life)
    ),
    "continue-as-new": lambda life: life.runs > 3,
    "weekly-mail": lambda life: life.runs > 2,
    "intro-course": lambda life: (
        life.result["stage"] == "closed" and life.kinds.count("place_offered") == 2 and life.said("intro_course_moved")
    ),
    "intro-course-later": lambda life: life.said("place_requested") and bool(life.facts[1]["rebooks"]),
    "intro-calendar": lambda life: life.runs == 1,
    "cohort": lambda life: life.said("learning_session_held") and life.said("enrolment_completed", completed=True),
}
"""What a history must show to deserve its name."""


def _joined(fact: dict[str, Any]) -> bool:
    """Whether a co-coach was named, where the engagement began or afterwards."""
    opening = fact.get("replacement") or fact
    return fact.get("part") == "co" or bool(opening.get("people", {}).get("co_coach"))


def _matters(life: Seen) -> set[str]:
    return {item.partition("/")[0] for item in life.items}


@pytest.mark.parametrize("name", SHOWN)
def test_a_history_shows_what_its_name_says(name: str) -> None:
    """By the facts it recorded, what it carried out, and how it ended."""
    assert SHOWN[name](seen(name))


def test_every_history_has_a_name_that_is_shown() -> None:
    """Nothing is kept that nobody looks at."""
    assert {name.rpartition(".")[0] for name in kept()} == set(SHOWN)
    assert set(CAST.values()) - {""} <= set(SHOWN)


def test_the_histories_are_small_and_name_nobody() -> None:
    """Three megabytes together; no name or address of the roster they were made from is in them."""
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_000_000
    rows = roster().rows
    people = [one for row in rows for one in (row.person, row.team_lead, row.sponsor, row.faculty) if one]
    told = {row.microsystem for row in rows} | {word for one in people for word in (one.name, one.email)}
    words = [word.encode() for word in told if word]
    for name in kept():
        plain = text(name).encode()
        inside = b"\n".join(base64.b64decode(data) for data in re.findall(rb'"data":"([^"]+)"', plain))
        assert b"engagement" in inside or b"coach" in inside or b"academy" in inside
        assert not [word for word in words if word in inside or word in plain]
