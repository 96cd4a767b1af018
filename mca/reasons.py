"""Reasons on the command line: of engagements, cohorts and courses alike."""

from __future__ import annotations

from typing import Annotated

import typer

from mca.tables import output, show_json
from schemas.due import Why

Question = Annotated[
    str,
    typer.Argument(help="next, a matter such as session, a key of the timeline, or health of an engagement."),
]


def show_reasons(answers: tuple[Why, ...], *, as_json: bool) -> None:
    """Each reason with the facts behind it."""
    if as_json:
        show_json(answers)
        return
    for answer in answers:
        output().print(answer.question, style="bold", markup=False)
        output().print(answer.answer, markup=False)
        for fact in answer.facts:
            output().print(f"  {fact}", markup=False)
