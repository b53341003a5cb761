"""Earth faults of the world: from the state of the grid to currents, devices, and the end of an arc."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random

import numpy as np

from models.errors import ConfigError
from models.network.elements import GalvanicNetwork, Network, Neutral
from models.point import PointName
from sim_ied.agenda import after_ns
from sim_ied.bay import Bay, Services
from sim_ied.earth.coil import Coils
from sim_ied.earth.grid import EarthGrid, EarthState
from sim_ied.earth.indicator import EarthIndicator
from sim_ied.earth.relay import EarthRelay
from sim_ied.equipment import primary_stations
from sim_ied.fault import Fault, FaultKind, FaultPlace, locate
from sim_ied.physics import Flows
from sim_ied.settings import WorldSettings
from sim_ied.switchgear import bay_of
from sim_ied.topology import Bools, Supply, Topology

ARC_LIMIT_A = {Neutral.RESONANT: 60.0, Neutral.ISOLATED: 35.0}
"""Current up to which the arc of a transient earth fault in overhead lines goes out by itself: the limits of DIN VDE
0228-2 for networks of 10 to 20 kV, as textbooks of network protection give them."""
ARC_S = 0.3


class EarthFaults:
    """extinguish: an arc has gone out. changed: asks for new physics."""

    def __init__(
        self,
        network: Network,
        topology: Topology,
        settings: WorldSettings,
        services: Services,
        bays: dict[int, Bay],
        random: Random,
        extinguish: Callable[[str, int], None],
        changed: Callable[[int], None],
    ) -> None:
        self._network, self._topology, self._settings = network, topology, settings
        self._agenda, self._board, _ = services.all
        self._grid = EarthGrid(network, topology, settings.earth_faults)
        self._coils = Coils(self._grid.neutrals, self._agenda, self._board, changed)
        self._extinguish = extinguish
        self._home = self._homes()
        self.relays = self._relays(bays)
        self.indicators = self._indicators(random)
        self._quiet = True
        self.state: EarthState | None = None

    def _homes(self) -> dict[int, GalvanicNetwork]:
        """By node, the galvanic network that it belongs to in the normal state."""
        normal = np.array([not switch.normally_open for switch in self._network.switches], np.bool_)
        labels, at = self._topology.zones(normal), self._topology.node_at
        named = {int(labels[at[each.busbar]]): each for each in self._network.galvanic_networks}
        return {node: named[label] for node, label in enumerate(labels.tolist()) if label in named}

    def _relays(self, bays: dict[int, Bay]) -> dict[int, EarthRelay]:
        """By breaker, in primary substations."""
        primary, feeders = primary_stations(self._network), {each.id for each in self._network.feeders}
        found = {}
        for number, bay in bays.items():
            node = int(self._topology.switch_from[number])
            if bay.name.partition("/")[0] not in primary or node not in self._home:
                continue
            phase_v = self._network.nodes[node].nominal_voltage_v / float(np.sqrt(3.0))
            found[number] = EarthRelay(
                bay.name, self._home[node].neutral, phase_v, bay.name in feeders, self._settings.earth_faults,
                self._agenda, self._board, bay.relay.trip,
            )  # fmt: skip
            found[number].in_service = bay.name not in self._settings.earth_faults.missing
        return found

    def _indicators(self, random: Random) -> dict[int, EarthIndicator]:
        numbers = {switch.id: number for number, switch in enumerate(self._network.switches)}
        times = self._settings.indicators
        found = {}
        for each in self._network.indicators:
            home = self._home.get(int(self._topology.switch_from[numbers[each.switch]]))
            kind = Neutral.ISOLATED if home is None else home.neutral
            found[numbers[each.switch]] = EarthIndicator(
                bay_of(each.switch), kind, self._settings.earth_faults, times, self._agenda, self._board,
                lambda: random.uniform(*times.report_delay_s),
            )  # fmt: skip
        return found

    def check(self, fault: Fault) -> None:
        """ConfigError where there can be no such earth fault."""
        if fault.kind is FaultKind.TO_EARTH and locate(self._network, fault).node not in self._home:
            remedy = "name a line or busbar of a network in galvanic_networks"
            raise ConfigError(fault.id, None, f"the neutral of {fault.element} is not known", remedy)

    def follow(
        self, closed: Bools, supply: Supply, places: tuple[FaultPlace, ...], burning: Bools, flows: Flows, now_ns: int
    ) -> Flows:
        """The flows with what earth faults add to them. burning: per place; those between phases are left out here."""
        earthed = burning & ~between_phases(places)
        lit = tuple(place for place, on in zip(places, earthed, strict=True) if on)
        part = self._topology.zones(closed)
        faulted_parts = {int(part[place.node]) for place in lit}
        faulted = np.array([int(part[point.node]) in faulted_parts for point in self._grid.neutrals], np.bool_)
        self._coils.follow(self._grid.capacitive_a(closed), part, faulted, now_ns)
        if not lit:
            self.state = None
            self._measure_nothing(supply, now_ns)
            return flows
        state = self.state = self._grid.state(closed, lit, flows.voltage_v, self._coils.current_a)
        self._quiet = False
        self._measure(state, supply, now_ns)
        self._watch_arcs(lit, state, now_ns)
        return self._merged(flows, state)

    def _merged(self, flows: Flows, state: EarthState) -> Flows:
        """Load current adds in quadrature: it is active, most of what an earth fault draws is not."""
        largest = np.abs(state.phase_a).argmax(axis=0)
        own_a = state.phase_a[largest, np.arange(len(largest))]
        reference = np.exp(-2j * np.pi / 3 * largest)
        lag_rad = np.angle(reference) - np.angle(own_a)
        towards = np.cos(lag_rad - np.deg2rad(45.0)) > 0.0
        current_a = np.hypot(flows.current_a, np.abs(own_a))
        return replace(
            flows,
            voltage_v=flows.voltage_v * state.line_pu,
            current_a=current_a,
            forward=np.where(np.abs(own_a) > flows.current_a, towards, flows.forward),
        )

    def _measure(self, state: EarthState, supply: Supply, now_ns: int) -> None:
        ends = self._topology.switch_from
        for number, relay in self.relays.items():
            zero_v = complex(state.zero_v[ends[number]])
            relay.measure(complex(state.residual_a[number]), zero_v, now_ns)
            self._show(relay.bay, zero_v, complex(state.residual_a[number]), now_ns)
        for number, indicator in self.indicators.items():
            node = int(ends[number])
            zero_v, fed = complex(state.transient_v[node]), bool(supply.fed[node])
            indicator.measure(complex(state.transient_a[number]), zero_v, fed, now_ns)

    def _measure_nothing(self, supply: Supply, now_ns: int) -> None:
        if not self._quiet:
            for relay in self.relays.values():
                relay.measure(0j, 0j, now_ns)
                self._show(relay.bay, 0j, 0j, now_ns)
            self._quiet = True
        for number, indicator in self.indicators.items():
            indicator.measure(0j, 0j, bool(supply.fed[self._topology.switch_from[number]]), now_ns)

    def _show(self, bay: str, zero_v: complex, residual_a: complex, now_ns: int) -> None:
        """3U0 and 3I0 as the bay's transformers measure them."""
        bands = self._settings.measurements
        for variable, value, band in (
            ("MMXU1.PhV.res", 3.0 * abs(zero_v), bands.voltage_dead_band_v),
            ("MMXU1.A.res", abs(residual_a), bands.current_dead_band_a),
        ):
            name = PointName(bay, variable)
            before = self._board.present.get(name)
            if before is None or abs(float(before.value) - value) > band or (value == 0.0 and before.value != 0.0):
                self._board.show(name, value, now_ns)

    def show(self, now_ns: int) -> None:
        """First values."""
        for relay in self.relays.values():
            relay.measure(0j, 0j, now_ns)
            self._show(relay.bay, 0j, 0j, now_ns)

    def _watch_arcs(self, lit: tuple[FaultPlace, ...], state: EarthState, now_ns: int) -> None:
        """What is transient goes out by itself where little current is left."""
        for place, current_a in zip(lit, np.abs(state.fault_a).tolist(), strict=True):
            fault, key = place.fault, ("arc", place.fault.id)
            limit_a = ARC_LIMIT_A.get(self._home[place.node].neutral, 0.0)
            if fault.permanent or fault.duration_s is not None or current_a > limit_a:
                self._agenda.cancel(key)
            elif key not in self._agenda:
                due_ns = after_ns(now_ns, ARC_S)
                self._agenda.set(key, due_ns, partial(self._extinguish, fault.id))


def between_phases(places: tuple[FaultPlace, ...]) -> Bools:
    """Per place: a short circuit between phases."""
    return np.array([place.fault.kind is not FaultKind.TO_EARTH for place in places], np.bool_)
