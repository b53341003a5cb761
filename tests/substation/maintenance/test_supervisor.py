"""The supervisor with real processes: what is not well is rolled back, what ends is started again, nothing outlives."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from substation.maintenance import supervisor as module
from substation.maintenance.errors import ReleaseError
from substation.maintenance.manifest import Kind
from substation.maintenance.pointer import Active, Choice, read_active, write_active
from substation.maintenance.releases import Releases
from substation.maintenance.supervisor import MOST_TRIAL_STARTS, Supervisor
from tests.substation.field.bench import until
from tests.substation.maintenance.standin import lives, site_with

OLD, NEW = Choice(1, 1), Choice(1, 2)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.02)


@asynccontextmanager
async def supervised(releases: Releases) -> AsyncIterator[None]:
    task = asyncio.create_task(Supervisor(releases.site, time.time_ns).run())
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def active(releases: Releases) -> Active:
    found = read_active(releases.site)
    assert found is not None
    return found


def run(releases: Releases, wanted: Callable[[], bool]) -> None:
    async def main() -> None:
        async with supervised(releases):
            await until(wanted)

    asyncio.run(main())


def process_of(releases: Releases) -> int:
    return int((releases.site / "unit.pid").read_text())


def is_there(process: int) -> bool:
    """Nobody may have collected it yet: then it is there in name only."""
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_healthy_release_is_confirmed_and_told_so(tmp_path: Path) -> None:
    releases = site_with(tmp_path, "lives", "lives")
    run(releases, lambda: "heard confirmed" in lives(releases))
    assert lives(releases) == ["lives", "heard confirmed"]
    now = active(releases)
    assert (now.now, now.previous, now.trial) == (NEW, OLD, False)
    assert "confirmed" in now.told
    assert not is_there(process_of(releases))


@pytest.mark.parametrize(
    ("life", "reason"),
    [
        ("fails", "ended with status 3"),
        ("never ready", "was not ready within 2 s"),
        ("dies", "was ended by SIGKILL"),
        ("hangs", "has not said for 1 s that it lives"),
    ],
)
def test_an_unhealthy_release_is_rolled_back(tmp_path: Path, life: str, reason: str) -> None:
    releases = site_with(tmp_path, "lives", life)
    if life == "hangs":
        _settle_longer(releases)
    run(releases, lambda: lives(releases) == [life, "lives"])
    now = active(releases)
    assert (now.now, now.previous, now.trial, now.alarm) == (OLD, None, False, True)
    assert reason in now.told
    assert now.highest == NEW


def _settle_longer(releases: Releases) -> None:
    now = active(releases)
    write_active(releases.site, replace(now, timing=replace(now.timing, settle_s=5.0)))


def test_power_cuts_in_a_trial_end_it(tmp_path: Path) -> None:
    """The supervisor itself is gone each time before it could judge."""
    releases = site_with(tmp_path, "lives", "never ready")
    for number in range(1, MOST_TRIAL_STARTS + 1):
        run(releases, lambda number=number: lives(releases) == ["never ready"] * number)  # type: ignore[misc]
        assert active(releases).starts == number
        assert active(releases).trial
    run(releases, lambda: lives(releases)[-1] == "lives")
    assert active(releases).now == OLD
    assert "never confirmed" in active(releases).told


def test_a_release_that_was_altered_on_the_disk_is_not_started(tmp_path: Path) -> None:
    releases = site_with(tmp_path, "lives", "lives")
    with (releases.folder(Kind.SOFTWARE, 2) / "substation/__init__.py").open("w") as stream:
        stream.write("import evil\n")
    run(releases, lambda: lives(releases) == ["lives"])
    assert active(releases).now == OLD
    assert "is not what was signed" in active(releases).told


def test_what_ends_is_started_again_and_what_asks_at_once(tmp_path: Path) -> None:
    releases = site_with(tmp_path, "lives", "asks")
    run(releases, lambda: lives(releases) == ["asks", "heard confirmed", "asks"])

    async def main() -> None:
        async with supervised(releases):
            await until(lambda: len(lives(releases)) == 4)
            os.kill(process_of(releases), signal.SIGKILL)
            await until(lambda: len(lives(releases)) == 5)

    asyncio.run(main())
    assert active(releases).now == NEW


def test_one_supervisor_for_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    releases = site_with(tmp_path, "lives", "lives")
    monkeypatch.setattr(module, "LOCK_S", 0.2)

    async def main() -> None:
        async with supervised(releases):
            await until(lambda: lives(releases) != [])
            with pytest.raises(ReleaseError, match="supervised already"):
                await Supervisor(releases.site, time.time_ns).run()

    asyncio.run(main())


def test_nothing_active_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no release is active"):
        asyncio.run(Supervisor(tmp_path / "empty", time.time_ns).run())


def test_a_unit_does_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    """The next supervisor waits for it: two units never share the data."""
    releases = site_with(tmp_path, "lives", "lives")
    command = [sys.executable, "-m", "ringmain", "supervise", str(releases.site)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        asyncio.run(until(lambda: "heard confirmed" in lives(releases)))
        unit = process_of(releases)
        process.kill()
    run(releases, lambda: lives(releases).count("lives") == 2)
    assert not is_there(unit)


def test_sigterm_ends_both_orderly(tmp_path: Path) -> None:
    releases = site_with(tmp_path, "lives", "lives")
    command = [sys.executable, "-m", "ringmain", "supervise", str(releases.site)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        asyncio.run(until(lambda: "heard confirmed" in lives(releases)))
        process.terminate()
        assert process.wait(10) == 0
    assert not is_there(process_of(releases))
