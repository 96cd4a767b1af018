"""How many lives, sheets and charts are drawn to try the rules with.

`make test` draws the same few each time, so that what it says depends on the code alone; `make lives` draws others each
time, and many more.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

MANY: Final = os.environ.get("HYPOTHESIS_PROFILE") == "many"
"""Whether as many are drawn as a patient person waits for."""

# How long drawing takes says something of the machine alone.
_SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("few", _SLOW, derandomize=True)
settings.register_profile("many", _SLOW, max_examples=1000)
settings.load_profile("many" if MANY else "few")
