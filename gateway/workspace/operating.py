"""What somebody asks for on a page that is no fact of a team: said first, done once, and a mistake loses nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from starlette.responses import RedirectResponse, Response

from coaching_client.handles import FactRefusedError
from gateway.pages import fields, forms
from gateway.pages.asked import NO_PATIENTS, Answer, Field, Given, Question
from gateway.pages.drawing import banner_of
from gateway.pages.fields import Entered, NamedPerson
from gateway.pages.forms import BUTTON, Amiss
from gateway.pages.human import Tap
from gateway.pages.places import Crumb
from gateway.workspace.frame import ask
from gateway.workspace.visit import AtWork
from operations.audited import RefusedError
from operations.who_is_meant import WhoIsMeantError
from schemas.roster import Contact
from schemas.sentences import raised, say

Do: TypeAlias = Callable[[Answer, Given], Awaitable[Response | None]]
"""Does what an answer says. What it raises as refused has changed nothing. It may answer with a page of its own."""


class InFieldsError(RefusedError):
    """What is wrong, by the id of the input that it stands in. Nothing was changed."""

    code = "invalid"

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


def asked(visit: AtWork, question: Question, *crumbs: Crumb, amiss: Amiss | None = None) -> Response:
    """The question; after an answer with what became of it."""
    said = visit.request.query_params
    banner = banner_of(said)
    return ask(visit, question, crumbs=crumbs, amiss=amiss, banner=None if amiss else banner)


async def done(visit: AtWork, question: Question, do: Do, *crumbs: Crumb, to: str = "") -> Response:
    """Do what the form says, and go on to a page, or to this one. What is wrong with it is shown beside it."""
    form = await visit.request.form(max_fields=500)
    visit.weighs(question, form)
    name, _, choice = str(form.get(BUTTON) or "").partition(".")
    answer = question.answer(name)
    known = answer is not None and choice in {button.value for button in answer.buttons}
    if answer is None or not known or forms.out_of_date(visit.context, form, question):
        return RedirectResponse("?since=1", status_code=303)
    entered = fields.read(answer, form)
    if not entered.faults and fields.unchanged(answer, entered):
        return RedirectResponse("?same=1", status_code=303)
    if not entered.faults:
        shown = await forms.pressed(visit.context, form, question, Tap(at=visit.present, today=visit.today))
        became = await _became(do, answer, entered, Given(choice, entered.values, shown.at))
        if became is None:
            return RedirectResponse(f"{to}?told=1", status_code=303)
        return asked(visit, question, *crumbs, amiss=became) if isinstance(became, Amiss) else became
    return asked(visit, question, *crumbs, amiss=Amiss(answer, entered))


async def _became(do: Do, answer: Answer, entered: Entered, given: Given) -> Amiss | Response | None:
    """Why it was not done; when it was, the page that says so, if it has one."""
    try:
        return await do(answer, given)
    except FactRefusedError as refused:
        return forms.refused_answer(answer, entered, refused)
    except WhoIsMeantError:
        for named in entered.values.values():
            if isinstance(named, NamedPerson):
                fields.ask_who_is_meant(answer, entered, named.address)
        return Amiss(answer, entered)
    except InFieldsError as refused:
        entered.faults |= refused.faults
        return Amiss(answer, entered)
    except RefusedError as refused:
        said = str(refused)
        entered.faults[""] = say("{refusal}.", refusal=raised(said))
        return Amiss(answer, entered)


WHY: Final = Field(
    name="why",
    kind="note",
    label="Why? (optional)",
    hint=say("One sentence, for the academy's records. {no_patients}", no_patients=NO_PATIENTS),
    optional=True,
    seen=True,
)
"""The reason of what is changed for all of an academy. It stands beside it in what changed lately."""


def contact(named: NamedPerson) -> Contact:
    """Somebody whom a form names, as operations take them."""
    return Contact(named.name, named.address, named.meant)
