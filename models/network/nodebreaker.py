"""From buses and branches to stations, bays and connectivity nodes, with SCL paths as ids.

Every bus with a switch, load or generator becomes a secondary substation `ST<bus>` with busbar `K1/BB1` and one bay per
switched line end; a bus without becomes a joint inside its line. Every busbar that is fed by transformers (or by a
source of its own voltage) becomes a primary substation whose lines leave through feeder bays. A line container is a
zone: all branches that meet in joints. Every station switch gets remote control and a fault passage indicator.
"""

from __future__ import annotations

from collections import Counter

from models.network.assumptions import Assumptions
from models.network.busbranch import BusBranch, EndSwitch
from models.network.elements import Generator, Indicator, Line, Load, Network, Node, Switch, SwitchKind
from models.network.layout import VOLTAGE_LEVEL, Layout
from models.network.primary import PrimaryBuilder
from models.network.selection import customers


def convert(grid: BusBranch, assumptions: Assumptions, file: str) -> Network:
    """The node-breaker network. Raises ConfigError where the data have no place in it; `file` is its name there."""
    layout = Layout(grid, assumptions.primary, file)
    made = PrimaryBuilder(grid, layout, assumptions).build()
    switches = _station_switches(grid, layout, assumptions)
    return Network(
        name=grid.name,
        frequency_hz=grid.frequency_hz,
        limits=assumptions.limits,
        galvanic_networks=tuple(made.galvanic_networks),
        nodes=(*made.nodes, *_station_nodes(grid, layout), *_joints(grid, layout)),
        sources=tuple(made.sources),
        transformers=tuple(made.transformers),
        lines=_lines(grid, layout),
        switches=(*made.switches, *switches),
        loads=_loads(grid, layout, assumptions),
        generators=_generators(grid, layout, assumptions),
        indicators=tuple(Indicator(each.id.rpartition("/")[0], each.id) for each in switches),
        feeders=tuple(made.feeders),
    )


def _station_switches(grid: BusBranch, layout: Layout, assumptions: Assumptions) -> list[Switch]:
    in_bays = {(each.bus, each.branch): each for each in grid.switches}
    ordered = sorted((bay, end) for end, bay in layout.bays.items() if end[0] in layout.stations)
    return [_station_switch(in_bays[end], bay, layout, assumptions) for bay, end in ordered]


def _station_switch(each: EndSwitch, bay: str, layout: Layout, assumptions: Assumptions) -> Switch:
    breaking_a = assumptions.breaker_breaking_current_a if each.breaker else assumptions.switch_rated_current_a
    return Switch(
        id=f"{bay}/Q0",
        kind=SwitchKind.BREAKER if each.breaker else SwitchKind.LOAD_BREAK_SWITCH,
        from_node=layout.busbar(each.bus),
        to_node=f"{bay}/N1",
        normally_open=not each.closed,
        remote=True,
        rated_current_a=assumptions.switch_rated_current_a,
        breaking_current_a=breaking_a,
    )


def _station_nodes(grid: BusBranch, layout: Layout) -> list[Node]:
    nodes = []
    for bus in (bus for bus in grid.buses if bus.number in layout.stations):
        bays = sorted(bay for (at, _), bay in layout.bays.items() if at == bus.number)
        place = (bus.longitude_deg, bus.latitude_deg)
        station = layout.substation(bus.number)
        nodes.append(Node(layout.busbar(bus.number), bus.nominal_voltage_v, station, True, *place))
        nodes += [Node(f"{bay}/N1", bus.nominal_voltage_v, station, False, *place) for bay in bays]
    return nodes


def _joints(grid: BusBranch, layout: Layout) -> list[Node]:
    buses = {bus.number: bus for bus in grid.buses}
    return [
        Node(name, at.nominal_voltage_v, "", False, at.longitude_deg, at.latitude_deg)
        for name, at in sorted((name, buses[bus]) for bus, name in layout.joints())
    ]


def _lines(grid: BusBranch, layout: Layout) -> tuple[Line, ...]:
    return tuple(
        Line(
            id=f"{layout.zones[each.number]}/W{each.number:03d}",
            from_node=layout.end(each.from_bus, each.number),
            to_node=layout.end(each.to_bus, each.number),
            length_m=each.length_m,
            resistance_ohm=each.resistance_ohm,
            reactance_ohm=each.reactance_ohm,
            capacitance_f=each.capacitance_f,
            rated_current_a=each.rated_current_a,
            path=each.path,
        )
        for each in grid.branches
    )


def _loads(grid: BusBranch, layout: Layout, assumptions: Assumptions) -> tuple[Load, ...]:
    """Load number n of a station stands behind its transformer Tn; a primary's own transformers come first."""
    taken = Counter(each.lv_bus for each in grid.transformers)
    loads = []
    for each in grid.demands:
        taken[each.bus] += 1
        name = f"{layout.substation(each.bus)}/T{taken[each.bus]}"
        count, vital = customers(name, each, assumptions)
        busbar = layout.busbar(each.bus)
        loads.append(Load(name, busbar, each.active_power_w, each.reactive_power_var, count, vital))
    return tuple(loads)


def _generators(grid: BusBranch, layout: Layout, assumptions: Assumptions) -> tuple[Generator, ...]:
    taken: Counter[int] = Counter()
    generators = []
    for each in grid.productions:
        taken[each.bus] += 1
        name = f"{layout.substation(each.bus)}/{VOLTAGE_LEVEL}/G{taken[each.bus]}/GEN1"
        busbar = layout.busbar(each.bus)
        generators.append(Generator(name, busbar, each.kind, each.rated_power_w, assumptions.reconnection_time_s))
    return tuple(generators)
