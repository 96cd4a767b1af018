"""All that may fall due in an engagement.

A duty looks at the state and at what was carried out, and at nothing else. It yields its items in the order of time.
"""

from __future__ import annotations

from typing import Final

from lifecycle.contradictions import CONTRADICTION
from lifecycle.description import described
from lifecycle.engagement import ending, supervision, weekly

MATTERS: Final = described(*weekly.MATTERS, *supervision.MATTERS, *ending.MATTERS, CONTRADICTION)
