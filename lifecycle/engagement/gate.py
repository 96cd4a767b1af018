"""The readiness gate: what must be true before a team carries on alone. Early graduates pass the same gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from lifecycle.engagement.life import Life
from lifecycle.roles import ROLES
from schemas.engagement_facts import ChairedBy, SessionHeld
from schemas.sentences import say
from schemas.words import Matter, Role

SCORERS: Final = {"team": Matter.PROGRESS_TEAM, "faculty": Matter.PROGRESS_FACULTY}
"""Who scores progress, and the matter that asks them."""


class Condition(NamedTuple):
    """One thing the gate asks for: what of it is lacking at a moment, in words, and the matter that asks for it.

    ``work`` is the team's own; the rest is people's names and signatures.
    """

    name: str
    lacking: Callable[[Life, datetime], Iterator[str]]
    asked_by: Matter
    work: bool = False


def missing(life: Life, at: datetime) -> list[str]:
    """What the gate still asks for at a moment, in words; empty when the hand-off may be decided."""
    return [words for condition in CONDITIONS for words in condition.lacking(life, at)]


def unmet(life: Life, at: datetime, *, work: bool) -> list[Condition]:
    """The conditions that are not met at a moment: those of the team's own work, or those of people."""
    return [each for each in CONDITIONS if each.work is work and any(each.lacking(life, at))]


def progress_stale_at(life: Life) -> datetime:
    """When the latest scores, of which there are some, are too old to count."""
    return min(_latest(life)) + timedelta(weeks=life.programme.progress.stale_after_weeks)


def _latest(life: Life) -> list[datetime]:
    return [at for at in (max((s.at for s in life.scores if s.scorer == who), default=None) for who in SCORERS) if at]


def unmet_from(life: Life) -> datetime:
    """From when the team's own work falls short of the gate, if nothing is told: at the latest when a score is stale.

    A moment long past where it does already.
    """
    scored = _latest(life)
    if len(scored) < len(SCORERS) or unmet(life, max(scored), work=True):
        return life.opening.occurred_at
    return progress_stale_at(life)


def fresh_score(life: Life, scorer: str, at: datetime) -> float | None:
    """The latest score by the team or by faculty, unless it is stale."""
    since = at - timedelta(weeks=life.programme.progress.stale_after_weeks)
    return next((s.score for s in reversed(life.scores) if s.scorer == scorer and since < s.at <= at), None)


def _score(scorer: str, life: Life, at: datetime) -> Iterator[str]:
    least, score = life.programme.gate.progress_at_least, fresh_score(life, scorer, at)
    if score is None:
        yield "a recent progress score from the team" if scorer == "team" else "a recent progress score from faculty"
    elif score < least:
        yield say(
            "a progress score of {least} or more from the team (now {score})"
            if scorer == "team"
            else "a progress score of {least} or more from faculty (now {score})",
            least=f"{least:g}",
            score=f"{score:g}",
        )


def _cycle(life: Life, _at: datetime) -> Iterator[str]:
    if not life.standardised:
        yield "one full cycle from PDSA to SDSA"


def _chaired(life: Life, _at: datetime) -> Iterator[str]:
    gate = life.programme.gate
    held = sorted((r for r in life.reports.values() if isinstance(r, SessionHeld)), key=lambda r: r.day)
    chaired = sum(r.chaired_by is ChairedBy.TEAM for r in held[-gate.of_last_sessions :])
    if chaired < gate.chaired_by_team:
        yield say(
            "{led} of the last {sessions} sessions led by the team",
            led=gate.chaired_by_team,
            sessions=gate.of_last_sessions,
        )


def _record(life: Life, _at: datetime) -> Iterator[str]:
    if not life.assessed_at:
        yield "faculty's decision that the team is ready"


def _owner(role: Role, life: Life, _at: datetime) -> Iterator[str]:
    if role not in life.people:
        yield "a named process owner" if role is Role.PROCESS_OWNER else "a named measure owner"


def _signatures(life: Life, _at: datetime) -> Iterator[str]:
    for role in life.programme.gate.sign_offs:
        if role not in life.signed_off:
            yield say("sign-off by {role}", role=ROLES[role])


CONDITIONS: Final = (
    Condition("team_score", partial(_score, "team"), SCORERS["team"], work=True),
    Condition("faculty_score", partial(_score, "faculty"), SCORERS["faculty"], work=True),
    Condition("cycle", _cycle, Matter.CYCLE, work=True),
    Condition("chaired", _chaired, Matter.SESSION, work=True),
    Condition("record", _record, Matter.READINESS),
    Condition("process_owner", partial(_owner, Role.PROCESS_OWNER), Matter.SIGN_OFF),
    Condition("measure_owner", partial(_owner, Role.MEASURE_OWNER), Matter.SIGN_OFF),
    Condition("sign_offs", _signatures, Matter.SIGN_OFF),
)
"""All that the gate asks for."""
