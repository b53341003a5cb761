"""A small part of `python -m tests.models.wire.fuzz`: spoiled frames are refused clearly, and others are served."""

from __future__ import annotations

from pathlib import Path

from tests.models.wire.fuzz import attack
from tests.models.wire.fuzz_targets import PASSED, REFUSED, TARGETS
from tests.substation.exchange.fuzz_listener import besiege


def test_spoiled_frames_are_refused_clearly() -> None:
    counts = attack(20_000, seed=20).counts
    for kind, share in TARGETS:
        assert counts[kind.__name__, REFUSED] > 20_000 * share / 2
        assert counts.get((kind.__name__, PASSED), 0) < 20_000 * share / 4


def test_a_unit_under_siege_serves_others(tmp_path: Path) -> None:
    assert "all answered" in besiege(tmp_path, 100, seed=20)
