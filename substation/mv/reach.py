"""What a feeder's breaker may have fed before an event, and what follows: stations that may be late, sectionalisers."""

from __future__ import annotations

from models.network.elements import Feeder
from models.point import Dbpos
from substation.grid.positions import Positions, position_of
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.lateness import latest_s
from substation.mv.feeder_tree import topology_below
from substation.mv.settings import FdirSettings, Times

OpenBefore = tuple[str, ...]
"""Switches that were certainly open before the event; all others count as closed."""


class Reach:
    """Asked by feeder."""

    def __init__(self, topology: Topology, times: Times, settings: FdirSettings) -> None:
        self._topology, self._times, self._late_s = topology, times, settings.late_s
        self._sectionalisers = [each.id for each in topology.network.switches if each.sectionaliser_counts]

    def nodes(self, feeder: Feeder, open_before: OpenBefore) -> frozenset[int]:
        """What hangs on its breaker."""
        topology = self._topology
        closed = {switch.id: switch.id not in open_before for switch in topology.network.switches}
        tree = topology.tree(Positions.certain(topology.network, closed | {feeder.breaker: True}).closed)
        return frozenset(topology_below(topology, tree, feeder))

    def window_s(self, feeder: Feeder | None, open_before: OpenBefore) -> float:
        """Until the evidence of the feeder is complete, whichever of its stations are late (SAFETY S9)."""
        if not self._late_s or feeder is None:
            return self._times.evidence_window_s
        stations = [self._topology.network.nodes[number].station for number in self.nodes(feeder, open_before)]
        return self._times.evidence_window_s + latest_s(self._late_s, stations)

    def travel_s(self, breaker: str) -> float:
        """Until its movement has ended and is known."""
        return self._times.travel_s + latest_s(self._late_s, (breaker,))

    def parted(self, image: ProcessImage, feeder: Feeder | None, open_before: OpenBefore) -> str:
        """Sectionalisers of the feeder that were closed before the event and are not any more, in words."""
        return " and ".join(self.parting(image, feeder, open_before))

    def parting(self, image: ProcessImage, feeder: Feeder | None, open_before: OpenBefore) -> list[str]:
        """The same by their ids."""
        if feeder is None or not self._sectionalisers:
            return []
        below, nodes = self.nodes(feeder, open_before), self._topology.nodes_of_element
        return [
            switch
            for switch in self._sectionalisers
            if below.intersection(nodes[switch]) and switch not in open_before
            if position_of(image, switch) is not Dbpos.ON
        ]
