"""Where the servers of tests keep their state."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_directory() -> Iterator[Path]:
    """A directory that every account may enter, in memory where that is possible."""
    memory = Path("/dev/shm")  # noqa: S108 - only a directory of our own is made in it
    fast = memory if memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30 else None
    path = Path(tempfile.mkdtemp(prefix="mca-", dir=fast))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path)
