"""`ringmain study vvc`: published cases, devices of a file, errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ringmain

DEVICES = """schema = 1
[[capacitor]]
id = "C30"
bus = "30"
step_var = 150e3
steps = 7
steps_on = 2
[[regulator]]
id = "T1"
branch = "1"
tap = 1
tap_min = -4
tap_max = 4
tap_step_pu = 0.0125
[[generator]]
id = "PV"
bus = "18"
power_w = 300e3
var_min = -100e3
var_max = 100e3
[horizon]
step_s = 3600
load = [0.4, 1.2]
generation = [0.0, 1.0]
"""


def answered(capsys: pytest.CaptureFixture[str], network: Path, supplement: Path) -> dict[str, object]:
    assert ringmain.main(["study", "vvc", str(network), "--with", str(supplement), "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("case", "banks", "loss_kw"), [("case33bw.m", 3, 132.371), ("case33bw.m", 1, 143.700), ("case69.m", 1, 152.051)]
)
def test_banks_are_sited_as_well_as_is_known(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str, banks: int, loss_kw: float
) -> None:
    """Source: coordinate descent with restarts, independent of this search; agrees with the published range."""
    wish = tmp_path / "siting.toml"
    wish.write_text(f"schema = 1\n[siting]\nbanks = {banks}\nstep_var = 150e3\n")
    found = answered(capsys, data / "matpower" / case, wish)
    assert found["loss_kw"] == pytest.approx(loss_kw, abs=1e-3)
    assert len(found["settings"]) == banks  # type: ignore[arg-type]


def test_devices_move_over_the_horizon(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "devices.toml"
    file.write_text(DEVICES)
    found = answered(capsys, data / "matpower" / "case33bw.m", file)
    settings = found["settings"]
    assert isinstance(settings, dict)
    assert sorted(settings) == ["C30", "PV", "T1"]
    assert all(len(course) == 2 for course in settings.values())
    assert settings["C30"][0] < settings["C30"][1] <= 7
    assert min(settings["T1"]) >= -4
    assert found["loss_kwh"] < found["loss_kwh_before"]  # type: ignore[operator]
    assert found["excess"] == 0.0


def test_for_people(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "devices.toml"
    file.write_text(DEVICES)
    assert ringmain.main(["study", "vvc", str(data / "matpower" / "case33bw.m"), "--with", str(file)]) == 0
    out = capsys.readouterr().out
    assert "every limit is kept" in out
    assert "from moment 1" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = 1\n", "nothing to control"),
        ("schema = 1\n[horizon]\nload = [1.0]\ngeneration = [1.0, 2.0]\n", "1 loads and 2 generations"),
        ("schema = 1\n[siting]\nbanks = 0\nstep_var = 1e5\n", "no bank or no step"),
        ("schema = 1\n[siting]\nbanks = 1\nstep_var = 1e5\nbuses = ['99']\n", "no bus '99'"),
    ],
)
def test_errors_say_what_to_do(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    assert ringmain.main(["study", "vvc", str(data / "matpower" / "case33bw.m"), "--with", str(file)]) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert said in captured.err
