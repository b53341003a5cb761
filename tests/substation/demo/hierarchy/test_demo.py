"""`ringmain demo --hierarchy` at a small size, as whoever types it sees it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import ringmain
from substation.demo.children import ROOT

SMALL = ["demo", "--hierarchy", "--headless", "--mvgmus", "1", "--lvgmus", "2", "--customers", "12", "--period", "5"]
LONGEST_S = 150.0
STARTED_S, GONE_S = 60.0, 30.0


@contextlib.contextmanager
def demonstration(folder: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "ringmain", *SMALL, "--out", str(folder / "out"), *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_every_claim_holds(tmp_path: Path) -> None:
    """Without the encrypted sum, which takes two minutes: it has a test of its own, with faster clocks."""
    with demonstration(tmp_path, "--report", "report.json", "--without", "encrypted-sum") as process:
        said, complaints = process.communicate(timeout=LONGEST_S)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["objections"] == [], said
    assert (process.returncode, complaints) == (0, ""), said
    assert report["verified"]
    assert report["units"] == {"TLGMU": 1, "MVGMU": 1, "LVGMU": 2, "CMU": 12}
    claims = {claim["name"]: claim["figures"] for claim in report["claims"]}
    assert claims["joined"] == {"joined_CMU": 12, "joined_LVGMU": 2, "joined_MVGMU": 1}
    assert claims["price"]["customers"] == 12
    assert claims["set-points"]["one_after_w"] <= claims["set-points"]["one_set_point_w"]
    assert claims["outage"]["values_compared"] > 0
    assert report["most_processes"] <= 6
    assert "8 of 8 claims verified" in said


def test_a_demonstration_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    with demonstration(tmp_path) as process:
        grid = _started(tmp_path / "out")
        process.kill()
        process.wait()
        deadline_s = time.monotonic() + GONE_S
        while any(map(_lives, grid)):
            assert time.monotonic() < deadline_s, f"{grid} live on"
            time.sleep(0.1)


def _started(folder: Path) -> list[int]:
    """Ids of the processes that serve the units, once there are three."""
    deadline_s = time.monotonic() + STARTED_S
    while time.monotonic() < deadline_s:
        found = [process for process, line in _command_lines() if " serve " in line and str(folder) in line]
        if len(found) == 3:
            return found
        time.sleep(0.1)
    raise AssertionError("the units did not start")


def _command_lines() -> Iterator[tuple[int, str]]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield int(file.parent.name), file.read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _lives(process: int) -> bool:
    try:
        return "\nState:\tZ" not in (Path("/proc") / str(process) / "status").read_text(encoding="ascii")
    except OSError:
        return False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--customers", "9", "--lvgmus", "2"], "9 customers are too few for the sums of 2 LVGMUs; name at least 5"),
        (["--mvgmus", "3", "--lvgmus", "2"], "a level has fewer units than the one above it"),
        (["--period", "7"], "a day has no whole number of them"),
        (["--report", "none/report.json"], "there is no folder none"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ringmain.main(["demo", "--hierarchy", "--headless", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert words in line


def test_a_folder_that_has_been_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "customers.toml").write_text("of another run", encoding="utf-8")
    assert ringmain.main([*SMALL, "--out", str(tmp_path)]) == 1
    assert "is not empty; name a new folder" in capsys.readouterr().err.splitlines()[-1]


def test_too_few_open_files_are_told_at_once(tmp_path: Path) -> None:
    limit = f"ulimit -n 500 && exec {sys.executable} -m ringmain {' '.join(SMALL)} --out {tmp_path / 'out'}"
    ended = subprocess.run(["/bin/sh", "-c", limit], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "open files are needed and 500 allowed; raise the hard limit (ulimit -Hn)" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    with demonstration(tmp_path) as process:
        units = _started(tmp_path / "out")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=GONE_S)
        assert process.returncode == 130
        assert not any(map(_lives, units))
