"""Faults between phases and from one phase to earth, and how a transient one ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import sqrt

from models.errors import ConfigError
from models.network.elements import Network


class FaultKind(Enum):
    THREE_PHASE = "three-phase"
    TWO_PHASE = "two-phase"
    TO_EARTH = "single-phase to earth"

    @property
    def current_factor(self) -> float:
        """Current of the faulted phases over that of a three-phase fault; exact where Z1 = Z2 (IEC 60909-0)."""
        return 1.0 if self is FaultKind.THREE_PHASE else sqrt(3.0) / 2.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A short circuit on a line segment (at a fraction of its length), at a node of a station busbar, or in a
    transformer.

    element: the id of a line, a node, a transformer or a load (a station's transformer, behind its fuses), or a
    busbar's path (`ST103/K1/BB1`). A permanent fault burns until it is
    repaired. A transient one goes out after duration_s, or in the dead time that follows the trip number
    `trips_to_clear` (1: the first reclosing succeeds); an earth fault also by itself where little current is left
    for its arc. resistance_ohm: of the arc, per phase; of an earth fault all of it to earth. phase: of an earth fault,
    0 to 2 for A to C. strikes_s: an intermittent earth fault burns and pauses for so long, in turn.
    """

    id: str
    element: str
    kind: FaultKind = FaultKind.THREE_PHASE
    fraction: float = 0.5
    permanent: bool = True
    trips_to_clear: int = 1
    duration_s: float | None = None
    resistance_ohm: float = 0.0
    phase: int = 0
    strikes_s: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """Where a fault sits in the grid: the line (index, fraction) or -1, and the node that shares its zone."""

    fault: Fault
    line: int
    node: int


def locate(network: Network, fault: Fault) -> FaultPlace:
    """Find the fault's element. Raises ConfigError when there is none, or the fraction is not within the line."""
    if not 0.0 <= fault.fraction <= 1.0:
        raise ConfigError(fault.id, None, f"fraction {fault.fraction:g} is off the line", "write 0 to 1")
    nodes = {node.id: at for at, node in enumerate(network.nodes)}
    for at, line in enumerate(network.lines):
        if line.id == fault.element:
            return FaultPlace(fault, at, nodes[line.from_node])
    for transformer in network.transformers:
        if transformer.id == fault.element:
            return FaultPlace(fault, -1, nodes[transformer.lv_node])
    for load in network.loads:
        if load.id == fault.element:
            return FaultPlace(fault, -1, nodes[load.node])
    for at, node in enumerate(network.nodes):
        if fault.element == node.id or (node.busbar and node.id.rpartition("/")[0] == fault.element):
            return FaultPlace(fault, -1, at)
    raise ConfigError(fault.id, None, f"no line or busbar '{fault.element}'", "name a line, busbar or transformer")
