"""What a person may ask of `ringmain demo`, and what is refused before any process starts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import ringmain
from models.network.reader import read_network
from substation.demo.choice import check_fault
from substation.demo.command import EXAMPLE
from substation.demo.narrator import Narrator


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that says why."""
    assert ringmain.main(["demo", "--headless", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


@pytest.mark.parametrize(
    ("element", "remedy"),
    [
        ("nonsense", "for example L000/W000 or "),
        ("L003", "for example L003/W003"),
        ("ST221", "for example ST221/K1/BB1"),
        ("ST221/K1/E01/Q0", "for example L000/W000 or "),
    ],
)
def test_a_fault_where_none_can_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], element: str, remedy: str
) -> None:
    line = refused(capsys, "--fault", element, "--out", str(tmp_path / "out"))
    assert f"has no line or busbar '{element}'" in line
    assert remedy in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("element", ["L003/W003", "ST221/K1/BB1", "ST221/K1/BB1/N1"])
def test_faults_that_can_be(element: str) -> None:
    check_fault(read_network((EXAMPLE / "network.json").read_text(encoding="utf-8"), "network.json"), element)


def test_a_report_without_a_folder_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no folder" in refused(capsys, "--report", str(tmp_path / "none" / "report.json"))


def test_a_folder_that_has_been_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "operator.key").write_text("of another run", encoding="ascii")
    assert "is not empty; name a new folder" in refused(capsys, "--out", str(tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["operator.key"]
    assert "operator.key: " in refused(capsys, "--out", str(tmp_path / "operator.key"))


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "1e9"])
def test_speeds_that_no_simulation_has(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        ringmain.main(["demo", f"--speed={speed}"])
    assert "a number from 0.01 to 1000 is expected" in capsys.readouterr().err


def test_the_story_is_told_on_the_stream_that_the_report_leaves_free(capsys: pytest.CaptureFixture[str]) -> None:
    Narrator(sys.stderr).say("demo", "hello")
    assert capsys.readouterr() == ("", "           demo       hello\n")
