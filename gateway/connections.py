"""A connection as the gateway keeps it: closed when a request, or the reading of an answer, takes too long.

The server bounds only how long a connection rests between two requests. Whoever opens one and says nothing, or goes on
letter by letter, would keep it for ever.
"""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE_SECONDS: Final = 30.0
"""How long the head of a request may take, then its body, then the reading of its answer."""


class Connection(H11Protocol):
    """One connection. While it is the gateway that is waited for, time is bounded elsewhere: there is no clock here."""

    _ends: asyncio.TimerHandle | None = None
    _awaited: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in its base
        """Wait for the first request."""
        super().connection_made(transport)
        self._begin_waiting()

    def data_received(self, data: bytes) -> None:
        """Take what came. A part of what is awaited gains no time, its end does."""
        super().data_received(data)
        if self.conn.their_state is not self._awaited:
            self._watch()

    def on_response_complete(self) -> None:
        """An answer is written: it is to be read, and the next request to come, in time."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._begin_waiting()
        else:
            self._watch()

    def pause_writing(self) -> None:
        """Wait until some of an answer is read."""
        super().pause_writing()
        self._begin_waiting()

    def resume_writing(self) -> None:
        """It is."""
        super().resume_writing()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY) or self.flow.write_paused:
            self._begin_waiting()
        else:
            self._stop()

    def _begin_waiting(self) -> None:
        self._stop()
        self._ends = self.loop.call_later(PATIENCE_SECONDS, self.transport.abort)

    def _stop(self) -> None:
        self._awaited = self.conn.their_state
        if self._ends is not None:
            self._ends.cancel()
