"""Fault locators of feeder relays (RFLO1): distance from the impedance that the relay sees when it trips.

The loop of the faulted phases gives impedance and reactance, whatever arc lies in the fault; what machines and
converters beyond the relay feed into it is an error here as in the field. By its line data, the sections of the
feeder's longest way in the normal state, the relay turns the reactance into a distance: a fault on a branch of other
conductors, or on what another feeder normally feeds, is told with the error of that. Earth faults are not located.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import nan
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.network.elements import Network
from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.bay import Bay, Services
from sim_ied.board import Board
from sim_ied.physics import Flows
from sim_ied.settings import WorldSettings
from sim_ied.topology import Topology

CALCULATION_S = 0.3
"""From the trip until the result is there."""
_MOST = 3.0
"""Standard deviations beyond which no instrument transformer errs."""


@dataclass(frozen=True, slots=True)
class LineData:
    """A way from the breaker: reactance in ohms and length in m up to the end of each section, from 0 on."""

    reactance_ohm: NDArray[np.float64]
    length_m: NDArray[np.float64]

    def distance_m(self, reactance_ohm: float) -> float:
        """Beyond the end as on the last section."""
        end_ohm, end_m = float(self.reactance_ohm[-1]), float(self.length_m[-1])
        if reactance_ohm <= end_ohm:
            return float(np.interp(reactance_ohm, self.reactance_ohm, self.length_m))
        last_ohm = end_ohm - float(self.reactance_ohm[-2])
        return end_m + (reactance_ohm - end_ohm) * (end_m - float(self.length_m[-2])) / last_ohm


def line_data(network: Network, topology: Topology, breaker: int) -> LineData | None:
    """Of the way with the greatest reactance that the breaker feeds in the normal state; None where no line is."""
    joined = _joined(network, topology)
    far = int(topology.switch_to[breaker])
    seen, ways = {int(topology.switch_from[breaker]), far}, {far: ((0.0, 0.0),)}
    waiting = [far]
    for node in waiting:
        for other, reactance_ohm, length_m in joined.get(node, ()):
            if other not in seen:
                seen.add(other)
                at_ohm, at_m = ways[node][-1]
                more = ((at_ohm + reactance_ohm, at_m + length_m),) if reactance_ohm > 0.0 else ()
                ways[other] = (*ways[node], *more)
                waiting.append(other)
    way = np.array(max(ways.values(), key=lambda each: each[-1]))
    return LineData(way[:, 0], way[:, 1]) if len(way) > 1 else None


def _joined(network: Network, topology: Topology) -> Mapping[int, list[tuple[int, float, float]]]:
    """By node: neighbour, reactance in ohms and length in m of what lies between; transformers join nothing."""
    at, found = topology.node_at, dict[int, list[tuple[int, float, float]]]()
    ends = [(at[each.from_node], at[each.to_node], each.reactance_ohm, each.length_m) for each in network.lines]
    for number, switch in enumerate(network.switches):
        if topology.joins[number] and not switch.normally_open:
            ends.append((int(topology.switch_from[number]), int(topology.switch_to[number]), 0.0, 0.0))
    for one, other, reactance_ohm, length_m in ends:
        found.setdefault(one, []).append((other, reactance_ohm, length_m))
        found.setdefault(other, []).append((one, reactance_ohm, length_m))
    return found


class FaultLocator:
    """Of one feeder bay. factor: its line data over the true ones; error_pu: standard deviation of a measurement."""

    def __init__(self, bay: str, lines: LineData, factor: float, error_pu: float, random: Random) -> None:
        self.bay, self._lines, self._factor, self._error_pu, self._random = bay, lines, factor, error_pu, random
        self._seen_ohm = complex(nan, nan)

    def measure(self, loop_ohm: complex) -> None:
        """Of the faulted phases, from now on; NaN where no short circuit is seen."""
        self._seen_ohm = loop_ohm

    def tell(self, board: Board, agenda: Agenda, now_ns: int) -> None:
        """The relay has tripped: what it has just seen, in a moment. A fault behind it, or none, tells nothing."""
        if not self._seen_ohm.imag > 0.0:
            return
        error = 1.0 + self._error_pu * min(max(self._random.gauss(0.0, 1.0), -_MOST), _MOST)
        impedance_ohm, reactance_ohm = (error * each for each in (abs(self._seen_ohm), self._seen_ohm.imag))
        distance_m = self._lines.distance_m(reactance_ohm) * self._factor
        shown = {"RFLO1.FltZ": round(impedance_ohm, 3), "RFLO1.FltDiskm": round(distance_m / 1000.0, 3)}
        due_ns = after_ns(now_ns, CALCULATION_S)
        agenda.set((self.bay, "RFLO1"), due_ns, partial(self._show, board, shown))

    def _show(self, board: Board, shown: Mapping[str, float], now_ns: int) -> None:
        for variable, value in shown.items():
            board.show(PointName(self.bay, variable), value, now_ns, repeat=True)


class FaultLocators:
    """All of a world: one per feeder bay of a primary substation, by its breaker's number."""

    def __init__(
        self,
        network: Network,
        topology: Topology,
        settings: WorldSettings,
        bays: Mapping[int, Bay],
        services: Services,
    ) -> None:
        self._board = services.board
        random = Random(f"fault locators {settings.seed}")
        feeders = {feeder.id for feeder in network.feeders if not feeder.within}
        self._locators: dict[int, FaultLocator] = {}
        for number, bay in bays.items():
            lines = line_data(network, topology, number) if bay.name in feeders else None
            if lines is None:
                continue
            factor = 1.0 + settings.fault_locators.bias_pu.get(bay.name, 0.0)
            locator = FaultLocator(bay.name, lines, factor, settings.fault_locators.error_pu, random)
            bay.on_trip = partial(locator.tell, services.board, services.agenda)
            self._locators[number] = locator

    def measure(self, flows: Flows) -> None:
        """What the relays see from now on."""
        for number, locator in self._locators.items():
            locator.measure(complex(flows.loop_ohm[number]))

    def show(self, now_ns: int) -> None:
        """First values: nothing located yet."""
        for locator in self._locators.values():
            for variable in ("RFLO1.FltZ", "RFLO1.FltDiskm"):
                self._board.show(PointName(locator.bay, variable), 0.0, now_ns)
