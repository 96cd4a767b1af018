"""All that may fall due in an Introduction course."""

from __future__ import annotations

from typing import Final

from lifecycle.contradictions import CONTRADICTION
from lifecycle.description import described
from lifecycle.intro_course import afterwards, booked, days

MATTERS: Final = described(*booked.MATTERS, *days.MATTERS, *afterwards.MATTERS, CONTRADICTION)
