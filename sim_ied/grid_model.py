"""The grid as input of power-grid-model. The only place that knows its component numbers.

Nodes, lines, switches (PGM `link`), transformers, sources, loads and generators are numbered in the Network's order.
A line with a fault gets a node at the fault: its first piece keeps the line's number, the second piece gets one of its
own. PGM does not check its input by itself (it crashes on unknown ids), so every build is validated here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from power_grid_model import (
    BranchSide,
    ComponentType,
    DatasetType,
    FaultPhase,
    FaultType,
    LoadGenType,
    PowerGridModel,
    WindingType,
    initialize_array,
)
from power_grid_model.validation import ValidationException, assert_valid_input_data

from models.errors import ConfigError
from models.network.elements import Line, Network, Source, SwitchKind, Transformer
from sim_ied.fault import FaultPlace

Record = NDArray[np.void]

_WINDINGS = {
    "Y": WindingType.wye,
    "YN": WindingType.wye_n,
    "D": WindingType.delta,
    "Z": WindingType.zigzag,
    "ZN": WindingType.zigzag_n,
}
_SMALLEST_PIECE = 1e-3  # a fault at the very end of a line leaves this fraction, so that no piece has zero length


@dataclass(frozen=True, slots=True)
class Numbers:
    """First PGM id of each kind, and the node id of each fault place."""

    line: int
    link: int
    transformer: int
    source: int
    load: int
    generator: int
    former: int
    fault: int
    capacitor: int
    fault_nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GridModels:
    """power_flow: sources, loads, generators, and inactive what can form an island. short_circuit: generators as
    sources, and the faults, all inactive."""

    numbers: Numbers
    power_flow: PowerGridModel
    short_circuit: PowerGridModel


def build(
    network: Network, places: tuple[FaultPlace, ...], fault_current_pu: float, formers: tuple[Source, ...] = ()
) -> GridModels:
    """Both models of the grid with the faults' nodes in place. Raises ConfigError where PGM refuses the data.

    formers: what can form an island.
    """
    numbers = _numbers(network, places, len(formers))
    shared = {
        ComponentType.node: _nodes(network, places),
        ComponentType.line: _lines(network, places, numbers),
        ComponentType.link: _links(network, numbers),
        ComponentType.transformer: _transformers(network, numbers),
    }
    flow = shared | {
        ComponentType.source: np.concatenate(
            (_sources(network, network.sources, numbers.source), _formers(network, formers, numbers.former))
        ),
        ComponentType.sym_load: _loads(network, numbers),
        ComponentType.sym_gen: _generators(network, numbers),
        ComponentType.shunt: _capacitors(network, numbers),
    }
    circuit = shared | {
        ComponentType.source: _short_circuit_sources(network, numbers, fault_current_pu),
        ComponentType.fault: _faults(places, numbers),
    }
    return GridModels(numbers, _model(network, flow), _model(network, circuit))


def _model(network: Network, data: dict[ComponentType, Record]) -> PowerGridModel:
    present = {component: records for component, records in data.items() if len(records)}
    try:
        assert_valid_input_data(present)
    except ValidationException as error:
        problem = "; ".join(str(item) for item in list(error.errors)[:3])
        raise ConfigError(network.name, None, f"no physical grid: {problem}", "correct the network file") from error
    return PowerGridModel(present, system_frequency=network.frequency_hz)


def _numbers(network: Network, places: tuple[FaultPlace, ...], formers: int) -> Numbers:
    on_lines = sum(place.line >= 0 for place in places)
    nodes = len(network.nodes)
    line = nodes + on_lines
    link = line + len(network.lines) + on_lines
    transformer = link + len(network.switches)
    source = transformer + len(network.transformers)
    load = source + len(network.sources)
    generator = load + len(network.loads)
    added = iter(range(nodes, line))
    fault_nodes = tuple(next(added) if place.line >= 0 else place.node for place in places)
    former = generator + len(network.generators)
    fault = former + formers
    capacitor = fault + len(places)
    return Numbers(line, link, transformer, source, load, generator, former, fault, capacitor, fault_nodes)


def _records(component: ComponentType, first_id: int, count: int) -> Record:
    records = initialize_array(DatasetType.input, component, count)
    records["id"] = np.arange(first_id, first_id + count)
    return records


def _at(network: Network, ids: Iterable[str]) -> list[int]:
    nodes = {node.id: at for at, node in enumerate(network.nodes)}
    return [nodes[item] for item in ids]


def _nodes(network: Network, places: tuple[FaultPlace, ...]) -> Record:
    rated = [node.nominal_voltage_v for node in network.nodes]
    rated += [network.nodes[place.node].nominal_voltage_v for place in places if place.line >= 0]
    records = _records(ComponentType.node, 0, len(rated))
    records["u_rated"] = rated
    return records


def _lines(network: Network, places: tuple[FaultPlace, ...], numbers: Numbers) -> Record:
    starts, ends = _ends(network.lines, network)
    pieces: list[tuple[Line, int, int]] = list(zip(network.lines, starts, ends, strict=True))
    for place, node in zip(places, numbers.fault_nodes, strict=True):
        if place.line >= 0:
            line, start, end = pieces[place.line]
            share = min(max(place.fault.fraction, _SMALLEST_PIECE), 1.0 - _SMALLEST_PIECE)
            pieces[place.line] = (_piece(line, share), start, node)
            pieces.append((_piece(line, 1.0 - share), node, end))
    records = _records(ComponentType.line, numbers.line, len(pieces))
    for name, values in _line_columns([line for line, *_ in pieces]).items():
        records[name] = values
    records["from_node"] = [start for _, start, _ in pieces]
    records["to_node"] = [end for *_, end in pieces]
    records["from_status"] = records["to_status"] = 1
    return records


def _ends(lines: tuple[Line, ...], network: Network) -> tuple[list[int], list[int]]:
    return _at(network, (line.from_node for line in lines)), _at(network, (line.to_node for line in lines))


def _piece(line: Line, share: float) -> Line:
    return replace(
        line,
        length_m=line.length_m * share,
        resistance_ohm=line.resistance_ohm * share,
        reactance_ohm=line.reactance_ohm * share,
        capacitance_f=line.capacitance_f * share,
    )


def _line_columns(lines: list[Line]) -> dict[str, list[float]]:
    return {
        "r1": [line.resistance_ohm for line in lines],
        "x1": [line.reactance_ohm for line in lines],
        "c1": [line.capacitance_f for line in lines],
        "tan1": [0.0] * len(lines),
        "i_n": [line.rated_current_a for line in lines],
    }


def _links(network: Network, numbers: Numbers) -> Record:
    records = _records(ComponentType.link, numbers.link, len(network.switches))
    starts = _at(network, (switch.from_node for switch in network.switches))
    nodes = {node.id: at for at, node in enumerate(network.nodes)}
    records["from_node"] = starts
    # An earthing switch has no second node: its link ends anywhere else and is never closed.
    records["to_node"] = [
        int(start == 0) if switch.kind is SwitchKind.EARTHING_SWITCH else nodes[switch.to_node]
        for switch, start in zip(network.switches, starts, strict=True)
    ]
    records["from_status"] = records["to_status"] = 0
    return records


def _transformers(network: Network, numbers: Numbers) -> Record:
    items = network.transformers
    records = _records(ComponentType.transformer, numbers.transformer, len(items))
    records["from_node"] = _at(network, (item.hv_node for item in items))
    records["to_node"] = _at(network, (item.lv_node for item in items))
    records["from_status"] = records["to_status"] = 1
    for at, item in enumerate(items):
        for name, value in _transformer_row(item).items():
            records[name][at] = value
    return records


def _transformer_row(item: Transformer) -> dict[str, float]:
    winding_from, winding_to, clock = _vector_group(item)
    return {
        "u1": item.hv_rated_voltage_v,
        "u2": item.lv_rated_voltage_v,
        "sn": item.rated_power_va,
        "uk": item.short_circuit_voltage_pu,
        "pk": item.short_circuit_losses_w,
        "i0": max(item.no_load_current_pu, item.no_load_losses_w / item.rated_power_va),  # PGM's own condition
        "p0": item.no_load_losses_w,
        "winding_from": winding_from,
        "winding_to": winding_to,
        "clock": clock,
        "tap_side": BranchSide.from_side,
        "tap_pos": item.tap,
        "tap_min": item.tap_min,
        "tap_max": item.tap_max,
        "tap_nom": 0,
        "tap_size": item.tap_step_pu * item.hv_rated_voltage_v,
    }


def _vector_group(item: Transformer) -> tuple[WindingType, WindingType, int]:
    found = re.fullmatch(r"(YN|Y|D|ZN|Z)(yn|y|d|zn|z)(\d{1,2})", item.vector_group)
    if not found:
        raise ConfigError(item.id, None, f"vector group '{item.vector_group}'", "write one such as YNd5 or Dyn11")
    return _WINDINGS[found[1]], _WINDINGS[found[2].upper()], int(found[3])


def _sources(network: Network, sources: tuple[Source, ...], first_id: int) -> Record:
    records = _records(ComponentType.source, first_id, len(sources))
    records["node"] = _at(network, (source.node for source in sources))
    records["status"] = 1
    records["u_ref"] = [source.voltage_pu for source in sources]
    records["sk"] = [source.short_circuit_power_va for source in sources]
    records["rx_ratio"] = [source.rx_ratio for source in sources]
    return records


def _formers(network: Network, formers: tuple[Source, ...], first_id: int) -> Record:
    records = _sources(network, formers, first_id)
    records["status"] = 0
    return records


def _short_circuit_sources(network: Network, numbers: Numbers, fault_current_pu: float) -> Record:
    """The infeeds, then every generator as a source behind the impedance that gives its fault current at its terminals.

    A converter is closer to a current source (IEC 60909-0:2016, 6.9); behind so large an impedance the difference is
    the retained voltage at the generator, and the source stays linear, as PGM's short circuit needs it.
    """
    generators = tuple(
        Source(item.id, item.node, 1.0, max(item.rated_power_w * fault_current_pu, 1.0), 0.1)
        for item in network.generators
    )
    infeeds = _sources(network, network.sources, numbers.source)
    return np.concatenate((infeeds, _sources(network, generators, numbers.generator)))


def _loads(network: Network, numbers: Numbers) -> Record:
    records = _records(ComponentType.sym_load, numbers.load, len(network.loads))
    records["node"] = _at(network, (load.node for load in network.loads))
    records["status"] = 1
    records["type"] = LoadGenType.const_power
    records["p_specified"] = [load.active_power_w for load in network.loads]
    records["q_specified"] = [load.reactive_power_var for load in network.loads]
    return records


def _generators(network: Network, numbers: Numbers) -> Record:
    records = _records(ComponentType.sym_gen, numbers.generator, len(network.generators))
    records["node"] = _at(network, (item.node for item in network.generators))
    records["status"] = 1
    records["type"] = LoadGenType.const_power
    records["p_specified"] = 0.0
    records["q_specified"] = 0.0
    return records


def _capacitors(network: Network, numbers: Numbers) -> Record:
    """One shunt for each step of each bank, in the order of the banks; all out of service."""
    steps = [bank for bank in network.capacitors for _ in range(bank.steps)]
    nominal_v = {node.id: node.nominal_voltage_v for node in network.nodes}
    records = _records(ComponentType.shunt, numbers.capacitor, len(steps))
    records["node"] = _at(network, (bank.node for bank in steps))
    records["status"] = 0
    records["g1"] = 0.0
    records["b1"] = [bank.step_var / nominal_v[bank.node] ** 2 for bank in steps]
    return records


def _faults(places: tuple[FaultPlace, ...], numbers: Numbers) -> Record:
    records = _records(ComponentType.fault, numbers.fault, len(places))
    records["status"] = 0
    records["fault_type"] = FaultType.three_phase
    records["fault_phase"] = FaultPhase.abc
    records["fault_object"] = list(numbers.fault_nodes)
    records["r_f"] = [place.fault.resistance_ohm for place in places]
    records["x_f"] = 0.0
    return records
