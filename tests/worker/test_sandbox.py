"""What allows payloads to be converted without entering the sandbox."""

from __future__ import annotations

from temporalio.converter import WorkflowSerializationContext

from process.connection import DATA_CONVERTER


def test_the_data_converter_looks_at_no_context() -> None:
    """Else workflows must run in the SDK's own sandbox runner, which asks them for it."""
    context = WorkflowSerializationContext(namespace="any", workflow_id="any")
    assert DATA_CONVERTER.with_context(context) is DATA_CONVERTER
    assert DATA_CONVERTER.external_storage is None
