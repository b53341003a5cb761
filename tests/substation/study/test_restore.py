"""`ringmain study restore`: from the command line to the answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import ringmain

CASE = """function mpc = ring
mpc.version = '2';
mpc.baseMVA = 1;
mpc.bus = [
  1 3 0 0 0 0 1 1 0 20 1 1 1
  2 1 1 0.5 0 0 1 1 0 20 1 1.1 0.9
  3 1 2 0.5 0 0 1 1 0 20 1 1.1 0.9
  4 1 1 0.5 0 0 1 1 0 20 1 1.1 0.9
];
mpc.gen = [1 0 0 9 -9 1 1 1 9 0];
mpc.branch = [
  1 2 0.001 0.002 0 5 0 0 0 0 1
  2 3 0.001 0.002 0 5 0 0 0 0 1
  1 4 0.001 0.002 0 RATE 0 0 0 0 1
  3 4 0.001 0.002 0 5 0 0 0 0 0
];
"""


def asked(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    assert ringmain.main(["study", "restore", *map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def case(folder: Path, rated_mva: float) -> Path:
    file = folder / "ring.m"
    file.write_text(CASE.replace("RATE", f"{rated_mva:g}"))
    return file


def test_everything_is_restored_over_the_tie(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, case(tmp_path, 5), "--fault", "1")
    assert (found["unserved_kw"], found["open"], found["close"], found["optimal"]) == (0.0, [], ["4"], True)
    assert found["isolate"] == ["1"]
    assert found["vmin_pu"] > 0.9
    assert 0 < found["max_loading"] <= 1
    assert [step["do"] for step in found["steps"]] == ["open", "close"]


def test_a_rating_leaves_a_part_dark_and_says_which(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, case(tmp_path, 3.5), "--fault", "1")
    assert (found["unserved_kw"], found["open"], found["close"]) == (1000.0, ["2"], ["4"])
    assert found["unserved"] == ["2"]
    assert "branch 3 at" in next(each["reason"] for each in found["rejected"] if each["switch"] == "2")


def test_cold_loads_come_back_larger_and_overload_lets_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beside = tmp_path / "beside.toml"
    file = case(tmp_path, 4.4)
    assert asked(capsys, file, "--fault", "1")["unserved_kw"] == 0
    beside.write_text("schema = 1\n[cold_load]\nfactor = 1.3\nduration_s = 1800\n")
    assert asked(capsys, file, "--fault", "1", "--with", beside)["unserved_kw"] == 1000
    text = beside.read_text()
    beside.write_text(
        text + "[overload]\nlines_pu = 1.3\nlines_s = 7200\ntransformers_pu = 1.3\ntransformers_s = 7200\n"
    )
    assert asked(capsys, file, "--fault", "1", "--with", beside)["unserved_kw"] == 0
    assert asked(capsys, file, "--fault", "1", "--with", beside, "--duration-s", 9000)["unserved_kw"] == 1000


def test_several_faults_and_what_no_switch_reaches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, case(tmp_path, 5), "--fault", "1,4")
    assert (found["unserved_kw"], found["out_of_reach_kw"], found["close"]) == (3000.0, 3000.0, [])
    assert found["optimal"] is True


def test_a_branch_without_switch_takes_its_bus_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beside = tmp_path / "beside.toml"
    beside.write_text('schema = 1\n[switches]\nnone = ["2"]\n')
    found = asked(capsys, case(tmp_path, 5), "--fault", "2", "--with", beside)
    assert found["isolate"] == ["1"]
    assert found["unserved"] == ["2", "3"]


def test_an_unknown_branch_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ringmain.main(["study", "restore", str(case(tmp_path, 5)), "--fault", "77"]) != 0
    assert "no branch '77'" in capsys.readouterr().err


def beside(folder: Path, manual: str) -> Path:
    file = folder / "beside.toml"
    file.write_text(f"schema = 1\n[switches]\nmanual = {manual}\n")
    return file


def test_a_crew_closes_a_tie_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, case(tmp_path, 5), "--fault", "1", "--with", beside(tmp_path, '["4"]'))
    assert (found["unserved_kw"], found["close"]) == (3000.0, [])
    assert found["crew"] == [{"switch": "4", "do": "close"}]
    assert found["crew_unserved_kw"] == 0
    assert [(step["switch"], step["do"], step["by_hand"]) for step in found["crew_steps"]] == [
        ("1", "open", False),
        ("4", "close", True),
    ]
    assert ringmain.main(["study", "restore", str(tmp_path / "ring.m"), "--fault", "1", "--with",
                          str(tmp_path / "beside.toml")]) == 0  # fmt: skip
    assert "with a crew 3000.0 kW more come back and 0.0 kW do not; by hand: close 4" in capsys.readouterr().out


def test_a_crew_cuts_the_fault_off_closer_and_ties_stay_remote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = asked(capsys, case(tmp_path, 5), "--fault", "1", "--with", beside(tmp_path, '["1", "2"]'))
    assert (found["unserved_kw"], found["crew_unserved_kw"]) == (4000.0, 0)
    assert found["crew"] == [{"switch": "1", "do": "open"}]
    assert [step["switch"] for step in found["crew_steps"]] == ["1", "4"]


def test_no_crew_where_remote_control_does_it_or_nothing_helps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remote = asked(capsys, case(tmp_path, 5), "--fault", "1")
    assert (remote["crew"], remote["crew_steps"], remote["crew_unserved_kw"]) == ([], [], 0)
    nothing = asked(capsys, case(tmp_path, 5), "--fault", "1,4", "--with", beside(tmp_path, '["2"]'))
    assert (nothing["crew"], nothing["crew_unserved_kw"]) == ([], 3000.0)


def test_a_transformer_off_its_nominal_ratio_is_filled(capsys: pytest.CaptureFixture[str]) -> None:
    """Oberrhein behind one of its two transformers, tapped to 0.955: what is left dark is what does not fit."""
    found = asked(capsys, "mv_oberrhein", "--fault", "trafo:114")
    assert 0.99 < found["max_loading"] <= 1.0
    assert found["unserved_kw"] <= 13_566.0  # by hand: the plan of a search that took it for full at 95 %, less three
    reasons = [each["reason"] for each in found["rejected"]]
    assert not [each for each in reasons if each.startswith(("what lies behind", "not found"))]
