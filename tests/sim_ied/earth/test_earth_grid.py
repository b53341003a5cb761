"""Earth faults against formulas of textbooks (G. Balzer, C. Neumann: capacitive and compensated networks) and PGM.

E: phase voltage; I_C = sqrt(3) U omega C0; residual current of a compensated network sqrt((I_L - I_C)^2 + (d I_C)^2);
displacement with a fault resistance U0 = E / (1 + 3 R Y0); double line to earth at one place without earth return:
sqrt(3) E / (Z1 + Z2). The grid's own impedances in series (some ohms against thousands) leave less than 1 %.
"""

from __future__ import annotations

from dataclasses import replace
from math import hypot, pi, sqrt

import numpy as np
import pytest
from power_grid_model import (
    CalculationMethod,
    ComponentType,
    DatasetType,
    FaultPhase,
    FaultType,
    PowerGridModel,
    ShortCircuitVoltageScaling,
    WindingType,
    initialize_array,
)

from models.network.elements import Network, Neutral, SwitchKind
from sim_ied.earth.grid import EarthGrid, EarthState
from sim_ied.earth.neutral import transformer_ohm
from sim_ied.earth.settings import EarthFaultSettings, NeutralSettings
from sim_ied.fault import Fault, FaultKind, locate
from sim_ied.topology import Topology
from tests.sim_ied.small_grid import small_grid

U_V = 20_000.0
E_V = U_V / sqrt(3.0)
FACTOR = 3.5
RESISTANCE_OHM = 40.0


def grid_of(kind: Neutral, **neutral: float) -> tuple[Network, Topology, EarthGrid]:
    network = small_grid()
    network = replace(
        network, galvanic_networks=tuple(replace(each, neutral=kind) for each in network.galvanic_networks)
    )
    topology = Topology(network)
    own = {each.id: NeutralSettings(**neutral) for each in network.galvanic_networks}
    settings = EarthFaultSettings(zero_sequence_factor=FACTOR, neutrals=own)
    return network, topology, EarthGrid(network, topology, settings)


def state_of(kind: Neutral, *faults: Fault, coil_a: float = 0.0, **neutral: float) -> tuple[Network, EarthState, float]:
    """Also the capacitive current of the network around OBR1."""
    network, topology, grid = grid_of(kind, **neutral)
    closed = np.array([not switch.normally_open for switch in network.switches])
    voltage_v = np.array([node.nominal_voltage_v for node in network.nodes])
    places = tuple(locate(network, fault) for fault in faults)
    coils_a = np.full(len(grid.neutrals), coil_a)
    capacitive_a = float(grid.capacitive_a(closed)[topology.node_at["OBR1/K1/BB1/N1"]])
    return network, grid.state(closed, places, voltage_v, coils_a), capacitive_a


def earth(element: str = "L02/W02", resistance_ohm: float = 0.0, phase: int = 0, name: str = "F") -> Fault:
    return Fault(name, element, FaultKind.TO_EARTH, resistance_ohm=resistance_ohm, phase=phase)


def number(network: Network, switch: str) -> int:
    return [each.id for each in network.switches].index(switch)


def test_capacitive_current_is_that_of_all_lines_of_the_network() -> None:
    """L01 to L03 and L08 to L10: 10.5 km of 11 nF/km."""
    _, _, capacitive_a = state_of(Neutral.ISOLATED, earth())
    assert capacitive_a == pytest.approx(sqrt(3.0) * U_V * 2 * pi * 50.0 * 10.5 * 11e-9)


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_isolated_a_fault_draws_the_capacitive_current_and_shifts_the_neutral_by_the_phase_voltage(phase: int) -> None:
    network, state, capacitive_a = state_of(Neutral.ISOLATED, earth(phase=phase))
    assert abs(state.fault_a[0]) == pytest.approx(capacitive_a, rel=0.01)
    assert abs(state.zero_v[0]) == pytest.approx(E_V, rel=0.01)
    healthy = abs(state.residual_a[number(network, "OBR1/K1/E04/Q0")])
    assert healthy == pytest.approx(capacitive_a * 4.5 / 10.5, rel=0.01)  # L08, L09
    faulted = abs(state.residual_a[number(network, "OBR1/K1/E03/Q0")])
    assert faulted == pytest.approx(healthy, rel=0.001)  # what the healthy feeders feed, and nothing else


@pytest.mark.parametrize("detuning", [-0.4, 0.0, 0.25])
def test_compensated_the_residual_current_is_detuning_and_losses(detuning: float) -> None:
    losses = 0.04
    _, _, capacitive_a = state_of(Neutral.ISOLATED, earth())
    coil_a = capacitive_a * (1.0 + detuning)
    _, state, _ = state_of(Neutral.RESONANT, earth(), coil_a=coil_a, damping_pu=losses)
    assert abs(state.fault_a[0]) == pytest.approx(hypot(detuning, losses) * capacitive_a, rel=0.01)
    assert abs(state.neutral_a[0]) == pytest.approx(hypot(coil_a, losses * capacitive_a), rel=0.01)


@pytest.mark.parametrize("resistance_ohm", [100.0, 1000.0, 10_000.0])
def test_a_fault_resistance_divides_the_voltage_with_the_capacitances(resistance_ohm: float) -> None:
    _, state, capacitive_a = state_of(Neutral.ISOLATED, earth(resistance_ohm=resistance_ohm))
    expected = E_V / abs(1.0 + 1j * resistance_ohm * capacitive_a / E_V)
    assert abs(state.zero_v[0]) == pytest.approx(expected, rel=0.01)


def test_two_phases_to_earth_at_one_place_are_a_short_circuit_between_them() -> None:
    busbar = "OBR1/K1/BB1/N1"
    network, state, _ = state_of(Neutral.ISOLATED, earth(busbar), earth(busbar, phase=1, name="G"))
    infeed_ohm = complex(0.1, 1.0) / abs(complex(0.1, 1.0)) * U_V**2 / 2e9
    expected_a = sqrt(3.0) * E_V / abs(2.0 * (infeed_ohm + transformer_ohm(network.transformers[0])))
    assert np.abs(state.fault_a) == pytest.approx([expected_a, expected_a], rel=0.01)


def test_a_cross_country_fault_loads_both_feeders_with_short_circuit_current_of_one_phase_each() -> None:
    network, state, capacitive_a = state_of(Neutral.ISOLATED, earth("L02/W02"), earth("L09/W09", phase=2, name="G"))
    one, other = (number(network, f"OBR1/K1/{bay}/Q0") for bay in ("E03", "E04"))
    assert abs(state.fault_a[0]) > 500.0 * capacitive_a
    assert abs(state.phase_a[0, one]) == pytest.approx(abs(state.fault_a[0]), rel=0.01)
    assert abs(state.phase_a[2, other]) == pytest.approx(abs(state.fault_a[1]), rel=0.01)
    assert abs(state.phase_a[2, one]) < 0.01 * abs(state.phase_a[0, one])


@pytest.mark.parametrize("resistance_ohm", [0.0, 5.0])
@pytest.mark.parametrize(("kind", "neutral_ohm"), [(Neutral.SOLID, 0.0), (Neutral.RESISTANCE, RESISTANCE_OHM)])
@pytest.mark.parametrize("node", ["OBR1/K1/BB1/N1", "ST2/K1/BB1/N1"])
def test_short_circuit_to_earth_as_power_grid_model_computes_it(
    kind: Neutral, neutral_ohm: float, node: str, resistance_ohm: float
) -> None:
    network, state, _ = state_of(kind, earth(node, resistance_ohm), resistance_ohm=RESISTANCE_OHM)
    assert abs(state.fault_a[0]) == pytest.approx(_pgm_a(network, node, neutral_ohm, resistance_ohm), rel=0.005)


def _pgm_a(network: Network, node: str, neutral_ohm: float, resistance_ohm: float) -> float:
    """Single phase to earth in power-grid-model, transformers Dyn11 with their neutral earthed."""
    numbers = {each.id: at for at, each in enumerate(network.nodes)}
    nodes = _rows(ComponentType.node, 0, len(numbers))
    nodes["u_rated"] = [each.nominal_voltage_v for each in network.nodes]
    lines = _rows(ComponentType.line, 1000, len(network.lines))
    for name, values in {
        "from_node": [numbers[each.from_node] for each in network.lines],
        "to_node": [numbers[each.to_node] for each in network.lines],
        "r1": [each.resistance_ohm for each in network.lines],
        "x1": [each.reactance_ohm for each in network.lines],
        "c1": [1e-15] * len(network.lines),
        "r0": [FACTOR * each.resistance_ohm for each in network.lines],
        "x0": [FACTOR * each.reactance_ohm for each in network.lines],
        "c0": [each.capacitance_f for each in network.lines],
    }.items():
        lines[name] = values
    lines["from_status"] = lines["to_status"] = 1
    lines["tan1"] = lines["tan0"] = 0.0
    joining = [each for each in network.switches if each.kind is not SwitchKind.EARTHING_SWITCH]
    links = _rows(ComponentType.link, 2000, len(joining))
    links["from_node"] = [numbers[each.from_node] for each in joining]
    links["to_node"] = [numbers[each.to_node] for each in joining]
    links["from_status"] = links["to_status"] = [not each.normally_open for each in joining]
    transformers = _rows(ComponentType.transformer, 3000, len(network.transformers))
    for at, each in enumerate(network.transformers):
        for key, value in {
            "from_node": numbers[each.hv_node], "to_node": numbers[each.lv_node], "u1": each.hv_rated_voltage_v,
            "u2": each.lv_rated_voltage_v, "sn": each.rated_power_va, "uk": each.short_circuit_voltage_pu,
            "pk": each.short_circuit_losses_w, "i0": 1e-9, "p0": 0.0, "winding_from": WindingType.delta,
            "winding_to": WindingType.wye_n, "clock": 11, "tap_side": 0, "tap_pos": 0, "tap_min": 0, "tap_max": 0,
            "tap_size": 1.0, "from_status": 1, "to_status": 1, "r_grounding_to": neutral_ohm, "x_grounding_to": 0.0,
        }.items():  # fmt: skip
            transformers[key][at] = value
    sources = _rows(ComponentType.source, 4000, len(network.sources))
    sources["node"] = [numbers[each.node] for each in network.sources]
    sources["status"], sources["u_ref"], sources["sk"], sources["rx_ratio"] = 1, 1.0, 2e9, 0.1
    faults = _rows(ComponentType.fault, 5000, 1)
    faults["status"], faults["fault_type"], faults["fault_phase"] = 1, FaultType.single_phase_to_ground, FaultPhase.a
    faults["fault_object"], faults["r_f"], faults["x_f"] = numbers[node], resistance_ohm, 0.0
    model = PowerGridModel(
        {
            ComponentType.node: nodes,
            ComponentType.line: lines,
            ComponentType.link: links,
            ComponentType.transformer: transformers,
            ComponentType.source: sources,
            ComponentType.fault: faults,
        },
        system_frequency=50.0,
    )
    result = model.calculate_short_circuit(
        calculation_method=CalculationMethod.iec60909,
        short_circuit_voltage_scaling=ShortCircuitVoltageScaling.minimum,
    )
    return float(result[ComponentType.fault]["i_f"][0, 0])


def _rows(component: ComponentType, first: int, count: int) -> np.ndarray:
    rows = initialize_array(DatasetType.input, component, count)
    rows["id"] = np.arange(first, first + count)
    return rows
