"""Runs the SQL text that stands beside a revision."""

from pathlib import Path
from typing import cast

from alembic import op
from sqlalchemy import AdaptedConnection

VERSIONS = Path(__file__).parent / "versions"


def run(name: str) -> None:
    """Run the `.sql` file of that name, through the driver, which takes many statements at once."""
    text = (VERSIONS / f"{name}.sql").read_text(encoding="utf-8")
    adapted = cast("AdaptedConnection", op.get_bind().connection.dbapi_connection)
    adapted.run_async(lambda connection: connection.execute(text))
