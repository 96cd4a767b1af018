"""How many lives, sheets and charts are drawn to try the rules with.

`make test` draws the same few each time, so that what it says depends on the code alone; `make lives` draws others each
time, and many more.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import settings

MANY: Final = os.environ.get("HYPOTHESIS_PROFILE") == "many"
"""Whether as many are drawn as a patient person waits for."""

settings.register_profile("few", derandomize=True)
settings.register_profile("many", max_examples=1000)
settings.load_profile("many" if MANY else "few")
