"""What workflows' handlers take, as Temporal's SDK reads it from their signatures."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from worker.main import WORKFLOWS
from workflows.telling import ToldFact


@pytest.mark.parametrize("kind", [kind for kind in WORKFLOWS if hasattr(kind, "tell")], ids=lambda kind: kind.__name__)
def test_a_told_fact_is_read_as_its_kind_and_no_other_is_tried(kind: type[Any]) -> None:
    """To try all of them took a hundred times as long, and said of a malformed fact what each kind missed in it."""
    takes = workflow._Definition.must_from_class(kind).updates["tell"].arg_types
    assert takes is not None
    with pytest.raises(ApplicationError) as refused:
        TypeAdapter(takes[0]).validate_json('{"kind": "session_held"}')
    assert refused.value.message == (
        "This is no session_held that can be told (event_id: Field required; occurred_at: Field required; "
        "day: Field required). Correct it, and tell it again."
    )
    assert refused.value.type == "MalformedFact"


@pytest.mark.parametrize("said", ["{}", '"words"', '{"kind": "made_up"}', "7", "null"])
def test_what_is_no_fact_at_all_is_answered_in_one_sentence(said: str) -> None:
    """It says what is missing, and repeats nothing of what was sent."""
    with pytest.raises(ApplicationError, match=r"This is no fact: say which one in kind, .*\.$"):
        TypeAdapter(ToldFact).validate_json(said)
