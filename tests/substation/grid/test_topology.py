"""Zones, supply under doubt (SAFETY S14), loops, feeders and paths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.network.elements import Network
from models.network.reader import read_network
from substation.grid.positions import Positions, normal_positions
from substation.grid.topology import Supply, Topology
from tests.substation.grid.test_sweep import OBERRHEIN


@pytest.fixture(scope="module")
def topology() -> Topology:
    return Topology(read_network(OBERRHEIN.read_text(encoding="utf-8"), OBERRHEIN.name))


def doubtful(topology: Topology, switch: str) -> Positions:
    positions = normal_positions(topology.network)
    number = topology.arrays.switch_index[switch]
    closed, opened = positions.closed.copy(), positions.open.copy()
    closed[number] = opened[number] = False
    return Positions(closed, opened, {switch: "intermediate"})


def test_zones_are_free_of_switches(topology: Topology) -> None:
    """Every line belongs to one zone, the two nodes of every switch to two."""
    network = topology.network
    for line in network.lines:
        assert topology.zone_of(line.id) is not None
    for switch in network.switches:
        zones = {int(topology.zone_of_node[node]) for node in topology.nodes_of_element[switch.id]}
        assert len(zones) == (2 if switch.to_node else 1)
    containers: dict[str, set[int | None]] = {}
    for line in network.lines:
        containers.setdefault(line.id.partition("/")[0], set()).add(topology.zone_of(line.id))
    assert all(len(zones) == 1 for zones in containers.values())


def test_everything_is_live_in_the_normal_diagram(topology: Topology) -> None:
    energisation = topology.energisation(normal_positions(topology.network))
    assert set(topology.supplies(energisation).values()) == {Supply.LIVE}
    assert energisation.feeding.radial


def test_s14_a_doubtful_switch_feeds_nothing_and_isolates_nothing(topology: Topology) -> None:
    network = topology.network
    energisation = topology.energisation(doubtful(topology, network.feeders[0].breaker))
    supplies = topology.supplies(energisation)
    fed = [load.id for load in network.loads if supplies[load.id] is Supply.LIVE]
    unknown = [load.id for load in network.loads if supplies[load.id] is Supply.UNKNOWN]
    assert len(fed) + len(unknown) == len(network.loads)
    assert len(unknown) > 20
    assert Supply.DEAD not in supplies.values()


def test_open_breaker_leaves_its_feeder_dead(topology: Topology) -> None:
    feeder = topology.network.feeders[1]
    normal = normal_positions(topology.network)
    before = topology.tree(normal.closed)
    opened = normal.with_switch(topology.arrays.switch_index[feeder.breaker], False)
    supplies = topology.supplies(topology.energisation(opened))
    for load in topology.network.loads:
        of_feeder = topology.feeder_of(load.id, before) is feeder
        assert supplies[load.id] is (Supply.DEAD if of_feeder else Supply.LIVE)


def test_closing_an_open_point_is_named(topology: Topology) -> None:
    normal = normal_positions(topology.network)
    tree = topology.tree(normal.closed)
    words = {each.id: topology.closing_joins(each.id, tree) for each in topology.network.switches if each.normally_open}
    ties = {switch: text for switch, text in words.items() if not switch.endswith("Q8")}
    assert len(ties) == 6
    assert sum("loop on" in text for text in ties.values()) == 3
    assert sum("parallel of" in text for text in ties.values()) == 3
    assert all(text == "" for switch, text in words.items() if switch.endswith("Q8"))
    closed = normal.with_switch(topology.arrays.switch_index["ST129/K1/E01/Q0"], True)
    assert not topology.tree(closed.closed).radial


def test_paths_and_upstream_breakers(topology: Topology) -> None:
    network = topology.network
    tree = topology.tree(normal_positions(network).closed)
    for feeder in network.feeders:
        bay = feeder.transformer.replace("/T1", "/K1/E01/Q0")
        assert topology.upstream_breakers(feeder, tree) == [bay]
        assert topology.feeder_of(bay, tree) is None
        branch = topology.switch_branch(feeder.breaker)
        below = tree.nodes_below(branch)
        assert all(branch in tree.path(int(node)) for node in below)
        others = np.setdiff1d(np.arange(topology.arrays.nodes), below)
        assert all(branch not in tree.path(int(node)) for node in others)


def test_an_isolated_source_still_counts(topology: Topology) -> None:
    """With every switch open nothing but the sources' own galvanic part lives."""
    closed = np.zeros(len(topology.network.switches), dtype=np.bool_)
    supplies = topology.supplies(topology.energisation(Positions(closed, ~closed, {})))
    assert supplies["OBR1/T1"] is Supply.LIVE
    assert supplies["OBR1/K1/BB1/N1"] is Supply.DEAD


def test_unknown_node_is_named(topology: Topology) -> None:
    network: Network = topology.network
    broken = replace(network, lines=(replace(network.lines[0], from_node="NOWHERE"),))
    with pytest.raises(Exception, match="NOWHERE"):
        Topology(broken)
