"""`ringmain sim --scl FILE --tls FILE`: every device behind TLS, with [ied_tls] in a file of its own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from models.driver import LinkConfig
from models.errors import ConfigError
from models.point import Handle
from models.scl.links import links
from models.scl.points import points
from models.scl.reader import read_scl
from protocols.iec61850.client import create
from protocols.tls.link import settings_of
from sim_ied.device_tls import DeviceTls, read_tls_file
from sim_ied.scl_site.reading import read_scl_site
from sim_ied.scl_site.simulator import SclSimulator
from tests.protocols.tls.ends import parameters
from tests.sim_ied.site_files import Memory
from tests.substation.trust.pki import Clocks, Pki

FILE = Path(__file__).with_name("recorder.icd")


def tls_file(folder: Path) -> tuple[Pki, Path]:
    pki = Pki(folder / "utility", Clocks(time.time_ns()), algorithm="p256")
    for name in ("REC1", "OBR"):
        pki.issue(name, role=None, hosts=("127.0.0.1",), algorithm="p256")
    file = folder / "tls.toml"
    keys = ('certificates = "utility/issued"', 'authorities = "utility/authority.pem"', 'names = ["OBR"]')
    file.write_text("\n".join(("schema = 1", "[ied_tls]", *keys)))
    return pki, file


async def attempt(link: LinkConfig) -> str:
    """'' when the link comes up, else why not."""
    specs = [(Handle(number), spec) for number, spec in enumerate(points(read_scl(FILE.read_bytes(), FILE.name)), 1)]
    memory = Memory(specs)
    running = asyncio.create_task(create(link, specs, time.time_ns).run(memory))
    up = asyncio.create_task(memory.until(lambda: memory.is_connected))
    try:
        await asyncio.wait({running, up}, return_when=asyncio.FIRST_COMPLETED)
        return str(running.exception()) if running.done() else ""
    finally:
        for task in (running, up):
            task.cancel()
        await asyncio.gather(running, up, return_exceptions=True)


def test_devices_of_a_file_are_served_over_tls(tmp_path: Path) -> None:
    pki, file = tls_file(tmp_path)
    scl, models = read_scl_site(FILE, None)

    async def scenario() -> None:
        simulator = SclSimulator(scl, models, time.time_ns, tls=read_tls_file(file))
        await simulator.open()
        running = asyncio.create_task(simulator.run())
        try:
            host, port = simulator.addresses["REC1"]
            link = replace(links(scl)[0], host=host, port=port)
            secure = {"tls": "mutual", **settings_of(parameters(pki, "OBR"))}
            assert await attempt(replace(link, settings={**link.settings, **secure})) == ""
            assert "REC1" in await attempt(link)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await simulator.close()

    asyncio.run(scenario())


def test_a_device_without_certificate_is_told_by_name(tmp_path: Path) -> None:
    _, file = tls_file(tmp_path)
    made = read_tls_file(file)
    assert isinstance(made, DeviceTls)
    with pytest.raises(ConfigError, match=r"REC2\.pem"):
        made.secure("REC2")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_tls_file(tmp_path / "none.toml")
    (tmp_path / "empty.toml").write_text("schema = 1")
    with pytest.raises(ConfigError, match="no section"):
        read_tls_file(tmp_path / "empty.toml")
