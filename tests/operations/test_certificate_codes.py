"""Verification codes: no two alike, and read however people write them."""

from __future__ import annotations

import re

import pytest

from operations.certificate_codes import make, read


def test_codes_are_grouped_and_have_no_look_alikes() -> None:
    """Twelve characters; a thousand codes are a thousand."""
    made = {make() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", one) for one in made)
    assert all(read(one) == one for one in made)


@pytest.mark.parametrize(
    "written",
    [
        "70Q1-9XWB-M41R",
        "70q1-9xwb-m41r",
        "7OQI-9XWB-M4LR",
        "7oql-9xwb-m4ir",
        " 70Q19XWBM41R\n",
        "70Q1 9XWB M41R",
        "70Q1\u20139XWB\u2014M41R",
        "70Q19X-WBM41R.",
        "70Q1\u00a09XWB\u00a0M41R",
    ],
)
def test_a_code_is_read_as_people_write_it(written: str) -> None:
    """Small letters, other dashes or none, spaces, and O for 0, I or L for 1."""
    assert read(written) == "70Q1-9XWB-M41R"


@pytest.mark.parametrize(
    "written",
    ["", " ", "70Q1-9XWB-M41", "70Q1-9XWB-M41RR", "U0Q1-9XWB-M41R", "70Q1-9XWB-M41Ä", "7" * 5000, "\u0667" * 12],
)
def test_what_is_no_code_is_none(written: str) -> None:
    """Too short, too long, or with other characters."""
    assert read(written) is None
