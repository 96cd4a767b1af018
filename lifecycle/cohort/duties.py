"""All that may fall due in a cohort."""

from __future__ import annotations

from typing import Final

from lifecycle.cohort import participants, teaching
from lifecycle.contradictions import CONTRADICTION
from lifecycle.description import described

MATTERS: Final = described(*teaching.MATTERS, *participants.MATTERS, CONTRADICTION)
