"""What signing in asks, and the mail with the code. Every address is answered alike: nothing is learned from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from fastapi import Response

from activities.short_mails import ShortMail
from gateway.context import AppContext, now
from gateway.pages import drawing
from gateway.pages.asked import Answer, Choice, Field, Onward, Question
from gateway.pages.forms import Amiss, Forms
from gateway.pages.mailing import sent
from gateway.pages.route import root_of
from records.sign_ins import Known
from schemas.programme import Language
from schemas.sentences import say

ADDRESS: Final = Question(
    title="Sign in",
    topic="sign-in",
    mark=(),
    lead=("We'll email you a code to enter here. You don't need a password.",),
    answers=(
        Answer(
            name="sign-in",
            fields=(
                Field(
                    name="address",
                    kind="email",
                    label="Your email address",
                    hint="Use the address that the coaching programme emails you at.",
                    missing="Enter your email address",
                ),
            ),
            buttons=(Choice("yes", "Email me a code"),),
            note=False,
        ),
    ),
)

CODE: Final = Question(
    title="Check your email",
    topic="code",
    mark=(),
    lead=(
        "We've emailed you a code. It works for 10 minutes, in this browser only.",
        "If it doesn't arrive, check your junk folder, or get another code.",
    ),
    answers=(
        Answer(
            name="code",
            fields=(
                Field(name="code", kind="code", label="Code", hint="6 digits", missing="Enter the code from the email"),
            ),
            buttons=(Choice("yes", "Continue"),),
            note=False,
        ),
    ),
)


def address(provider: str, there: str) -> Question:
    """The question for an address, with the provider that people can sign in with instead."""
    return replace(ADDRESS, onward=(Onward(say("Sign in with {provider}", provider=provider), there),))


def unmatched(provider: str, called: str, anew: str) -> Question:
    """The question for an address, to somebody whose account at the provider is not matched to anybody yet."""
    signed_in = (
        say(
            "You've signed in with {provider} as {called}, but we don't know yet who you are in the coaching "
            "programme.",
            provider=provider,
            called=called,
        )
        if called
        else say(
            "You've signed in with {provider}, but we don't know yet who you are in the coaching programme.",
            provider=provider,
        )
    )
    lead = (
        signed_in,
        say(
            "We'll email you a code to find out. You only do this once: after that, {provider} is enough.",
            provider=provider,
        ),
        "If you've never had an email from the programme, ask the person who told you about it to add you first.",
    )
    onward = (Onward(say("This isn't my {provider} account", provider=provider), anew),)
    return replace(ADDRESS, title="Tell us who you are", topic="sign-in-matched", lead=lead, onward=onward)


def again(address: str | None, provider: str, there: str) -> Question:
    """The question that has somebody who is signed in show again that it is them; ``there`` is their provider.

    Without an ``address`` that we know they enter it.
    """
    fields = () if address else ADDRESS.answers[0].fields
    return Question(
        title="Confirm it's you",
        topic="sign-in-again",
        mark=(),
        lead=(
            "As it's more than 5 minutes since you signed in, we need to check it's still you before we change this.",
            say("We'll email a code to {address}.", address=address) if address else "We'll email a code to you.",
        ),
        answers=(Answer(name="again", fields=fields, buttons=(Choice("yes", "Email me a code"),), note=False),),
        onward=(Onward(say("Sign in with {provider} instead", provider=provider), there),) if provider else (),
    )


def code(again: str) -> Question:
    """The question for the code, with where to get another."""
    return replace(CODE, onward=(Onward("Get another code", again),))


def draw_question(context: AppContext, question: Question, amiss: Amiss | None = None) -> Response:
    """A question of these."""
    state = Forms(context.settings.signing_keys).state(question, now())
    return drawing.draw_question(question, state=state, changing=False, amiss=amiss, root=root_of(context))


def over(context: AppContext, again: str) -> Response:
    """No code counts here any more; with the page of ours that gets another."""
    root = root_of(context)
    return drawing.draw("code_over.html", 410, title="This code no longer works", again=f"{root}{again}", root=root)


WRONG: Final = "That isn't the code in our latest email to you. Check it and try again"
TOO_OFTEN: Final = "We've sent several emails to this address recently. Use the latest one, or try again later."


def who(people: Iterable[Known], called: dict[str, str]) -> Question:
    """Which of several people somebody is, to whom one address belongs."""
    choices = tuple(Choice(found.person, found.name, called[found.academy]) for found in people)
    field = Field(
        name="person",
        kind="radios",
        label="Who are you signing in as?",
        missing="Select who you are signing in as",
        choices=choices,
    )
    return Question(
        title="Choose who you are",
        topic="who",
        mark=(),
        lead=("We have more than one person or academy with this email address.",),
        answers=(Answer(name="who", fields=(field,), buttons=(Choice("yes", "Continue"),), note=False),),
    )


async def mail_code(context: AppContext, address: str, known: Iterable[Known], code: str, at: datetime) -> str:
    """Send the code, or to somebody unknown what to do; empty when it went, else what is wrong."""
    people = list(known)
    names, languages = {found.name for found in people}, {found.language for found in people}
    meant = bool(people) or address.lower() in context.settings.operators
    mail = ShortMail.called(
        "code" if meant else "unknown", languages.pop() if len(languages) == 1 else Language.ENGLISH
    )
    name = names.pop() if len(names) == 1 else ""
    key = f"{address.lower()}\n{at.isoformat()}\n{code}"
    return await sent(context, mail.write(key, (name, address), at, code=code))
