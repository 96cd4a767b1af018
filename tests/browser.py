"""The browser of this machine, where there is one."""

from __future__ import annotations

import os
import shutil

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

BROWSER = os.environ.get("MCA_TEST_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)
"""Where Chromium or Chrome is; None where there is none."""

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="No Chromium or Chrome was found: install one, or name it in MCA_TEST_BROWSER."
)
