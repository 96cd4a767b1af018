"""``mca person``: people as the records know them."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from activities.channels import ChannelAddressError, read_chat_address, read_number, read_services, service_of
from activities.mail import MailAddressError, read_address
from mca import options, privacy, reach, roles, signing_in
from mca import people as known
from mca.errors import CommandError, Exit, plainly
from mca.options import Confirmed, Day, Json
from mca.people import Shared, Whom, Within, show_people
from mca.privacy import show_unheard
from mca.tables import goes_by, in_words, say, show_list, show_pairs, words
from operations import people
from operations.leaves import Away, agree_leave, take_back_leave
from operations.people import NobodyError, SeveralError
from records import channels, lost, pages
from records import people as records
from records.channels import Chosen, Tried
from records.database import Connection
from records.errors import AddressTaken, NameTaken
from records.pages import Reader
from records.people import Sought
from schemas.facts import Teller
from schemas.words import Role

app = typer.Typer(
    no_args_is_help=True, help="People: show somebody, correct an address, add texts or chat, erase somebody."
)
app.command("export", epilog=privacy.EXPORT_EXAMPLES)(privacy.export)
app.command("find", epilog=known.FIND_EXAMPLE)(known.find)
app.command("add", epilog=known.ADD_EXAMPLE)(known.add)
app.command("change", epilog=known.CHANGE_EXAMPLE)(known.change)
app.command("merge", epilog=known.MERGE_EXAMPLE)(known.merge)
app.command("split", epilog=known.SPLIT_EXAMPLES)(known.split)
app.command("roles", epilog=roles.ROLES_EXAMPLE)(roles.roles)
app.command("hand-on", epilog=roles.HAND_ON_EXAMPLE)(roles.hand_on)
app.command("vacate", epilog=roles.VACATE_EXAMPLE)(roles.vacate)
app.command("leavers", epilog=roles.LEAVERS_EXAMPLE)(roles.leavers)
app.command("erase", epilog=privacy.ERASE_EXAMPLES)(privacy.erase)
app.command("sign-ins", epilog=signing_in.EXAMPLES)(signing_in.show)
app.command("forget-links", epilog=signing_in.FORGET_EXAMPLE)(signing_in.forget_links)

_CHANNEL_EXAMPLES: Final = (
    "Examples: mca person channel per_5f0c1b6a7d2e --text '07700 900123' · "
    "mca person channel per_5f0c1b6a7d2e --chat - < address · mca person channel per_5f0c1b6a7d2e --none"
)
"""Numbers that Ofcom keeps for examples."""

Person = Annotated[str, typer.Argument(metavar="PERSON", help="By id, as in mca engagement show or the worklist.")]


@app.command(epilog="Examples: mca person show per_5f0c1b6a7d2e · mca person show 'Coach Alder' --academy sheffield")
@plainly
async def show(whom: Whom, *, academy: Within = None) -> None:
    """Show somebody's name and address, and how they are reached beside mail. Of several, list them."""
    async with reach.connection() as conn:
        try:
            person = (await people.whom(conn, whom, None if academy is None else (academy,))).person
        except SeveralError as several:
            show_people(several.found)
            raise CommandError("More than one person matches. Give the id of the one you mean.") from None
        except NobodyError:
            # Whoever was erased, or has no name since a restore, is shown by id all the same.
            person = whom
    await _show(person)


@app.command(epilog="Example: mca person address per_5f0c1b6a7d2e new@example.org")
@plainly
async def address(
    person: Person,
    new: Annotated[str, typer.Argument(metavar="ADDRESS", help="The email address to use from now on.")],
    *,
    shared: Shared = False,
) -> None:
    """Mend somebody's address. Mail that failed is not sent again; the next goes to the new one.

    The old address is told, and can undo it for a week: that needs the worker's settings for mail and links.
    """
    try:
        read_address(new)
    except MailAddressError:
        raise CommandError(f"This isn't an email address: {new}.") from None
    async with reach.connection() as conn:
        try:
            await people.change_address(conn, reach.caller(), person, new, reach.now(), known.tell_old, shared=shared)
        except AddressTaken:
            raise CommandError("That's the office's address, which is a mailbox of its own.") from None
    say("Changed.")


@app.command("lost", epilog="Example: mca person lost")
@plainly
async def lost_(*, as_json: Json = False) -> None:
    """Who and which teams are recorded, but without a name, since an older database was restored."""
    async with reach.connection() as conn:
        found = await lost.lost(conn)
    show_list(found, "Lost", ("Id", "Recorded at"), lambda one: (one.id, one.subject), none="Nobody.", as_json=as_json)
    if found and not as_json:
        say("Give each a name again: mca person again ID --name … --address … (a team has no address)")


@app.command(epilog="Example: mca person again per_5f0c1b6a7d2e --name 'Coach Alder' --address coach.alder@example.org")
@plainly
async def again(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As in mca person lost.")],
    name: Annotated[str, typer.Option(help="What they are called.")],
    new: Annotated[str | None, typer.Option("--address", help="Where their email goes; a team has none.")] = None,
    *,
    shared: Shared = False,
) -> None:
    """Give somebody, or a team, whom a restored database lost their name again. Emails go to them from then on."""
    if id_.startswith("per_") and new is None:
        raise CommandError("A person needs --address.")
    called = options.named(name)
    try:
        address = None if new is None or not id_.startswith("per_") else read_address(new).addr_spec
    except MailAddressError:
        raise CommandError(f"This isn't an email address: {new}.") from None
    async with reach.connection() as conn:
        try:
            await people.name_again(conn, reach.caller(), id_, called, address, reach.now(), shared=shared)
        except NameTaken as taken:
            raise CommandError(f"{taken.args[0].capitalize()}.") from None
    say("Known again.")


@app.command(epilog=_CHANNEL_EXAMPLES)
@plainly
async def channel(
    person: Person,
    *,
    text: Annotated[str | None, typer.Option(metavar="NUMBER", help="By text message to this mobile number.")] = None,
    chat: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="By chat, to an address as apprise writes it; - reads it.")
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="By email only.")] = False,
) -> None:
    """Choose how somebody is reached beside mail: a short message with a link, for what goes at once.

    Mail goes all the same. Without an option, show what is chosen.
    """
    if sum((text is not None, chat is not None, none)) > 1:
        raise CommandError("Choose one of --text, --chat and --none.", Exit.USAGE)
    if text is None and chat is None and not none:
        await _show(person)
        return
    wanted = _wanted(text, chat)
    async with reach.connection() as conn:
        await people.choose_channel(conn, reach.caller(), person, wanted, reach.now())
    say("Changed. They still get email too.")
    if text is not None and not reach.environment().get("MCA_NOTIFY_API_KEY"):
        say("Text messages go only where the worker has MCA_NOTIFY_API_KEY and MCA_NOTIFY_TEMPLATE.")


@app.command(epilog="Example: mca person leave per_5f0c1b6a7d2e --first 2027-08-02 --last 2027-08-13")
@plainly
async def leave(
    person: Person,
    *,
    first: Day,
    last: Day,
    back: Annotated[bool, typer.Option("--back", help="Take this leave back, wherever it was recorded.")] = False,
    confirmed: Confirmed = False,
) -> None:
    """Say that somebody is away, first and last day included: all their teams, cohorts and courses are told.

    What can wait waits until they are back, what cannot goes to somebody else, and sessions are excused while every
    coach of a team is away. What becomes theirs later is told on the next morning.
    """
    if last < first:
        raise CommandError("--last is before --first.", Exit.USAGE)
    tell = take_back_leave if back else agree_leave
    async with reach.engine() as engine:
        async with engine.connection() as conn:
            reader = await _reader(conn, person)
        away = Away(
            reader.academy, reader.person, first.date(), last.date(), reach.now(), Teller(role=Role.OFFICE), confirmed
        )
        heard = await tell(engine, reach.caller(), away)
    say(f"{len(heard.told)} told.")
    show_unheard(heard)


def _wanted(text: str | None, chat: str | None) -> Chosen | None:
    """What was asked for; None for mail alone. Raises CommandError."""
    try:
        if text is not None:
            return Chosen("text", read_number(text), reach.now())
        if chat is not None:
            allowed = read_services(reach.environment().get("MCA_CHAT_SERVICES", ""))
            if not allowed:
                raise CommandError(
                    "Chat is switched off. The setting MCA_CHAT_SERVICES says which services may be used."
                )
            return Chosen(
                "chat", read_chat_address(sys.stdin.readline() if chat == "-" else chat, allowed), reach.now()
            )
    except ChannelAddressError as wrong:
        raise CommandError(f"This cannot be used: {wrong}.") from None
    return None


async def _show(person: str) -> None:
    async with reach.connection() as conn:
        reader = await _reader(conn, person)
        goes_by(reader.zone)
        person = reader.person
        await reach.noted(conn, "name and address", reader.academy, person)
        chosen, tried = await channels.chosen(conn, person), await channels.latest(conn, person)
        found = await records.find(conn, Sought(person))
    shown = [
        ("Academy", reader.academy),
        ("Name", reader.name or "erased"),
        ("Address", reader.address),
        ("Beside mail", _way(chosen)),
        *((words(kind).capitalize(), ", ".join(ids)) for one in found for kind, ids in one.outside.items()),
    ]
    show_pairs(person, [*shown, *(("Message", _became(message)) for message in tried)])


async def _reader(conn: Connection, person: str) -> Reader:
    found = await pages.reader(conn, person)
    if found is None:
        raise CommandError(f"There's nobody with the id {person}.")
    return found


def _way(chosen: Chosen | None) -> str:
    """Of a chat address its service alone: what follows may be a secret."""
    if chosen is None:
        return "nothing"
    where = chosen.address if chosen.channel == "text" else service_of(chosen.address)
    return f"{chosen.channel}: {where}, since {in_words(chosen.chosen_at)}"


def _became(tried: Tried) -> str:
    status = "outcome unknown" if tried.status == "begun" else tried.status
    why = f": {tried.failure}" if tried.failure else ""
    return f"{in_words(tried.begun_at)}, {tried.channel} {status}{why}"
