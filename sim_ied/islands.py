"""Islands: parts without a source that generators keep under voltage, because nothing has told them to leave.

A generator whose loss-of-mains protection fails holds an island when what is produced and what is drawn nearly fit. For
loads that behave as impedances the voltage settles at the square root of their ratio; within the band of the voltage
protection (the non-detection zone) nobody notices. A mobile generator forms its island itself and follows the load up
to its rating. A part with a fault in it is never held: the voltage breaks down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from models.errors import ConfigError
from models.network.elements import Generator, Network, Source
from sim_ied.history import History
from sim_ied.line_settings import MobileGenerator
from sim_ied.physics import Injections
from sim_ied.topology import Bools, Ints, Supply

_BAND_PU = (0.88, 1.10)
_STIFFNESS = 100.0
"""Short-circuit power of what forms an island, as a multiple of its rating."""


@dataclass(frozen=True, slots=True)
class Held:
    """nodes: per node, under voltage though no source feeds it. forming: number of the former to its voltage in p.u.;
    generators come first, in the Network's order, then the mobile ones."""

    nodes: Bools
    forming: Mapping[int, float]


def formers(network: Network, mobile: Sequence[MobileGenerator]) -> tuple[Source, ...]:
    """Everything that can form an island, as a source of the power flow. ConfigError for a node that is not there."""
    nodes = {node.id for node in network.nodes}
    for each in mobile:
        if each.node not in nodes:
            raise ConfigError("world.toml", None, f"[mobile_generators] {each.id}: no node '{each.node}'", "correct it")
    return tuple(
        Source(each.id, each.node, 1.0, max(each.rated_power_w, 1e3) * _STIFFNESS, 0.1)
        for each in _placed(network, mobile)
    )


def _placed(network: Network, mobile: Sequence[MobileGenerator]) -> list[Generator | MobileGenerator]:
    return [*network.generators, *mobile]


class Islands:
    """`follow` is asked at every change of the physics."""

    def __init__(self, network: Network, mobile: Sequence[MobileGenerator], history: History) -> None:
        index = {node.id: number for number, node in enumerate(network.nodes)}
        placed = _placed(network, mobile)
        self._node = np.array([index[each.node] for each in placed], np.int64)
        self._load_node = np.array([index[load.node] for load in network.loads], np.int64)
        self._rated_w = np.array([each.rated_power_w for each in placed])
        self._ids = [each.id for each in placed]
        self._generators = len(network.generators)
        self._history = history
        self._wanting: set[int] = set()
        self._before = np.zeros(len(network.nodes), np.bool_)

    @property
    def mobile(self) -> frozenset[str]:
        return frozenset(self._ids[self._generators :])

    def set_holding(self, name: str, holding: bool) -> None:
        """A generator's loss-of-mains protection fails; a mobile generator runs. KeyError for an unknown name."""
        if name not in self._ids:
            raise KeyError(name)
        (self._wanting.add if holding else self._wanting.discard)(self._ids.index(name))

    def follow(
        self, supply: Supply, connected: Bools, injections: Injections, faulted: Sequence[int], now_ns: int
    ) -> Held:
        """connected: per generator. faulted: nodes of faults that exist."""
        broken = {int(supply.part[node]) for node in faulted}
        nodes, forming = np.zeros(len(supply.part), np.bool_), dict[int, float]()
        for part in sorted({int(supply.part[self._node[each]]) for each in self._wanting}):
            inside = supply.part == part
            if part in broken or supply.fed[inside].any():
                continue
            former, voltage_pu = self._held(part, supply.part, connected, injections)
            if former >= 0:
                nodes |= inside
                forming[former] = voltage_pu
        self._tell(nodes, forming, now_ns)
        return Held(nodes, forming)

    def _held(self, part: int, parts: Ints, connected: Bools, injections: Injections) -> tuple[int, float]:
        """(former, its voltage in p.u.); -1 where the part goes dark."""
        here = [each for each in self._wanting if parts[self._node[each]] == part]
        mobile = [each for each in here if each >= self._generators]
        own = [
            each for each in here if each < self._generators and connected[each] and injections.generation_w[each] > 0
        ]
        produced_w = float(injections.generation_w[(parts[self._node[: self._generators]] == part) & connected].sum())
        drawn_w = float(injections.load_w[parts[self._load_node] == part].sum())
        if mobile and 0.0 <= drawn_w - produced_w <= self._rated_w[mobile].sum():
            return max(mobile, key=lambda each: self._rated_w[each]), 1.0
        voltage_pu = sqrt(produced_w / drawn_w) if drawn_w > 0.0 else 0.0
        if own and _BAND_PU[0] <= voltage_pu <= _BAND_PU[1]:
            return max(own, key=lambda each: self._rated_w[each]), voltage_pu
        return -1, 0.0

    def joined(self, supply: Supply) -> bool:
        """A part that was an island until now has a source: whoever closed did it out of synchronism."""
        return bool((self._before & supply.fed).any())

    def _tell(self, nodes: Bools, forming: Mapping[int, float], now_ns: int) -> None:
        if bool((nodes & ~self._before).any()):
            names = ", ".join(f"{self._ids[each]} at {voltage_pu:.2f} p.u." for each, voltage_pu in forming.items())
            self._history.note(now_ns, "island", f"a part without source stays under voltage: {names}")
        elif bool((self._before & ~nodes).any()):
            self._history.note(now_ns, "island", "an island has ended")
        self._before = nodes
