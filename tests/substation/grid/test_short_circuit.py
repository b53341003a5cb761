"""Short-circuit currents against pandapower (IEC 60909), currents of a closed loop against a meshed power flow."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.network.elements import Network
from models.network.reader import read_network
from substation.grid.joining import join
from substation.grid.positions import normal_positions
from substation.grid.short_circuit import Case, ShortCircuits, peak_factor
from substation.grid.sweep import solve
from substation.grid.topology import Topology
from tests.substation.grid.peers import PeerGrid

OBERRHEIN = Path(__file__).parents[3] / "examples" / "oberrhein" / "network.json"


@pytest.fixture(scope="module")
def topology() -> Topology:
    return Topology(read_network(OBERRHEIN.read_text(encoding="utf-8"), OBERRHEIN.name))


def _pandapower_ka(case: str, fault: str) -> dict[str, float]:
    """Initial short-circuit current by our busbar node."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapower.networks
        import pandapower.shortcircuit

        net = pandapower.networks.mv_oberrhein()
        for name in ("max", "min"):
            net.ext_grid[f"s_sc_{name}_mva"], net.ext_grid[f"rx_{name}"] = 2000.0, 0.1
        net.line["endtemp_degree"] = 80.0
        net.sgen["in_service"] = False
        pandapower.shortcircuit.calc_sc(net, case=case, fault=fault)
        return {f"ST{bus}/K1/BB1/N1": float(value) for bus, value in net.res_bus_sc.ikss_ka.items()}


GOLDEN = Path(__file__).parents[2] / "cases" / "short_circuit" / "oberrhein.json"
"""Currents in kA that pandapower computed, with its version."""


def _golden_ka(case: str, fault: str) -> dict[str, float]:
    found: dict[str, float] = json.loads(GOLDEN.read_text(encoding="utf-8"))[f"{case} {fault}"]
    return found


SOURCES = (_golden_ka, *([_pandapower_ka] if os.environ.get("RINGMAIN_EXHAUSTIVE") == "1" else []))
"""pandapower itself takes 10 s."""


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("case", "fault"), [(Case.LEAST, "2ph"), (Case.GREATEST, "3ph")])
def test_currents_agree_with_pandapower(
    topology: Topology, source: Callable[[str, str], dict[str, float]], case: Case, fault: str
) -> None:
    circuits = ShortCircuits(topology)
    tree = topology.tree(normal_positions(topology.network).closed)
    theirs = source("min" if case is Case.LEAST else "max", fault)
    index = topology.arrays.node_index
    nodes = {name: index[name] for name in theirs if name in index}
    assert len(nodes) > 100
    if case is Case.LEAST:
        ours = circuits.least_a(tree, nodes.values())
    else:
        impedances = circuits.impedances_pu(tree, nodes.values(), case)
        ours = {node: circuits.greatest_a(node, impedances[node]) for node in nodes.values()}
    np.testing.assert_allclose(
        [ours[node] / 1e3 for node in nodes.values()], [theirs[name] for name in nodes], rtol=1e-9
    )


def test_peak_factor_grows_with_the_reactance() -> None:
    assert peak_factor(1j) == pytest.approx(2.0)
    assert peak_factor(1.0 + 0.1j) == pytest.approx(1.02, abs=1e-9)
    assert peak_factor(1.0 + 0j) == 2.0  # no reactance known: the largest


def _demand(network: Network, share: float) -> dict[str, complex]:
    return {each.node: share * complex(each.active_power_w, each.reactive_power_var) for each in network.loads}


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_s08_a_loop_carries_at_most_what_is_calculated_and_not_much_less(topology: Topology, share: float) -> None:
    """Every normally open tie between feeders of one transformer: the meshed flow of another engine is the truth."""
    network, arrays = topology.network, topology.arrays
    closed = normal_positions(network).closed
    demand = _demand(network, share)
    power = np.zeros(arrays.nodes, dtype=np.complex128)
    for node, value in demand.items():
        power[arrays.node_index[node]] += value
    flow = solve(topology, closed, power)
    circuits, looked_at = ShortCircuits(topology), 0
    for number, switch in enumerate(network.switches):
        ends = [arrays.node_index[node] for node in (switch.from_node, switch.to_node) if node]
        if closed[number] or len(ends) < 2 or flow.tree.root_of[ends[0]] != flow.tree.root_of[ends[1]]:
            continue
        looked_at += 1
        joining = join(flow, circuits, topology.switch_branch(switch.id), 0.0)
        positions = {each.id: bool(closed[place]) for place, each in enumerate(network.switches)} | {switch.id: True}
        meshed_a = PeerGrid(network, positions, demand).solve()[1]
        for branch, bound_a in joining.currents_a.items():
            if branch < arrays.first_transformer:
                assert meshed_a[network.lines[branch].id] <= bound_a * 1.02 + 1.0
        beside = [line.id for line in network.lines if switch.to_node in (line.from_node, line.to_node)]
        assert any(meshed_a[line] == pytest.approx(joining.circulating_a, rel=0.1, abs=3.0) for line in beside)
    assert looked_at
