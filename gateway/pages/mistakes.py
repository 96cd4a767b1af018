"""What was told by mistake is taken back from the page it was told on."""

from __future__ import annotations

from dataclasses import replace

from gateway.pages.answers import button
from gateway.pages.asked import BACK, Answer, Question, Recorded, Telling
from gateway.pages.recorded import going_on
from gateway.pages.shown import PageContext
from schemas.corrections import Correction
from schemas.sentences import say


def with_way_back(page: PageContext, question: Question) -> Question:
    """The question, with a way to take back what it shows as recorded: everything once it is settled, else one's own.

    A page that has such an answer in words of its own gets no other. What was taken back before is part of the mark:
    told once more, it is another telling.
    """
    withdrawn = (fact.event_id for fact in page.facts if isinstance(fact, Correction) and fact.replacement is None)
    found = [] if question.answer(BACK) else [line for line in question.recorded if question.settled or line.own]
    back = (_taking_back(line, f"{BACK}-{number}") for number, line in enumerate(found))
    return replace(question, mark=(*question.mark, *withdrawn), answers=(*question.answers, *back))


def _taking_back(line: Recorded, name: str) -> Answer:
    return Answer(
        name=name,
        opener=say("Take back: {words}", words=going_on(line.words)),
        hint="Use this if it was recorded by mistake. It stays in the history, but no longer counts.",
        buttons=button("Take it back"),
        tell=lambda _: (Telling(None, line.event_id),),
        variant="warning",
    )
