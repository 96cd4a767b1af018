"""Pauses with little time between them are one pause: by its first beginning it is reviewed, decided and confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta

from lifecycle.engagement.life import Life, Pause


def one_pause(life: Life, at: datetime) -> tuple[Pause, ...]:
    """The pauses that are one with the pause of a moment, the first of them first; none where none is near."""
    least = timedelta(weeks=life.programme.absence.pauses_joined_within_weeks)
    found: list[Pause] = []
    for pause in reversed(life.pauses):
        if pause.until is not None and at - pause.until >= least:
            break
        found.append(pause)
        at = pause.since
    return tuple(reversed(found))
