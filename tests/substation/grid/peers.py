"""Independent engines for the same network: power-grid-model on buses joined with networkx."""

from __future__ import annotations

import networkx
import numpy as np
from power_grid_model import LoadGenType, PowerGridModel, initialize_array
from power_grid_model.enum import BranchSide, WindingType
from power_grid_model.validation import assert_valid_input_data

from models.network.elements import Network


class PeerGrid:
    """power-grid-model's view: closed switches are merged into buses, ids are 0, 1, ... over all components."""

    def __init__(self, network: Network, closed: dict[str, bool], consumption_va: dict[str, complex]) -> None:
        self.network = network
        graph = networkx.Graph()
        graph.add_nodes_from(node.id for node in network.nodes)
        graph.add_edges_from(
            (each.from_node, each.to_node) for each in network.switches if each.to_node and closed[each.id]
        )
        self.bus = {node: number for number, bus in enumerate(networkx.connected_components(graph)) for node in bus}
        self._next = max(self.bus.values()) + 1
        nominal = {node.id: node.nominal_voltage_v for node in network.nodes}
        self.data = {
            "node": self._nodes(nominal),
            "line": self._lines(),
            "transformer": self._transformers(),
            "source": self._sources(),
            "sym_load": self._loads(consumption_va),
        }
        assert_valid_input_data(self.data, symmetric=True)

    def _ids(self, count: int) -> np.ndarray:
        self._next += count
        return np.arange(self._next - count, self._next)

    def _nodes(self, nominal: dict[str, float]) -> np.ndarray:
        buses = {self.bus[node]: voltage for node, voltage in nominal.items()}
        array = initialize_array("input", "node", len(buses))
        array["id"], array["u_rated"] = list(buses), list(buses.values())
        return array

    def _lines(self) -> np.ndarray:
        lines = self.network.lines
        array = initialize_array("input", "line", len(lines))
        array["id"] = self._ids(len(lines))
        array["from_node"] = [self.bus[line.from_node] for line in lines]
        array["to_node"] = [self.bus[line.to_node] for line in lines]
        array["from_status"] = array["to_status"] = 1
        array["r1"] = [line.resistance_ohm for line in lines]
        array["x1"] = [line.reactance_ohm for line in lines]
        array["c1"] = [line.capacitance_f for line in lines]
        array["tan1"] = 0
        array["i_n"] = [line.rated_current_a for line in lines]
        return array

    def _transformers(self) -> np.ndarray:
        every = self.network.transformers
        array = initialize_array("input", "transformer", len(every))
        array["id"] = self._ids(len(every))
        values = {
            "from_node": [self.bus[each.hv_node] for each in every],
            "to_node": [self.bus[each.lv_node] for each in every],
            "u1": [each.hv_rated_voltage_v for each in every],
            "u2": [each.lv_rated_voltage_v for each in every],
            "sn": [each.rated_power_va for each in every],
            "uk": [each.short_circuit_voltage_pu for each in every],
            "pk": [each.short_circuit_losses_w for each in every],
            # power-grid-model refuses a current below the losses, as some published data have it
            "i0": [max(each.no_load_current_pu, each.no_load_losses_w / each.rated_power_va) for each in every],
            "p0": [each.no_load_losses_w for each in every],
            "clock": [int("".join(c for c in each.vector_group if c.isdigit()) or 0) for each in every],
            "tap_pos": [each.tap for each in every],
            "tap_min": [each.tap_min for each in every],
            "tap_max": [each.tap_max for each in every],
            "tap_size": [each.tap_step_pu * each.hv_rated_voltage_v for each in every],
        }
        for name, column in values.items():
            array[name] = column
        array["from_status"] = array["to_status"] = 1
        odd = array["clock"] % 2 == 1
        array["winding_from"] = WindingType.wye_n
        array["winding_to"] = np.where(odd, WindingType.delta, WindingType.wye_n)
        array["tap_side"], array["tap_nom"] = BranchSide.from_side, 0
        return array

    def _sources(self) -> np.ndarray:
        every = self.network.sources
        array = initialize_array("input", "source", len(every))
        array["id"] = self._ids(len(every))
        array["node"] = [self.bus[each.node] for each in every]
        array["status"] = 1
        array["u_ref"] = [each.voltage_pu for each in every]
        array["sk"] = [each.short_circuit_power_va for each in every]
        array["rx_ratio"] = [each.rx_ratio for each in every]
        return array

    def _loads(self, consumption_va: dict[str, complex]) -> np.ndarray:
        array = initialize_array("input", "sym_load", len(consumption_va))
        array["id"] = self._ids(len(consumption_va))
        array["node"] = [self.bus[node] for node in consumption_va]
        array["status"], array["type"] = 1, LoadGenType.const_power
        array["p_specified"] = [power.real for power in consumption_va.values()]
        array["q_specified"] = [power.imag for power in consumption_va.values()]
        return array

    def solve(self) -> tuple[dict[str, complex], dict[str, float], dict[str, float]]:
        """Voltages in V by node (0 where dead), larger end current in A by line, loading in p.u. by transformer."""
        result = PowerGridModel(self.data, system_frequency=self.network.frequency_hz).calculate_power_flow(
            error_tolerance=1e-12, max_iterations=200
        )
        order = {number: row for row, number in enumerate(self.data["node"]["id"])}
        phasor = result["node"]["u"] * np.exp(1j * result["node"]["u_angle"]) * result["node"]["energized"]
        voltages = {node: complex(phasor[order[bus]]) for node, bus in self.bus.items()}
        lines = np.maximum(result["line"]["i_from"], result["line"]["i_to"])
        names = [line.id for line in self.network.lines]
        currents = dict(zip(names, lines.tolist(), strict=True))
        loading = result["transformer"]["loading"].tolist() if self.network.transformers else []
        return voltages, currents, dict(zip((each.id for each in self.network.transformers), loading, strict=True))
