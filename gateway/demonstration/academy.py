"""What the pages of a demonstration need of it. Only ``mca dev`` has one, on a machine of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody to be with one press: what they are called, and what they see. ``begins`` is where they begin."""

    key: str
    called: str
    address: str
    sees: str
    begins: str = "/home"


class Demonstration(Protocol):
    """An academy with a clock of its own, of which everything may be forgotten; one that is rehearsed only to watch."""

    @property
    def rehearsed(self) -> bool:
        """Whether a rehearsal moves its clock: then nobody else does."""

    @property
    def cast(self) -> Sequence[Actor]:
        """Who can be chosen."""

    @property
    def outbox(self) -> Path:
        """Where its mails are kept."""

    async def move(self, by: timedelta) -> None:
        """Put its clock forward: all that falls due on the way happens."""

    async def reset(self) -> None:
        """Forget everything, and begin anew."""
