"""Logs: structlog's own lines and the standard library's in one rendering, without personal data."""

from __future__ import annotations

import logging
import re
import sys
import threading
from types import TracebackType
from typing import Final, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

_ADDRESS: Final = re.compile(r"[^\s@<>\"'=(]+@[^\s@<>\"')]+\.[A-Za-z]{2,}")
# Postgres repeats the row it refused in these lines.
_ROW: Final = re.compile(r"(?m)^(DETAIL|CONTEXT|HINT):.*$")

_UNWRITTEN: Final = "process.unwritten"


def of_the_core(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What Temporal's core says beside its sentence stands as keys, as everything does."""
    if (said := event.pop("temporal_log", None)) is not None:
        event["target"] = said.target
        event.update({name: value for name, value in said.fields.items() if name not in event})
    return event


def without_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A last guard behind the rule that ids alone are logged: addresses and quoted rows are cut out of texts."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _ADDRESS.sub("[address]", _ROW.sub(r"\1: [row]", value))
    return event


def set_up_logging(
    rendering: Literal["json", "console"] = "json", level: str = "info", stream: TextIO | None = None
) -> None:
    """Send every log line of the process to ``stream`` (standard error by default), one line each."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        of_the_core,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_personal_data,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer() if rendering == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _Lines(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # The ids are in the structured keys; in the sentence they would be said twice.
    _hear_what_nobody_logs(last_words=stream is None)
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False


class _Lines(logging.StreamHandler[TextIO]):
    """A line that cannot be written, as when its arguments do not fit, is said by its place, not by what was in it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library names it
        """Say so, once: where not even that can be written, nothing can."""
        error = sys.exception()
        if record.name == _UNWRITTEN:
            return
        facts = {"of": record.name, "at": f"{record.filename}:{record.lineno}", "error": type(error).__name__}
        logging.getLogger(_UNWRITTEN).error("process.line_unwritten", extra=facts)


def _hear_what_nobody_logs(*, last_words: bool) -> None:
    """Warnings of libraries are lines too; on standard error also what ends the process or a thread."""
    logging.captureWarnings(capture=True)
    if not last_words:
        return
    ours = logging.getLogger("process")

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        ours.critical("process.ended", exc_info=(kind, error, trace))

    def thread_ended(said: threading.ExceptHookArgs) -> None:
        if said.exc_value is not None:
            ours.error("process.thread_ended", exc_info=(said.exc_type, said.exc_value, said.exc_traceback))

    def passed_over(said: sys.UnraisableHookArgs) -> None:
        if said.exc_value is not None:
            ours.error("process.passed_over", exc_info=(said.exc_type, said.exc_value, said.exc_traceback))

    sys.excepthook, threading.excepthook, sys.unraisablehook = ended, thread_ended, passed_over
