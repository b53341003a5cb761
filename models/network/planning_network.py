"""From a node-breaker network to a planning grid, for studies and in a running unit. Ids are SCL paths.

Nodes joined by closed disconnectors without remote control are one bus, named by its busbar. A switch in series with a
line or transformer becomes a device of that branch; every other switch is a branch of its own.
"""

from __future__ import annotations

import cmath
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from models.errors import AlgorithmError
from models.network.elements import Line, Network, Switch, SwitchKind, Transformer
from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource, PlanningSwitch
from models.network.unstated import REMEDY

_CLOCK_HOUR_RAD = math.pi / 6


@dataclass(frozen=True, slots=True)
class PlannedNetwork:
    """grid: buses where nodes were joined. bus_of: the position in it of every node that is a bus or joined with one.

    Nodes between a switch and its line are in no bus.
    """

    grid: PlanningGrid
    bus_of: Mapping[str, int]


@dataclass(slots=True)
class _Span:
    """A line or transformer with the switches in series: nodes (joined ones by their first) and devices per end."""

    id: str
    ends: list[str]
    devices: list[list[Switch]] = field(default_factory=lambda: [[], []])


def planned(network: Network, closed: Mapping[str, bool] | None = None) -> PlannedNetwork:
    """The planning grid at peak load without generation, which a network file does not state.

    closed: positions by switch id where they differ from the normal state. Raises AlgorithmError where the network
    states only its topology.
    """
    if network.topology_only:
        raise AlgorithmError(f"the SCD states no impedances, ratings and voltages of the network; {REMEDY}")
    return _Planning(network, closed or {}).planned()


def planning_grid(network: Network) -> PlanningGrid:
    """The grid of `planned` in its normal state."""
    return planned(network).grid


class _Planning:
    """Working state of one conversion."""

    def __init__(self, network: Network, closed: Mapping[str, bool]) -> None:
        self._network = network
        self._closed = {each.id: closed.get(each.id, not each.normally_open) for each in network.switches}
        self._first = {node.id: node.id for node in network.nodes}
        for each in network.switches:
            if _stays(each) and self._closed[each.id]:
                self._join(each.from_node, each.to_node)
        self._switches = [
            each
            for each in network.switches
            if each.kind is not SwitchKind.EARTHING_SWITCH and not (_stays(each) and self._closed[each.id])
        ]
        self._place: dict[str, int] = {}

    def planned(self) -> PlannedNetwork:
        spans = self._spans()
        in_series = {device.id for span in spans.values() for devices in span.devices for device in devices}
        couplers = [each for each in self._switches if each.id not in in_series]
        used = {end for span in spans.values() for end in span.ends} | self._injected()
        used |= {self._at(node) for each in couplers for node in (each.from_node, each.to_node)}
        self._place = {name: place for place, name in enumerate(dict.fromkeys(self._nodes(used)))}
        branches = [*self._branches(spans), *(self._coupler(each) for each in couplers)]
        switches = tuple(self._devices(spans, couplers, {branch.id: at for at, branch in enumerate(branches)}))
        grid = PlanningGrid(
            name=self._network.name,
            frequency_hz=self._network.frequency_hz,
            buses=tuple(self._buses()),
            branches=tuple(branches),
            sources=tuple(self._sources()),
            findings=self._findings(),
            switches=switches,
            indicated=self._indicated(switches),
        )
        bus_of = {node: self._place[self._at(node)] for node in self._first if self._at(node) in self._place}
        return PlannedNetwork(grid, bus_of)

    def _at(self, node: str) -> str:
        while self._first[node] != node:
            self._first[node] = self._first[self._first[node]]
            node = self._first[node]
        return node

    def _join(self, one: str, other: str) -> None:
        self._first[self._at(other)] = self._at(one)

    def _nodes(self, used: set[str]) -> Iterator[str]:
        return (self._at(node.id) for node in self._network.nodes if self._at(node.id) in used)

    def _injected(self) -> set[str]:
        network = self._network
        nodes = [each.node for each in network.loads] + [each.node for each in network.generators]
        nodes += [each.node for each in network.capacitors]
        return {self._at(node) for node in (*nodes, *(each.node for each in network.sources))}

    def _spans(self) -> dict[str, _Span]:
        network = self._network
        spans = {each.id: _Span(each.id, [self._at(each.from_node), self._at(each.to_node)]) for each in network.lines}
        spans |= {
            each.id: _Span(each.id, [self._at(each.hv_node), self._at(each.lv_node)]) for each in network.transformers
        }
        beside: dict[str, list[_Span | Switch]] = defaultdict(list)
        for span in spans.values():
            for end in span.ends:
                beside[end].append(span)
        for each in self._switches:
            beside[self._at(each.from_node)].append(each)
            beside[self._at(each.to_node)].append(each)
        passed = self._kept_nodes()
        for span in spans.values():
            for side in (0, 1):
                self._extend(span, side, beside, passed)
        return spans

    def _kept_nodes(self) -> set[str]:
        """Nodes that stay buses whatever meets there."""
        busbars = {self._at(node.id) for node in self._network.nodes if node.busbar}
        return busbars | self._injected()

    def _extend(self, span: _Span, side: int, beside: dict[str, list[_Span | Switch]], kept: set[str]) -> None:
        """Take in the switches that follow at one end, as far as nothing else meets between."""
        while (node := span.ends[side]) not in kept and len(beside[node]) == 2:
            following = next((each for each in beside[node] if isinstance(each, Switch)), None)
            if following is None or following in span.devices[0] or following in span.devices[1]:
                return
            start, end = self._at(following.from_node), self._at(following.to_node)
            other = end if start == node else start
            if other in span.ends:
                return
            span.devices[side].append(following)
            span.ends[side] = other
            beside[node] = []
            beside[other] = [span if each is following else each for each in beside[other]]

    def _branches(self, spans: Mapping[str, _Span]) -> Iterator[PlanningBranch]:
        for line in self._network.lines:
            yield self._line(line, spans[line.id])
        for transformer in self._network.transformers:
            yield self._transformer(transformer, spans[transformer.id])

    def _is_closed(self, span: _Span) -> bool:
        return all(self._closed[device.id] for devices in span.devices for device in devices)

    def _line(self, line: Line, span: _Span) -> PlanningBranch:
        rated_a = line.rated_current_a * self._network.limits.line_loading_pu
        return PlanningBranch(
            id=line.id,
            from_bus=self._place[span.ends[0]],
            to_bus=self._place[span.ends[1]],
            resistance_ohm=line.resistance_ohm,
            reactance_ohm=line.reactance_ohm,
            closed=self._is_closed(span),
            susceptance_s=2 * math.pi * self._network.frequency_hz * line.capacitance_f,
            rated_a=rated_a if rated_a > 0 else math.inf,
        )

    def _transformer(self, each: Transformer, span: _Span) -> PlanningBranch:
        """Impedance and magnetising admittance at the LV side, at the tap of the file; the tighter winding's rating."""
        rated_ohm = each.lv_rated_voltage_v**2 / each.rated_power_va
        resistance = each.short_circuit_losses_w / each.rated_power_va
        conductance = each.no_load_losses_w / each.rated_power_va
        hour = int("".join(character for character in each.vector_group if character.isdigit()) or 0) % 12
        nominal = {node.id: node.nominal_voltage_v for node in self._network.nodes}
        turns = each.hv_rated_voltage_v * (1 + each.tap * each.tap_step_pu) / each.lv_rated_voltage_v
        rated_va = each.rated_power_va * self._network.limits.transformer_loading_pu
        return PlanningBranch(
            id=each.id,
            from_bus=self._place[span.ends[0]],
            to_bus=self._place[span.ends[1]],
            resistance_ohm=resistance * rated_ohm,
            reactance_ohm=math.sqrt(max(each.short_circuit_voltage_pu**2 - resistance**2, 0.0)) * rated_ohm,
            closed=self._is_closed(span),
            susceptance_s=-math.sqrt(max(each.no_load_current_pu**2 - conductance**2, 0.0)) / rated_ohm,
            ratio=cmath.rect(turns * nominal[each.lv_node] / nominal[each.hv_node], hour * _CLOCK_HOUR_RAD),
            rated_a=rated_va / (math.sqrt(3) * each.lv_rated_voltage_v) * min(1.0, 1 + each.tap * each.tap_step_pu),
            transformer=True,
            conductance_s=conductance / rated_ohm,
        )

    def _coupler(self, each: Switch) -> PlanningBranch:
        return PlanningBranch(
            id=each.id,
            from_bus=self._place[self._at(each.from_node)],
            to_bus=self._place[self._at(each.to_node)],
            resistance_ohm=0.0,
            reactance_ohm=0.0,
            closed=self._closed[each.id],
            rated_a=each.rated_current_a if each.rated_current_a > 0 else math.inf,
        )

    def _devices(
        self, spans: Mapping[str, _Span], couplers: list[Switch], at: Mapping[str, int]
    ) -> Iterator[PlanningSwitch]:
        for span in spans.values():
            for end, devices in zip(span.ends, span.devices, strict=True):
                for each in devices:
                    yield self._device(each, at[span.id], (self._place[end],))
        for each in couplers:
            ends = self._place[self._at(each.from_node)], self._place[self._at(each.to_node)]
            yield self._device(each, at[each.id], ends)

    def _device(self, each: Switch, branch: int, ends: tuple[int, ...]) -> PlanningSwitch:
        breaker = each.kind is SwitchKind.BREAKER
        return PlanningSwitch(each.id, branch, ends, self._closed[each.id], each.remote, breaker)

    def _indicated(self, switches: tuple[PlanningSwitch, ...]) -> tuple[tuple[int, int], ...]:
        devices = {each.id: each for each in switches}
        marked = (devices[each.switch] for each in self._network.indicators if each.switch in devices)
        return tuple(dict.fromkeys((each.branch, each.ends[0]) for each in marked))

    def _buses(self) -> Iterator[PlanningBus]:
        network, limits = self._network, self._network.limits
        busbars = {self._at(node.id): node.id for node in reversed(network.nodes) if node.busbar}
        nominal = {node.id: node.nominal_voltage_v for node in network.nodes}
        loads = defaultdict(list)
        for each in network.loads:
            loads[self._at(each.node)].append(each)
        banks_var: dict[str, float] = defaultdict(float)
        for bank in network.capacitors:
            banks_var[self._at(bank.node)] += bank.steps_in * bank.step_var
        for name in self._place:
            yield PlanningBus(
                id=busbars.get(name, name),
                nominal_voltage_v=nominal[name],
                voltage_min_pu=limits.voltage_min_pu,
                voltage_max_pu=limits.voltage_max_pu,
                load_w=math.fsum(each.active_power_w for each in loads[name]),
                load_var=math.fsum(each.reactive_power_var for each in loads[name]),
                shunt_var=banks_var[name],
                customers=sum(each.customers for each in loads[name]),
                critical_customers=sum(each.critical_customers for each in loads[name]),
            )

    def _sources(self) -> Iterator[PlanningSource]:
        nominal = {node.id: node.nominal_voltage_v for node in self._network.nodes}
        for each in self._network.sources:
            magnitude = nominal[each.node] ** 2 / each.short_circuit_power_va
            reactance = magnitude / math.hypot(1.0, each.rx_ratio)
            place = self._place[self._at(each.node)]
            yield PlanningSource(each.id, place, each.voltage_pu, each.rx_ratio * reactance, reactance)

    def _findings(self) -> tuple[str, ...]:
        if not self._network.generators:
            return ()
        return (
            "what generators deliver is not stated in network.json: reckoned without them ([[generator]] adds them)",
        )


def _stays(switch: Switch) -> bool:
    """Disconnectors without remote control are operated in dead bays by people: no study moves them."""
    return switch.kind is SwitchKind.DISCONNECTOR and not switch.remote
