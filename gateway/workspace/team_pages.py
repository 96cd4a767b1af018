"""All pages of one team."""

from __future__ import annotations

from typing import Final

from gateway.workspace import (
    team,
    team_ahead,
    team_hand_off,
    team_improvement,
    team_log,
    team_messages,
    team_people,
    team_record,
    team_undo,
)

TEAM: Final = (
    team.pages,
    team_ahead.pages,
    team_improvement.pages,
    team_hand_off.pages,
    team_log.pages,
    team_undo.pages,
    team_messages.pages,
    team_people.pages,
    team_record.pages,
)
