"""A few stories of `python -m tests.substation.control.stateful`, which see."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.substation.control.stateful.machine import UnitUnderFire

UnitUnderFire.TestCase.settings = settings(
    max_examples=int(os.environ.get("RINGMAIN_EXAMPLES", "25")),
    stateful_step_count=30,
    derandomize="RINGMAIN_EXAMPLES" not in os.environ,  # the programme searches; here the same stories come each time
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestUnitUnderFire = UnitUnderFire.TestCase
