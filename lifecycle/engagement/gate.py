"""The readiness gate: what must be true before a team carries on alone. Early graduates pass the same gate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from lifecycle.engagement.life import Life
from schemas.engagement_facts import ChairedBy, SessionHeld
from schemas.words import Role


def missing(life: Life, at: datetime) -> list[str]:
    """What the gate still asks for at a moment, in words; empty when the hand-off may be decided."""
    return [*lacking_progress(life, at), *_lacking_people(life)]


def lacking_progress(life: Life, at: datetime) -> Iterator[str]:
    """What the team's own work still lacks; the rest of the gate is people's names and signatures."""
    gate = life.programme.gate
    for scorer in ("team", "faculty"):
        score = fresh_score(life, scorer, at)
        if score is None:
            yield f"a recent progress score from the {scorer}"
        elif score < gate.progress_at_least:
            yield f"a progress score of {gate.progress_at_least} from the {scorer} (now {score})"
    if not life.standardised:
        yield "one full cycle from PDSA to SDSA"
    held = sorted((r for r in life.reports.values() if isinstance(r, SessionHeld)), key=lambda r: r.day)
    chaired = sum(r.chaired_by is ChairedBy.TEAM for r in held[-gate.of_last_sessions :])
    if chaired < gate.chaired_by_team:
        yield f"{gate.chaired_by_team} of the last {gate.of_last_sessions} sessions chaired by the team"


def progress_stale_at(life: Life) -> datetime:
    """When the latest scores, of which there are some, are too old to count."""
    latest = [next(s.at for s in reversed(life.scores) if s.scorer == scorer) for scorer in ("team", "faculty")]
    return min(latest) + timedelta(weeks=life.programme.progress.stale_after_weeks)


def fresh_score(life: Life, scorer: str, at: datetime) -> float | None:
    """The latest score by the team or by faculty, unless it is stale."""
    since = at - timedelta(weeks=life.programme.progress.stale_after_weeks)
    return next((s.score for s in reversed(life.scores) if s.scorer == scorer and since < s.at <= at), None)


def _lacking_people(life: Life) -> list[str]:
    lacking = [] if life.assessed_at else ["a readiness record"]
    lacking += [
        f"a named {r.replace('_', ' ')}" for r in (Role.PROCESS_OWNER, Role.MEASURE_OWNER) if r not in life.people
    ]
    unsigned = [role for role in life.programme.gate.sign_offs if role not in life.signed_off]
    return lacking + [f"sign-off by the {role.replace('_', ' ')}" for role in unsigned]
