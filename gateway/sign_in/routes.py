"""The addresses of signing in: by a code in a mail, or with an identity provider."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fastapi import APIRouter, Request, Response

from gateway.context import AppContext, counting, now
from gateway.pages import fields, forms, reading
from gateway.pages.asked import Question
from gateway.pages.drawing import draw
from gateway.pages.fields import Entered
from gateway.pages.forms import Amiss, Forms
from gateway.pages.route import Context, PageRoute, client_of, root_of
from gateway.sign_in import asking, browsers, sessions
from gateway.sign_in.cookies import Cookies
from gateway.sign_in.openid import Provider, ProviderError
from operations import known_browsers, security, signing_in
from operations.security import Event
from operations.signing_in import Account, Here
from records import pages as pages_read
from records import sign_ins
from records.sign_ins import SignIn
from schemas.sentences import say

pages: Final = APIRouter(route_class=PageRoute, include_in_schema=False)


@pages.api_route("/sign-in", methods=["GET", "HEAD"])
async def ask_address(request: Request, context: Context) -> Response:
    """Ask for an address; whoever is signed in goes on."""
    if (found := reading.signed_in()) is not None:
        return sessions.onward(context, request, found)
    return asking.draw_question(context, _address(context, request, anew="anew" in request.query_params))


@pages.post("/sign-in")
async def take_address(request: Request, context: Context) -> Response:
    """Mail a code to an address that is known, and to every other what to do."""
    form = await request.form(max_fields=10)
    answer, state = asking.ADDRESS.answers[0], form.get(forms.STATE)
    entered, anew = fields.read(answer, form), _ours(context, asking.ADDRESS, state)
    question = _address(context, request, anew=anew)
    if not _ours(context, question, state):
        return asking.draw_question(context, question)
    onward = None if entered.faults else await _mailed(context, request, entered, entered.values["address"])
    if onward is None:
        return asking.draw_question(context, question, Amiss(answer, entered))
    if anew:
        # Whoever signs in now has not seen whose account waits here to be matched.
        Cookies(context.settings).forget_provider(onward)
    return onward


@pages.api_route("/sign-in/again", methods=["GET", "HEAD"])
async def ask_again(request: Request, context: Context) -> Response:
    """Ask whoever is signed in to show that it is still them."""
    question = await _again(context, request)
    return asking.draw_question(context, question) if question else sessions.to_page(context, "/sign-in")


@pages.post("/sign-in/again")
async def take_again(request: Request, context: Context) -> Response:
    """Mail a code to whoever is signed in."""
    form, question = await request.form(max_fields=10), await _again(context, request)
    if question is None:
        return sessions.to_page(context, "/sign-in")
    if not _ours(context, question, form.get(forms.STATE)):
        return asking.draw_question(context, question)
    entered = fields.read(question.answers[0], form)
    address = entered.values.get("address") or await _own_address(context)
    onward = None if entered.faults else await _mailed(context, request, entered, address)
    return onward or asking.draw_question(context, question, Amiss(question.answers[0], entered))


@pages.api_route("/sign-in/code", methods=["GET", "HEAD"])
async def ask_code(request: Request, context: Context) -> Response:
    """Ask for the code that was mailed."""
    browser = Cookies(context.settings).browser(request)
    if browser is None:
        return asking.over(context, "/sign-in")
    async with context.connection() as conn:
        waits = await signing_in.code_waits(conn, browser, now())
    return asking.draw_question(context, _code(context)) if waits else asking.over(context, "/sign-in")


@pages.post("/sign-in/code")
async def take_code(request: Request, context: Context) -> Response:
    """Sign in whoever typed the right code into the browser that asked for it."""
    form, present, cookies = await request.form(max_fields=10), now(), Cookies(context.settings)
    browser, answer = cookies.browser(request), asking.CODE.answers[0]
    entered = fields.read(answer, form)
    if browser is None:
        return asking.over(context, "/sign-in")
    if not _ours(context, asking.CODE, form.get(forms.STATE)):
        return sessions.to_page(context, "/sign-in/code")
    if not entered.faults:
        async with context.connection() as conn:
            secrets, here = sessions.secrets_of(context), _here(context, request)
            cookie = await signing_in.sign_in(conn, secrets, browser, entered.values["code"], present, here)
            waits = cookie is not None or await signing_in.code_waits(conn, browser, present)
        if cookie is not None:
            return await _begun(context, request, cookie)
        security.say(Event.SIGN_IN_REFUSED, source=client_of(request), why="wrong code" if waits else "locked")
        if not waits:
            return asking.over(context, "/sign-in")
        entered.faults[fields.input_id(answer, "code")] = asking.WRONG
    return asking.draw_question(context, _code(context), Amiss(answer, entered))


@pages.api_route("/sign-in/who", methods=["GET", "HEAD"])
async def ask_who(context: Context) -> Response:
    """Which of the people somebody is, to whom the address belongs."""
    found = reading.signed_in()
    return asking.draw_question(context, await _who(context, found)) if found else sessions.to_page(context, "/sign-in")


@pages.post("/sign-in/who")
async def take_who(request: Request, context: Context) -> Response:
    """From now on they are this one, in this browser."""
    form, found = await request.form(max_fields=10), reading.signed_in()
    if found is None:
        return sessions.to_page(context, "/sign-in")
    question = await _who(context, found)
    if not _ours(context, question, form.get(forms.STATE)):
        return asking.draw_question(context, question)
    entered = fields.read(question.answers[0], form)
    if entered.faults:
        return asking.draw_question(context, question, Amiss(question.answers[0], entered))
    chosen = replace(found, person=entered.values["person"])
    async with context.connection() as conn:
        await sign_ins.choose(conn, found.sign_in, entered.values["person"])
    onward = sessions.onward(context, request, chosen)
    await _matched(context, request, chosen, onward)
    return onward


@pages.api_route("/sign-in/with", methods=["GET", "HEAD"])
async def leave(request: Request, context: Context) -> Response:
    """Send somebody to their identity provider."""
    provider = _provider(request)
    if provider is None:
        return sessions.to_page(context, "/sign-in")
    back = f"{(context.settings.public_url or '').rstrip('/')}/sign-in/returned"
    try:
        away, remembered = await provider.leave(request, back, again="again" in request.query_params)
    except ProviderError:
        return _no_provider(context)
    Cookies(context.settings).remember(away, remembered)
    return away


@pages.api_route("/sign-in/returned", methods=["GET", "HEAD"])
async def returned(request: Request, context: Context) -> Response:
    """Sign in whom the provider names; whom nobody knows yet shows by a code who they are, once."""
    provider, cookies = _provider(request), Cookies(context.settings)
    if provider is None:
        return sessions.to_page(context, "/sign-in")
    try:
        account = await provider.returned(request, cookies.provider(request) or "")
    except ProviderError:
        return _no_provider(context)
    async with context.connection() as conn:
        cookie = await signing_in.sign_in_account(conn, account, now(), _here(context, request))
    if cookie is not None:
        return await _begun(context, request, cookie, account)
    if reading.signed_in() is not None:
        # Nobody tells the one who is signed in whose account this is: so no code of theirs may match it.
        return sessions.to_page(context, "/sign-in/again")
    answered = sessions.to_page(context, "/sign-in")
    cookies.remember(answered, provider.keep(account))
    # Nor may one that was asked for before the account was known: its page names no account.
    cookies.forget_code(answered)
    return answered


async def _begun(context: AppContext, request: Request, cookie: str, account: Account | None = None) -> Response:
    """Somebody is signed in from now on."""
    async with context.connection() as conn:
        found = await signing_in.signed_in(conn, cookie, now(), context.settings.operators)
    onward = sessions.onward(context, request, found) if found else sessions.to_page(context, "/sign-in")
    Cookies(context.settings).sign_in(onward, cookie)
    if found is not None:
        who = f"person:{found.person}" if found.person else None
        security.say(Event.SIGNED_IN, who=who, source=client_of(request), way=found.way)
        await _matched(context, request, found, onward, account)
    return onward


async def _matched(
    context: AppContext, request: Request, found: SignIn, onward: Response, account: Account | None = None
) -> None:
    """Match the account of who came from a provider to whom they have shown to be."""
    provider, cookies = _provider(request), Cookies(context.settings)
    if provider is None or (account := account or provider.kept(cookies.provider(request))) is None:
        return
    async with context.connection() as conn:
        matched = await signing_in.match(conn, account, found, now())
    if matched:
        cookies.forget_provider(onward)
    else:
        cookies.remember(onward, provider.keep(account))


def _operators(context: AppContext, found: SignIn, address: str) -> bool:
    """Whether an address is that of somebody who runs the installation, as whoever is signed in does."""
    return found.operator and address.lower() in context.settings.operators


def _provider(request: Request) -> Provider | None:
    found: Provider | None = request.app.state.provider
    return found


def _here(context: AppContext, request: Request) -> Here:
    """The browser in which somebody signs in."""
    called = browsers.called(request.headers.get("user-agent"))
    return Here(called, reading.signed_in(), context.settings.operators)


async def _mailed(context: AppContext, request: Request, entered: Entered, address: str) -> Response | None:
    """Mail a code that counts in this browser, and lead on to where it is typed; None with what is wrong."""
    cookie, browser, present = Cookies(context.settings).known(request) or "", signing_in.new_secret(), now()
    found = reading.signed_in()
    async with context.connection() as conn:
        known = await sign_ins.people_at(conn, address)
        # Whoever asks for codes in others' names keeps nobody from signing in where they are known, or signed in.
        own = any([await known_browsers.known(conn, cookie, each.person, present) for each in known]) or (
            found is not None
            and (found.person in {each.person for each in known} or _operators(context, found, address))
        )
    async with counting(context) as counts:
        in_time = await (
            counts.mailed_own(address.lower(), cookie) if own else counts.mailed(client_of(request), address)
        )
    if not in_time:
        entered.faults[""] = asking.TOO_OFTEN
        return None
    async with context.connection() as conn:
        code = await signing_in.new_code(conn, sessions.secrets_of(context), browser, address, present)
    if wrong := await asking.mail_code(context, address, known, code, present):
        entered.faults[""] = wrong
        return None
    onward = sessions.to_page(context, "/sign-in/code")
    Cookies(context.settings).ask(onward, browser)
    return onward


async def _own_address(context: AppContext) -> str:
    """The address of whoever is signed in; empty for nobody."""
    found = reading.signed_in()
    if found is None or found.person is None:
        return ""
    async with context.connection() as conn:
        reader = await pages_read.reader(conn, found.person)
    return (reader.address if reader else None) or ""


async def _again(context: AppContext, request: Request) -> Question | None:
    """The question that has whoever is signed in show again that it is them; None for nobody."""
    found, address = reading.signed_in(), await _own_address(context)
    if not address and not (found and sessions.operates_alone(found)):
        return None
    there = f"{root_of(context)}/sign-in/with?again=1"
    return asking.again(address, context.settings.sign_in_name if _provider(request) else "", there)


async def _who(context: AppContext, found: SignIn) -> Question:
    async with context.connection() as conn:
        people = await signing_in.choices(conn, found)
    return asking.who(people, {each.academy: context.settings.academy_called(each.academy) for each in people})


def _no_provider(context: AppContext) -> Response:
    name = context.settings.sign_in_name
    return draw(
        "no_provider.html",
        502,
        title=say("We couldn't sign you in with {name}", name=name),
        name=name,
        root=root_of(context),
    )


def _address(context: AppContext, request: Request, *, anew: bool) -> Question:
    """The question for an address; ``anew`` whatever account waits in this browser to be matched."""
    provider, name = _provider(request), context.settings.sign_in_name
    if provider is None:
        return asking.ADDRESS
    account = None if anew else provider.kept(Cookies(context.settings).provider(request))
    if account is not None:
        return asking.unmatched(name, account.called, f"{root_of(context)}/sign-in?anew=1")
    return asking.address(name, f"{root_of(context)}/sign-in/with")


def _code(context: AppContext) -> Question:
    return asking.code(f"{root_of(context)}/sign-in")


def _ours(context: AppContext, question: Question, state: object) -> bool:
    """Whether the form is one of ours, as no other site's is."""
    return Forms(context.settings.signing_keys).own(state, question.topic) is not None
