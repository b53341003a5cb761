"""Reads what stands beside a network file, strictly: every key and every id is known, or an error with its line."""

from __future__ import annotations

from models.config import read_toml
from models.network.planning import PlanningGrid
from models.network.soundness import checked
from models.network.supplement.devices import devices
from models.network.supplement.grid_part import with_grid_part
from models.network.supplement.model import Supplement
from models.network.supplement.named_once import refuse_named_twice
from models.network.supplement.switch_part import with_switch_part


def read_supplement(text: str, file: str, grid: PlanningGrid, network: str) -> tuple[PlanningGrid, Supplement]:
    """The grid of file `network` with all that fits into it, checked, and the rest. `grid` has its switches already.

    Raises ConfigError: file, line, what, remedy.
    """
    table = read_toml(text, file)
    refuse_named_twice(table)
    supplied = checked(with_switch_part(table, with_grid_part(table, grid)), network)
    supplement = devices(table, supplied)
    table.done()
    return supplied, supplement
