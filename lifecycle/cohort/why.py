"""Why something of a cohort is due, was done, or is not."""

from __future__ import annotations

from lifecycle import why as general
from lifecycle.cohort.duties import MATTERS
from lifecycle.cohort.plan import plan
from lifecycle.cohort.state import State
from lifecycle.steps import Done
from schemas.due import Why


def why(state: State, done: Done, question: str) -> tuple[Why, ...]:
    """By item key, by matter, or ``next``."""
    nothing = "Nothing of this kind is due, and nothing was done: the rules do not ask for it as things stand."
    if state.ended:
        nothing = "The cohort has ended; nothing more is due."
    return general.why(state, done, plan(state, done), question, MATTERS, nothing)
