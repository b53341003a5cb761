"""Forecasts of load on later weeks: better than what is now and than the profile alone, with honest ranges."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import ringmain
from models.errors import AlgorithmError
from substation.study.prevention.load_worth import LoadSeries, load_worth, read_loads
from tests.substation.study.prevention.test_prevent_command import CASE

START_NS = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000_000
SLOT_NS = 900_000_000_000


def series(weeks: int, wave_w: float = 4e5) -> LoadSeries:
    """A daily wave and a deviation that dies away (0.9 a quarter hour)."""
    random, count = np.random.default_rng(4), weeks * 7 * 96
    deviation = np.zeros(count)
    for at in range(1, count):
        deviation[at] = 0.9 * deviation[at - 1] + random.normal(0.0, 2e4)
    times_ns = START_NS + np.arange(count, dtype=np.int64) * SLOT_NS
    return LoadSeries(times_ns, 1e6 + wave_w * np.sin(2 * np.pi * np.arange(count) / 96) + deviation)


def test_better_than_both_baselines_with_honest_ranges() -> None:
    found = load_worth("F", series(6), 0.7)
    assert [each.lead_h for each in found] == [0.25, 1.0, 4.0]
    for each in found:
        assert each.rmse_w < min(each.persistence_rmse_w, each.profile_rmse_w) * 1.02
        assert each.within_90 == pytest.approx(0.9, abs=0.05)
        assert each.score.skill > 0.0
        assert each.score.brier < each.persistence_brier
    assert found[0].rmse_w < 0.6 * found[2].rmse_w


def test_chance_earns_no_skill() -> None:
    """Without wave and memory nothing is known but how often it exceeds."""
    random = np.random.default_rng(1)
    flat = LoadSeries(series(6).times_ns, random.normal(1e6, 1e5, 6 * 7 * 96))
    for each in load_worth("F", flat, 0.7):
        assert each.score.skill < 0.01


def test_too_little(tmp_path: Path) -> None:
    with pytest.raises(AlgorithmError, match="loads of F: .* two weeks"):
        load_worth("F", series(1), 0.7)
    short = series(3)
    with pytest.raises(AlgorithmError, match="too few to judge by"):
        load_worth("F", LoadSeries(short.times_ns[:1600], short.power_w[:1600]), 0.96)
    file = tmp_path / "loads.csv"
    file.write_text(
        "time,feeder,power_w\n2026-03-02T00:00:00Z,F,5\n2026-03-02T00:07:00Z,F,7\n2026-03-02T00:15:00Z,F,9\n"
    )
    assert read_loads(str(file))["F"].power_w.tolist() == [5.0, 9.0]


def test_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    known = series(4)
    lines = [
        f"{datetime.fromtimestamp(int(at_ns) // 1_000_000_000, UTC):%Y-%m-%dT%H:%M:%SZ},F,{watts:.0f}"
        for at_ns, watts in zip(known.times_ns, known.power_w, strict=True)
    ]
    (tmp_path / "two.m").write_text(CASE)
    (tmp_path / "loads.csv").write_text("\n".join(("time,feeder,power_w", *lines)))
    (tmp_path / "assets.csv").write_text("asset,kind,length_m,feeder\n1,cable,5000,F\n")
    (tmp_path / "h.csv").write_text("time,element,event\n2026-01-09T00:00:00Z,1,fault\n2026-02-26T00:00:00Z,1,fault\n")
    files = [text for name in ("loads", "assets") for text in (f"--{name}", str(tmp_path / f"{name}.csv"))]
    time = ["--from", "2026-01-01T00:00:00Z", "--to", "2026-03-01T00:00:00Z", "--history", str(tmp_path / "h.csv")]
    asked = ["study", "prevent", str(tmp_path / "two.m"), *files, *time]
    assert ringmain.main([*asked, "--json"]) == 0
    loads = json.loads(capsys.readouterr().out)["loads"]
    assert [(each["feeder"], each["lead_h"]) for each in loads] == [("F", 0.25), ("F", 1.0), ("F", 4.0)]
    assert loads[0]["rmse_w"] < loads[0]["rmse_w_persistence"]
    assert ringmain.main(asked) == 0
    assert "F, 0.25" in capsys.readouterr().out
