"""A release of Ringmain's own code, brought to a real unit under a real supervisor; a broken one is never active."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import metadata
from pathlib import Path

import pytest

from models.wire.cbor import WireValue
from protocols.exchange.client import connect
from substation.commands import bundle, maintain, supervise
from substation.exchange.access import Role
from substation.exchange.key_files import write_key_pair
from substation.maintenance import inventory
from substation.maintenance.errors import ReleaseError
from substation.stakeholders.register import StakeholderRegister
from tests.substation.maintenance.bench import ERNA, NOW_NS

pytestmark = pytest.mark.timeout(300)  # processes of their own, on machines that do other things as well
ROOT = Path(__file__).parents[3]
UNIT = """schema = 1
unit = {name = "TL", level = "TLGMU"}
maintenance = {settle_s = 0.5, health_s = 20}
"""


@pytest.fixture(autouse=True)
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels are compiled anew for each release (some 10 s), which is not what is tested here."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")


def described(folder: Path, version: str, requires: str = "") -> Path:
    """What a wheel says of itself, and no code yet."""
    about = folder / f"ringmain-{version}.dist-info"
    about.mkdir(parents=True)
    installed = metadata.distribution("ringmain")
    text = installed.read_text("METADATA") or installed.read_text("PKG-INFO") or ""
    text = text.replace("\nVersion: 0.1.0\n", f"\nVersion: {version}\n{requires}", 1)
    (about / "METADATA").write_text(text)
    return folder


def packages(folder: Path, version: str) -> Path:
    """What an unpacked wheel of this source holds, under another version."""
    for package in ("models", "protocols", "substation"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "ringmain.py", folder)
    return described(folder, version)


class Site:
    """A supervised unit in processes of its own, and its engineer."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.site, self.key = folder, folder / "site", folder / "erna.key"
        (folder / "first").mkdir()
        (folder / "first/unit.toml").write_text(UNIT)
        write_key_pair(ERNA, self.key, folder / "erna.pub")
        supervise.run([str(self.site), "--from", str(folder / "first"), "--install-only"])
        with closing(StakeholderRegister(self.site / "local/data")) as register:
            register.enrol(ERNA.public, "Erna", Role.ENGINEER, NOW_NS)

    @contextmanager
    def running(self) -> Iterator[None]:
        with subprocess.Popen([sys.executable, "-m", "ringmain", "supervise", str(self.site)]) as process:
            try:
                yield
            finally:
                process.terminate()
                assert process.wait(20) == 0

    def url(self) -> str:
        host, port = json.loads((self.site / "local/data/listening.json").read_text())["data_interface"]
        return f"ws://{host}:{port}"

    async def state(self) -> dict[str, WireValue]:
        async with connect(self.url(), ERNA, timeout_s=2.0) as client:
            (found,) = await client.query("Maintenance", "TL")
            assert isinstance(found.value, dict)
            return found.value

    def until(self, wanted: Callable[[dict[str, WireValue]], bool]) -> dict[str, WireValue]:
        """The state, once it is as wanted; the unit may be away meanwhile."""
        ends_s = time.monotonic() + 120
        while time.monotonic() < ends_s:
            try:
                state = asyncio.run(self.state())
            except Exception:  # away
                time.sleep(0.05)
                continue
            if wanted(state):
                return state
            time.sleep(0.05)
        raise AssertionError("it did not become so")

    def apply(self, source: Path, version: int) -> None:
        out = self.folder / f"{version}.bundle"
        made = ["make", "--kind", "software", "--from", str(source), "--key", str(self.key), "--version", str(version)]
        bundle.run([*made, "--for", "TL", "--out", str(out)])
        maintain.run([self.url(), "--key", str(self.key), "apply", str(out)])


def test_software_is_renewed(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with site.running():
        site.until(lambda state: state["software"] == inventory.product())
        site.apply(packages(tmp_path / "next", "0.1.1"), 1)
        state = site.until(lambda state: state["software"] == "0.1.1" and state["trial"] is False)
        assert state["active"] == {"configuration": 1, "software": 1}
        assert state["previous"] == {"configuration": 1, "software": 0}


def test_what_cannot_run_here_is_refused_before(tmp_path: Path) -> None:
    site = Site(tmp_path)
    broken = described(tmp_path / "broken", "0.1.1")
    (broken / "substation/maintenance").mkdir(parents=True)
    for package in ("substation", "substation/maintenance"):
        (broken / package / "__init__.py").write_text("")
    (broken / "substation/maintenance/self_test.py").write_text("import a_library_that_nobody_has\n")
    strange = described(tmp_path / "strange", "0.1.1")
    (strange / "numpy").mkdir()
    (strange / "numpy/__init__.py").write_text("")
    other = described(tmp_path / "other", "0.1.1", "Requires-Dist: anything >=3\n")
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "ringmain.py").write_text("")
    cases = (
        (broken, "a_library_that_nobody_has"),
        (strange, "brings 'numpy'"),
        (other, "requires otherwise (anything>=3)"),
        (bare, "no ringmain-"),
    )
    with site.running():
        site.until(lambda state: state["trial"] is False)
        for number, (source, reason) in enumerate(cases, start=1):
            with pytest.raises(maintain.RefusedByUnitError) as refused:
                site.apply(source, number)
            assert reason in str(refused.value)
        state = asyncio.run(site.state())
        assert (state["active"], state["trial"]) == ({"configuration": 1, "software": 0}, False)
        assert state["releases"] == {"configuration": [1], "software": []}


def test_a_site_is_installed_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with pytest.raises(ReleaseError, match="has an active release"):
        supervise.run([str(site.site), "--from", str(tmp_path / "first"), "--install-only"])
    (tmp_path / "first/unit.toml").write_text(UNIT.replace("TLGMU", "none"))
    with pytest.raises(ReleaseError, match="level 'none' is unknown"):
        supervise.run([str(tmp_path / "new"), "--from", str(tmp_path / "first"), "--install-only"])
