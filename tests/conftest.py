"""How much hypothesis tries: little by default, much in the nightly run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No deadline and no judgement on speed: both measure the machine. `quick` draws the same examples every time, so that a
# change is judged by what it changes; `nightly` draws new ones.
_CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("quick", _CALM, max_examples=25, derandomize=True, database=None)
settings.register_profile("nightly", _CALM, max_examples=5_000)
settings.load_profile(os.environ.get("DEVICECAT_HYPOTHESIS", "quick"))
