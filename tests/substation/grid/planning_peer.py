"""power-grid-model's view of a planning grid without transformers: the second solver of a restored state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from power_grid_model import LoadGenType, PowerGridModel, initialize_array
from power_grid_model.validation import assert_valid_input_data

from models.network.planning import PlanningGrid


@dataclass(frozen=True)
class Peer:
    """fed: bool[n]; voltage_pu: float64[n], 0 where dead; current_a: float64[m], larger end."""

    fed: np.ndarray
    voltage_pu: np.ndarray
    current_a: np.ndarray

    def beyond(self, grid: PlanningGrid, tolerance: float = 1e-6) -> list[str]:
        """Every limit that is broken, sources aside."""
        sources = {source.bus for source in grid.sources}
        low = [
            f"bus {bus.id} {self.voltage_pu[number]:.5f}"
            for number, bus in enumerate(grid.buses)
            if self.fed[number] and number not in sources
            and not bus.voltage_min_pu - tolerance <= self.voltage_pu[number] <= bus.voltage_max_pu + tolerance
        ]  # fmt: skip
        over = [
            f"branch {branch.id} {self.current_a[number]:.2f} A"
            for number, branch in enumerate(grid.branches)
            if self.current_a[number] > branch.rated_a * (1 + tolerance)
        ]
        return low + over


def peer(grid: PlanningGrid, closed: np.ndarray) -> Peer:
    """The state with these branches closed. An exception of power-grid-model where it does not converge."""
    assert all(branch.ratio == 1.0 for branch in grid.branches)
    count, branches = len(grid.buses), len(grid.branches)
    node = initialize_array("input", "node", count)
    node["id"], node["u_rated"] = np.arange(count), [bus.nominal_voltage_v for bus in grid.buses]
    line = initialize_array("input", "line", branches)
    line["id"] = count + np.arange(branches)
    line["from_node"] = [branch.from_bus for branch in grid.branches]
    line["to_node"] = [branch.to_bus for branch in grid.branches]
    line["from_status"] = line["to_status"] = closed
    line["r1"] = [branch.resistance_ohm for branch in grid.branches]
    line["x1"] = [branch.reactance_ohm for branch in grid.branches]
    line["c1"] = [branch.susceptance_s / (2 * np.pi * grid.frequency_hz) for branch in grid.branches]
    line["tan1"], line["i_n"] = 0, 1
    load = initialize_array("input", "sym_load", count)
    load["id"], load["node"] = count + branches + np.arange(count), np.arange(count)
    load["status"], load["type"] = 1, LoadGenType.const_power
    load["p_specified"] = [bus.load_w - bus.generation_w for bus in grid.buses]
    load["q_specified"] = [bus.load_var - bus.generation_var for bus in grid.buses]
    source = initialize_array("input", "source", len(grid.sources))
    source["id"] = 2 * count + branches + np.arange(len(grid.sources))
    source["node"], source["status"] = [each.bus for each in grid.sources], 1
    source["u_ref"], source["sk"] = [each.voltage_pu for each in grid.sources], 1e20
    data = {"node": node, "line": line, "sym_load": load, "source": source}
    assert_valid_input_data(data, symmetric=True)
    result = PowerGridModel(data, system_frequency=grid.frequency_hz).calculate_power_flow(
        error_tolerance=1e-10, max_iterations=100
    )
    fed = result["node"]["energized"] == 1
    return Peer(
        fed, result["node"]["u_pu"] * fed, np.maximum(result["line"]["i_from"], result["line"]["i_to"])
    )  # fmt: skip
