"""Whether what somebody says to have placed, or taken away, can be so: all rules rely on it. Pure.

Nothing that is said makes a danger that the rules would never let happen: no earth on what may be fed, no connection
that feeds what is earthed, faulted or worked on, or that joins two feeds (SAFETY S1, S4, S8, S17).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from models.errors import AlgorithmError
from models.network.elements import SwitchKind
from models.point import Dbpos
from substation.control.grid import Grid, Islands
from substation.control.numerics import Numerics
from substation.grid.positions import position_of
from substation.image import Missing, ProcessImage
from substation.placements.derived import UnplacedError, ends_of
from substation.placements.placement import PLACED, POSITIONS, Placement, PlacementKind, on_the_grid
from substation.tags import TagKind

Faults = Mapping[str, tuple[str, ...]]
_GUARDED = (TagKind.WORK_PERMIT, TagKind.TEMPORARY_EARTH, TagKind.FAULT_ISOLATION)


def not_placeable(placement: Placement, numerics: Numerics, image: ProcessImage, faults: Faults) -> str:
    """Why it cannot stand there; '' when it can. faults: zones of faults that are not reported repaired."""
    try:
        before = numerics.with_placements(on_the_grid(image.placements))
        after = (
            before
            if placement.kind in POSITIONS
            else numerics.with_placements(on_the_grid((*image.placements, placement)))
        )
        ends = () if placement.kind in POSITIONS else ends_of(before.grid.network, placement)
    except AlgorithmError as error:
        return str(error)
    return _CHECKS[placement.kind](placement, ends, _State(before.grid, image), _State(after.grid, image), faults)


def not_removable(placement: Placement, numerics: Numerics, image: ProcessImage, faults: Faults) -> str:
    """Why it cannot have been taken away; '' when it can: what is joined again must not be joined onto a danger."""
    rest = tuple(each for each in image.placements if each.id != placement.id)
    if placement.kind is not PlacementKind.CUT:
        return ""
    try:
        present = numerics.with_placements(on_the_grid(image.placements))
        after = numerics.with_placements(on_the_grid(rest))
    except UnplacedError as error:
        return f"something still stands at its ends ({error}); take that away first"
    ends = ends_of(after.grid.network, placement)
    return _joins(placement, ends, _State(present.grid, image), _State(after.grid, image), faults)


class _State:
    """How everything hangs together; doubt counts as closed (S14)."""

    def __init__(self, grid: Grid, image: ProcessImage) -> None:
        self.grid, self.image = grid, image
        positions = {each.id: position_of(image, each.id) for each in grid.network.switches}
        self.islands: Islands = grid.islands(
            each.id for each in grid.network.switches if each.to_node and positions[each.id] is not Dbpos.OFF
        )
        self.surely: Islands = grid.islands(
            each.id for each in grid.network.switches if each.to_node and positions[each.id] is Dbpos.ON
        )
        self.earthed = [
            (each.id, each.from_node)
            for each in grid.network.switches
            if each.kind is SwitchKind.EARTHING_SWITCH and positions[each.id] is not Dbpos.OFF
        ]

    def live(self, node: str) -> bool:
        return node in self.grid.index and self.islands.live(node)

    def sources(self, nodes: Iterable[str]) -> int:
        inside = frozenset(nodes)
        return sum(each.node in inside for each in self.grid.network.sources)


def _earth(placement: Placement, ends: tuple[str, ...], before: _State, after: _State, faults: Faults) -> str:
    if before.live(ends[0]):
        return f"S1: {placement.element} may be fed; switch off, isolate and prove it dead before it is earthed"
    return ""


def _cut(placement: Placement, ends: tuple[str, ...], before: _State, after: _State, faults: Faults) -> str:
    if any(before.live(node) for node in ends):
        return f"S13: {placement.element} may be fed; a cut is made in a dead conductor"
    return ""


def _joins(placement: Placement, ends: tuple[str, ...], before: _State, after: _State, faults: Faults) -> str:
    """A jumper, or a conductor joined again: neither feeds nor loops, nor parallels anything by itself.

    It is made between dead parts, or where both sides hang together already (a bypass of a closed switch).
    """
    hung = [node for node in ends if node in before.grid.index]
    if len(hung) == 2 and before.surely.joined(*hung):
        return ""
    joined = frozenset().union(*(after.islands.nodes(node) for node in ends))
    if not after.live(ends[0]):
        return ""
    if sum(before.live(node) for node in ends) > 1 or after.sources(joined) > 1:
        return f"S8: {placement.kind.value} on {placement.element} would join two feeds; use switchgear for that"
    return _danger(joined, after, faults)


def _generator(placement: Placement, ends: tuple[str, ...], before: _State, after: _State, faults: Faults) -> str:
    if before.live(ends[0]):
        return f"S8: {placement.element} may be fed already; a mobile generator feeds a part that has no other source"
    return _danger(after.islands.nodes(ends[0]), after, faults)


def _danger(nodes: frozenset[str], after: _State, faults: Faults) -> str:
    """What must not be fed: earths, faults, people at work."""
    for switch, node in after.earthed:
        if node in nodes:
            return f"S17: it would feed the earth {switch}, which is not confirmed open"
    for order, zone in faults.items():
        for element in zone:
            if after.grid.nodes_of(element) & nodes:
                return f"S4: it would feed {element}, faulted in order {order}"
    for tag in after.image.tags:
        if tag.kind in _GUARDED and after.grid.nodes_of(tag.element) & nodes:
            return f"S17: it would feed {tag.element}, tagged '{tag.kind.value}' by {tag.holder}"
    return ""


def _position(placement: Placement, ends: tuple[str, ...], before: _State, after: _State, faults: Faults) -> str:
    switch = placement.element
    if switch not in before.grid.switches or switch.startswith(PLACED):
        return f"the network has no switch {switch}"
    name = before.image.register.position_of(switch)
    if name is not None and not isinstance(before.image.read(name), Missing):
        return f"S14: the field reports the position of {switch}; it is not set by hand"
    return ""


_Check = Callable[[Placement, tuple[str, ...], _State, _State, Faults], str]
_CHECKS: Mapping[PlacementKind, _Check] = {
    PlacementKind.EARTH: _earth,
    PlacementKind.CUT: _cut,
    PlacementKind.JUMPER: _joins,
    PlacementKind.MOBILE_GENERATOR: _generator,
    PlacementKind.POSITION_OPEN: _position,
    PlacementKind.POSITION_CLOSED: _position,
}
