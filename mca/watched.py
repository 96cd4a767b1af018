"""A rehearsal that is watched on the board: its clock is the rehearsal's, and nobody else moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.demonstration.academy import Actor
from mca.links import OPERATOR_ADDRESS
from operations import context

if TYPE_CHECKING:
    from rehearsal.stage import Progress

CAST: Final = (
    Actor("office", "The programme office", "office@example.org", "Runs the academy: every team, and what is due."),
    Actor("faculty", "Faculty 1", "faculty.1@example.org", "Looks after some of the teams."),
    Actor("coach", "Coach Alder, coach", "coach.alder@example.org", "Coaches a team that is doing well."),
    Actor("sponsor", "Sponsor 1, sponsor", "sponsor.1@example.org", "Sponsors some of the teams."),
    Actor("operator", "The operator", OPERATOR_ADDRESS, "Runs the computers.", begins="/engine"),
)


@dataclass(frozen=True, slots=True)
class Watched:
    """The example cohort, while it is rehearsed. Whoever is chosen before the cohort has begun is not known yet."""

    outbox: Path
    cast: tuple[Actor, ...] = CAST

    @property
    def rehearsed(self) -> bool:
        """The rehearsal moves its clock."""
        return True

    async def move(self, by: timedelta) -> None:
        """The rehearsal alone does."""

    async def reset(self) -> None:
        """It goes on to its end."""


def followed(show: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """Shows how far a rehearsal is, and has the board's clock read the same."""

    def follow(reached: Progress) -> None:
        context.go_ahead(reached.at - datetime.now(UTC))
        show(reached)

    return follow
