"""From planning data to a node-breaker network: names, counts, sums, and the normal state that the data describe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from models.errors import ConfigError
from models.network.assumptions import Assumptions
from models.network.busbranch import Branch, Bus, BusBranch, Demand, EndSwitch, Infeed
from models.network.elements import Network, Neutral, SwitchKind
from models.network.nodebreaker import convert
from models.network.pandapower import from_pandapower
from models.network.reader import read_network
from models.network.selection import fraction, with_remote_control
from models.network.writer import write_network

EXAMPLE = Path(__file__).parents[3] / "examples" / "oberrhein" / "network.json"


@pytest.fixture(scope="module")
def oberrhein() -> Network:
    return read_network(EXAMPLE.read_text(encoding="utf-8"), "network.json")


@pytest.fixture(scope="module")
def converted() -> Network:
    return from_pandapower("mv_oberrhein")


def fed(network: Network) -> dict[str, str]:
    """Every node that is fed in the normal state, by the source that feeds it; two sources are an error."""
    beside: dict[str, list[str]] = defaultdict(list)
    edges = [(line.from_node, line.to_node) for line in network.lines]
    edges += [(each.hv_node, each.lv_node) for each in network.transformers]
    edges += [(each.from_node, each.to_node) for each in network.switches if not each.normally_open]
    for one, other in edges:
        beside[one].append(other)
        beside[other].append(one)
    found: dict[str, str] = {}
    for source in network.sources:
        stack = [source.node]
        while stack:
            node = stack.pop()
            assert found.get(node, source.id) == source.id, f"{node} is fed twice"
            if node not in found:
                found[node] = source.id
                stack += beside[node]
    return found


def test_example_is_what_the_conversion_gives(converted: Network, oberrhein: Network) -> None:
    assert write_network(converted) == write_network(oberrhein)


def test_counts_of_mv_oberrhein(oberrhein: Network) -> None:
    kinds = [switch.kind for switch in oberrhein.switches]
    assert kinds.count(SwitchKind.LOAD_BREAK_SWITCH) == len(oberrhein.indicators) == 318
    assert kinds.count(SwitchKind.BREAKER) == 6  # 4 feeders, 2 transformers
    assert kinds.count(SwitchKind.EARTHING_SWITCH) == 4
    assert [len(each) for each in (oberrhein.lines, oberrhein.loads, oberrhein.generators)] == [181, 147, 153]
    open_ties = [each for each in oberrhein.switches if each.normally_open and each.to_node]
    assert len(open_ties) == 6
    stations = {node.station for node in oberrhein.nodes if node.station}
    assert len(stations) == 159 + 2


def test_sums_are_those_of_the_data(oberrhein: Network) -> None:
    assert sum(load.active_power_w for load in oberrhein.loads) == pytest.approx(37.116e6)
    assert sum(each.rated_power_w for each in oberrhein.generators) == pytest.approx(22.0738729021e6)
    assert sum(line.length_m for line in oberrhein.lines) == pytest.approx(108_745.9, abs=1.0)


def test_normal_state_is_radial_and_feeds_everything_but_earthed_ends(oberrhein: Network) -> None:
    assert fed(oberrhein).keys() == {node.id for node in oberrhein.nodes}
    edges = len(oberrhein.lines) + len(oberrhein.transformers)
    edges += sum(1 for each in oberrhein.switches if not each.normally_open)
    assert edges == len(oberrhein.nodes) - len(oberrhein.sources)


def test_names_follow_the_station_and_its_bays(oberrhein: Network) -> None:
    assert {feeder.id for feeder in oberrhein.feeders} == {
        "OBR1/K1/E03",
        "OBR1/K1/E04",
        "OBR2/K1/E03",
        "OBR2/K1/E04",
    }
    line = next(each for each in oberrhein.lines if each.id == "L000/W000")
    assert (line.from_node, line.to_node) == ("L000/N238", "ST109/K1/E01/N1")  # pandapower: bus 238 is a joint
    assert all(each.id == f"{each.switch.rpartition('/')[0]}" for each in oberrhein.indicators)


def test_customers_behind_a_station_follow_its_installed_power(oberrhein: Network) -> None:
    loads = {load.id: load for load in oberrhein.loads}
    assert loads["ST103/T1"].customers == 100  # 0.25 MW at 2.5 kW
    assert loads["ST235/T1"].customers == 1  # an MV customer
    assert 1 <= sum(load.critical_customers for load in oberrhein.loads) < 30


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_remote_share_counts_and_always_holds_the_ties(oberrhein: Network, share: float) -> None:
    network = with_remote_control(oberrhein, share)
    stations = {each.switch for each in network.indicators}
    remote = {each.id for each in network.switches if each.remote}
    ties = {each.id for each in network.switches if each.normally_open and each.to_node}
    assert ties <= remote
    assert len(remote & stations) == max(round(share * 318), len(ties))
    assert {each.id for each in network.switches if each.kind is SwitchKind.BREAKER} <= remote
    assert with_remote_control(oberrhein, share) == network


def test_fraction_is_fixed_by_the_name() -> None:
    assert fraction("ST103/K1/E01/Q0") == fraction("ST103/K1/E01/Q0")
    spread = sorted(fraction(f"ST{number}") for number in range(1000))
    assert 0 <= spread[0] < 0.01
    assert 0.45 < spread[500] < 0.55
    assert 0.99 < spread[-1] < 1


def bus_branch(switches: Iterable[EndSwitch], infeed: int = 1) -> BusBranch:
    """Bus 1 feeds 2 over line 0; 2, 3 and 4 meet in joint 9 (lines 1, 2, 3)."""
    ends = ((1, 2), (2, 9), (9, 3), (9, 4))
    return BusBranch(
        name="t",
        frequency_hz=50.0,
        buses=tuple(Bus(number, 10e3) for number in (1, 2, 3, 4, 9)),
        branches=tuple(Branch(n, one, other, 1.0, 0.1, 0.1, 0.0, 100.0) for n, (one, other) in enumerate(ends)),
        switches=tuple(switches),
        infeeds=(Infeed(infeed, 1.0),),
        transformers=(),
        demands=(Demand(3, 1e4, 0.0, 1e4, False), Demand(3, 2e4, 0.0, 2e4, False), Demand(4, 1e4, 0.0, 1e4, True)),
        productions=(),
    )


ASSUMED = Assumptions("P", Neutral.ISOLATED)


def test_source_of_the_same_voltage_gets_an_infeed_bay_and_a_line_without_switch_ends_on_the_busbar() -> None:
    network = convert(bus_branch([EndSwitch(2, 1, False, True), EndSwitch(3, 2, False, False)]), ASSUMED, "t")
    assert network.sources[0].node == "P1/K1/E01/N2"
    assert [feeder.transformer for feeder in network.feeders] == ["P1/IFL1"]
    ends = {line.id: (line.from_node, line.to_node) for line in network.lines}
    assert ends["L000/W000"] == ("P1/K1/E03/N2", "ST2/K1/BB1/N1")
    assert ends["L001/W001"] == ("ST2/K1/E01/N1", "L001/N9")
    assert ends["L001/W003"] == ("L001/N9", "ST4/K1/BB1/N1")
    assert {load.id for load in network.loads} == {"ST3/T1", "ST3/T2", "ST4/T1"}
    assert read_network(write_network(network), "t") == network


def test_grid_without_source_is_refused() -> None:
    grid = bus_branch([])
    with pytest.raises(ConfigError, match="nothing feeds the network"):
        convert(BusBranch(**{name: getattr(grid, name) for name in grid.__slots__} | {"infeeds": ()}), ASSUMED, "t")


@pytest.mark.parametrize("name", ["create_cigre_network_mv", "case33bw"])
def test_other_published_networks_convert_too(name: str) -> None:
    network = from_pandapower(name, ASSUMED)
    assert read_network(write_network(network), name) == network
    assert len(fed(network)) == len(network.nodes) or name != "case33bw"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("no_such_network", "publishes no network"),
        ("absent.json", "no such file"),
        ("case33bw", "say it with --neutral"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(name: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        from_pandapower(name)
