"""The addresses of signing in, and a person's own page without any link."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from activities.links import Link, Purpose
from gateway.context import AppContext, now
from gateway.pages import fields, forms, home
from gateway.pages.asked import Question
from gateway.pages.drawing import draw, draw_question
from gateway.pages.forms import Amiss, Forms
from gateway.pages.pace import Pace
from gateway.pages.route import Context, PageRoute, client_of, root_of
from gateway.sign_in import asking
from gateway.sign_in.cookies import Cookies
from gateway.sign_in.openid import Provider, ProviderError
from operations import signing_in
from operations.signing_in import Account, Secrets
from records import sign_ins
from records.sign_ins import SignIn

_SEE_OTHER: Final = 303

_log = structlog.stdlib.get_logger("gateway.sign_in")

pages: Final = APIRouter(route_class=PageRoute, include_in_schema=False)


@pages.api_route("/sign-in", methods=["GET", "HEAD"])
async def ask_address(request: Request, context: Context) -> Response:
    """Ask for an address; whoever is signed in goes on."""
    if (found := await _signed_in(context, request)) is not None:
        return _onward(context, found)
    return _question(context, _address(context, request, anew="anew" in request.query_params))


@pages.post("/sign-in")
async def take_address(request: Request, context: Context) -> Response:
    """Mail a code to an address that is known, and to every other what to do."""
    form, present = await request.form(max_fields=10), now()
    answer, state = asking.ADDRESS.answers[0], form.get(forms.STATE)
    entered, anew = fields.read(answer, form), _ours(context, asking.ADDRESS, state)
    question = _address(context, request, anew=anew)
    if not _ours(context, question, state):
        return _question(context, question)
    pace: Pace = request.app.state.pace
    counted = partial(pace.mailed, client_of(request))
    if not entered.faults and not counted(entered.values["address"]):
        entered.faults[""] = asking.TOO_OFTEN
    browser = signing_in.new_secret()
    if not entered.faults and (wrong := await _mailed(context, browser, entered.values["address"], present)):
        entered.faults[""] = wrong
    if entered.faults:
        return _question(context, question, Amiss(answer, entered))
    onward = RedirectResponse(f"{root_of(context)}/sign-in/code", _SEE_OTHER)
    Cookies(context.settings).ask(onward, browser)
    if anew:
        # Whoever signs in now has not seen whose account waits here to be matched.
        Cookies(context.settings).forget_provider(onward)
    return onward


@pages.api_route("/sign-in/code", methods=["GET", "HEAD"])
async def ask_code(request: Request, context: Context) -> Response:
    """Ask for the code that was mailed."""
    browser = Cookies(context.settings).browser(request)
    return _question(context, _code(context)) if browser else _over(context)


@pages.post("/sign-in/code")
async def take_code(request: Request, context: Context) -> Response:
    """Sign in whoever typed the right code into the browser that asked for it."""
    form, present, cookies = await request.form(max_fields=10), now(), Cookies(context.settings)
    browser, answer = cookies.browser(request), asking.CODE.answers[0]
    entered = fields.read(answer, form)
    if browser is None:
        return _over(context)
    if not entered.faults:
        async with context.connection() as conn:
            cookie = await signing_in.sign_in(conn, _secrets(context), browser, entered.values["code"], present)
            waits = cookie is not None or await signing_in.code_waits(conn, browser, present)
        if cookie is not None:
            _log.info("sign_in.began", way="code")
            return await _begun(context, request, cookie)
        _log.warning("sign_in.wrong_code", locked=not waits)
        if not waits:
            return _over(context)
        entered.faults[fields.input_id(answer, "code")] = asking.WRONG
    return _question(context, _code(context), Amiss(answer, entered))


@pages.api_route("/sign-in/who", methods=["GET", "HEAD"])
async def ask_who(request: Request, context: Context) -> Response:
    """Which of the people somebody is, to whom the address belongs."""
    found = await _signed_in(context, request)
    return _question(context, await _who(context, found)) if found else _to_sign_in(context)


@pages.post("/sign-in/who")
async def take_who(request: Request, context: Context) -> Response:
    """From now on they are this one, in this browser."""
    form, found = await request.form(max_fields=10), await _signed_in(context, request)
    if found is None:
        return _to_sign_in(context)
    question = await _who(context, found)
    entered = fields.read(question.answers[0], form)
    if entered.faults:
        return _question(context, question, Amiss(question.answers[0], entered))
    onward = RedirectResponse(f"{root_of(context)}/home", _SEE_OTHER)
    chosen = replace(found, person=entered.values["person"])
    async with context.connection() as conn:
        await sign_ins.choose(conn, found.sign_in, entered.values["person"])
    await _matched(context, request, chosen, onward)
    return onward


@pages.api_route("/sign-in/with", methods=["GET", "HEAD"])
async def leave(request: Request, context: Context) -> Response:
    """Send somebody to their identity provider."""
    provider = _provider(request)
    if provider is None:
        return _to_sign_in(context)
    back = f"{(context.settings.public_url or str(request.base_url)).rstrip('/')}/sign-in/returned"
    try:
        away, remembered = await provider.leave(request, back)
    except ProviderError:
        return _no_provider(context)
    Cookies(context.settings).remember(away, remembered)
    return away


@pages.api_route("/sign-in/returned", methods=["GET", "HEAD"])
async def returned(request: Request, context: Context) -> Response:
    """Sign in whom the provider names; whom nobody knows yet shows by a code who they are, once."""
    provider, cookies = _provider(request), Cookies(context.settings)
    if provider is None:
        return _to_sign_in(context)
    try:
        account = await provider.returned(request, cookies.provider(request) or "")
    except ProviderError:
        return _no_provider(context)
    async with context.connection() as conn:
        cookie = await signing_in.sign_in_account(conn, account, now())
    if cookie is not None:
        _log.info("sign_in.began", way="openid")
        return await _begun(context, request, cookie, account)
    answered = _to_sign_in(context)
    cookies.remember(answered, provider.keep(account))
    return answered


@pages.api_route("/home", methods=["GET", "HEAD"])
async def own_page(request: Request, context: Context) -> Response:
    """The own page of whoever is signed in."""
    found = await _signed_in(context, request)
    if found is None:
        return _to_sign_in(context)
    if found.person is None:
        return _onward(context, found)
    present = now()
    ends = signing_in.ends_at(found, present)
    return await home.page(context, Link(Purpose.HOME, found.person, "", "", ends), signed_in=True)


@pages.api_route("/signed-in", methods=["GET", "HEAD"])
async def where(request: Request, context: Context) -> Response:
    """In which browsers somebody is signed in."""
    found = await _signed_in(context, request)
    if found is None or found.person is None:
        return _to_sign_in(context)
    async with context.connection() as conn:
        everywhere = await signing_in.elsewhere(conn, found.person, now())
    others = len(everywhere) - 1
    return draw("signed_in.html", 200, title="Where you're signed in", others=others, root=root_of(context))


@pages.post("/sign-out")
async def sign_out(request: Request, context: Context) -> Response:
    """Sign out of this browser, or of every one."""
    form, found = await request.form(max_fields=10), await _signed_in(context, request)
    if found is not None:
        async with context.connection() as conn:
            if form.get("where") == "everywhere" and found.person is not None:
                await sign_ins.end_all(conn, found.person, now())
            else:
                await sign_ins.end(conn, found.sign_in, now())
    signed_out = draw("signed_out.html", 200, title="You've signed out", root=root_of(context))
    Cookies(context.settings).sign_out(signed_out)
    return signed_out


async def _begun(context: AppContext, request: Request, cookie: str, account: Account | None = None) -> Response:
    """Somebody is signed in from now on."""
    async with context.connection() as conn:
        found = await signing_in.signed_in(conn, cookie, now())
    onward = _onward(context, found) if found else _to_sign_in(context)
    Cookies(context.settings).sign_in(onward, cookie)
    if found is not None:
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


def _provider(request: Request) -> Provider | None:
    found: Provider | None = request.app.state.provider
    return found


async def _signed_in(context: AppContext, request: Request) -> SignIn | None:
    cookie = Cookies(context.settings).signed_in(request)
    if cookie is None:
        return None
    async with context.connection() as conn:
        return await signing_in.signed_in(conn, cookie, now())


async def _mailed(context: AppContext, browser: str, address: str, at: datetime) -> str:
    async with context.connection() as conn:
        known = await sign_ins.people_at(conn, address)
        code = await signing_in.new_code(conn, _secrets(context), browser, address, at)
    return await asking.mail_code(context, address, known, code, at)


async def _who(context: AppContext, found: SignIn) -> Question:
    async with context.connection() as conn:
        people = await signing_in.choices(conn, found)
    return asking.who(people, {each.academy: context.settings.academy_called(each.academy) for each in people})


def _onward(context: AppContext, found: SignIn) -> Response:
    to = "home" if found.person else "sign-in/who"
    return RedirectResponse(f"{root_of(context)}/{to}", _SEE_OTHER)


def _to_sign_in(context: AppContext) -> Response:
    return RedirectResponse(f"{root_of(context)}/sign-in", _SEE_OTHER)


def _no_provider(context: AppContext) -> Response:
    name = context.settings.sign_in_name
    return draw("no_provider.html", 502, title=f"We couldn't sign you in with {name}", name=name, root=root_of(context))


def _over(context: AppContext) -> Response:
    return draw("code_over.html", 410, title="This code no longer works", root=root_of(context))


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


def _secrets(context: AppContext) -> Secrets:
    return Secrets(context.settings.signing_keys[-1])


def _ours(context: AppContext, question: Question, state: object) -> bool:
    """Whether the form is one of ours, as no other site's is."""
    shown = Forms(context.settings.signing_keys).read(state)
    return shown is not None and forms.same_topic(shown, question)


def _question(context: AppContext, question: Question, amiss: Amiss | None = None) -> Response:
    state = Forms(context.settings.signing_keys).state(question, now())
    return draw_question(question, state=state, changing=False, amiss=amiss, root=root_of(context))
