"""Brings a database to the newest revision with alembic."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from records.address import read_address

HERE = Path(__file__).parent


async def upgrade(url: str) -> None:
    """Apply what is missing, all or nothing. Only one may run at a time, also within a process."""
    address = read_address(url)
    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args={
            "async_creator_fn": lambda: asyncpg.connect(address.dsn, statement_cache_size=0, **address.options),
            # Behind a pooler somebody else's may have the driver's names.
            "prepared_statement_name_func": str,
            "prepared_statement_cache_size": 0,
        },
        poolclass=NullPool,
    )
    async with engine.connect() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
