"""Pages as they are sent: drawn with the NHS design's components, and with headers that let nothing else in."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import cache
from typing import Any, Final

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, pass_environment
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from gateway.pages import fields, reading
from gateway.pages.asked import Answer, Choice, Field, Question
from gateway.pages.assets import assets
from gateway.pages.forms import BUTTON, Amiss
from gateway.pages.human import Step
from gateway.pages.places import Crumb
from gateway.pages.tongues import Untranslated, tongue
from records.pages import Office
from schemas.programme import Language
from schemas.sentences import raised

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}

_WITH_SCRIPT: Final = {
    "Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; script-src 'self'; connect-src 'self'"
}
"""Where somebody is signed in, a script of ours warns them before that ends."""

TOLD: Final = {"variant": "success", "title": "Thank you", "text": "We've recorded it."}
SAME: Final = {"variant": None, "title": "Nothing was changed", "text": "What you sent is what we have already."}
STALE: Final = {
    "variant": None,
    "title": "Nothing was changed",
    "text": "This page was out of date. What is recorded now is shown below; please look before you answer.",
}
TYPED: Final = {
    "variant": None,
    "title": "Nothing is recorded yet",
    "text": "What you entered is below: please check it, and send it again.",
}


def banner_of(said: Container[str]) -> dict[str, Any] | None:
    """What became of an answer, by what the address says since."""
    return next((banner for word, banner in (("told", TOLD), ("same", SAME), ("since", STALE)) if word in said), None)


@pass_environment
def _sentence(templates: Environment, words: str) -> str:
    """With a capital, in whatever language."""
    words = str(templates.finalize(words)) if templates.finalize else words
    return raised(words)


@pass_environment
def _rows(templates: Environment, context: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"key": {"text": key}, "value": {"text": _sentence(templates, value)}} for key, value in context]


def _items(choices: Iterable[Choice], chosen: object, beside: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """``beside`` is what is to be filled in with some of them."""
    picked = chosen if isinstance(chosen, list) else [chosen]
    return [
        {
            "value": choice.value,
            "text": choice.label,
            "hint": {"text": choice.hint} if choice.hint else None,
            "checked": choice.value in picked,
            "conditional": {"html": beside[choice.value]} if beside and choice.value in beside else None,
        }
        for choice in choices
    ]


_ID: Final = "id-of-the-field"


@cache
def _once(language: Language, field: Field) -> str:
    module: Any = _templates(language).get_template("fields.html").module
    return str(module.field(field, _ID, {}, {}))


@cache
def _templates(language: Language) -> Environment:
    made = Environment(
        loader=ChoiceLoader([PackageLoader("gateway.pages"), PackageLoader("nhsuk_frontend_jinja")]),
        autoescape=True,
        # The components ask for parts of what a page leaves out.
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )

    def unfilled(field: Field, id: str) -> Markup:  # noqa: A002 - as the macro has it
        # A page with fifty forms draws each field once: it takes a second otherwise.
        return Markup(_once(language, field).replace(_ID, str(escape(id))))  # noqa: S704 - by the template

    made.filters |= {"sentence": _sentence, "items": _items, "rows": _rows}
    spoken = tongue(language)
    made.globals |= {"unfilled": unfilled, "language": spoken.language}
    made.policies["ext.i18n.trimmed"] = True
    made.newstyle_gettext = True  # type: ignore[attr-defined] # of the extension
    spoken.teach(made)
    return made


def drawn(template: str, **said: Any) -> str:  # noqa: ANN401
    """Something that is no page of its own, or the whole of one: in the reader's language, or all of it in English."""
    language = reading.language()
    try:
        return _templates(language).get_template(template).render(said)
    except Untranslated:
        return _templates(Language.ENGLISH).get_template(template).render(said)


def draw(template: str, status: int, *, office: Office | None = None, root: str = "", **said: Any) -> HTMLResponse:  # noqa: ANN401
    """A page. ``root`` is the path under which the gateway is reached; ``office`` is whom to ask, in the foot."""
    session = reading.session()
    words: dict[str, Any] = {
        "root": root,
        "assets": assets(),
        "office": office,
        "session": session,
        "places": reading.ways(),
        "searches": reading.searches(),
        "demonstration": reading.demonstrated(),
    }
    page = drawn(template, **words | said)
    return HTMLResponse(page, status_code=status, headers=HEADERS | _WITH_SCRIPT if session else HEADERS)


def draw_question(  # noqa: PLR0913 - a page has as many parts
    question: Question,
    *,
    state: str,
    changing: bool,
    amiss: Amiss | None = None,
    banner: Mapping[str, Any] | None = None,
    by: str = "",
    home: str = "",
    office: Office | None = None,
    root: str = "",
    crumbs: tuple[Crumb, ...] = (),
) -> HTMLResponse:
    """A question with its answers, or with what is recorded; after a mistake with what is wrong.

    ``by`` is the day by which an answer is owed.
    """
    if amiss is None and (typed := _typed(question)) is not None:
        amiss, banner, changing = typed, TYPED, True
    asks = not question.settled or (changing and question.correctable)
    faults = amiss.entered.faults if amiss else {}
    status = 200 if amiss is None or banner is TYPED else 409 if "" in faults or not faults else 422
    return draw(
        "question.html",
        status,
        question=question,
        state=state,
        changing=changing and question.correctable,
        banner=banner,
        by=by if question.asks else "",
        home=home,
        office=office,
        root=root,
        crumbs=crumbs,
        title=question.title,
        forms=[_form(answer, amiss) for answer in question.answers] if asks else [],
        errors=_errors(amiss) if amiss else [],
        asks_sessions=all(onward.label.endswith("?") for onward in question.onward),
    )


def draw_step(step: Step, root: str) -> HTMLResponse:
    """What a person is asked before their answer is recorded."""
    return draw("human.html", 422 if step.fault else 200, title="Please confirm your answer", step=step, root=root)


def _typed(question: Question) -> Amiss | None:
    """What the reader had entered here before they had to sign in again."""
    form = reading.typed()
    answer = question.answer(str(form.get(BUTTON) or "").partition(".")[0]) if form else None
    if form is None or answer is None:
        return None
    entered = fields.read(answer, form)
    entered.faults.clear()
    return Amiss(answer, entered)


def _form(answer: Answer, amiss: Amiss | None) -> dict[str, Any]:
    mine = amiss is not None and amiss.answer.name == answer.name
    return {
        "answer": answer,
        "raw": amiss.entered.raw if mine and amiss else fields.shown_before(answer),
        "faults": amiss.entered.faults if mine and amiss else {},
        "open": mine,
    }


def _errors(amiss: Amiss) -> list[dict[str, str]]:
    return [{"text": words, "href": f"#{where or amiss.answer.name}"} for where, words in amiss.entered.faults.items()]


def message(
    title: str,
    *paragraphs: str,
    status: int,
    office: Office | None = None,
    home: str = "",
    home_label: str = "",
    root: str = "",
) -> HTMLResponse:
    """A page that only says something."""
    return draw(
        "message.html",
        status,
        title=title,
        paragraphs=paragraphs,
        office=office,
        home=home,
        home_label=home_label,
        root=root,
        asked_of_office=True,
    )
