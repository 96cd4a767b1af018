"""``mca``: the command line of the coaching lifecycle engine."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperGroup

from mca.errors import EXIT_CODES


class Listed(NamedTuple):
    """A command as the list of them says it, and where it is: a function with its examples, or a group of commands."""

    module: str
    name: str
    help: str
    examples: str | None = None


COMMANDS: Final = {
    "dev": Listed(
        "mca.stack",
        "dev",
        "Start everything on this machine and stay up until Ctrl-C: Temporal with its UI, Postgres, mail, worker, "
        "gateway.",
        "DEV_EXAMPLES",
    ),
    "worker": Listed(
        "mca.stack", "worker", "Run a worker until SIGTERM or Ctrl-C; it finishes what it has begun.", "WORKER_EXAMPLES"
    ),
    "gateway": Listed(
        "mca.stack",
        "gateway",
        "Run a gateway until SIGTERM or Ctrl-C: HTTP, events and pages; it finishes the calls it has begun.",
        "GATEWAY_EXAMPLES",
    ),
    "migrate": Listed(
        "mca.stack", "migrate", "Bring the database to the newest revision. Harmless when repeated.", "MIGRATE_EXAMPLES"
    ),
    "doctor": Listed(
        "mca.doctor",
        "doctor",
        "Check that all is well: a line for each thing the engine needs, and what to do about any that fails.",
        "EXAMPLES",
    ),
    "rehearse": Listed(
        "mca.rehearse",
        "rehearse",
        "Rehearse a cohort, or an academy's year: real server, worker, database and mail; only the clocks are virtual.",
        "EXAMPLES",
    ),
    "reconcile": Listed(
        "mca.reconcile",
        "reconcile",
        "Restart from the records whatever Temporal has lost, and fix what differs. Safe to repeat.",
        "EXAMPLES",
    ),
    "bounce": Listed(
        "mca.bounce",
        "bounce",
        "Hand in mail that came back: as the mail server wrote it, or Amazon SES (JSON), on standard input.",
        "EXAMPLES",
    ),
    "academy": Listed("mca.academy", "app", "Academies: their office, closed weeks, and the bank holidays they keep."),
    "backup": Listed("mca.doctor", "backup", "Backups of the database."),
    "certificate": Listed("mca.certificate", "app", "Certificates: whether one is valid, revoking one, restoring it."),
    "cohort": Listed("mca.cohort", "app", "Cohorts: participants with one course start."),
    "db": Listed("mca.db", "app", "The database: what each process may do in it."),
    "engagement": Listed(
        "mca.engagement", "app", "Engagements: one team and its coach, until the team carries on alone."
    ),
    "event": Listed("mca.event", "app", "Events that other services handed in, and could not be told yet."),
    "incident": Listed("mca.incident", "app", "What the engine found wrong with itself, and what it did about it."),
    "intro-course": Listed("mca.intro_course", "app", "Introduction courses: two days, for anyone."),
    "key": Listed("mca.key", "app", "API keys: how small services show the gateway who they are."),
    "person": Listed(
        "mca.person", "app", "People: show somebody, correct an address, add texts or chat, erase somebody."
    ),
    "programme": Listed("mca.programme", "app", "The rules an engagement runs under."),
    "retention": Listed(
        "mca.retention", "app", "Retention: how long what is personal is kept, and what is kept too long."
    ),
    "subscription": Listed("mca.subscription", "app", "Subscriptions: who is sent events by signed webhooks."),
    "wording": Listed("mca.wording", "app", "The words of mails: show them, and check a programme's own."),
    "worklist": Listed(
        "mca.worklist",
        "app",
        "What waits for a human, ranked by what is lost by waiting. A line closes when it is answered or mended.",
    ),
}
"""What a command needs is imported when it is used: all of it together takes a second."""


class _Commands(TyperGroup):
    """Lists the commands from the table, and imports the one that is used."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 - typer's
        name, _, rest = super().resolve_command(ctx, args)
        return name, command(name) if name else None, rest


def command(name: str) -> Any:  # noqa: ANN401 - typer's own click has no public names
    """A command or a group of them, imported."""
    listed = COMMANDS[name]
    module = import_module(listed.module)
    found = getattr(module, listed.name)
    if isinstance(found, typer.Typer):
        return typer.main.get_group(found)
    alone = typer.Typer(add_completion=False)
    alone.command(name, epilog=getattr(module, listed.examples or "", None))(found)
    return typer.main.get_command(alone)


app = typer.Typer(
    name="mca",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Keep every coaching engagement alive until its hand-off to independence.",
    epilog=f"Begin with: mca dev --demonstrate. {EXIT_CODES}",
)
for _name, _listed in COMMANDS.items():
    app.command(_name, help=_listed.help)(lambda: None)


def main() -> None:
    """Run the command line, and leave without the interpreter's own ending.

    The Temporal client's threads can crash an interpreter that closes, after all its work: so output is flushed, and
    the process ends at once with the right exit code.
    """
    try:
        app()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BrokenPipeError:
        code = 0
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            code = 0
    os._exit(code)


if __name__ == "__main__":
    main()
