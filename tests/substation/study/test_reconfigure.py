"""`ringmain study reconfigure`: golden cases, prices, limits, manual switches, controls, errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ringmain

CASES = sorted((Path(__file__).parents[2] / "cases" / "reconfiguration").glob("*.json"))
BANK = """schema = 1
[[capacitor]]
id = "C30"
bus = "30"
step_var = 150e3
steps = 8
"""
SMALL = """function mpc = ring
mpc.version = '2';
mpc.baseMVA = 1;
mpc.bus = [
  1 3 0   0   0 0 1 1 0 20 1 1.1 0.9
  2 1 1   0.5 0 0 1 1 0 20 1 1.1 0.9
  3 1 2   0.5 0 0 1 1 0 20 1 1.1 0.9
];
mpc.gen = [1 0 0 9 -9 1 1 1 9 0];
mpc.branch = [
  1 2 0.01 0.02 0 {rating} 0 0 0 0 1
  2 3 0.01 0.02 0 0        0 0 0 0 {closed}
  1 3 0.01 0.02 0 0        0 0 0 0 {tie}
];
"""


def answered(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, object]:
    assert ringmain.main(["study", "reconfigure", *map(str, arguments), "--json"]) == 0
    captured = capsys.readouterr()
    found: dict[str, object] = json.loads(captured.out)
    return found


def ring(tmp_path: Path, rating: float = 0, closed: int = 1, tie: int = 0) -> Path:
    file = tmp_path / "ring.m"
    file.write_text(SMALL.format(rating=rating, closed=closed, tie=tie))
    return file


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_golden(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], file: Path) -> None:
    case = json.loads(file.read_text())
    arguments = [data / case["network"], *case["arguments"]]
    if case["with"]:
        beside = tmp_path / "beside.toml"
        beside.write_text("\n".join(case["with"]))
        arguments += ["--with", beside]
    found = answered(capsys, *arguments)
    for key, value in case["expected"].items():
        if key in case["tolerance"]:
            value = pytest.approx(value, abs=case["tolerance"][key])
        assert found[key] == value, key
    assert found["evaluations"] > 0
    assert found["seconds"] > 0


def test_operations_and_their_reasons(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answered(capsys, data / "matpower" / "case16ci.m")
    assert found["operations"] == [
        {"switch": "14", "branch": "14", "close": True},
        {"switch": "15", "branch": "15", "close": True},
        {"switch": "7", "branch": "7", "close": False},
        {"switch": "8", "branch": "8", "close": False},
    ]
    text = "\n".join(found["explanation"])  # type: ignore[arg-type]
    assert "that saves 27.054 kW with 4 operations" in text
    assert "proven, all of 190 radial states" in text


def test_dear_operations_are_fewer(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, money = data / "matpower" / "case33bw.m", ["--aim", "cost", "--price", "0.2", "--hours", "24"]
    found = answered(capsys, file, *money, "--operation", "40")  # each has to save 8.33 kW
    count = len(found["operations"])  # type: ignore[arg-type]
    assert 0 < count < 8
    assert found["optimal"] is True
    assert 202.677 - found["loss_kw"] > count * 8.33  # type: ignore[operator]
    found = answered(capsys, file, *money, "--operation", "400")
    assert found["operations"] == []
    assert found["loss_kw"] == found["loss_kw_before"]


def test_limits_reject_what_would_lose_less(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the branch 1-2 limited the load of bus 2 has to come from the other side."""
    free, limited = (answered(capsys, ring(tmp_path, rating)) for rating in (0, 1.0))
    assert free["open"] == ["2"]
    assert free["violations_before"] == []
    assert limited["open"] == ["1"]
    assert limited["violations"] == []
    assert len(limited["violations_before"]) == 1
    text = "\n".join(limited["explanation"])  # type: ignore[arg-type]
    assert "rejected: open 2 would lose" in text
    assert "branch 1 carries 11" in text


def test_only_what_limits_need(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = answered(capsys, ring(tmp_path), "--aim", "limits")
    assert kept["operations"] == []
    assert "every limit is kept" in "\n".join(kept["explanation"])
    corrected = answered(capsys, ring(tmp_path, 3.0), "--aim", "limits")
    assert corrected["open"] == ["2"]
    assert corrected["violations"] == []


def test_what_is_dark_is_fed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for aim in ("losses", "limits"):
        found = answered(capsys, ring(tmp_path, closed=0), "--aim", aim)
        assert found["unserved_kw"] == 0
        assert found["operations"] == [{"switch": "3", "branch": "3", "close": True}]
        assert "now 2000.0 kW of load are without supply" in found["explanation"]  # type: ignore[operator]


def test_a_loop_is_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answered(capsys, ring(tmp_path, tie=1))
    assert found["open"] == ["2"]
    assert found["loss_kw_before"] < found["loss_kw"]
    assert "not radial" in found["explanation"][0]  # type: ignore[index]


def test_without_remote_control_only_with_manual(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beside = tmp_path / "beside.toml"
    beside.write_text('schema = 1\n[switches]\nmanual = ["1", "2"]\n')
    assert answered(capsys, ring(tmp_path), "--with", beside)["operations"] == []
    assert answered(capsys, ring(tmp_path), "--with", beside, "--manual")["open"] == ["2"]


def test_controls_are_moved_with_the_topology(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beside, file = tmp_path / "beside.toml", data / "matpower" / "case33bw.m"
    beside.write_text(BANK)
    alone = answered(capsys, file, "--with", beside)
    both = answered(capsys, file, "--with", beside, "--controls")
    assert alone["controls"] == {}
    assert both["controls"]["C30"] > 0
    assert both["loss_kw"] < 0.9 * alone["loss_kw"]  # type: ignore[operator]
    assert both["loss_kw_before"] == alone["loss_kw_before"]


NONSENSE = (
    ["--aim", "cost"],
    ["--price", "0.1"],
    ["--aim", "cost", "--price", "0", "--hours", "1", "--operation", "1"],
    ["--controls"],
)


@pytest.mark.parametrize("arguments", NONSENSE)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert ringmain.main(["study", "reconfigure", str(ring(tmp_path)), *arguments]) == 1
    assert capsys.readouterr().err.count("\n") <= 2
