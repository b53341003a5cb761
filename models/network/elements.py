"""Elements of the grid, as declared in `network.json` (schema 1). SI units; every id is the element's SCL path.

The model is node-breaker: a `Node` is a ConnectivityNode of the SCL, lines and switches join two nodes. A zone is a set
of nodes joined without switches. Load is positive as consumption, generation positive as production.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Neutral(Enum):
    """Neutral treatment of a galvanic network (SAFETY S10); mandatory, without default."""

    ISOLATED = "isolated"
    RESONANT = "resonant"
    RESISTANCE = "resistance"
    SOLID = "solid"


class SwitchKind(Enum):
    BREAKER = "breaker"
    LOAD_BREAK_SWITCH = "load_break_switch"
    DISCONNECTOR = "disconnector"
    EARTHING_SWITCH = "earthing_switch"


@dataclass(frozen=True, slots=True)
class Node:
    """A connectivity node. station: SCL substation name ('' for a joint inside a line). busbar: a station's busbar."""

    id: str
    nominal_voltage_v: float
    station: str = ""
    busbar: bool = False
    longitude_deg: float | None = None
    latitude_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Infeed from the higher voltage level: stiff voltage behind its short-circuit impedance.

    short_circuit_power_min_va: the least that the network behind gives; None: as short_circuit_power_va.
    """

    id: str
    node: str
    voltage_pu: float
    short_circuit_power_va: float
    rx_ratio: float
    short_circuit_power_min_va: float | None = None


@dataclass(frozen=True, slots=True)
class Transformer:
    """Two-winding transformer. tap: present position; a step changes the HV turns by tap_step_pu around neutral 0."""

    id: str
    hv_node: str
    lv_node: str
    rated_power_va: float
    hv_rated_voltage_v: float
    lv_rated_voltage_v: float
    short_circuit_voltage_pu: float
    short_circuit_losses_w: float
    no_load_losses_w: float
    no_load_current_pu: float
    tap: int
    tap_min: int
    tap_max: int
    tap_step_pu: float
    vector_group: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line segment. path: corner points (longitude, latitude in degrees), from side first.

    earth_capacitance_f: zero-sequence capacitance; None: not above capacitance_f, which then stands for it.
    """

    id: str
    from_node: str
    to_node: str
    length_m: float
    resistance_ohm: float
    reactance_ohm: float
    capacitance_f: float
    rated_current_a: float
    path: tuple[tuple[float, float], ...] = ()
    earth_capacitance_f: float | None = None


@dataclass(frozen=True, slots=True)
class SwitchType:
    """Ratings that many switches share (IEC 62271-100, -103). What is left out as 0 may not be done at all.

    making_current_a: short-circuit making, peak. withstand_current_a: short-time withstand, rms.
    charging_breaking_current_a: of unloaded cables. earth_fault_breaking_current_a: while an earth fault stands.
    """

    id: str
    making_current_a: float
    withstand_current_a: float
    loop_breaking_current_a: float = 0.0
    charging_breaking_current_a: float = 0.0
    earth_fault_breaking_current_a: float = 0.0


@dataclass(frozen=True, slots=True)
class Switch:
    """from_node is the busbar side; to_node the line side ('' = earth, for earthing switches).

    remote: has remote control. breaking_current_a: what it may open under load (0: only dead, SAFETY S13).
    type: id of its SwitchType, '' where its other ratings are not known. sectionaliser_counts: it opens by itself in
    the dead time after so many fault currents, for good; 0: it is no sectionaliser.
    """

    id: str
    kind: SwitchKind
    from_node: str
    to_node: str
    normally_open: bool
    remote: bool
    rated_current_a: float
    breaking_current_a: float
    type: str = ""
    sectionaliser_counts: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """A load (a station's LV side or an MV customer) at peak, with the customers behind it and its critical ones."""

    id: str
    node: str
    active_power_w: float
    reactive_power_var: float
    customers: int
    critical_customers: int = 0


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator or the sum of a station's. reconnection_time_s: earliest return after voltage is back.

    loss_of_mains_s: within this time its tested protection disconnects it from an island (EN 50549); None: nobody says.
    """

    id: str
    node: str
    kind: str
    rated_power_w: float
    reconnection_time_s: float
    loss_of_mains_s: float | None = None


@dataclass(frozen=True, slots=True)
class CapacitorBank:
    """A shunt capacitor bank in equal steps. step_var: of one at the node's nominal voltage. steps: how many there are.

    steps_in: in service where no device tells. discharge_s: a step that was switched off may not be switched on before
    its charge is gone.
    """

    id: str
    node: str
    step_var: float
    steps: int
    steps_in: int = 0
    discharge_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Indicator:
    """A directional fault passage indicator at a switch: forward looks from from_node (busbar) into the line."""

    id: str
    switch: str


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Settings of a feeder's protection in one setting group (numbered from 1, as LLN0 ActSG of IEC 61850-7-4).

    pickup_a: least phase current that makes it trip, whatever its delay; load has to stay below.
    """

    group: int
    pickup_a: float


@dataclass(frozen=True, slots=True)
class Feeder:
    """A feeder bay: its breaker, the transformer that feeds its busbar normally. id: the bay's SCL path.

    settings: of its overcurrent protection, one per setting group; empty where they are not known (SAFETY S15).
    within: '' for a bay of a primary substation; a line recloser is a feeder within a feeder (or recloser): its breaker
    with protection and reclosing of its own stands in that one's line.
    """

    id: str
    breaker: str
    transformer: str
    settings: tuple[SettingGroup, ...] = ()
    within: str = ""


@dataclass(frozen=True, slots=True)
class GalvanicNetwork:
    """Nodes joined without transformer in the normal state share their neutral's treatment; named by a busbar node.

    coil: where its device tells YEFN1 and ANCR1 (SCL path), '' where none does.
    coil_min_a, coil_max_a: capacitive earth-fault current that the arc-suppression coil can compensate.
    residual_current_max_a: current that may stay at the place of an earth fault. residual_share_pu: active and harmonic
    current that no coil compensates, as a share of the capacitive one. What is None is not known (SAFETY S10).
    """

    id: str
    busbar: str
    neutral: Neutral
    coil_min_a: float | None = None
    coil_max_a: float | None = None
    coil: str = ""
    residual_current_max_a: float | None = None
    residual_share_pu: float = 0.05


@dataclass(frozen=True, slots=True)
class Meter:
    """Where voltages are measured: a voltage transformer at `node`, told by `logical_node` ('MMXU1') of `location`."""

    node: str
    location: str
    logical_node: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Operating limits: voltage band in p.u. of nominal, loading of lines and transformers in p.u. of rating."""

    voltage_min_pu: float
    voltage_max_pu: float
    line_loading_pu: float
    transformer_loading_pu: float


@dataclass(frozen=True, slots=True)
class Network:
    """A whole grid. Order of the tuples is the order of all arrays made from it.

    topology_only: made from an SCD alone: how everything hangs together is known, electrical values and the normal
    diagram are not (models.network.unstated). meters: as far as the SCD shows them.
    """

    name: str
    frequency_hz: float
    limits: Limits
    galvanic_networks: tuple[GalvanicNetwork, ...]
    nodes: tuple[Node, ...]
    sources: tuple[Source, ...]
    transformers: tuple[Transformer, ...]
    lines: tuple[Line, ...]
    switches: tuple[Switch, ...]
    loads: tuple[Load, ...]
    generators: tuple[Generator, ...]
    indicators: tuple[Indicator, ...]
    feeders: tuple[Feeder, ...]
    switch_types: tuple[SwitchType, ...] = ()
    topology_only: bool = False
    meters: tuple[Meter, ...] = ()
    capacitors: tuple[CapacitorBank, ...] = ()
