"""Line reclosers and sectionalisers in a network that has none: a choice of its load-break switches becomes such."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from models.errors import ConfigError
from models.network.completion import RECLOSER
from models.network.elements import Feeder, Network, SettingGroup, Switch, SwitchKind
from models.network.protection import feeder_pickup_a


def with_reclosers(network: Network, switches: Sequence[str]) -> Network:
    """These switches become breakers with protection and reclosing, each within the feeder that feeds it normally.

    Of several on one feeder the nearer one to its breaker has to be named first. Raises ConfigError for a switch that
    does not exist, is no load-break switch, or is not fed by a feeder in the normal state.
    """
    for name in switches:
        switch = _load_break_switch(network, name)
        before = _feeding(network, switch)
        breaker = replace(switch, kind=SwitchKind.BREAKER, remote=True, breaking_current_a=RECLOSER.withstand_current_a,
                          type=RECLOSER.id)  # fmt: skip
        made = Feeder(name.rpartition("/")[0], name, before.transformer, within=before.id)
        made = replace(made, settings=(SettingGroup(1, feeder_pickup_a(network, made)),))
        network = replace(
            network,
            switches=tuple(breaker if each.id == name else each for each in network.switches),
            feeders=(*network.feeders, made),
            switch_types=tuple(dict.fromkeys((*network.switch_types, RECLOSER))),
        )
    return network


def with_sectionalisers(network: Network, counts: Mapping[str, int]) -> Network:
    """counts: by switch, after how many fault currents it opens. Raises ConfigError as with_reclosers."""
    for name, count in counts.items():
        switch = replace(_load_break_switch(network, name), sectionaliser_counts=count)
        network = replace(network, switches=tuple(switch if each.id == name else each for each in network.switches))
    return network


def _load_break_switch(network: Network, name: str) -> Switch:
    found = next((each for each in network.switches if each.id == name), None)
    if found is None or found.kind is not SwitchKind.LOAD_BREAK_SWITCH:
        raise ConfigError(network.name, None, f"'{name}' is no load-break switch", "name one of a station's bay")
    return found


def _feeding(network: Network, switch: Switch) -> Feeder:
    """The feeder whose breaker is the last one on the way to the switch in the normal state."""
    beside: dict[str, list[str]] = defaultdict(list)
    breakers = {feeder.breaker for feeder in network.feeders}
    ends = [(line.from_node, line.to_node) for line in network.lines]
    ends += [
        (each.from_node, each.to_node)
        for each in network.switches
        if each.to_node and not each.normally_open and each.id not in breakers | {switch.id}
    ]
    for one, other in ends:
        beside[one].append(other)
        beside[other].append(one)
    nodes = {each.id: each for each in network.switches}
    reached = [
        (feeder, _reached(beside, nodes[feeder.breaker].to_node, {switch.from_node, switch.to_node}))
        for feeder in network.feeders
    ]
    ways = [(way, feeder) for feeder, way in reached if way]
    if not ways:
        raise ConfigError(network.name, None, f"no feeder feeds '{switch.id}'", "name a switch within a feeder")
    return min(ways, key=lambda each: each[0])[1]


def _reached(beside: Mapping[str, Sequence[str]], start: str, wanted: set[str]) -> int:
    """Steps from `start` to the first wanted node, from 1; 0 when none is reached."""
    seen, edge, steps = {start}, [start], 1
    while edge:
        if wanted & set(edge):
            return steps
        edge = list(dict.fromkeys(other for node in edge for other in beside[node] if other not in seen))
        seen.update(edge)
        steps += 1
    return 0
