"""All pages of one team."""

from __future__ import annotations

from typing import Final

from gateway.workspace.team import ahead, hand_off, improvement, log, messages, now, people, record, undo

TEAM: Final = (
    now.pages,
    ahead.pages,
    improvement.pages,
    hand_off.pages,
    log.pages,
    undo.pages,
    messages.pages,
    people.pages,
    record.pages,
)
