"""A network with everything that stands on it for a while: a network like any other, for topology and every rule. Pure.

An earth is a closed earthing switch, a jumper a closed switch, a mobile generator a source of its own; a cut leaves the
conductor hanging at a node that nothing else has. Their positions are certain (substation.grid.positions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from models.errors import AlgorithmError
from models.network.elements import Line, Network, Node, Source, Switch, SwitchKind
from substation.placements.placement import Placement, PlacementKind

GENERATOR_SHORT_CIRCUIT = 4.0
"""Short-circuit power of a mobile generator over its rated power (subtransient reactance of 0.25 p.u.)."""
GENERATOR_RX = 0.15
MOST_CURRENT_A = 1e6
"""Jumpers have no rating of their own here; lines and transformers limit what flows."""

_FAR_PART = "/far_part"
"""Ends the id of a line's half behind a cut in its middle."""


class UnplacedError(AlgorithmError):
    """The network has no such place, or not any more."""


def with_placements(network: Network, placements: tuple[Placement, ...]) -> Network:
    """Cuts first, then what may stand at their ends. UnplacedError names a placement whose place is missing."""
    for placement in sorted(placements, key=lambda each: (each.kind is not PlacementKind.CUT, each.id)):
        network = _PLACED[placement.kind](network, placement)
    return network


def whole_of(element: str) -> str:
    """The id in the network file of an element that a cut has divided."""
    return element.removesuffix(_FAR_PART)


def ends_of(network: Network, placement: Placement) -> tuple[str, ...]:
    """Nodes of the network at which it stands. UnplacedError."""
    if placement.kind is PlacementKind.CUT:
        line = _line(network, placement)
        return (placement.other,) if placement.other else (line.from_node, line.to_node)
    if placement.kind is PlacementKind.JUMPER:
        return _jumper_ends(network, placement)
    return (_node(network, placement, placement.element),)


def _cut(network: Network, placement: Placement) -> Network:
    """The line hangs on at its other end alone; in the middle, two halves hang each at its own."""
    line = _line(network, placement)
    old = next(node for node in network.nodes if node.id == line.from_node)
    end = Node(f"{placement.path}/end", old.nominal_voltage_v)
    if placement.other == line.from_node:
        parts: tuple[Line, ...] = (replace(line, from_node=end.id),)
    elif placement.other == line.to_node:
        parts = (replace(line, to_node=end.id),)
    elif placement.other:
        raise UnplacedError(f"{placement}: {line.id} does not end at {placement.other}; name one of its two nodes")
    else:
        far = replace(end, id=f"{placement.path}/far_end")
        halves = _half(line), _half(line)
        parts = (
            replace(halves[0], to_node=end.id),
            replace(halves[1], id=f"{line.id}{_FAR_PART}", from_node=far.id),
        )
        network = replace(network, nodes=(*network.nodes, far))
    others = tuple(parts[0] if each.id == line.id else each for each in network.lines)
    return replace(network, nodes=(*network.nodes, end), lines=(*others, *parts[1:]))


def _half(line: Line) -> Line:
    earth = line.earth_capacitance_f
    return replace(
        line,
        length_m=line.length_m / 2,
        resistance_ohm=line.resistance_ohm / 2,
        reactance_ohm=line.reactance_ohm / 2,
        capacitance_f=line.capacitance_f / 2,
        earth_capacitance_f=None if earth is None else earth / 2,
        path=(),
    )


def _earth(network: Network, placement: Placement) -> Network:
    node = _node(network, placement, placement.element)
    return _with_switch(network, _switch(f"{placement.path}/earth", SwitchKind.EARTHING_SWITCH, node, ""))


def _jumper(network: Network, placement: Placement) -> Network:
    start, end = _jumper_ends(network, placement)
    return _with_switch(network, _switch(f"{placement.path}/jumper", SwitchKind.DISCONNECTOR, start, end))


def _jumper_ends(network: Network, placement: Placement) -> tuple[str, str]:
    bypassed = next((each for each in network.switches if each.id == placement.element), None)
    if bypassed is not None and bypassed.to_node and not placement.other:
        return bypassed.from_node, bypassed.to_node
    start, end = (_node(network, placement, each) for each in (placement.element, placement.other))
    voltages = {node.nominal_voltage_v for node in network.nodes if node.id in (start, end)}
    if start == end or len(voltages) != 1:
        raise UnplacedError(f"{placement}: joins nothing, or two voltages; name two nodes of one voltage")
    return start, end


def _generator(network: Network, placement: Placement) -> Network:
    node = _node(network, placement, placement.element)
    power_va = GENERATOR_SHORT_CIRCUIT * max(placement.rated_power_w, 1.0)
    source = Source(f"{placement.path}/generator", node, 1.0, power_va, GENERATOR_RX)
    return replace(network, sources=(*network.sources, source))


def _unchanged(network: Network, placement: Placement) -> Network:
    return network


_PLACED: Mapping[PlacementKind, Callable[[Network, Placement], Network]] = {
    PlacementKind.CUT: _cut,
    PlacementKind.EARTH: _earth,
    PlacementKind.JUMPER: _jumper,
    PlacementKind.MOBILE_GENERATOR: _generator,
    PlacementKind.POSITION_OPEN: _unchanged,
    PlacementKind.POSITION_CLOSED: _unchanged,
}


def _with_switch(network: Network, switch: Switch) -> Network:
    return replace(network, switches=(*network.switches, switch))


def _switch(name: str, kind: SwitchKind, start: str, end: str) -> Switch:
    return Switch(name, kind, start, end, True, False, MOST_CURRENT_A, 0.0)


def _node(network: Network, placement: Placement, place: str) -> str:
    """The node itself, or where a line begins."""
    if any(node.id == place for node in network.nodes):
        return place
    line = next((each for each in network.lines if each.id == place), None)
    if line is None:
        raise UnplacedError(f"{placement}: the network has no node or line '{place}'; name one that it has")
    return line.from_node


def _line(network: Network, placement: Placement) -> Line:
    line = next((each for each in network.lines if each.id == placement.element), None)
    if line is None:
        raise UnplacedError(f"{placement}: the network has no line '{placement.element}'; a cut opens a line")
    return line
