"""The physics of the grid: power flow and short circuit for one state of switches, loads, generators and faults.

Solved by power-grid-model on the node-breaker grid itself: an open switch is a link out of service. Load positive as
consumption, generation positive as production, flows through a switch positive from its from_node (the busbar).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from power_grid_model import (
    CalculationMethod,
    ComponentAttributeFilterOptions,
    ComponentType,
    DatasetType,
    ShortCircuitVoltageScaling,
    initialize_array,
)

from models.errors import AlgorithmError
from models.network.elements import Network, Source, SwitchKind
from sim_ied.fault import FaultPlace
from sim_ied.grid_model import GridModels, build
from sim_ied.topology import Bools

Floats = NDArray[np.float64]
Updates = dict[ComponentType, NDArray[np.void]]
Records = dict[ComponentType, dict[str, NDArray[np.float64]]]
Wanted = dict[ComponentType, set[str] | list[str] | ComponentAttributeFilterOptions | None]

_CHARACTERISTIC_RAD = np.deg2rad(45.0)  # of the directional element: between cable (R = X) and overhead line
_LEAST_A = 1.0
"""Below this no relay measures an impedance."""
_LINK_OUTPUTS = ["i_from", "p_from", "q_from"]


@dataclass(frozen=True, slots=True)
class Injections:
    """What loads take and generators give, shape (loads,) and (generators,); SI units. Left out: no reactive power."""

    load_w: Floats
    load_var: Floats
    generation_w: Floats
    generation_var: Floats = field(default_factory=lambda: np.zeros(1))


@dataclass(frozen=True, slots=True)
class Flows:
    """Voltages per node; per switch: current, power, and whether current flows out of the busbar (reactive reach).

    voltage_v: line to line, 0 where dead. loadings: p.u. of rating, per line and transformer. loop_ohm: impedance of
    the faulted phases from each switch's busbar on, in a short circuit between phases; NaN elsewhere.
    """

    voltage_v: Floats
    current_a: Floats
    power_w: Floats
    reactive_power_var: Floats
    forward: Bools
    line_loading_pu: Floats
    transformer_loading_pu: Floats
    losses_w: float
    loop_ohm: NDArray[np.complex128]


class Physics:
    """One grid and its models. All arrays in the Network's order; `places` are the faults it knows."""

    def __init__(self, network: Network, fault_current_pu: float, formers: tuple[Source, ...] = ()) -> None:
        """formers: what can form an island, the network's generators first (see sim_ied.islands)."""
        self._network = network
        self._fault_current_pu, self._formers = fault_current_pu, formers
        self._in_service = np.ones(len(network.transformers), np.bool_)
        self._taps = np.array([each.tap for each in network.transformers], np.int8)
        self._closed = np.zeros(len(network.switches), np.bool_)
        self.places: tuple[FaultPlace, ...] = ()
        self._capacitors = np.zeros(sum(each.steps for each in network.capacitors), np.bool_)
        self._models = build(network, (), fault_current_pu, formers)
        self._nominal_v = np.array([node.nominal_voltage_v for node in network.nodes])
        numbers = {node.id: at for at, node in enumerate(network.nodes)}
        self._ends_from = np.array([numbers[switch.from_node] for switch in network.switches], np.int64)
        self._joins = np.array([switch.kind is not SwitchKind.EARTHING_SWITCH for switch in network.switches], np.bool_)
        self._generator_nodes = np.array([numbers[each.node] for each in network.generators], np.int64)
        self._reference_rad = self._reference_angles()

    def set_faults(self, places: tuple[FaultPlace, ...]) -> None:
        """Put these faults, and no others, into the grid; they carry no current until they burn."""
        self.places = places
        self._models = build(self._network, places, self._fault_current_pu, self._formers)
        if self._closed.any():  # a fresh model starts with every switch open
            self._tell_links(self._models, np.flatnonzero(self._closed))
        if not self._in_service.all():
            self.set_in_service(self._in_service)
        self.set_taps(self._taps)
        self.set_capacitors(self._capacitors)

    def set_capacitors(self, in_service: Bools) -> None:
        """Which steps are in service, bank after bank. Short circuits are calculated without (IEC 60909)."""
        self._capacitors = in_service.copy()
        if not len(in_service):
            return
        update = initialize_array(DatasetType.update, ComponentType.shunt, len(in_service))
        update["id"] = self._models.numbers.capacitor + np.arange(len(in_service))
        update["status"] = in_service
        self._models.power_flow.update(update_data={ComponentType.shunt: update})

    def set_taps(self, taps: NDArray[np.int8]) -> None:
        """Tap position of every transformer."""
        self._taps = taps.copy()
        if not len(taps):
            return
        update = initialize_array(DatasetType.update, ComponentType.transformer, len(taps))
        update["id"] = self._models.numbers.transformer + np.arange(len(taps))
        update["tap_pos"] = taps
        for model in (self._models.power_flow, self._models.short_circuit):
            model.update(update_data={ComponentType.transformer: update})

    def set_in_service(self, in_service: Bools) -> None:
        """Which transformers are switched on at their high-voltage side."""
        self._in_service = in_service.copy()
        update = initialize_array(DatasetType.update, ComponentType.transformer, len(in_service))
        update["id"] = self._models.numbers.transformer + np.arange(len(in_service))
        update["from_status"], update["to_status"] = in_service, 1
        for model in (self._models.power_flow, self._models.short_circuit):
            model.update(update_data={ComponentType.transformer: update})

    def flow(self, closed: Bools, injections: Injections, forming: Mapping[int, float] | None = None) -> Flows:
        """Power flow without any fault. Raises AlgorithmError when the grid has no solution at this load.

        forming: islands: number of the former to its voltage in p.u.
        """
        self._switch(closed)
        model, numbers = self._models.power_flow, self._models.numbers
        injections = self._form(forming or {}, injections)
        model.update(update_data=_injection_updates(injections, numbers.load, numbers.generator))
        outputs: Wanted = {
            ComponentType.node: ["u"],
            ComponentType.line: ["loading", "p_from", "p_to"],
            ComponentType.link: _LINK_OUTPUTS,
            ComponentType.transformer: ["loading", "p_from", "p_to"],
        }
        return self._read_flow(self._solve(outputs))

    def _form(self, forming: Mapping[int, float], injections: Injections) -> Injections:
        """The formers work as sources, or not at all; what forms an island produces what is left over there."""
        if self._formers:
            update = initialize_array(DatasetType.update, ComponentType.source, len(self._formers))
            update["id"] = self._models.numbers.former + np.arange(len(self._formers))
            update["status"] = [number in forming for number in range(len(self._formers))]
            update["u_ref"] = [forming.get(number, 1.0) for number in range(len(self._formers))]
            self._models.power_flow.update(update_data={ComponentType.source: update})
        own = [number for number in forming if number < len(injections.generation_w)]
        generation_w = injections.generation_w.copy()
        generation_w[own] = 0.0
        return replace(injections, generation_w=generation_w)

    def short_circuit(self, closed: Bools, burning: Bools, connected: Bools, flows: Flows, inside: Bools) -> Flows:
        """`flows` with the part of the grid that feeds the burning faults replaced by short-circuit values.

        burning: per place. connected: per generator. inside: nodes of the parts with a burning, fed fault. Currents are
        those of the faulted phases; the load current before the fault is not added (IEC 60909-0, c = 1).
        """
        self._switch(closed)
        self._set_sources_and_faults(burning, connected)
        outputs: Wanted = {ComponentType.node: ["u_pu", "u_angle"], ComponentType.link: ["i_from", "i_from_angle"]}
        try:
            result = self._models.short_circuit.calculate_short_circuit(
                output_component_types=outputs, short_circuit_voltage_scaling=ShortCircuitVoltageScaling.minimum
            )
        except RuntimeError as error:  # the root of PGM's errors
            raise AlgorithmError(f"no short-circuit currents: {error}") from error
        return self._merge(flows, _columns(result), burning, inside)

    def _merge(self, flows: Flows, result: Records, burning: Bools, inside: Bools) -> Flows:
        count = len(self._network.nodes)
        ends = self._ends_from
        touched = inside[ends]
        kinds = [place.fault.kind.current_factor for place, on in zip(self.places, burning, strict=True) if on]
        factor = max(kinds, default=1.0)
        links = result[ComponentType.link]
        current_a = np.where(touched, links["i_from"][:, 0] * factor, flows.current_a)
        angle_rad = self._reference_rad[ends] - links["i_from_angle"][:, 0]  # lag behind the voltage before the fault
        forward = np.where(touched, np.cos(angle_rad - _CHARACTERISTIC_RAD) > 0.0, flows.forward)
        voltage_v = np.where(inside, result[ComponentType.node]["u_pu"][:count, 0] * self._nominal_v, flows.voltage_v)
        apparent_va = np.sqrt(3.0) * voltage_v[ends] * current_a
        turned_rad = result[ComponentType.node]["u_angle"][:count, 0][ends] - links["i_from_angle"][:, 0]
        seen_a = np.where(touched & (links["i_from"][:, 0] > _LEAST_A), links["i_from"][:, 0], np.nan)
        return replace(
            flows,
            loop_ohm=voltage_v[ends] / np.sqrt(3.0) / seen_a * np.exp(1j * turned_rad),
            voltage_v=voltage_v,
            current_a=current_a,
            forward=forward,
            power_w=np.where(touched, apparent_va * np.cos(angle_rad), flows.power_w),
            reactive_power_var=np.where(touched, apparent_va * np.sin(angle_rad), flows.reactive_power_var),
        )

    def _solve(self, outputs: Wanted) -> Records:
        model = self._models.power_flow
        try:
            return _columns(model.calculate_power_flow(output_component_types=outputs))
        except (
            RuntimeError
        ):  # root of PGM's errors: loads no longer transmissible at constant power: they behave as impedances
            try:
                linear = CalculationMethod.linear
                return _columns(model.calculate_power_flow(output_component_types=outputs, calculation_method=linear))
            except RuntimeError as error:
                raise AlgorithmError(f"no power flow: {error}") from error

    def _read_flow(self, result: Records) -> Flows:
        lines, links = result[ComponentType.line], result[ComponentType.link]
        transformers = result[ComponentType.transformer]
        losses_w = sum(float(np.sum(item["p_from"] + item["p_to"])) for item in (lines, transformers))
        return Flows(
            voltage_v=np.nan_to_num(result[ComponentType.node]["u"][: len(self._network.nodes)]),
            current_a=np.nan_to_num(links["i_from"]),
            power_w=np.nan_to_num(links["p_from"]),
            reactive_power_var=np.nan_to_num(links["q_from"]),
            forward=np.nan_to_num(links["p_from"]) >= 0.0,
            line_loading_pu=np.nan_to_num(lines["loading"][: len(self._network.lines)]),
            transformer_loading_pu=np.nan_to_num(transformers["loading"]),
            losses_w=losses_w,
            loop_ohm=np.full(len(self._network.switches), np.nan, np.complex128),
        )

    def _switch(self, closed: Bools) -> None:
        """Bring both models to these switch states; only links that changed are told."""
        changed = np.flatnonzero(closed != self._closed)
        self._closed = closed.copy()
        if len(changed):
            self._tell_links(self._models, changed)

    def _tell_links(self, models: GridModels, changed: NDArray[np.int64]) -> None:
        update = initialize_array(DatasetType.update, ComponentType.link, len(changed))
        update["id"] = models.numbers.link + changed
        update["from_status"] = update["to_status"] = self._closed[changed] & self._joins[changed]
        models.power_flow.update(update_data={ComponentType.link: update})
        models.short_circuit.update(update_data={ComponentType.link: update})

    def _set_sources_and_faults(self, burning: Bools, connected: Bools) -> None:
        numbers = self._models.numbers
        sources = initialize_array(DatasetType.update, ComponentType.source, len(connected))
        sources["id"] = numbers.generator + np.arange(len(connected))
        sources["status"] = connected
        sources["u_ref_angle"] = self._reference_rad[self._generator_nodes]
        faults = initialize_array(DatasetType.update, ComponentType.fault, len(burning))
        faults["id"] = numbers.fault + np.arange(len(burning))
        faults["status"] = burning
        data = {ComponentType.source: sources, ComponentType.fault: faults}
        self._models.short_circuit.update(update_data={key: rows for key, rows in data.items() if len(rows)})

    def _reference_angles(self) -> Floats:
        """Voltage angle of every node in the normal state: what a directional element remembers from before a fault."""
        self._switch(np.array([not switch.normally_open for switch in self._network.switches], np.bool_))
        result = self._solve({ComponentType.node: ["u_angle"]})
        angles: Floats = np.nan_to_num(result[ComponentType.node]["u_angle"])
        return angles


def _injection_updates(injections: Injections, first_load: int, first_generator: int) -> Updates:
    loads = initialize_array(DatasetType.update, ComponentType.sym_load, len(injections.load_w))
    loads["id"] = first_load + np.arange(len(loads))
    loads["p_specified"], loads["q_specified"] = injections.load_w, injections.load_var
    generators = initialize_array(DatasetType.update, ComponentType.sym_gen, len(injections.generation_w))
    generators["id"] = first_generator + np.arange(len(generators))
    generators["p_specified"], generators["q_specified"] = injections.generation_w, injections.generation_var
    data = {ComponentType.sym_load: loads, ComponentType.sym_gen: generators}
    return {component: rows for component, rows in data.items() if len(rows)}


def _columns(result: dict[ComponentType, NDArray[np.void] | dict[str, NDArray[np.float64]]]) -> Records:
    return {component: rows for component, rows in result.items() if isinstance(rows, dict)}
