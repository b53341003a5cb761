"""What the rules of switching ask and planning data do not say: protection settings, ratings, neutral data.

Only what a network leaves open is filled in, for sites that are simulated. Every value here is ours, not the data's: a
real site states its own in network.json.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from math import pi, sqrt

from models.network.elements import (
    Feeder,
    GalvanicNetwork,
    Network,
    Neutral,
    SettingGroup,
    Switch,
    SwitchKind,
    SwitchType,
)
from models.network.protection import feeder_pickup_a

PRIMARY = SwitchType("primary switchgear 25 kA", 63_000.0, 25_000.0, 1_250.0, 50.0, 200.0)
STATION = SwitchType("station switchgear 20 kA", 50_000.0, 20_000.0, 630.0, 50.0, 150.0)
"""Usual ratings of metal-enclosed switchgear of 24 kV."""
RECLOSER = SwitchType("line recloser 16 kA", 40_000.0, 16_000.0, 630.0, 25.0, 200.0)

LOSS_OF_MAINS_S = 0.15
"""As world.toml has it for the simulated generators."""

_COIL_RANGE = (0.01, 3.0)
"""Least and greatest setting of the coil, as a share of the capacitive current in the normal state: so wide that a
network that is fed but for one feeder still lies within."""
_RESIDUAL_A = 60.0
"""Current up to which an arc of an earth fault goes out by itself in networks of 10 to 20 kV."""


def completed(network: Network) -> Network:
    """The network with everything filled in that it leaves open; what it states stays."""
    types = {each.id: each for each in network.switch_types}
    switches = tuple(each if each.type else replace(each, type=_type_of(each).id) for each in network.switches)
    used = {each.type for each in switches}
    types |= {each.id: each for each in (PRIMARY, STATION) if each.id in used and each.id not in types}
    currents_a = normal_capacitive_current_a(network)
    return replace(
        network,
        switches=switches,
        switch_types=tuple(types.values()),
        feeders=tuple(_with_settings(network, each) for each in network.feeders),
        generators=tuple(
            each if each.loss_of_mains_s is not None else replace(each, loss_of_mains_s=LOSS_OF_MAINS_S)
            for each in network.generators
        ),
        galvanic_networks=tuple(
            _with_coil(_with_device(network, each), currents_a[each.id]) for each in network.galvanic_networks
        ),
    )


def _type_of(switch: Switch) -> SwitchType:
    return STATION if switch.kind is SwitchKind.LOAD_BREAK_SWITCH else PRIMARY


def _with_settings(network: Network, feeder: Feeder) -> Feeder:
    if feeder.settings:
        return feeder
    return replace(feeder, settings=(SettingGroup(1, feeder_pickup_a(network, feeder)),))


def _with_device(network: Network, galvanic: GalvanicNetwork) -> GalvanicNetwork:
    """The coil stands in the bay of the transformer that feeds the busbar's level, and tells its current there."""
    if galvanic.coil or galvanic.neutral is not Neutral.RESONANT:
        return galvanic
    level = galvanic.busbar.split("/")[:2]
    bays = [each.lv_node.rpartition("/")[0] for each in network.transformers if each.lv_node.split("/")[:2] == level]
    return replace(galvanic, coil=f"{bays[0]}/EFN1") if bays else galvanic


def _with_coil(galvanic: GalvanicNetwork, current_a: float) -> GalvanicNetwork:
    residual_a = _RESIDUAL_A if galvanic.residual_current_max_a is None else galvanic.residual_current_max_a
    galvanic = replace(galvanic, residual_current_max_a=residual_a)
    if galvanic.neutral is not Neutral.RESONANT or galvanic.coil_max_a is not None:
        return galvanic
    least_a, greatest_a = (float(round(share * current_a)) for share in _COIL_RANGE)
    return replace(galvanic, coil_min_a=galvanic.coil_min_a or least_a, coil_max_a=max(greatest_a, 10.0))


def normal_capacitive_current_a(network: Network) -> dict[str, float]:
    """Capacitive earth-fault current in A of every galvanic network in its normal state."""
    reached = _galvanic_nodes(network)
    voltage_v = {node.id: node.nominal_voltage_v for node in network.nodes}
    omega = 2 * pi * network.frequency_hz
    return {
        galvanic.id: sum(
            sqrt(3)
            * voltage_v[line.from_node]
            * omega
            * earth_capacitance_f(line.capacitance_f, line.earth_capacitance_f)
            for line in network.lines
            if line.from_node in reached[galvanic.id]
        )
        for galvanic in network.galvanic_networks
    }


def earth_capacitance_f(capacitance_f: float, stated_f: float | None) -> float:
    """Zero-sequence capacitance in F of a line: never above that of the positive sequence, which stands for it."""
    return capacitance_f if stated_f is None else stated_f


def _galvanic_nodes(network: Network) -> dict[str, set[str]]:
    """Nodes that lines and normally closed switches join with the busbar of each galvanic network."""
    beside: dict[str, list[str]] = defaultdict(list)
    ends = [(line.from_node, line.to_node) for line in network.lines]
    ends += [(each.from_node, each.to_node) for each in network.switches if each.to_node and not each.normally_open]
    for one, other in ends:
        beside[one].append(other)
        beside[other].append(one)
    return {each.id: _reached(each.busbar, beside) for each in network.galvanic_networks}


def _reached(start: str, beside: dict[str, list[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for node in beside[waiting.pop()]:
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found
