"""Losses of each asset: they add up to those of the power flow, and pandapower finds the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandapower
import pytest
from pandapower.networks import mv_oberrhein

from models.network.pandapower import from_pandapower
from substation.grid.asset_losses import asset_losses
from substation.grid.positions import normal_positions
from substation.grid.sweep import solve
from substation.grid.topology import Topology


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_every_line_and_transformer_as_pandapower_finds_it() -> None:
    network = from_pandapower("mv_oberrhein")
    network = replace(network, sources=tuple(replace(each, short_circuit_power_va=1e18) for each in network.sources))
    topology = Topology(network)
    power = np.zeros(topology.arrays.nodes, dtype=np.complex128)
    for load in network.loads:
        power[topology.arrays.node_index[load.node]] += complex(load.active_power_w, load.reactive_power_var)
    flow = solve(topology, normal_positions(network).closed, power)
    losses = asset_losses(flow)
    net = mv_oberrhein()
    net.sgen.drop(net.sgen.index, inplace=True)
    pandapower.runpp(net, trafo_model="pi", tolerance_mva=1e-9, calculate_voltage_angles=True, init="dc")
    rows = [int(line.id.rpartition("W")[2]) for line in network.lines]
    found = losses.total_w[: len(rows)]
    assert found == pytest.approx(1e6 * net.res_line.pl_mw[rows].to_numpy(), rel=1e-5, abs=0.01)
    assert losses.total_w[len(rows) :] == pytest.approx(1e6 * net.res_trafo.pl_mw.to_numpy(), rel=1e-5)
    assert losses.total_w.sum() == pytest.approx(flow.losses_w, rel=1e-7)
    assert losses.no_load_w[len(rows) :].min() > 0.0 == losses.no_load_w[: len(rows)].max()


def test_what_is_dead_loses_nothing() -> None:
    network = from_pandapower("mv_oberrhein")
    topology = Topology(network)
    closed = np.zeros(len(network.switches), dtype=np.bool_)
    flow = solve(topology, closed, np.zeros(topology.arrays.nodes, dtype=np.complex128))
    assert asset_losses(flow).load_w[: len(network.lines)].max() == 0.0
