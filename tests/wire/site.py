"""Sites of the wire tests: the files that `ringmain scd` writes, fixed ports, and times that suit a test."""

from __future__ import annotations

import json
import random
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from models.network.elements import Network
from models.network.reader import read_network
from models.wire.keys import SigningKey
from substation.exchange.access import Role
from substation.exchange.key_files import unit_key
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.stakeholder import Kind

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "oberrhein"
OPERATOR = "Olga"
CENTRE = "NCC"
ABOVE = "TL"
SMALL_STATIONS = 24

GROUPS = {"OBR2/K1/E03": (100.0, 770.0)}
"""Pickups in A of a feeder's setting groups: with the first it carries its own load, and no other feeder's."""

HASTE = {
    "dead_times_s = [0.5, 30.0]": "dead_times_s = [0.5, 5.0]",
    "report_delay_s = [0.2, 2.0]": "report_delay_s = [0.1, 0.4]",
    "reset_voltage_s = 5.0": "reset_voltage_s = 1.0",
}
"""Waits of `world.toml` that the small site shortens: nothing hangs on their length."""

_UNIT = """schema = 1
[unit]
name = "{name}"
level = "MVGMU"
scd = "scd.xml"
network = "network.json"
[links]
addresses = "addresses.json"
[data_interface]
port = {unit}
[[control_centre]]
name = "NCC"
port = {centre}
[[control_centre]]
name = "Protection"
port = {protection}
[control_centre.files]
common_address = 1
object_address = 70000
[field.iec61850]
termination_timeout_s = 1
[parent]
url = "ws://127.0.0.1:{above}"
unit = "TL"
[fdir]
mode = "manual"
evidence_window_s = 0.8
travel_s = 1.5
watch_after_close_s = 0.2
[earth_faults]
evidence_window_s = 0.8
hold_s = 1.0
"""
_ABOVE = """schema = 1
[unit]
name = "TL"
level = "TLGMU"
data = "above"
[data_interface]
port = {above}
[[child]]
name = "{name}"
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Fixed, so that whoever was away comes back where the others look for it."""

    unit: int
    centre: int
    above: int
    protection: int


@dataclass(frozen=True, slots=True)
class WireSite:
    """A folder that a simulator, a unit and the unit above it can be started in."""

    folder: Path
    network: Network
    operator: SigningKey
    ports: Ports

    @property
    def name(self) -> str:
        return self.network.name

    @property
    def control(self) -> Path:
        return self.folder / "sim.sock"

    @property
    def data(self) -> Path:
        return self.folder / "data"


def generate_small(folder: Path) -> Path:
    """The 24-station world around one open point, written by the command that users use; returns its folder."""
    return generate(folder, "--stations", str(SMALL_STATIONS), source=_with_groups(folder.with_name("whole.json")))


def _with_groups(file: Path) -> Path:
    network = json.loads((EXAMPLE / "network.json").read_text(encoding="utf-8"))
    for feeder in network["feeders"]:
        if pickups_a := GROUPS.get(feeder["id"]):
            feeder["settings"] = [{"group": number, "pickup_a": each} for number, each in enumerate(pickups_a, 1)]
    file.write_text(json.dumps(network), encoding="utf-8")
    return file


def generate(folder: Path, *arguments: str, source: Path = EXAMPLE / "network.json") -> Path:
    """A network file, changed as the arguments of the command say."""
    command = [sys.executable, "-m", "ringmain", "scd", str(source), *arguments]
    subprocess.run([*command, "--out", str(folder)], cwd=ROOT, check=True, capture_output=True)
    world = folder / "world.toml"
    text = world.read_text(encoding="utf-8")
    for slow, fast in HASTE.items():
        assert slow in text, f"world.toml no longer says {slow}"
        text = text.replace(slow, fast)
    world.write_text(text, encoding="utf-8")
    return folder


def prepare(source: Path, folder: Path) -> WireSite:
    """Copy the site's files into a new folder, with keys, and configurations of the unit and the unit above."""
    folder.mkdir(parents=True)
    for name in ("scd.xml", "network.json", "world.toml"):
        shutil.copy(source / name, folder / name)
    network = read_network((folder / "network.json").read_text(encoding="utf-8"), "network.json")
    site = WireSite(folder, network, SigningKey.generate(), Ports(*free_ports(4)))
    values = {"name": site.name, **asdict(site.ports)}
    (folder / "unit.toml").write_text(_UNIT.format(**values), encoding="utf-8")
    (folder / "above.toml").write_text(_ABOVE.format(**values), encoding="utf-8")
    _enrol(site)
    return site


def _enrol(site: WireSite) -> None:
    """The operator at both units, the unit at the unit above."""
    for data in (site.data, site.folder / "above"):
        data.mkdir()
        with closing(StakeholderRegister(data)) as register:
            register.enrol(site.operator.public, OPERATOR, Role.OPERATOR, time.time_ns(), approves=True)
            if data != site.data:
                register.enrol(unit_key(site.data).public, site.name, Role.VIEWER, time.time_ns(), kind=Kind.AGENT)


def free_ports(count: int) -> list[int]:
    """Ports below those that the system gives to connections, so that nobody takes them while their owner is away."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
