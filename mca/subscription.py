"""``mca subscription``: who is sent events by webhooks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

import typer
from pydantic import TypeAdapter, ValidationError

from mca import reach
from mca.errors import CommandError, Exit, plainly
from mca.options import Json
from mca.tables import Cell, say, show_list, words
from operations.subscriptions import BOTH_FOR, Wanted, new_secret, send_test
from records import deliveries, events, subscriptions
from records.deliveries import DeliveryLine, Status
from records.subscriptions import SubscriptionLine, Wish
from schemas.moments import Moment
from schemas.words import Code

app = typer.Typer(no_args_is_help=True, help="Subscriptions: who is sent events by signed webhooks.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="As in mca subscription list.")]

_WAIT_FOR_A_TEST: Final = timedelta(seconds=30)
_NAME: Final[TypeAdapter[str]] = TypeAdapter(Code)
_MOMENT: Final[TypeAdapter[datetime]] = TypeAdapter(Moment)


@app.command(
    epilog="Examples: mca subscription create dashboard --url https://dashboard.example.org/hook --within sheffield · "
    "mca subscription create alarms --url https://alarms.example.org/hook --type changed.health"
)
@plainly
async def create(
    name: Annotated[str, typer.Argument(help="What it is called: letters, digits and . _ : @ + -")],
    *,
    url: Annotated[str, typer.Option(help="Where events are posted.")],
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="Only these, as changed.health or fact.session_held; else all.")
    ] = None,
    within: Annotated[str | None, typer.Option(help="Only of this academy or cohort; else everywhere.")] = None,
) -> None:
    """Have events sent to a URL, from now on. The secret is shown once, on standard output."""
    wish = _wish(name, url, type_ or [], within)
    secret = new_secret()
    async with reach.connection() as conn:
        if not await subscriptions.create(conn, wish, secret, reach.now(), reach.caller().id):
            raise CommandError(f"There's already a subscription {name}. End it first, or choose another name.")
    typer.echo(secret)
    say(f"Keep the secret safe: it is not shown again. Try it: mca subscription test {name}")


@app.command("list", epilog="Example: mca subscription list")
@plainly
async def list_(*, as_json: Json = False) -> None:
    """List subscriptions, with how many events wait for each and how many were set aside."""
    async with reach.connection() as conn:
        found = await subscriptions.listed(conn)
    columns = ("Subscription", "Url", "Within", "Types", "Waiting", "Set aside", "Failing since", "Ended")
    none = "Nobody is sent events. Begin: mca subscription create --help"
    show_list(found, f"{len(found)} subscriptions", columns, _row, none=none, as_json=as_json)


@app.command(epilog="Example: mca subscription deliveries dashboard --status set_aside", name="deliveries")
@plainly
async def deliveries_(
    name: Name,
    *,
    status: Annotated[Status | None, typer.Option(help="waiting, delivered or set_aside; else all.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many.")] = 50,
    as_json: Json = False,
) -> None:
    """List the newest deliveries, each with what went wrong last."""
    async with reach.connection() as conn:
        if await subscriptions.find(conn, name) is None:
            raise _unknown(name)
        found = await deliveries.listed(conn, name, status, at_most=limit)
    columns = ("Event", "Type", "Of", "Status", "Tried", "Next try", "Failure")
    none = f"There is no such delivery to {name}."
    show_list(found, f"{len(found)} deliveries to {name}", columns, _delivery_row, none=none, as_json=as_json)


@app.command(epilog="Example: mca subscription test dashboard")
@plainly
async def test(name: Name) -> None:
    """Send a test through a running gateway, and say what came of it."""
    async with reach.records() as pool:
        found = await send_test(pool, name, reach.now(), _WAIT_FOR_A_TEST)
    if found is None:
        raise _unknown(name)
    if found.status == "waiting":
        raise CommandError("No gateway delivered it. Start one: mca gateway", Exit.AWAY)
    if found.status == "set_aside":
        raise CommandError(f"It was not delivered: {found.failure}.")
    say(f"{name} answered.")


@app.command(epilog="Example: mca subscription rotate dashboard")
@plainly
async def rotate(name: Name) -> None:
    """Sign with a new secret, shown once on standard output. For a day the one before signs too."""
    secret = new_secret()
    async with reach.connection() as conn:
        if not await subscriptions.rotate(conn, name, secret, reach.now() + BOTH_FOR):
            raise _unknown(name)
    typer.echo(secret)
    say("Keep the secret safe: it is not shown again. The one before signs too for a day.")


@app.command(epilog="Example: mca subscription replay dashboard --from 2027-10-04T00:00:00Z --to 2027-10-09T00:00:00Z")
@plainly
async def replay(
    name: Name,
    *,
    since: Annotated[str, typer.Option("--from", help="Events recorded from then on, as 2027-10-04T00:00:00Z.")],
    until: Annotated[str | None, typer.Option("--to", help="And before then; else until now.")] = None,
    type_: Annotated[list[str] | None, typer.Option("--type", help="Only these, as fact.session_held.")] = None,
) -> None:
    """Send again what was recorded in a span of time, whatever became of it before. A running gateway sends it."""
    types = _wish(name, "https://nowhere.example", type_ or [], None).types
    span = (_moment("--from", since), _moment("--to", until) if until else reach.now())
    async with reach.connection() as conn:
        known = await subscriptions.find(conn, name)
        if known is None or known.ended_at:
            raise _unknown(name)
        number = await events.replay(conn, name, *span, types or None)
    say(f"{number} events are on their way to {name}.")


@app.command(epilog="Example: mca subscription end dashboard")
@plainly
async def end(name: Name) -> None:
    """Send nothing any more. What still waited is set aside."""
    async with reach.connection() as conn:
        if not await subscriptions.end(conn, name, reach.now()):
            raise _unknown(name)
    say(f"{name} won't be sent anything more.")


def _wish(name: str, url: str, types: list[str], within: str | None) -> Wish:
    try:
        wanted = Wanted.model_validate({"url": url, "types": types, "within": within})
        return Wish(_NAME.validate_python(name), wanted.url, wanted.types, wanted.within)
    except ValidationError as wrong:
        options = {"url": "--url", "types": "--type", "within": "--within"}
        named = (
            (options.get(str(*error["loc"][:1]), "NAME"), error["msg"].removeprefix("Value error, "))
            for error in wrong.errors(include_url=False, include_input=False)
        )
        faults = "\n".join(f"{option}: {said}" for option, said in named)
        raise CommandError(faults, Exit.USAGE) from None


def _moment(option: str, written: str) -> datetime:
    try:
        return _MOMENT.validate_python(written)
    except ValidationError:
        raise CommandError(f"{option}: write a moment with its offset, as 2027-10-04T00:00:00Z.", Exit.USAGE) from None


def _row(line: SubscriptionLine) -> tuple[Cell, ...]:
    types, within = ", ".join(line.types) or "all", line.within or "everywhere"
    waits = (line.waiting, line.set_aside, line.failing_since, line.ended_at)
    return (line.subscription, line.url, within, types, *waits)


def _delivery_row(line: DeliveryLine) -> tuple[Cell, ...]:
    return (line.id, line.type, line.subject, words(line.status), line.attempts, line.next_at, line.failure)


def _unknown(name: str) -> CommandError:
    return CommandError(f"There is no subscription {name} that goes on. See mca subscription list.")
