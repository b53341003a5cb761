"""Scenario files end as they say, and break no rule: a choice in every run, all of them with RINGMAIN_WHOLE=1.

All of them by themselves: `python -m tests.virtual.scenarios`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.virtual.scenario_play import files, flaws_of_file

WHOLE = os.environ.get("RINGMAIN_WHOLE") == "1"
CHOICE = (
    "breaker_failure",
    "coil_after_transfer",
    "earth_indicator_reversed",
    "earth_isolated",
    "earth_resistance",
    "earth_transient",
    "hidden_series",
    "island_by_hand",
    "locator_contradicts",
    "recloser_in_donor",
    "recloser_not_concerned",
    "recloser_stuck",
    "remote_10_crew",
    "sectionaliser_parts",
    "slow_links",
    "slow_links_undeclared",
    "two_in_one",
    "two_on_two_ways",
)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("file", [each for each in files() if WHOLE or each.stem in CHOICE], ids=lambda each: each.stem)
def test_scenario(file: Path) -> None:
    assert flaws_of_file(file) == []
