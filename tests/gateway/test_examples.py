"""The examples in descriptions are facts."""

import pytest

from gateway.examples import example_of
from operations.event_types import KINDS
from schemas.corrections import ANY_FACT


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_has_an_example_that_holds(kind: str) -> None:
    """Whoever copies it has a whole fact of the kind."""
    fact = ANY_FACT.validate_python(example_of(kind))
    assert fact.kind == kind
