"""Log lines: one rendering for all of the process, and no personal data in it."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from process.logging import set_up_logging


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the lines go in a test; what was set up before comes back."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines as read by a machine."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_lines_and_the_librarys_are_rendered_alike(stream: io.StringIO) -> None:
    """JSON with event, level, logger and time; extra keys stand beside them."""
    set_up_logging(stream=stream)
    structlog.stdlib.get_logger("ours").info("worker.ready", task_queue="coaching")
    logging.getLogger("theirs").warning("failed %s times", 3, extra={"attempt": 3})
    ours, theirs = lines(stream)
    assert (ours["event"], ours["task_queue"], ours["level"], ours["logger"]) == (
        "worker.ready", "coaching", "info", "ours",
    )  # fmt: skip
    assert (theirs["event"], theirs["attempt"], theirs["level"], theirs["logger"]) == (
        "failed 3 times", 3, "warning", "theirs",
    )  # fmt: skip
    assert {"timestamp"} <= ours.keys() & theirs.keys()


def test_the_level_holds_for_both(stream: io.StringIO) -> None:
    """Below it nothing is written."""
    set_up_logging(level="warning", stream=stream)
    structlog.stdlib.get_logger("ours").info("worker.ready")
    logging.getLogger("theirs").info("polled")
    assert not stream.getvalue()


@pytest.mark.parametrize("rendering", ["json", "console"])
def test_addresses_and_quoted_rows_are_cut_out(stream: io.StringIO, rendering: Any) -> None:
    """Also from a traceback, and from what Postgres says of a row it refused."""
    set_up_logging(rendering, stream=stream)
    refused = ValueError("duplicate key\nDETAIL:  Failing row contains (per_1, Anna Example, anna@example.org).")
    try:
        raise refused
    except ValueError:
        logging.getLogger("theirs").exception("could not reach ben@example.org")
    structlog.stdlib.get_logger("ours").info("mail.failed", said="<carol@example.org> unknown", programme="mca@1")
    text = stream.getvalue()
    assert "duplicate key" in text
    assert "mca@1" in text
    assert not any(name in text for name in ("Anna", "anna@", "ben@", "carol@"))


def test_what_temporals_core_says_beside_its_sentence_stands_as_keys(stream: io.StringIO) -> None:
    """As the SDK hands it on."""
    set_up_logging(stream=stream)
    core = SimpleNamespace(target="temporalio_sdk_core::worker", fields={"attempt": 3, "event": "another"})
    logging.getLogger("temporalio.core").warning("Network error", extra={"temporal_log": core})
    (line,) = lines(stream)
    assert (line["event"], line["target"], line["attempt"]) == ("Network error", core.target, 3)
    assert "temporal_log" not in line


def test_a_line_that_cannot_be_written_is_said_without_what_was_in_it(stream: io.StringIO, capfd: Any) -> None:
    """A library's arguments that do not fit, or a key that no JSON has; on a stream that is gone, nothing is."""
    set_up_logging(stream=stream)
    logging.getLogger("library").warning("%d teams", "anna@trust.example")
    structlog.stdlib.get_logger("ours").info("said", of={("anna", "alder"): 1})
    said = lines(stream)
    assert [(line["event"], line["of"], line["error"]) for line in said] == [
        ("process.line_unwritten", "library", "TypeError"), ("process.line_unwritten", "ours", "TypeError"),
    ]  # fmt: skip
    assert said[0]["at"].startswith("test_logging.py:")
    stream.close()
    logging.getLogger("library").warning("gone")
    assert "anna" not in str(said)
    assert capfd.readouterr().err == ""


PROCESS = r"""
import asyncio, threading, warnings
from process.logging import set_up_logging
set_up_logging()
warnings.warn("two\nlines of anna@trust.example")
class Ending:
    def __del__(self): raise ValueError("passed over")
Ending()
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
async def main():
    async def lost(): raise ValueError("nobody waits")
    task = asyncio.create_task(lost())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    raise RuntimeError("the end")
asyncio.run(main())
"""


def test_whatever_a_process_says_is_one_object_a_line_to_its_last_word() -> None:
    """Warnings, lost tasks, threads that end, what was passed over, and the exception that ends it."""
    ended = subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    said = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["logger"] for line in said] == ["py.warnings", "process", "process", "asyncio", "process"]
    assert [line["event"] for line in said if line["logger"] == "process"] == [
        "process.passed_over", "process.thread_ended", "process.ended",
    ]  # fmt: skip
    assert "RuntimeError: the end" in said[-1]["exception"]
    assert "anna@" not in ended.stderr
