"""Planning grids of pandapower and of network.json: the same power flow as the other program, ids, devices."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandapower
import pandapower.networks
import pytest

from models.errors import ConfigError
from models.network.pandapower import planning_from_cim, planning_from_pandapower
from models.network.pandapower_planning import planning_grid
from models.network.parallels import parallels_merged
from models.network.planning import PlanningGrid
from models.network.planning_network import planned
from models.network.reader import read_network
from models.network.soundness import checked
from models.network.switches import operated_by, with_switches
from substation.study.present_state import present_state

EXAMPLE = Path(__file__).parents[3] / "examples" / "oberrhein" / "network.json"


def complete(grid: PlanningGrid) -> PlanningGrid:
    return operated_by(checked(with_switches(parallels_merged(grid)), "net"))


def net_of(name: str) -> pandapower.pandapowerNet:
    return getattr(pandapower.networks, name)()


def losses_of_peer(net: pandapower.pandapowerNet) -> float:
    pandapower.runpp(net, calculate_voltage_angles=True, tolerance_mva=1e-9)
    return float(net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum()) * 1e6


PEERS = ["mv_oberrhein", "case33bw", "create_cigre_network_mv", "create_cigre_network_lv", "simple_mv_open_ring_net"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("name", PEERS)
def test_same_power_flow_as_pandapower(name: str) -> None:
    net = net_of(name)
    grid = complete(planning_grid(net, name, name))
    state = present_state(grid)
    assert state.loss_w == pytest.approx(losses_of_peer(net), rel=1e-4)
    at = [int(bus.id.removeprefix("bus:")) for bus in grid.buses]
    peer_pu = net.res_bus.vm_pu.loc[at].fillna(0.0).to_numpy()
    assert np.max(np.abs(state.voltage_pu - peer_pu)) < 1e-5
    if len(net.trafo):
        loading = [state.loading_pu[number] for number, each in enumerate(grid.branches) if each.transformer]
        assert max(loading) == pytest.approx(net.res_trafo.loading_percent.max() / 100, rel=2e-3)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_two_transformers_in_parallel_with_a_coupler() -> None:
    net = pandapower.create_empty_network()
    high, high_2, low, low_2, far = (pandapower.create_bus(net, volt) for volt in (110, 110, 20, 20, 20))
    pandapower.create_ext_grid(net, high)
    for one, other in ((high, high_2), (low, low_2)):
        pandapower.create_switch(net, one, other, "b", type="CB")
    for one, other in ((high, low), (high_2, low_2)):
        pandapower.create_transformer(net, one, other, "25 MVA 110/20 kV")
    pandapower.create_line(net, low_2, far, 5.0, "NA2XS2Y 1x240 RM/25 12/20 kV")
    pandapower.create_load(net, far, 5.0, 2.0)
    pandapower.create_load(net, low_2, 3.0, 1.0)
    pandapower.create_shunt(net, low, -0.4)
    pandapower.create_sgen(net, far, 1.0)
    grid = complete(planning_grid(net, "two", "two"))
    assert [branch.id for branch in grid.branches] == ["line:0", "trafo:0+trafo:1"]
    assert grid.branches[1].opened_by == ""
    assert any("trafo:0 and trafo:1, switch:0 and switch:1 closed" in finding for finding in grid.findings)
    state = present_state(grid)
    assert state.loss_w == pytest.approx(losses_of_peer(net), rel=1e-6)
    assert max(state.loading_pu) == pytest.approx(net.res_line.loading_percent.max() / 100, rel=2e-2)
    assert grid.branches[1].rated_a == pytest.approx(2 * 25e3 / 20 / np.sqrt(3))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_ids_and_devices_of_pandapower() -> None:
    grid = complete(planning_from_pandapower("mv_oberrhein"))
    tie = next(branch for branch in grid.branches if branch.id == "line:8")
    device = next(switch for switch in grid.switches if switch.id == tie.opened_by)
    assert (tie.closed, tie.closed_by, device.closed) == (False, device.id, False)
    assert device.id.startswith("switch:")
    assert len(device.ends) == 1
    assert [source.id for source in grid.sources] == ["bus:58", "bus:318"]
    without_switches = complete(planning_from_pandapower("case33bw"))
    assert [branch.id for branch in without_switches.branches if not branch.closed] == [
        f"line:{k}" for k in range(32, 37)
    ]
    assert without_switches.branches[0].opened_by == "line:0"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_what_is_not_read_is_refused() -> None:
    with pytest.raises(ConfigError, match="needs the package 'simbench', which is not installed; install it"):
        planning_from_pandapower("1-MV-rural--0-sw")
    with pytest.raises(ConfigError, match="pandapower publishes no network of this name"):
        planning_from_pandapower("1-mv-rural")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_simbench_by_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package has 400 MB of data, so that a network of pandapower stands for its answer."""
    asked: list[str] = []

    def get(code: str) -> pandapower.pandapowerNet:
        asked.append(code)
        return net_of("simple_mv_open_ring_net")

    monkeypatch.setitem(sys.modules, "simbench", SimpleNamespace(get_simbench_net=get))
    grid = planning_from_pandapower("1-MV-rural--0-sw")
    assert (asked, grid.name, len(grid.branches)) == (["1-MV-rural--0-sw"], "1-MV-rural--0-sw", 7)


def test_files_without_cim_namespace_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no CIM files"):
        planning_from_cim(str(tmp_path))
    (tmp_path / "eq.xml").write_text("<nothing/>")
    with pytest.raises(ConfigError, match=r"eq\.xml: declares no CGMES namespace"):
        planning_from_cim(str(tmp_path / "eq.xml"))


def test_network_json_gives_the_grid_that_pandapower_gives() -> None:
    network = read_network(EXAMPLE.read_text(encoding="utf-8"), "network.json")
    found = planned(network)
    grid = complete(found.grid)
    assert (len(grid.buses), len(grid.branches), len(grid.indicated)) == (179, 183, 318)
    assert all(branch.opened_by for branch in grid.branches)
    assert sum(not branch.closed for branch in grid.branches) == 6
    assert sum(bus.customers for bus in grid.buses) == sum(load.customers for load in network.loads)
    assert {each.id for each in grid.switches if each.breaker} == {
        each.id for each in network.switches if each.kind.value == "breaker"
    }
    assert all(found.bus_of[load.node] >= 0 for load in network.loads)
    # a stiff source in pandapower, a short-circuit power in network.json
    stiff = complete(planning_from_pandapower("mv_oberrhein"))
    assert present_state(grid).loss_w == pytest.approx(present_state(stiff).loss_w, rel=0.01)


def test_present_positions_are_those_of_the_unit() -> None:
    network = read_network(EXAMPLE.read_text(encoding="utf-8"), "network.json")
    tie = next(each for each in network.switches if each.normally_open and each.to_node)
    line = next(each for each in network.lines if tie.to_node in (each.from_node, each.to_node))
    grid = operated_by(planned(network, {tie.id: True}).grid)
    assert next(branch for branch in grid.branches if branch.id == line.id).closed


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_cgmes() -> None:
    grid = complete(planning_from_cim(str(Path(__file__).parents[2] / "cases" / "cgmes")))
    assert (len(grid.buses), [branch.id for branch in grid.branches if not branch.closed]) == (4, ["switch:0"])
    state = present_state(grid)
    assert state.loss_w == pytest.approx(2630, rel=0.01)
    assert state.voltage_pu.max() == pytest.approx(1.02)
