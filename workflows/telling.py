"""What a workflow's handlers take as a fact, and what they answer to whatever is none: one sentence."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from temporalio.exceptions import ApplicationError
from typing_extensions import TypeAliasType

from schemas.corrections import AnyFact

MALFORMED: Final = "MalformedFact"
"""The type of the failure of an update whose argument is no fact. Correct it, and tell it again."""

_NAMED_AT_MOST: Final = 3


def _in_one_sentence(said: object, read: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - any kind of fact
    try:
        return read(said)
    except ValidationError as error:
        # Temporal answers this as it is; anything else with every line of the validator's, and with what was sent.
        raise ApplicationError(_sentence(error), type=MALFORMED, non_retryable=True) from None


def _sentence(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] in {"union_tag_invalid", "union_tag_not_found", "model_attributes_type"}:
        return "This is no fact: say which one in kind, as one of the kinds in docs/contract.md."
    named = "; ".join(
        f"{'.'.join(map(str, fault['loc'][1:])) or 'the fact'}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in found[:_NAMED_AT_MOST]
    )
    more = f"; and {len(found) - _NAMED_AT_MOST} more" if len(found) > _NAMED_AT_MOST else ""
    return f"This is no {found[0]['loc'][0]} that can be told ({named}{more}). Correct it, and tell it again."


ToldFact = TypeAliasType("ToldFact", Annotated[AnyFact, WrapValidator(_in_one_sentence)])
"""Any fact, as a workflow's handlers must name it.

Temporal's SDK reads their signatures without what is annotated, so every kind would be tried for each fact, which takes
a hundred times as long as to go by ``kind``. An alias with a name keeps it.
"""
