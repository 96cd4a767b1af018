"""What every due item owes to the description of its matter."""

from lifecycle.matters import MATTERS
from schemas.due import DueItem


def is_described(item: DueItem) -> None:
    """Its rule has a sentence, and its parameter is named where the matter is described."""
    matter = MATTERS[item.matter]
    assert item.rule in matter.rules, f"{matter.matter}: say the rule {item.rule} in words, in its rules"
    parameter = item.parameter.partition(" = ")[0]
    known = parameter in matter.facts or any(f"{parameter}.".startswith(f"{name}.") for name in matter.parameters)
    assert known, f"{matter.matter}: name {parameter} in its parameters, or in its facts"
