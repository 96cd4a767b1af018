"""Whether there is a demonstration in a state directory, and how far its clock is ahead."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from operations import context

if TYPE_CHECKING:
    from devstack.settings import StackSettings

_FILE: Final = "demonstration.json"


class Kept(BaseModel):
    """How far a demonstration's clock is ahead, beside its state: also for the commands that are typed there."""

    model_config = ConfigDict(frozen=True)

    ahead_seconds: float

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """What is kept in a state directory; None where there is no demonstration."""
        try:
            return cls.model_validate_json((directory / _FILE).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None

    def keep(self, directory: Path) -> None:
        """Keep it there."""
        draft = directory / f"{_FILE}.new"
        draft.write_text(self.model_dump_json(), encoding="utf-8")
        draft.replace(directory / _FILE)

    @classmethod
    def follow(cls, directory: Path) -> bool:
        """Have this process's clock read what the demonstration's does; False where there is none."""
        kept = cls.read(directory)
        if kept is not None:
            context.go_ahead(timedelta(seconds=kept.ahead_seconds))
        return kept is not None

    @classmethod
    def forget(cls, directory: Path) -> None:
        """There is none any more."""
        (directory / _FILE).unlink(missing_ok=True)


def possible(settings: StackSettings) -> bool:
    """Whether everything is embedded: nothing else may be put forward, emptied, or entered without a code."""
    external = settings.external
    return not (external.database_url or external.temporal or external.smtp_url)


def present() -> datetime | None:
    """What its clock reads, while that is ahead of the wall's."""
    return context.now() if context.ahead() else None
