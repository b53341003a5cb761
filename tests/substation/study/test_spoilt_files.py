"""Spoilt networks and files beside them end in one object or in one line, whatever the kind of study."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.substation.study.spoilt_files import ASKED, CASE, PLACES, SUPPLEMENT, arguments, ended, judged, tried


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_one_object_or_one_line(tmp_path: Path) -> None:
    for number in range(30):
        asked, wrong, err = tried(tmp_path, number, 3)
        assert not wrong, f"{number}: {' '.join(asked)}: {err}"


@pytest.mark.parametrize("kind", ASKED)
def test_the_sound_ones_are_answered(tmp_path: Path, kind: str) -> None:
    """Otherwise nothing behind the reader would be tried."""
    network, beside = tmp_path / "n.m", tmp_path / "n.toml"
    network.write_text(CASE)
    beside.write_text(SUPPLEMENT.format(**PLACES[".m"]))
    result = ended([kind, str(network), "--with", str(beside), *arguments(kind, ".m", random.Random(1))])
    assert (result[0], judged(*result)) == (0, ""), result[2]
