"""Which loads have supply at one moment, since when, and which switch took it away from those that have not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from models.point import Sample, Value
from substation.grid.arrays import Booleans
from substation.grid.positions import Positions, read_positions
from substation.grid.topology import Supply, Topology, Tree
from substation.image import ProcessImage
from substation.reliability.voltage import VoltageEvidence


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one load. since_ns: when the switching (or the voltage) that decides it happened, UTC, as far as it is told.

    opened: switch that took the supply away, '' where no position says so. above: no load of its source has supply.
    measured_ns: when a voltage has proved the supply last, 0 where none does.
    """

    supply: Supply
    since_ns: int
    opened: str = ""
    above: bool = False
    measured_ns: int = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """Of all loads, by id. closed: switches as last certain, which is what a later loss is traced with."""

    time_ns: int
    loads: Mapping[str, Seen]
    closed: frozenset[str]


Told = Mapping[str, tuple[Value, int]]
"""By switch: the position that its device told last with a time of its own (UTC ns)."""


def look(
    topology: Topology,
    voltages: VoltageEvidence,
    image: ProcessImage,
    closed_before: frozenset[str],
    told: Told = MappingProxyType({}),
) -> Sighting:
    """closed_before: of the sighting before. Positions count as they are reported, not as they are commanded.

    told: an interrogation repeats a position without its time; then the time that came with it before holds.
    """
    positions = read_positions(image, topology.network)
    eye = _Eye(topology, image, positions, closed_before, told)
    switched_ns = max(eye.times.values(), default=0)
    seen = {}
    for load in topology.network.loads:
        found = eye.see(load.node)
        evidence = voltages.of(load.id, image, switched_ns)
        if evidence is not None and evidence.supply is not found.supply:
            found = Seen(evidence.supply, evidence.since_ns)
        if evidence is not None and evidence.supply is Supply.LIVE:
            found = replace(found, measured_ns=evidence.since_ns)
        seen[load.id] = found
    return Sighting(image.time_ns, _above(topology, eye, seen), _closed(topology, positions, closed_before))


class _Eye:
    """Positions of one image, and the tree that fed before. times: when each switch moved last, as far as told."""

    def __init__(
        self,
        topology: Topology,
        image: ProcessImage,
        positions: Positions,
        closed_before: frozenset[str],
        told: Told,
    ) -> None:
        self._topology, self._image, self._positions, self._told = topology, image, positions, told
        self._closed_before, self._before = closed_before, topology.tree(_mask(topology, closed_before))
        self.energisation = topology.energisation(positions)
        self.times = {each.id: at_ns for each in topology.network.switches if (at_ns := self._moved_ns(each.id))}

    def see(self, node: str) -> Seen:
        number = self._topology.arrays.node_index[node]
        supply = self.energisation.node(number)
        if supply is Supply.LIVE:
            path = self._switches(self.energisation.feeding, number)
            return Seen(supply, self._fed_since(path))
        if supply is Supply.UNKNOWN:
            return Seen(supply, self._image.time_ns)
        opened = self._first_open(self._switches(self._before, number))
        return Seen(supply, self.times.get(opened, self._image.time_ns), opened)

    def _fed_since(self, path: list[str]) -> int:
        """When the last switch on the way closed: of those that were not closed before. A device that has just come
        back may tell all its positions without a time, so the others count only with a time of their own."""
        new = [self.times[each] for each in path if each not in self._closed_before and each in self.times]
        return max(new or [at_ns for each in path if (at_ns := self._told_ns(each))], default=self._image.time_ns)

    def root(self, node: str) -> int:
        """Number of the source that feeds the node by position; -1: none."""
        return int(self.energisation.feeding.root_of[self._topology.arrays.node_index[node]])

    def _switches(self, tree: Tree, node: int) -> list[str]:
        """On the way to the node, the nearest to the source first."""
        arrays = self._topology.arrays
        return [arrays.branch_id(branch) for branch in tree.path(node) if branch >= arrays.first_switch]

    def _first_open(self, path: Iterable[str]) -> str:
        index = self._topology.arrays.switch_index
        return next((each for each in path if self._positions.open[index[each]]), "")

    def _moved_ns(self, switch: str) -> int:
        sample = self._sample(switch)
        return 0 if sample is None else self._told_ns(switch) or sample.arrival_time_ns

    def _told_ns(self, switch: str) -> int:
        """By the device; 0: it told none."""
        sample = self._sample(switch)
        if sample is None or sample.source_time_ns:
            return 0 if sample is None else sample.source_time_ns or 0
        value, at_ns = self._told.get(switch, (None, 0))
        return at_ns if value == sample.value else 0

    def _sample(self, switch: str) -> Sample | None:
        name = self._image.register.position_of(switch)
        return None if name is None else self._image.raw(name)


def _above(topology: Topology, eye: _Eye, seen: Mapping[str, Seen]) -> dict[str, Seen]:
    """Loads that positions feed and that have no voltage: lost above when no load of that source has any."""
    roots = {load.id: eye.root(load.node) for load in topology.network.loads}
    alive = {roots[load] for load, each in seen.items() if each.supply is not Supply.DEAD}
    return {
        load: Seen(each.supply, each.since_ns, each.opened, True)
        if each.supply is Supply.DEAD and roots[load] >= 0 and roots[load] not in alive
        else each
        for load, each in seen.items()
    }


def _mask(topology: Topology, closed: frozenset[str]) -> Booleans:
    return np.array([each.id in closed for each in topology.network.switches], dtype=np.bool_)


def _closed(topology: Topology, positions: Positions, before: frozenset[str]) -> frozenset[str]:
    """A switch in doubt stays what it was."""
    return frozenset(
        each.id
        for number, each in enumerate(topology.network.switches)
        if positions.closed[number] or (not positions.open[number] and each.id in before)
    )
