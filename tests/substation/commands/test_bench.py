"""`ringmain bench`: form of the object, table for people, and a short run of the spine from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from models.errors import RingmainError
from substation.commands import bench

KEYS = ["what", "unit", "ours", "peer", "peers", "ratio", "target", "met"]
ROOT = Path(__file__).parents[3]


def short_run(name: str) -> list[dict[str, Any]]:
    """The figures. Every process of the bench does its part; how fast this machine is does not matter here."""
    command = [sys.executable, "-m", "ringmain", "bench", name, "--short", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert list(told) == ["bench", "figures"]
    assert told["bench"] == name
    figures: list[dict[str, Any]] = told["figures"]
    assert all(list(figure) == KEYS for figure in figures)
    return figures


@pytest.mark.timeout(180)
def test_short_run_of_iec104() -> None:
    figures = short_run("iec104")
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for figure in figures:
        by_name[figure["what"]].append(figure)
        assert figure["ours"] >= 0
    assert [figure["ours"] for figure in figures if figure["what"].startswith("events lost")] == [0]
    hat, c104 = next(found for what, found in by_name.items() if what.startswith("interrogation of 1000 points"))
    assert "hat-drivers" in hat["peer"]
    assert "lib60870" in c104["peer"]
    assert 0 < hat["ours"] == c104["ours"]
    assert all(found["ours"] > 1000 for what, [found, *_] in by_name.items() if what.startswith("spontaneous events"))


@pytest.mark.timeout(180)
def test_short_run_of_mv() -> None:
    """Every part compares its results with its peer's before it tells a time."""
    figures = {figure["what"]: figure for figure in short_run("mv")}
    rates = [figure for figure in figures.values() if figure["unit"] == "candidates/s"]
    assert min(figure["ours"] for figure in rates) > 100
    restored = [figure for what, figure in figures.items() if what.startswith("restoration after one fault")]
    assert ["HiGHS" in figure["peer"] for figure in restored] == [True, False]
    assert any(what.startswith("Volt/Var schedule of 96 steps") for what in figures)


@pytest.mark.timeout(180)
def test_short_run_of_mms() -> None:
    figures = {figure["what"]: figure for figure in short_run("mms")}
    assert all("libiec61850" in figure["peer"] for figure in figures.values())
    reports = next(figure for what, figure in figures.items() if what.endswith("reports"))
    assert min(reports["ours"], reports["peers"]) > 10
    delays = [figure for figure in figures.values() if figure["unit"] == "ms" and "median" in figure["what"]]
    assert len(delays) == 3
    assert all(min(figure["ours"], figure["peers"]) > 0.01 for figure in delays)


@pytest.mark.timeout(180)
def test_short_run_of_the_spine() -> None:
    told = short_run("spine")
    assert len(told) == 5
    for figure in told:
        assert figure["ratio"] == pytest.approx(figure["ours"] / figure["peers"], rel=1e-2)
        assert isinstance(figure["met"], bool)
        assert 0.01 < figure["ours"] < 5000.0  # ms
    median, tail = told[:2]
    assert "median" in median["what"]
    assert median["ours"] <= tail["ours"]
    assert median["peers"] <= tail["peers"]
    assert "hat-drivers" in median["peer"]


class Measured:
    """Stands for a bench module: two figures, one of them without a peer."""

    def measure(self, short: bool, say: bench.Say) -> list[dict[str, object]]:
        say("measuring")
        peered = dict(zip(KEYS, ["delay", "ms", 2.0, "a peer", 4.0, 0.5, "below 3 ms", True], strict=True))
        alone = dict(zip(KEYS, ["time", "s", 9.0, "none: absolute bound", None, None, "below 1 s", False], strict=True))
        return [peered, alone]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tests.bench.spine", Measured())


@pytest.mark.usefixtures("measured")
def test_json_is_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run(["spine", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["figures"][1]["peers"] is None
    assert told.err == "measuring\n"


@pytest.mark.usefixtures("measured")
def test_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    bench.run(["spine"])
    assert capsys.readouterr().out.splitlines() == [
        "delay",
        "  ours    2.0 ms",
        "  peer    a peer: 4.0 ms, ratio 0.5",
        "  target  below 3 ms: met",
        "",
        "time",
        "  ours    9.0 s",
        "  peer    none: absolute bound",
        "  target  below 1 s: NOT MET",
    ]


def test_an_installation_without_the_tests_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    with pytest.raises(RingmainError, match="needs the repository"):
        bench.run(["spine"])


def test_a_missing_peer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bench.BENCHES, "spine", bench.Bench("tests.bench.absent", ""))
    with pytest.raises(RingmainError, match="needs the peers of the tests"):
        bench.run(["spine"])
