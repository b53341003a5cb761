"""`ringmain hmi` as a process of its own: pictures on request, clear errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hmi.small_unit import OPERATOR, SmallUnit

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ringmain", "hmi", *arguments]


def test_pictures_on_request(tmp_path: Path, unit: SmallUnit) -> None:
    key = tmp_path / "olga.key"
    key.write_text(OPERATOR.to_text(), encoding="ascii")
    command = run(unit.url, "--key", str(key), "--offscreen", "--screenshots", str(tmp_path / "shots"))
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("ready\nshot first\nview ladder\ndance\nquit\n")
        process.stdin.flush()
        said = [process.stdout.readline().strip() for _ in range(5)]
        assert process.wait(20) == 0
    assert said[0] == "ready"
    assert said[1] == f"saved {tmp_path / 'shots' / 'first.png'}"
    assert said[2] == "done"
    assert said[3].startswith("error: unknown word 'dance'")
    assert (tmp_path / "shots" / "first.png").stat().st_size > 50_000


def test_missing_key_is_one_clear_line(tmp_path: Path) -> None:
    result = subprocess.run(
        run("--key", str(tmp_path / "none")), cwd=ROOT, capture_output=True, text=True, check=False, timeout=50
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "none: cannot be read" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        (("notaurl",), 2, "ws://HOST:PORT is expected, not 'notaurl'"),
        (("http://127.0.0.1:8104",), 2, "ws://HOST:PORT is expected"),
        (("--text-scale", "nan"), 2, "a number from 0.8 to 2 is expected"),
        (("--offscreen", "--screenshots", "{key}"), 1, "cannot be made"),
        ((), 1, "there is no display"),
    ],
)
def test_what_cannot_be_opened_is_said(tmp_path: Path, arguments: tuple[str, ...], status: int, problem: str) -> None:
    key = tmp_path / "olga.key"
    key.write_text(OPERATOR.to_text(), encoding="ascii")
    places = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in places}
    given = [text.format(key=key) for text in arguments]
    result = subprocess.run(
        run(*given, "--key", str(key)), cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        timeout=50,
    )  # fmt: skip
    assert result.returncode == status
    assert problem in result.stderr.splitlines()[-1]
