"""The small grid as a site with a unit.toml, and one place of its files changed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from models.network.elements import Network
from models.network.writer import write_network
from sim_ied.scd.writer import write_scd
from tests.sim_ied.small_grid import small_grid

UNIT = """schema = 1

[unit]
name = "OBR"
level = "MVGMU"
scd = "scd.xml"
network = "network.json"

[data_interface]
port = 0

[[control_centre]]
name = "NCC"
port = 0

[fdir]
mode = "manual"

[fdir.feeders]
"OBR1/K1/E03" = "disabled"
"""


@cache
def network() -> Network:
    """The small grid; an indicator's id is that of its bay, as in the files of `ringmain scd`."""
    grid = small_grid()
    return replace(grid, indicators=tuple(replace(each, id=each.id.removesuffix("/SFPI1")) for each in grid.indicators))


@cache
def _scd() -> bytes:
    return write_scd(network())


def small_site(folder: Path) -> Path:
    """scd.xml, network.json and unit.toml; returns the last."""
    (folder / "network.json").write_text(write_network(network()), encoding="utf-8")
    (folder / "scd.xml").write_bytes(_scd())
    unit = folder / "unit.toml"
    unit.write_text(UNIT, encoding="utf-8")
    return unit


def change(file: Path, old: str, new: str) -> int:
    """Change the first place; returns its line."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} does not hold {old!r}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text.count("\n", 0, text.index(old)) + 1
