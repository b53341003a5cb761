"""The same candidates by other engines: power-grid-model in batches, pandapower one after the other."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandapower
from power_grid_model import CalculationMethod, LoadGenType, PowerGridModel, initialize_array

from models.network.planning import PlanningGrid

STIFF_VA = 1e20


class GridModelBatch:
    """power-grid-model; its own branch numbers follow the buses'."""

    def __init__(self, grid: PlanningGrid) -> None:
        buses, branches = grid.buses, grid.branches
        self._lines = np.arange(len(buses), len(buses) + len(branches))
        node = initialize_array("input", "node", len(buses))
        node["id"], node["u_rated"] = np.arange(len(buses)), [bus.nominal_voltage_v for bus in buses]
        line = initialize_array("input", "line", len(branches))
        line["id"] = self._lines
        line["from_node"], line["to_node"] = [each.from_bus for each in branches], [each.to_bus for each in branches]
        line["from_status"] = line["to_status"] = [int(each.closed) for each in branches]
        line["r1"], line["x1"] = [each.resistance_ohm for each in branches], [each.reactance_ohm for each in branches]
        line["c1"] = [each.susceptance_s / (2 * math.pi * grid.frequency_hz) for each in branches]
        line["tan1"] = 0
        load = initialize_array("input", "sym_load", len(buses))
        load["id"], load["node"] = np.arange(len(buses)) + 1_000_000, node["id"]
        load["status"], load["type"] = 1, LoadGenType.const_power
        load["p_specified"], load["q_specified"] = [bus.load_w for bus in buses], [bus.load_var for bus in buses]
        source = initialize_array("input", "source", len(grid.sources))
        source["id"] = np.arange(len(grid.sources)) + 2_000_000
        source["node"], source["status"] = [each.bus for each in grid.sources], 1
        source["u_ref"], source["sk"] = [each.voltage_pu for each in grid.sources], STIFF_VA
        self._model = PowerGridModel({"node": node, "line": line, "sym_load": load, "source": source})

    def losses_w(self, candidates: np.ndarray, tolerant: bool = False) -> np.ndarray:
        """candidates: bool[k, m]; float64[k]. All cores: its batches are made for that. tolerant: some may diverge."""
        update = initialize_array("update", "line", candidates.shape)
        update["id"] = self._lines
        update["from_status"] = update["to_status"] = candidates
        found = self._model.calculate_power_flow(
            update_data={"line": update}, calculation_method=CalculationMethod.iterative_current, threading=0,
            max_iterations=20 if tolerant else 100, continue_on_batch_error=tolerant,
            output_component_types={"line": ["p_from", "p_to"]},
        )["line"]  # fmt: skip
        return np.asarray((found["p_from"] + found["p_to"]).sum(axis=1))


class Pandapower:
    """pandapower with numba, each candidate a call of its own."""

    def __init__(self, grid: PlanningGrid) -> None:
        net = pandapower.create_empty_network()
        volts = [bus.nominal_voltage_v / 1e3 for bus in grid.buses]
        buses = pandapower.create_buses(net, len(grid.buses), vn_kv=volts)
        ends = ([buses[each.from_bus] for each in grid.branches], [buses[each.to_bus] for each in grid.branches])
        pandapower.create_lines_from_parameters(
            net, *ends, length_km=1.0, r_ohm_per_km=[each.resistance_ohm for each in grid.branches],
            x_ohm_per_km=[each.reactance_ohm for each in grid.branches], max_i_ka=1.0,
            c_nf_per_km=[1e9 * each.susceptance_s / (2 * math.pi * grid.frequency_hz) for each in grid.branches],
        )  # fmt: skip
        loads = [bus.load_w / 1e6 for bus in grid.buses], [bus.load_var / 1e6 for bus in grid.buses]
        pandapower.create_loads(net, buses, p_mw=loads[0], q_mvar=loads[1])
        for source in grid.sources:
            pandapower.create_ext_grid(net, buses[source.bus], vm_pu=source.voltage_pu)
        self._net = net

    def losses_w(self, candidates: np.ndarray) -> np.ndarray:
        found = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for candidate in candidates:
                self._net.line["in_service"] = candidate
                pandapower.runpp(self._net, numba=True)
                found.append(1e6 * float(self._net.res_line.pl_mw.sum()))
        return np.array(found)
