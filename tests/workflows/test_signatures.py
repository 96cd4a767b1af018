"""What workflows' handlers take, as Temporal's SDK reads it from their signatures."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from temporalio import workflow

from worker.main import WORKFLOWS


@pytest.mark.parametrize("kind", [kind for kind in WORKFLOWS if hasattr(kind, "tell")], ids=lambda kind: kind.__name__)
def test_a_told_fact_is_read_as_its_kind_and_no_other_is_tried(kind: type[Any]) -> None:
    """To try all of them took a hundred times as long, and said of a malformed fact what each kind missed in it."""
    takes = workflow._Definition.must_from_class(kind).updates["tell"].arg_types
    assert takes is not None
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(takes[0]).validate_json('{"kind": "session_held"}')
    assert {error["loc"][0] for error in refused.value.errors()} == {"session_held"}
