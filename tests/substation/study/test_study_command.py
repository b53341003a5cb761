"""`ringmain study`: what every kind has in common."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ringmain
from models.network.matpower import read_matpower
from tests.models.network.peer_flow import losses_and_voltages

CASE = """function mpc = three
mpc.version = '2';
mpc.baseMVA = 1;
mpc.bus = [
  1 3 0 0 0 0 1 1 0 20 1 1 1
  2 1 1 0.5 0 0.1 1 1 0 20 1 1.1 0.9
  3 1 2 0.5 0 0 1 1 0 20 1 1.1 0.9
];
mpc.gen = [1 0 0 9 -9 1 1 1 9 0];
mpc.branch = [
  1 2 0.01 0.02 0 4 0 0 0 0 1
  2 3 0.01 0.02 0 1 0 0 0 0 1
  1 3 0.01 0.02 0 0 0 0 0 0 0
];
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    file = tmp_path / "three.m"
    file.write_text(CASE)
    return file


def ended(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    status = ringmain.main(["study", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_json_is_one_object_and_nothing_else(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = ended(capsys, "flow", case, "--json")
    found = json.loads(out)
    assert (status, err, out.count("\n")) == (0, "", 1)
    assert (found["buses"], found["open"], found["sources"], found["load_kw"]) == (3, ["3"], ["1"], 3000.0)
    assert found["findings"] == ["no rating, so the current is not limited: branch 3"]
    assert found["violations"] == [f"branch 2: {found['max_loading']:.1%} of its rating of 28.9 A"]
    assert found["loss_kw"] == pytest.approx(losses_and_voltages(read_matpower(CASE, "three.m"))[0] / 1e3)


def test_text_has_findings_on_standard_error(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = ended(capsys, "flow", case, "--all")
    assert (status, err) == (0, "note: no rating, so the current is not limited: branch 3\n")
    assert "three: 3 buses, 2 closed and 1 open branches, 1 sources" in out
    assert "branch 2: " in out


def test_file_beside_it_changes_the_grid(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beside = tmp_path / "beside.toml"
    beside.write_text('schema = 1\n[[branch]]\nid = "2"\nrated_a = 100\n[[branch]]\nid = "3"\nrated_a = 100\n')
    status, out, _ = ended(capsys, "flow", case, "--with", beside, "--json")
    assert (status, json.loads(out)["violations"], json.loads(out)["findings"]) == (0, [], [])


WRONG = [
    (["grow", "{case}"], "ringmain: study: no study 'grow'; there are "),
    (["flow", "missing.m"], "ringmain: missing.m: cannot be read: [Errno 2] No such file or directory"),
    (["flow", "gone/network"], "ringmain: gone/network: no such file; give an existing file"),
    (["flow", "{case}", "--with", "missing.toml"], "ringmain: missing.toml: cannot be read: [Errno 2]"),
    (["flow", ""], "ringmain: study: no network is named; give a file"),
    (["flow", "x" * 5000], "ringmain: study: no network is named; give a file"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_errors_are_one_line(
    arguments: list[str], message: str, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = ended(capsys, *(each.format(case=case) for each in arguments), "--json")
    assert (status, out) == (1, "")
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_present_state_with_a_loop_is_refused(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case.write_text(CASE.replace("0 0 0\n];", "0 0 1\n];"))
    status, out, err = ended(capsys, "flow", case, "--json")
    assert (status, out) == (1, "")
    assert "is not radial: a loop or two sources are closed by branch 3" in err


USAGE = [
    ([], "ringmain study: the following arguments are required: KIND; "),
    (["flow"], "ringmain study flow: the following arguments are required: NETWORK; "),
    (["flow", "{case}", "--frob"], "ringmain study flow: unrecognized arguments: --frob; "),
    (["restore", "{case}", "--fault", "1", "--effort", "much"], "argument --effort: invalid float value: 'much'; "),
    (
        ["restore", "{case}", "--fault", "1", "--fault=2"],
        "ringmain study restore: --fault is given twice; give it once",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE)
def test_wrong_arguments_are_one_line_too(
    arguments: list[str], message: str, case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        ended(capsys, *(each.format(case=case) for each in arguments))
    captured = capsys.readouterr()
    assert (left.value.code, captured.out, captured.err.count("\n")) == (2, "", 1)
    assert message in captured.err


def test_a_file_of_another_kind_is_told_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.txt"
    other.write_text("x")
    expected = f"ringmain: {other}: is no kind of file that is read here; give .m, .json, .xml or .zip\n"
    assert ended(capsys, "flow", other) == (1, "", expected)


def test_a_byte_order_mark_and_comments_of_any_encoding(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case.write_bytes(b"\xef\xbb\xbf% caf\xe9\n" + CASE.encode())
    status, _, err = ended(capsys, "flow", case, "--json")
    assert (status, err) == (0, "")


def test_what_does_not_converge_names_network_and_causes(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case.write_text(CASE.replace("3 1 2 0.5", "3 1 900 0.5"))
    for kind in ("flow", "reconfigure"):
        status, out, err = ended(capsys, kind, case, "--json")
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert err.startswith(f"ringmain: {case}: no ")
        assert "look for wrong units of loads, impedances or nominal voltages" in err


IMPLAUSIBLE = [
    ("2 1 1 0.5", "2 1 1e30 0.5", "bus 2: load_w is 1e+36; correct it, in w it lies between -1e+12 and 1e+12"),
    ("1 2 0.01", "1 2 1e30", "branch 1: resistance_ohm is 4e+32; correct it, in ohm it lies between"),
    ("1 1 0 20 1 1.1", "1 1 0 2e30 1 1.1", "row 2 of mpc.bus: baseKV is 2e+30; state the nominal voltage in kV"),
    ("0 4 0 0 0 0 1", "0 4 0 0 900 0 1", "branch 1: ratio_pu is 900; correct it"),
    ("9 -9 1 1 1 9", "9 -9 99 1 1 9", "source 1: voltage_pu is 99; correct it"),
]


@pytest.mark.parametrize(("sound", "spoilt", "message"), IMPLAUSIBLE)
def test_values_beyond_all_measure(
    case: Path, capsys: pytest.CaptureFixture[str], sound: str, spoilt: str, message: str
) -> None:
    assert sound in CASE
    case.write_text(CASE.replace(sound, spoilt, 1))
    status, out, err = ended(capsys, "flow", case, "--json")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert message in err
