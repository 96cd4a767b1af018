"""What the framework writes, as OpenAPI 3.1 that its validators and linters have no fault with."""

from __future__ import annotations

from typing import Any


def strictly_3_1(part: Any) -> None:  # noqa: ANN401 - any JSON
    """Correct a document, all through.

    A default that is null says nothing: the field may be left out. A field that tells schemas apart is required, for
    without it nobody could.
    """
    if isinstance(part, list):
        for inner in part:
            strictly_3_1(inner)
    if not isinstance(part, dict):
        return
    if part.get("default", ...) is None:
        del part["default"]
    kind = part.get("properties", {}).get("kind")
    if isinstance(kind, dict) and "const" in kind:
        kind.pop("default", None)
        part["required"] = list(dict.fromkeys(["kind", *part.get("required", [])]))
    for inner in part.values():
        strictly_3_1(inner)
