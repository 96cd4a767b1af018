"""A real PgBouncer in transaction mode, with few connections to the server, so that clients meet in them."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg

from tests.activities.mail_servers import free_port
from tests.faults.waiting import eventually

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
ROLES = ("coaching", "postgres", "mca", "mca_worker", "mca_gateway", "mca_reader")

_SETTINGS = """\
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
auth_type = trust
auth_file = {home}/users.txt
pool_mode = transaction
default_pool_size = {size}
server_reset_query = DISCARD ALL
logfile = {home}/log
pidfile = {home}/pid
unix_socket_dir =
"""


@asynccontextmanager
async def pgbouncer(url: str, home: Path, *, size: int = 3) -> AsyncIterator[str]:
    """One before the server of this URL; yields the same URL through it."""
    assert PROGRAM is not None
    parts = urlsplit(url)
    said = parse_qs(parts.query)
    listen = free_port()
    settings = _SETTINGS.format(
        host=said["host"][0], port=said.get("port", ["5432"])[0], listen=listen, home=home, size=size
    )
    (home / "pgbouncer.ini").write_text(settings)
    users = {*ROLES, parts.username or "postgres"}
    (home / "users.txt").write_text("".join(f'"{role}" ""\n' for role in sorted(users)))
    own: tuple[str, ...] = ()
    if os.geteuid() == 0:
        # It will not run as root.
        shutil.chown(home, "nobody")
        home.chmod(0o755)
        own = ("-u", "nobody")
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *own, str(home / "pgbouncer.ini"), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    through = f"postgresql://{parts.username}@127.0.0.1:{listen}{parts.path}"
    try:
        await eventually(lambda: _answers(through))
        yield through
    finally:
        process.terminate()
        await process.wait()


async def _answers(url: str) -> bool:
    try:
        await (await asyncpg.connect(url, statement_cache_size=0)).close()
    except (OSError, asyncpg.PostgresError):
        return False
    return True
