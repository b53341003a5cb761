"""Sites for virtual time: written by the generators, read by the unit and by the simulator as in the field."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from models.network.elements import Network
from models.network.reader import read_network
from models.network.writer import write_network
from sim_ied.scd.unit_file import fdir_keys
from sim_ied.scd.world_file import write_world
from sim_ied.scd.writer import write_scd
from sim_ied.settings import Reclosing, WorldSettings, read_settings
from sim_ied.site_change import SiteChange
from substation.config import UnitConfig, read_unit
from substation.history.settings import CONTROL_FILE
from substation.history.store import History
from substation.site import Site, read_site

EXAMPLE = Path(__file__).parents[2] / "examples" / "oberrhein" / "network.json"
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # the disk's own speed is not under test here

_UNIT = """schema = 1
[unit]
name = "VIRTUAL"
level = "MVGMU"
scd = "scd.xml"
network = "network.json"
[[control_centre]]
name = "NCC"
[fdir]
mode = "automatic"
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """remote: share of station switches with remote control, None for all. stations: None for the whole example."""

    name: str
    remote: float | None = None
    stations: int | None = None

    @property
    def change(self) -> SiteChange:
        return SiteChange(stations=self.stations, remote=self.remote)

    def __str__(self) -> str:
        return self.name


EVERY = Variant("every switch remote")
THIRD = Variant("30 % remote", remote=0.3)
SMALL = Variant("24 stations", stations=24)
SMALL_THIRD = Variant("24 stations, 30 % remote", remote=0.3, stations=24)


@dataclass(frozen=True, slots=True)
class VirtualSite:
    """config: with a data folder that every unit replaces by its own. data: of a unit that has never run, but knows
    its points; copied, it saves a second of each test."""

    name: str
    config: UnitConfig
    site: Site
    settings: WorldSettings
    data: Path

    @property
    def network(self) -> Network:
        return self.site.network


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""Kept until the interpreter ends, which removes them."""


@cache
def virtual_site(variant: Variant) -> VirtualSite:
    """Generate, write and read it once per process."""
    return changed_site(variant.name, variant.change, {})


def changed_site(name: str, change: SiteChange, world: Mapping[str, object]) -> VirtualSite:
    """The example as a scenario changes it. world: keys of world.toml."""
    network = change.applied(read_network(EXAMPLE.read_text(encoding="utf-8"), str(EXAMPLE)))
    _FOLDERS.append(tempfile.TemporaryDirectory(dir=MEMORY, prefix="ringmain-virtual-"))
    folder = Path(_FOLDERS[-1].name)
    (folder / "scd.xml").write_bytes(write_scd(network))
    (folder / "network.json").write_text(write_network(network), encoding="utf-8")
    (folder / "unit.toml").write_text(_UNIT + fdir_keys(change), encoding="utf-8")
    config = read_unit(folder / "unit.toml")
    site = read_site(config)
    assert site is not None
    assert not site.findings
    settings = read_settings(write_world(network), "world.toml", world)
    return VirtualSite(name, config, site, settings, _fresh_data(folder / "data", site))


def _fresh_data(folder: Path, site: Site) -> Path:
    history = History(folder / "history.sqlite")
    history.handles(site.points)
    history.close()
    with contextlib.closing(sqlite3.connect(folder / CONTROL_FILE)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # a file without tables: none would be a lost journal (S22)
    return folder


def as_it_is(settings: WorldSettings) -> WorldSettings:
    """The world as its file describes it."""
    return settings


def hurried(settings: WorldSettings) -> WorldSettings:
    """The same world with a short second dead time (and a spring to fit it) and slower measurement.

    Fewer virtual seconds in which nothing happens; the whole programme runs without it.
    """
    return replace(
        settings,
        reclosing={bay: Reclosing((0.5, 6.0), 6.0) for bay in settings.reclosing},
        travel=replace(settings.travel, spring_charge_s=5.0),
        measurements=replace(settings.measurements, period_s=2.0),
    )


def with_seed(settings: WorldSettings, seed: int) -> WorldSettings:
    """The same world with other noise and delays."""
    return replace(settings, seed=seed)
