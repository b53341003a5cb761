"""The grid as it is now, as a planning grid: positions, taps and powers of the image; what may be moved from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.network.elements import Limits, Network, Switch, SwitchKind
from models.network.planning import PlanningBus, PlanningGrid
from models.network.planning_network import planned
from models.network.switches import operated_by
from substation.grid.arrays import Complexes
from substation.grid.positions import Positions
from substation.grid.topology import Topology
from substation.image import Missing, ProcessImage
from substation.mv.demand import consumption, steps_in_service, taps
from substation.mv.operable import why_not_moved
from substation.mv.reading import bay_of, number


@dataclass(frozen=True, slots=True)
class Present:
    """assumed: loads that cannot be read, with the reason; their rated peak stands for them. assumed_share: of the load
    by rated peak. fixed: why switches with remote control are not moved, by id. bus_of: bus of every node that is one,
    or joined with one."""

    grid: PlanningGrid
    assumed: tuple[str, ...]
    assumed_share: float
    fixed: dict[str, str]
    bus_of: Mapping[str, int]


def present(topology: Topology, image: ProcessImage, positions: Positions, by_hand: bool = False) -> Present:
    """Positions are beyond doubt. by_hand: switches without remote control may be moved too; their branches count as
    remote-controlled."""
    network = topology.network
    tap_of = taps(topology, image)
    closed = {switch.id: bool(positions.closed[at]) for at, switch in enumerate(network.switches)}
    reclosers = frozenset(feeder.breaker for feeder in network.feeders if feeder.within)
    fixed = {each.id: _why_fixed(image, each, closed[each.id], reclosers, by_hand) for each in network.switches}
    now = replace(
        network,
        transformers=tuple(replace(each, tap=tap_of.get(each.id, each.tap)) for each in network.transformers),
        capacitors=tuple(replace(each, steps_in=steps_in_service(image, each)) for each in network.capacitors),
    )
    found = planned(now, closed)
    dark = np.zeros(topology.arrays.nodes, dtype=np.bool_)
    power_va, _ = consumption(topology, image, dark, (), banks=False)
    grid = replace(
        found.grid,
        buses=_loaded(found.grid.buses, topology, found.bus_of, power_va),
        switches=tuple(replace(each, remote=each.remote and not fixed[each.id]) for each in found.grid.switches),
        findings=(),
    )
    assumed, share = assumed_loads(image, network)
    remote = {switch.id for switch in network.switches if switch.remote}
    by_crew = {switch.id for switch in network.switches if by_hand and not switch.remote and not fixed[switch.id]}
    grid = operated_by(grid)
    return Present(
        replace(
            grid,
            branches=tuple(replace(each, remote=each.remote or each.opened_by in by_crew) for each in grid.branches),
        ),
        assumed,
        share,
        {name: why for name, why in fixed.items() if why and name in remote},
        found.bus_of,
    )


def _loaded(
    buses: tuple[PlanningBus, ...], topology: Topology, bus_of: Mapping[str, int], power_va: Complexes
) -> tuple[PlanningBus, ...]:
    total = np.zeros(len(buses), dtype=np.complex128)
    for node, place in bus_of.items():
        total[place] += power_va[topology.arrays.node_index[node]]
    return tuple(
        replace(bus, load_w=float(each.real), load_var=float(each.imag)) for bus, each in zip(buses, total, strict=True)
    )


def _why_fixed(image: ProcessImage, switch: Switch, closed: bool, reclosers: frozenset[str], by_hand: bool) -> str:
    """'' where it may be moved."""
    if switch.kind is SwitchKind.BREAKER and switch.id not in reclosers:
        return f"{switch.id} is a breaker of a busbar, transformer or feeder"
    if switch.kind not in (SwitchKind.BREAKER, SwitchKind.LOAD_BREAK_SWITCH):
        return f"S13: {switch.id} is a {switch.kind.value}"
    for place in (switch.id, bay_of(switch.id)):
        if place in image.differing:
            return f"{place} differs from its description: {image.differing[place]}"
    return why_not_moved(image, switch, not closed, by_hand)


def tightened(grid: PlanningGrid, limits: Limits, voltage_pu: float, loading_pu: float) -> PlanningGrid:
    """The grid with limits that keep a reserve. limits: those that its ratings contain."""
    usual = {False: limits.line_loading_pu, True: limits.transformer_loading_pu}
    return replace(
        grid,
        buses=tuple(
            replace(
                bus,
                voltage_min_pu=bus.voltage_min_pu + voltage_pu,
                voltage_max_pu=bus.voltage_max_pu - voltage_pu,
            )
            for bus in grid.buses
        ),
        branches=tuple(
            replace(branch, rated_a=branch.rated_a * max(1 - loading_pu / usual[branch.transformer], 0.0))
            for branch in grid.branches
        ),
    )


def assumed_loads(image: ProcessImage, network: Network) -> tuple[tuple[str, ...], float]:
    """Loads that cannot be read, in words, and their share of the load by rated peak."""
    missing = [
        (load, read.reason)
        for load in network.loads
        if isinstance(read := number(image, load.id, "MMXU1.TotW"), Missing)
    ]
    total_w = sum(load.active_power_w for load in network.loads)
    share = sum(load.active_power_w for load, _ in missing) / total_w if total_w > 0 else 0.0
    return tuple(f"{reason}; its rated peak is taken" for _, reason in missing), share
