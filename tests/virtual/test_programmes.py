"""Random programmes of faults, failures, crews, operators and crashes: no seed may break a rule.

A long programme: `python -m tests.virtual.soak --seeds N`.
"""

from __future__ import annotations

import os

import pytest

from tests.virtual.soak import Tally, play

WHOLE = os.environ.get("RINGMAIN_WHOLE") == "1"
SEEDS, BATCH, ACTS = (1000 if WHOLE else 60), 6, 5


@pytest.mark.timeout(120)
@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_random_programmes(first: int) -> None:
    for seed in range(first, first + BATCH):
        flaws = play(seed, ACTS, Tally())
        assert not flaws, "\n".join(flaws)
