"""The best state of Baran and Wu's 33 buses reached step by step; every state on the way by power-grid-model too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import networkx
import numpy as np
import pytest

from models.network.elements import Network, SwitchKind
from models.network.reader import read_network
from models.point import Dbpos
from models.switching import Order
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.control.rule_settings import Parallels, RuleSettings
from substation.grid.arrays import Booleans
from substation.grid.positions import read_positions
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.vos.exchange import Exchange, exchanges, parted
from substation.mv.vos.judges import Judges
from substation.mv.vos.planner import Wanted, planned_order
from substation.mv.vos.trial import Trial, trial
from substation.planned_orders import judges
from tests.substation.grid.peers import PeerGrid
from tests.substation.mv.scene import Times, bay
from tests.substation.mv.vos.test_planner import Measured

FOLDER = Path(__file__).parents[3] / "cases" / "switching_orders" / "baran_wu_33"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network((FOLDER / "network.json").read_text(encoding="utf-8"), "network.json")


@pytest.fixture(scope="module")
def topology(network: Network) -> Topology:
    return Topology(network)


@pytest.fixture
def field(network: Network, topology: Topology) -> Measured:
    field = Measured(network, Fdir(topology, Times()))
    for bay_id in {bay(each.id) for each in network.switches if each.kind is SwitchKind.LOAD_BREAK_SWITCH}:
        for phase in "ABC":
            field.put(bay_id, f"MMXU1.A.phs{phase}", 0.0)
    return field


def wanted(network: Network) -> Wanted:
    """Branch rows of the source are lines in the same order; each has its switch at its first end."""
    at = {each.to_node: each.id for each in network.switches if each.kind is SwitchKind.LOAD_BREAK_SWITCH}
    switch = {row: at.get(line.from_node, "") for row, line in enumerate(network.lines, 1)}
    before, after = set(EXPECTED["open_before"]), set(EXPECTED["open"])
    assert {each.id for each in network.switches if each.normally_open and each.to_node} == {switch[r] for r in before}
    closings, openings = (tuple(switch[row] for row in sorted(rows)) for rows in (before - after, after - before))
    return Wanted("VOS-1", "the best state", (), closings, openings)


def rules(topology: Topology, voltage_difference_pu: float) -> Judges:
    parallels = Parallels(voltage_difference_pu=voltage_difference_pu)
    return judges(Interlocking(Numerics(topology), RuleSettings(parallels=parallels)))


def states(field: Measured, order: Order) -> Iterator[tuple[bool, PeerGrid, int]]:
    """Before the first switching and after each: whether one is to follow that ends it, the peer's view, loops."""
    consumption: dict[str, complex] = {}
    for load in field.network.loads:
        consumption[load.node] = consumption.get(load.node, 0) + complex(load.active_power_w, load.reactive_power_var)
    moves = [step for step in order.steps if step.position is not None]
    for number in range(len(moves) + 1):
        if number:
            field.position(moves[number - 1].element, moves[number - 1].position)
        graph = field.graph()
        loops = graph.number_of_edges() - graph.number_of_nodes() + networkx.number_connected_components(graph)
        closed = {each.id: field.field_position(each.id) is Dbpos.ON for each in field.network.switches}
        yield number % 2 == 1, PeerGrid(field.network, closed, consumption), loops


def loss_kw(grid: PeerGrid, voltages: dict[str, complex]) -> float:
    return sum(
        line.resistance_ohm
        * abs(voltages[line.from_node] - voltages[line.to_node]) ** 2
        / abs(complex(line.resistance_ohm, line.reactance_ohm)) ** 2
        for line in grid.network.lines
    ) / 1e3  # fmt: skip


@pytest.mark.parametrize("case", EXPECTED["cases"], ids=lambda case: f"{case['voltage_difference_pu']:g}")
def test_the_known_optimum_is_reached_through_sound_states(
    network: Network, topology: Topology, field: Measured, case: dict
) -> None:
    image = field.image()
    positions = read_positions(image, network)
    order = planned_order(topology, image, positions, rules(topology, case["voltage_difference_pu"]), wanted(network))
    assert isinstance(order, Order), order
    assert order.interrupted_customers == case["interrupted_customers"]
    found = []
    for between, grid, loops in states(field, order):
        voltages, currents, _ = grid.solve()
        dark = [load for load in network.loads if abs(voltages[load.node]) == 0.0]
        assert (len(dark) > 0) + loops == int(between), "one parallel or one outage, and the next step ends it"
        assert sum(load.customers for load in dark) <= order.interrupted_customers
        level = {node.id: node.nominal_voltage_v for node in network.nodes}
        fed = [abs(voltages[node]) / level[node] for node in voltages if abs(voltages[node]) > 0]
        assert network.limits.voltage_min_pu <= min(fed)
        assert max(fed) <= network.limits.voltage_max_pu
        assert all(currents[line.id] <= line.rated_current_a for line in network.lines)
        found.append(loss_kw(grid, voltages))
    assert found[0] == pytest.approx(EXPECTED["loss_kw_before"], abs=EXPECTED["tolerance_kw"])
    assert found[-1] == pytest.approx(EXPECTED["loss_kw"], abs=EXPECTED["tolerance_kw"])


@pytest.mark.parametrize("case", EXPECTED["cases"], ids=lambda case: f"{case['voltage_difference_pu']:g}")
def test_no_order_of_the_same_exchanges_interrupts_fewer(
    network: Network, topology: Topology, field: Measured, case: dict
) -> None:
    """Every order of every pairing, tried one after the other."""
    target, image = wanted(network), field.image()
    closed = read_positions(image, network).closed
    trying = trial(topology, image, rules(topology, case["voltage_difference_pu"]), closed)
    assert least(trying, closed, target) == case["interrupted_customers"]


def least(trying: Trial, closed: Booleans, target: Wanted) -> float:
    """Fewest customers interrupted from here, math.inf where no way leads to the target."""
    index = trying.topology.arrays.switch_index

    @cache
    def from_here(closings: frozenset[str], openings: frozenset[str]) -> float:
        if not closings:
            return 0.0
        now = closed.copy()
        now[[index[each] for each in set(target.closings) - closings]] = True
        now[[index[each] for each in set(target.openings) - openings]] = False
        done = list(zip(sorted(set(target.closings) - closings), sorted(set(target.openings) - openings), strict=True))
        before = [Exchange(*pair) for pair in done]
        best = np.inf
        for exchange in exchanges(trying.topology, now, set(closings), set(openings)):
            cost = customers(trying, before, now, exchange)
            if cost is not None:
                best = min(best, cost + from_here(closings - {exchange.close}, openings - {exchange.open}))
        return best

    return from_here(frozenset(target.closings), frozenset(target.openings))


def customers(trying: Trial, before: list[Exchange], now: Booleans, exchange: Exchange) -> int | None:
    ask = partial(trying.passage, before, (), now, exchange)
    if not isinstance(ask(True), str):
        return 0
    if isinstance(ask(False), str):
        return None
    return trying.outage(parted(trying.topology, now, exchange.open))[0]
