"""Small worlds: connected, radially fed as before, nothing dangling, a tie between two feeders."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import AlgorithmError
from models.network.elements import Network
from models.network.reader import read_network
from models.network.subset import subset
from models.network.writer import write_network

EXAMPLE = Path(__file__).parents[3] / "examples" / "oberrhein" / "network.json"


@pytest.fixture(scope="module")
def oberrhein() -> Network:
    return read_network(EXAMPLE.read_text(encoding="utf-8"), "network.json")


def reached(network: Network) -> dict[str, set[str]]:
    """Nodes that each feeder's breaker feeds in the normal state."""
    closed = [(line.from_node, line.to_node) for line in network.lines]
    breakers = {feeder.breaker for feeder in network.feeders}
    closed += [
        (each.from_node, each.to_node)
        for each in network.switches
        if not each.normally_open and each.id not in breakers
    ]
    found: dict[str, set[str]] = {}
    for feeder in network.feeders:
        start = next(each.to_node for each in network.switches if each.id == feeder.breaker)
        inside = {start}
        while more := {b for a, b in closed if a in inside} | {a for a, b in closed if b in inside}:
            if more <= inside:
                break
            inside |= more
        found[feeder.id] = inside
    return found


@pytest.mark.parametrize("count", [15, 20, 24, 60, 159])
def test_world_is_fed_as_before_and_holds_a_tie(oberrhein: Network, count: int) -> None:
    world = subset(oberrhein, count)
    primaries = {feeder.id.partition("/")[0] for feeder in world.feeders}
    stations = {node.station for node in world.nodes if node.station} - primaries
    assert len(stations) == count
    before, after = reached(oberrhein), reached(world)
    for feeder, inside in after.items():
        assert inside <= before[feeder]
    fed = set().union(*after.values())
    assert {node.id for node in world.nodes if node.station in stations or not node.station} <= fed
    feeder_of = {node: feeder for feeder, inside in after.items() for node in inside}
    ties = [each for each in world.switches if each.normally_open and each.to_node]
    assert any(feeder_of[each.from_node] != feeder_of[each.to_node] for each in ties)


@pytest.mark.parametrize("count", [15, 20, 24, 60])
def test_nothing_dangles(oberrhein: Network, count: int) -> None:
    world = subset(oberrhein, count)
    assert read_network(write_network(world), "small.json") == world  # no dangling reference
    ends = [end for line in world.lines for end in (line.from_node, line.to_node)]
    for node in world.nodes:
        if not node.station:
            assert ends.count(node.id) >= 2, f"{node.id} is a stub"
    outer = {each.to_node for each in world.switches if each.id.startswith("ST")}
    assert outer <= set(ends)


def test_two_transformers_are_linked_where_the_number_allows(oberrhein: Network) -> None:
    assert {feeder.transformer for feeder in subset(oberrhein, 24).feeders} == {"OBR1/T1", "OBR2/T1"}
    assert {feeder.transformer for feeder in subset(oberrhein, 20).feeders} == {"OBR1/T1"}


def test_same_question_same_world(oberrhein: Network) -> None:
    assert subset(oberrhein, 20) == subset(oberrhein, 20)


def test_too_small_a_world_says_how_many_it_needs(oberrhein: Network) -> None:
    with pytest.raises(AlgorithmError, match="have 15 stations, not 5: ask for at least as many"):
        subset(oberrhein, 5)
