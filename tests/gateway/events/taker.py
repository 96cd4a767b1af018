"""The loop of a gateway as a process that a test may kill."""

import asyncio
import os

from gateway.context import AppContext
from gateway.events.taking_in import take_in
from gateway.settings import GatewaySettings
from process.connection import connect
from records import database


async def main() -> None:
    """Take in what was kept until killed, with the settings of the environment."""
    settings = GatewaySettings.from_environment(os.environ)
    pool = await database.connect(settings.database_url.get_secret_value())
    await take_in(AppContext(await connect(), pool, settings))


if __name__ == "__main__":
    asyncio.run(main())
