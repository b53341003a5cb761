"""`ringmain sim` as a process of its own, steered through its control socket."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sim_ied.commands.sim import run
from tests.sim_ied.site_files import write_site

ROOT = Path(__file__).parents[2]
SCENARIO = 'schema = 1\n[[at]]\ns = 0.0\nkind = "battery low"\ntarget = "ST1"\n'


class Steering:
    """A line out, a line in."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10.0)
        self._socket.connect(str(path))
        self._file = self._socket.makefile("rw")

    def ask(self, **request: object) -> Any:
        return self.send(json.dumps(request))

    def send(self, line: str) -> Any:
        self._file.write(line + "\n")
        self._file.flush()
        return json.loads(self._file.readline())

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ringmain", "sim", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def simulator(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Steering, str]]:
    world = write_site(folder)
    (folder / "night.toml").write_text(SCENARIO, encoding="utf-8")
    control = folder / "control"
    options = ("--speed", "20", "--seed", "7", "--control", str(control), "--scenario", str(folder / "night.toml"))
    process = start(str(world), *options)
    try:
        assert process.stdout is not None
        banner = process.stdout.readline()
        steering = Steering(control)
        yield process, steering, banner
        steering.close()
    finally:
        process.kill()
        process.communicate()


def test_serves_writes_addresses_is_steered_and_ends(tmp_path: Path) -> None:
    with simulator(tmp_path) as (process, steering, banner):
        assert banner.startswith("simulating small: 13 devices, ")
        assert "seed 7, speed 20" in banner
        addresses = json.loads((tmp_path / "addresses.json").read_text(encoding="utf-8"))
        assert addresses["ST1"][0] == "127.0.0.1"
        status = steering.ask(kind="status")
        assert (status["ok"], status["seed"], status["addresses"]) == (True, 7, addresses)
        assert steering.ask(kind="fault", id="F1", element="L03/W03")["ok"] is True
        truth = steering.ask(kind="truth")
        assert truth["faults"][0]["id"] == "F1"
        assert steering.ask(kind="log", since=0)["transitions"][0]["source"] == "fault"
        low, position = "ST1/ZBAT1.BatLo", "ST1/K1/E01/Q0/CSWI1.Pos"
        assert steering.ask(kind="values", points=[low, position])["values"] == {low: True, position: 2}
        events = [event for event in steering.ask(kind="events")["events"] if event["point"] == low]
        assert [(event["value"], event["quality"]) for event in events] == [(True, 0)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert not (tmp_path / "control").exists()


def test_wrong_requests_are_answered_and_do_no_harm(tmp_path: Path) -> None:
    with simulator(tmp_path) as (_, steering, _):
        assert "not JSON" in steering.send("{")["error"]
        assert "an object is expected" in steering.send("[]")["error"]
        assert "not JSON" in steering.send("[" * 50_000)["error"]
        assert "unknown kind 'burn'" in steering.ask(kind="burn")["error"]
        assert "unknown key" in steering.ask(kind="repair", target="F1", when=3)["error"]
        assert "no line or busbar" in steering.ask(kind="fault", id="F1", element="L99")["error"]
        assert "no device has point ST1/X" in steering.ask(kind="values", points=["ST1/X"])["error"]
        assert "no device of that name" in steering.ask(kind="kill", target="ST99")["error"]
        assert steering.ask(kind="status")["ok"] is True


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--control", "precious.txt", "is no socket"),
        ("--control", "x" * 150, "cannot be opened as a socket"),
        ("--control", "none/control", "cannot be opened as a socket"),
        ("--addresses", "none/addresses.json", "cannot be written"),
    ],
)
def test_paths_that_do_not_serve_are_one_clear_line(tmp_path: Path, option: str, value: str, message: str) -> None:
    world, precious = write_site(tmp_path), tmp_path / "precious.txt"
    precious.write_text("mine", encoding="utf-8")
    process = start(str(world), option, str(tmp_path / value))
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert message in errors
    assert len(errors.splitlines()) == 1
    assert precious.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf"])
def test_speeds_that_no_simulation_has(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["world.toml", f"--speed={speed}"])
    assert "a number from 0.01 to 1000 is expected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("world.toml", "schema = 1\n", "'loads.profile' is missing"),
        ("scd.xml", "no XML", "scd.xml"),
        ("network.json", "{}", "network.json"),
        ("night.toml", 'schema = 1\n[[at]]\nkind = "repair"\ntarget = "F9"\n', "F9: there is no such fault"),
    ],
)
def test_wrong_files_are_one_clear_line(tmp_path: Path, file: str, content: str, message: str) -> None:
    world = write_site(tmp_path)
    (tmp_path / "night.toml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / file).write_text(content, encoding="utf-8")
    process = start(str(world), "--scenario", str(tmp_path / "night.toml"))
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert message in errors
    assert len(errors.splitlines()) == 1
