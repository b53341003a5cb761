"""The site of a demonstration: a copy of an example, with free ports, a unit above, and keys that it enrols itself."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from models.errors import RingmainError
from models.wire.keys import SigningKey
from substation.exchange.access import Role
from substation.exchange.key_files import unit_key, write_key_pair
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.stakeholder import Kind

FILES = ("scd.xml", "network.json", "world.toml")
ABOVE = "TL"

_UNIT = """schema = 1
[unit]
name = "{name}"
level = "MVGMU"
scd = "scd.xml"
network = "network.json"
[links]
addresses = "addresses.json"
[[control_centre]]
name = "NCC"
[control_centre.files]
object_address = 70000
[parent]
url = "ws://127.0.0.1:{above}"
unit = "TL"
[fdir]
mode = "{mode}"
evidence_window_s = {window_s}
watch_after_close_s = {watch_s}
"""
_ABOVE = """schema = 1
[unit]
name = "TL"
level = "TLGMU"
data = "above"
[[child]]
name = "{name}"
"""


@dataclass(frozen=True, slots=True)
class DemoSite:
    """Where everything of one demonstration is, and its declared waits."""

    folder: Path
    name: str
    mode: str
    operator: SigningKey
    evidence_window_s: float
    watch_after_close_s: float

    @property
    def unit_toml(self) -> Path:
        return self.folder / "unit.toml"

    @property
    def above_toml(self) -> Path:
        return self.folder / "above.toml"

    @property
    def operator_key(self) -> Path:
        return self.folder / "operator.key"

    @property
    def control_socket(self) -> Path:
        return self.folder / "sim.sock"


def prepare(example: Path, folder: Path, mode: str) -> DemoSite:
    """Copy the example's files into an empty folder and enrol keys; `write_unit` completes it."""
    sources = [_existing(example, file) for file in FILES]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):  # another run's keys and history do not belong to this one
            raise RingmainError(f"{folder} is not empty; name a new folder with --out, or remove what is in it")
        for source in sources:
            shutil.copy(source, folder)
    except OSError as error:
        raise RingmainError(f"{folder}: {error.strerror}; name a folder you may write to with --out") from error
    name = str(json.loads((folder / "network.json").read_text(encoding="utf-8"))["name"])
    site = DemoSite(folder, name, mode, SigningKey.generate(), 3.0, 0.2)
    site.above_toml.write_text(_ABOVE.format(name=name), encoding="utf-8")
    _enrol(site)
    return site


def network_file(example: Path) -> Path:
    """RingmainError when there is none."""
    return _existing(example, "network.json")


def _existing(example: Path, file: str) -> Path:
    if not (example / file).is_file():
        raise RingmainError(f"{example} has no {file}; `ringmain scd NETWORK --out {example}` writes it")
    return example / file


def write_unit(site: DemoSite, above_port: int) -> None:
    """The unit's configuration, once the unit above has told its port."""
    text = _UNIT.format(
        name=site.name,
        mode=site.mode,
        above=above_port,
        window_s=site.evidence_window_s,
        watch_s=site.watch_after_close_s,
    )
    site.unit_toml.write_text(text, encoding="utf-8")


def _enrol(site: DemoSite) -> None:
    """The operator at both units, the unit at the unit above."""
    write_key_pair(site.operator, site.operator_key, site.operator_key.with_suffix(".pub"))
    now_ns = time.time_ns()
    for data in (site.folder / "data", site.folder / "above"):
        data.mkdir(exist_ok=True)
        register = StakeholderRegister(data)
        register.enrol(site.operator.public, "operator", Role.OPERATOR, now_ns, approves=True)
        if data.name == "above":
            register.enrol(unit_key(site.folder / "data").public, site.name, Role.VIEWER, now_ns, kind=Kind.AGENT)
        register.close()
