"""What of a database failure may stand in a history."""

from __future__ import annotations

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from records.database import Pool
from worker.failures import WithoutRows


class Asking(ActivityInboundInterceptor):
    """An activity that asks Postgres something impossible about somebody."""

    def __init__(self, pool: Pool, statement: str, *arguments: object) -> None:
        self.pool, self.statement, self.arguments = pool, statement, arguments

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's signature
        """Ask."""
        del input
        return await self.pool.execute(self.statement, *self.arguments)


@pytest.mark.parametrize(
    ("statement", "argument", "kind"),
    [
        ("INSERT INTO microsystems VALUES ('ms', $1, '', now())", "Anna Example", "CheckViolationError"),
        ("SELECT $1::int", "Anna Example", "DataError"),
    ],
)
async def test_a_failure_names_its_kind_and_no_row(pool: Pool, statement: str, argument: str, kind: str) -> None:
    """Postgres quotes the row and the client the argument; neither gets into the failure or its cause."""
    edge = WithoutRows().intercept_activity(Asking(pool, statement, argument))
    with pytest.raises(ApplicationError) as failed:
        await edge.execute_activity(None)  # type: ignore[arg-type]
    assert failed.value.type == kind
    assert not failed.value.non_retryable
    assert "Anna" not in str(failed.value)
    assert failed.value.__cause__ is None
