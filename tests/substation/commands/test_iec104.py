"""`ringmain iec104 explain`."""

from __future__ import annotations

import io

import pytest

from ringmain import EXIT_ERROR, main


def test_octets_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["iec104", "explain", "68 04 07 00 00 00", "680401000200"]) == 0
    assert capsys.readouterr().out == "U STARTDT act\nS N(R) 1\n"


def test_lines_of_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("0x680443000000\n\n64:01:06:00:01:00:00:00:00:14\n"))
    assert main(["iec104", "explain", "-"]) == 0
    [testfr, interrogation] = capsys.readouterr().out.splitlines()
    assert testfr == "U TESTFR act"
    assert interrogation == "C_IC_NA_1 (100), COT 6 activation, OA 0, CA 1: 0 QOI 20 (station)"


@pytest.mark.parametrize("text", ["xyz", "680"])
def test_what_is_no_octets_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["iec104", "explain", text]) == EXIT_ERROR
    assert "hexadecimal" in capsys.readouterr().err
