"""``mca``: the command line of the coaching lifecycle engine."""

from __future__ import annotations

import os
import sys

import typer

from mca import (
    academy,
    bounce,
    certificate,
    cohort,
    doctor,
    engagement,
    event,
    incident,
    intro_course,
    key,
    person,
    programme,
    reconcile,
    rehearse,
    stack,
    subscription,
    wording,
    worklist,
)
from mca.errors import EXIT_CODES

app = typer.Typer(
    name="mca",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Keep every coaching engagement alive until its hand-off to independence.",
    epilog=f"Begin with: mca dev --rehearse. {EXIT_CODES}",
)
app.command(epilog=stack.DEV_EXAMPLES)(stack.dev)
app.command(epilog=stack.WORKER_EXAMPLES)(stack.worker)
app.command(epilog=stack.GATEWAY_EXAMPLES)(stack.gateway)
app.command(epilog=stack.MIGRATE_EXAMPLES)(stack.migrate)
app.command(epilog=doctor.EXAMPLES)(doctor.doctor)
app.command(epilog=rehearse.EXAMPLES)(rehearse.rehearse)
app.command(epilog=reconcile.EXAMPLES)(reconcile.reconcile)
app.command(epilog=bounce.EXAMPLES)(bounce.bounce)
app.add_typer(academy.app, name="academy")
app.add_typer(doctor.backup, name="backup")
app.add_typer(certificate.app, name="certificate")
app.add_typer(cohort.app, name="cohort")
app.add_typer(engagement.app, name="engagement")
app.add_typer(event.app, name="event")
app.add_typer(incident.app, name="incident")
app.add_typer(intro_course.app, name="intro-course")
app.add_typer(key.app, name="key")
app.add_typer(person.app, name="person")
app.add_typer(programme.app, name="programme")
app.add_typer(subscription.app, name="subscription")
app.add_typer(wording.app, name="wording")
app.add_typer(worklist.app, name="worklist")


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
