"""Failures as they enter a history: without the words of the database, which may quote a row with a name in it."""

from __future__ import annotations

from typing import Any

import asyncpg
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


class WithoutRows(Interceptor):
    """Turns what Postgres says into its SQLSTATE, at the edge of every activity. It stays worth another try."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK names it
        """Stand before every activity."""
        return _WithoutRows(next)


class _WithoutRows(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - the SDK's signature
        try:
            return await super().execute_activity(input)
        except asyncpg.PostgresError as said:
            raise ApplicationError(f"Postgres refused: SQLSTATE {said.sqlstate}", type=type(said).__name__) from None
        except asyncpg.InterfaceError as said:
            raise ApplicationError("Postgres could not be asked", type=type(said).__name__) from None
