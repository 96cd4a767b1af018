"""Somebody's ways in: links that are forgotten, sessions that are ended, a phone that is used no more."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from activities.channels import ChannelAddressError, read_number
from gateway.pages.answers import button
from gateway.pages.asked import Answer, Field, Given, Question
from gateway.workspace.person.frame import Seen, asking, doing, managed
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from operations import people, signing_in
from operations.audited import RefusedError
from records import channels, sign_ins
from records.channels import Chosen, Tried
from schemas.sentences import say
from schemas.texts import words

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


class NoPhoneError(RefusedError):
    """This is no telephone number. Nothing was changed."""

    code = "invalid"


def _answers(chosen: Chosen | None, *, signed_in: bool, accounts: bool) -> tuple[Answer, ...]:
    phone = Field(
        name="phone", kind="note", label="Mobile number", optional=True, seen=True,
        hint="With the country code, for example +44 7700 900123. Leave it empty for email only.",
        value=chosen.address if chosen and chosen.channel == "text" else "",
    )  # fmt: skip
    return (
        *(
            (
                Answer(
                    name="sign-out", buttons=button("Sign them out everywhere"), note=False, variant="secondary",
                    hint="If you sign them out, they'll need a new code by email to sign in again. They won't lose "
                    "anything.",
                ),
            )
            if signed_in
            else ()
        ),
        Answer(
            name="forget", buttons=button("Stop all their links"), note=False, variant="warning", weighty=True,
            hint="If you stop their links, the links in emails they already have will no longer work, and they'll be "
            "signed out everywhere. New emails will have new links. You can't undo this.",
        ),
        *(
            (
                Answer(
                    name="accounts", buttons=button("Forget their account"), note=False, variant="secondary",
                    hint="If you forget it, they can't sign in with their organisation's account until they use it "
                    "again with a code.",
                ),
            )
            if accounts
            else ()
        ),
        Answer(
            name="phone", fields=(phone,), buttons=button("Save the number"), note=False, weighty=True,
            as_recorded=True,
            opener="Text messages", hint="We'll also text them urgent messages. Emails still go out.",
        ),
    )  # fmt: skip


async def _asked(visit: Visit, person: str) -> tuple[Seen, Question]:
    who = await managed(visit, person)
    async with visit.context.connection() as conn:
        chosen = await channels.chosen(conn, person)
        tried = await channels.latest(conn, person)
        signed_in = await signing_in.elsewhere(conn, person, visit.present)
        accounts = await sign_ins.matched(conn, person)
    return who, Question(
        title=say("{name}: links, sign-ins and phone", name=who.name),
        topic=f"person/{person}/access",
        mark=(),
        context=(
            *(
                (
                    say("Signed in: {browser}", browser=each.browser),
                    say("Last seen {moment}", moment=visit.clock.moment(each.seen_at)),
                )
                for each in signed_in
            ),
            *(("Text message" if one.channel == "text" else "Chat message", _became(visit, one)) for one in tried),
        ),
        lead=() if signed_in else ("They aren't signed in anywhere now.",),
        answers=_answers(chosen, signed_in=bool(signed_in), accounts=bool(accounts)),
        together=True,
        also="Other changes",
    )


_BECAME: Final = {"begun": "Not known whether it arrived", "sent": "Sent", "failed": "Didn't arrive"}


def _became(visit: Visit, tried: Tried) -> str:
    return say("{became}, {moment}", became=_BECAME[tried.status], moment=visit.clock.moment(tried.begun_at))


@pages.api_route("/people/{person}/access", methods=["GET", "HEAD"])
async def access(visit: Visiting, person: str) -> Response:
    """Where they are signed in, how they are reached beside email, and what can be ended."""
    visit.must_run()
    return asking(visit, *await _asked(visit, person))


@pages.post("/people/{person}/access")
async def access_ended(visit: Visiting, person: str) -> Response:
    """End it."""
    who, question = await _asked(visit, person)

    async def do(answer: Answer, given: Given) -> None:
        chosen = _phone(given) if answer.name == "phone" else None
        async with visit.context.connection() as conn:
            match answer.name:
                case "sign-out":
                    await people.sign_out(conn, visit.caller, person, visit.present)
                case "forget":
                    await people.forget_links(conn, visit.caller, person, visit.present)
                case "accounts":
                    await people.disconnect(conn, visit.caller, person, visit.present)
                case _:
                    await people.choose_channel(conn, visit.caller, person, chosen, visit.present)

    return await doing(visit, who, question, do)


def _phone(given: Given) -> Chosen | None:
    written = words(given["phone"] or "")
    try:
        return Chosen("text", read_number(written), given.at) if written else None
    except ChannelAddressError:
        raise NoPhoneError("Enter a mobile number with its country, for example +44 7700 900123") from None
