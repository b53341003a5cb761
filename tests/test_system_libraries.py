"""build-aux/system-libraries, on machines made of a few programs in a folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "build-aux" / "system-libraries"
TOOLS = ("awk", "rm", "sh", "tail", "tee", "cat")
OFFSCREEN = (
    "libglib-2.0.so.0",
    "libGL.so.1",
    "libEGL.so.1",
    "libfontconfig.so.1",
    "libxkbcommon.so.0",
    "libdbus-1.so.3",
)


class Machine:
    """A PATH with the tools above and programs that answer as told; `qt` is whether Qt loads."""

    def __init__(self, folder: Path, there: tuple[str, ...], user: int, qt: bool) -> None:
        self.folder, self.marker, self.installed = folder, folder / "without-hmi", folder / "installed"
        for tool in TOOLS:
            (folder / tool).symlink_to(str(shutil.which(tool)))
        self.program("ldconfig", "\n".join(f"echo '\t{name} (libc6,x86-64) => /lib/{name}'" for name in there) or ":")
        self.program("id", f"echo {user}")
        self.program("uname", "echo Linux")
        self.program("python", "exit 0" if qt else "echo 'ImportError: libGL.so.1: cannot open'; exit 1")

    def program(self, name: str, body: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.folder / name).chmod(0o755)

    def with_apt(self, status: int = 0) -> Machine:
        self.program("apt-get", f'echo "$@" >> {self.installed}; exit {status}')
        return self

    def run(self, display: str = "") -> str:
        environment = {"PATH": str(self.folder), "DISPLAY": display}
        result = subprocess.run(
            [SCRIPT, self.marker, self.folder / "python"], env=environment, capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stderr) == (0, "")
        return result.stdout


def test_nothing_is_done_when_all_is_there(tmp_path: Path) -> None:
    machine = Machine(tmp_path, OFFSCREEN, user=0, qt=True).with_apt()
    machine.marker.write_text("from an earlier run")
    assert machine.run() == ""
    assert not machine.installed.exists()
    assert not machine.marker.exists()


def test_root_installs_only_what_is_missing(tmp_path: Path) -> None:
    machine = Machine(tmp_path, tuple(set(OFFSCREEN) - {"libEGL.so.1", "libdbus-1.so.3"}), user=0, qt=True).with_apt()
    machine.run()
    assert machine.installed.read_text() == "install -y --no-install-recommends libegl1 libdbus-1-3\n"


def test_without_root_the_line_to_run_is_printed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, OFFSCREEN[2:], user=1000, qt=False).with_apt()
    printed = machine.run()
    assert "sudo apt-get install --no-install-recommends libglib2.0-0 libgl1\n" in printed
    assert "going on without the HMI" in printed
    assert not machine.installed.exists()
    assert machine.marker.read_text() == "ImportError: libGL.so.1: cannot open\n"


def test_package_lists_are_refreshed_when_installing_fails(tmp_path: Path) -> None:
    machine = Machine(tmp_path, OFFSCREEN[1:], user=0, qt=False).with_apt(status=100)
    assert "that failed; run by hand:  apt-get install" in machine.run()
    assert [line.split()[0] for line in machine.installed.read_text().splitlines()] == ["install", "update"]


def test_other_distributions_are_told_the_shared_objects(tmp_path: Path) -> None:
    machine = Machine(tmp_path, tuple(set(OFFSCREEN) - {"libEGL.so.1"}), user=0, qt=False)
    assert "shared libraries of your distribution: libEGL.so.1\n" in machine.run()


@pytest.mark.parametrize(("display", "wanted"), [("", False), (":0", True)])
def test_window_system_libraries_only_with_a_display(tmp_path: Path, display: str, wanted: bool) -> None:
    machine = Machine(tmp_path, OFFSCREEN, user=0, qt=True).with_apt()
    machine.run(display)
    assert machine.installed.exists() is wanted
