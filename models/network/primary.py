"""The primary substations of a node-breaker network: transformers, their bays, feeder bays with all switches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from models.network.assumptions import Assumptions
from models.network.busbranch import BusBranch, BusTransformer, Infeed
from models.network.elements import Feeder, GalvanicNetwork, Node, Source, Switch, SwitchKind, Transformer
from models.network.layout import VOLTAGE_LEVEL, Layout


@dataclass(slots=True)
class Primaries:
    """Elements of all primary substations, each list in the order of the substations."""

    galvanic_networks: list[GalvanicNetwork] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    transformers: list[Transformer] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    feeders: list[Feeder] = field(default_factory=list)


class PrimaryBuilder:
    """Builds the elements; `build` is called once."""

    def __init__(self, grid: BusBranch, layout: Layout, assumptions: Assumptions) -> None:
        self._grid, self._layout, self._assumptions = grid, layout, assumptions
        self._buses = {bus.number: bus for bus in grid.buses}
        self._open = {(each.bus, each.branch) for each in grid.switches if not each.closed}
        self._made = Primaries()

    def build(self) -> Primaries:
        for bus in self._layout.upstream:
            self._node(self._layout.busbar(bus), bus, busbar=True)
        for bus, name in self._layout.primaries.items():
            self._node(self._layout.busbar(bus), bus, busbar=True)
            level = f"{name}/{VOLTAGE_LEVEL}"
            network = GalvanicNetwork(level, self._layout.busbar(bus), self._assumptions.neutral)
            self._made.galvanic_networks.append(network)
            feeding = self._infeed_bays(bus, name)
            self._feeder_bays(bus, feeding)
        self._sources()
        return self._made

    def _node(self, name: str, bus: int, busbar: bool = False) -> None:
        at = self._buses[bus]
        station = self._layout.substation(bus)
        node = Node(name, at.nominal_voltage_v, station, busbar, at.longitude_deg, at.latitude_deg)
        self._made.nodes.append(node)

    def _infeed_bays(self, bus: int, name: str) -> str:
        """One bay per transformer (or for the source of a busbar without one); returns what feeds the busbar."""
        transformers = [each for each in self._grid.transformers if each.lv_bus == bus]
        for number, each in enumerate(transformers, start=1):
            bay = f"{name}/{VOLTAGE_LEVEL}/E{number:02d}"
            self._switchgear(bay, bus, normally_open=False)
            self._made.transformers.append(self._transformer(f"{name}/T{number}", each, f"{bay}/N2"))
        if transformers:
            return f"{name}/T1"
        self._switchgear(f"{name}/{VOLTAGE_LEVEL}/E01", bus, normally_open=False)
        return f"{name}/IFL1"

    def _feeder_bays(self, bus: int, feeding: str) -> None:
        for (at, branch), bay in self._layout.bays.items():
            if at == bus:
                self._switchgear(bay, bus, normally_open=(at, branch) in self._open)
                self._made.switches.append(self._switch(f"{bay}/Q8", SwitchKind.EARTHING_SWITCH, f"{bay}/N2", "", True))
                self._made.feeders.append(Feeder(bay, f"{bay}/Q0", feeding))

    def _switchgear(self, bay: str, bus: int, normally_open: bool) -> None:
        """Disconnector Q1 at the busbar, then breaker Q0: busbar - Q1 - N1 - Q0 - N2."""
        one, two = f"{bay}/N1", f"{bay}/N2"
        self._node(one, bus)
        self._node(two, bus)
        busbar = self._layout.busbar(bus)
        self._made.switches += [
            self._switch(f"{bay}/Q1", SwitchKind.DISCONNECTOR, busbar, one, False),
            self._switch(f"{bay}/Q0", SwitchKind.BREAKER, one, two, normally_open),
        ]

    def _switch(self, name: str, kind: SwitchKind, from_node: str, to_node: str, normally_open: bool) -> Switch:
        """Breakers have remote control; disconnectors and earthing switches are operated on the spot."""
        breaker = kind is SwitchKind.BREAKER
        breaking_a = self._assumptions.breaker_breaking_current_a if breaker else 0.0
        rated_a = self._assumptions.breaker_rated_current_a
        return Switch(name, kind, from_node, to_node, normally_open, breaker, rated_a, breaking_a)

    def _transformer(self, name: str, each: BusTransformer, lv_node: str) -> Transformer:
        return Transformer(
            id=name,
            hv_node=self._layout.busbar(each.hv_bus),
            lv_node=lv_node,
            rated_power_va=each.rated_power_va,
            hv_rated_voltage_v=each.hv_rated_voltage_v,
            lv_rated_voltage_v=each.lv_rated_voltage_v,
            short_circuit_voltage_pu=each.short_circuit_voltage_pu,
            short_circuit_losses_w=each.short_circuit_losses_w,
            no_load_losses_w=each.no_load_losses_w,
            no_load_current_pu=each.no_load_current_pu,
            tap=each.tap,
            tap_min=each.tap_min,
            tap_max=each.tap_max,
            tap_step_pu=each.tap_step_pu,
            vector_group=each.vector_group,
        )

    def _sources(self) -> None:
        for infeed, node in self._infeeds():
            power_va = infeed.short_circuit_power_va or self._assumptions.short_circuit_power_va
            ratio = self._assumptions.rx_ratio if infeed.rx_ratio is None else infeed.rx_ratio
            name = f"{self._layout.substation(infeed.bus)}/IFL1"
            self._made.sources.append(Source(name, node, infeed.voltage_pu, power_va, ratio))

    def _infeeds(self) -> Iterator[tuple[Infeed, str]]:
        for infeed in self._grid.infeeds:
            upstream = infeed.bus in self._layout.upstream
            bay = f"{self._layout.substation(infeed.bus)}/{VOLTAGE_LEVEL}/E01/N2"
            yield infeed, self._layout.busbar(infeed.bus) if upstream else bay
