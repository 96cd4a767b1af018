"""The Temporal server of the worker's tests."""

from __future__ import annotations

from tests.worker.conftest import temporal, unused_port

__all__ = ["temporal", "unused_port"]
