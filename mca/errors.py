"""What a command answers when it cannot do what was asked: one clear sentence on standard error, and an exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from enum import IntEnum
from functools import wraps
from typing import Any, Final, ParamSpec

import typer

P = ParamSpec("P")


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    REFUSED = 1
    """Faults were found, or the engine refused; nothing was changed."""
    USAGE = 2
    """The command was written wrongly, or a setting is missing."""
    AWAY = 3
    """A server is not there, does not answer, or has another schema; trying again later may help."""
    INTERRUPTED = 130
    """Ctrl-C."""


EXIT_CODES: Final = (
    "Exit codes: 0 done; 1 refused, or faults found; 2 wrong usage or settings; "
    "3 Temporal, Postgres or a worker is not there, or the database does not fit; 130 interrupted."
)


class CommandError(Exception):
    """A sentence for the person at the keyboard, and the exit code that goes with it."""

    def __init__(self, message: str, code: Exit = Exit.REFUSED) -> None:
        super().__init__(message)
        self.code = code


def plainly(command: Callable[P, Coroutine[Any, Any, None] | None]) -> Callable[P, None]:
    """Wrap a command so that whatever is expected to go wrong ends in a sentence, never in a stack trace.

    One that awaits has an event loop of its own.
    """

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            if (awaited := command(*args, **kwargs)) is not None:
                asyncio.run(awaited)
        except (KeyboardInterrupt, asyncio.CancelledError):
            raise typer.Exit(Exit.INTERRUPTED) from None
        except Exception as error:
            from mca.sentences import of  # noqa: PLC0415 - what can go wrong is imported when something did

            if (answer := of(error)) is None:
                raise
            sentence, code = answer
            typer.echo(sentence[:1].upper() + sentence[1:], err=True)
            raise typer.Exit(code) from None

    return told
