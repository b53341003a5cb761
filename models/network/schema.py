"""The tables of schema 1 of `network.json`: sections, what refers to what, and which numbers make sense.

docs/network-json.md says the same for people; the fields and their types are those of models.network.elements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.network.elements import (
    CapacitorBank,
    Feeder,
    GalvanicNetwork,
    Generator,
    Indicator,
    Line,
    Load,
    Node,
    Source,
    Switch,
    SwitchType,
    Transformer,
)

SCHEMA = 1

SECTIONS: dict[str, type] = {
    "galvanic_networks": GalvanicNetwork,
    "nodes": Node,
    "sources": Source,
    "transformers": Transformer,
    "lines": Line,
    "switches": Switch,
    "loads": Load,
    "generators": Generator,
    "indicators": Indicator,
    "feeders": Feeder,
    "switch_types": SwitchType,
    "capacitors": CapacitorBank,
}
"""Key of the root object to the kind of element in its list; in the order in which they are written."""

WITHOUT_PLACE = frozenset({"switch_types"})
"""Sections whose elements stand nowhere in the grid."""

OPTIONAL = frozenset({*WITHOUT_PLACE, "capacitors"})
"""Sections that may be left out."""


FUNCTIONS = frozenset({"indicators", "feeders"})
"""Sections of what a bay does, not of what stands there: a line recloser and an indicator may be of the same bay."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that names an element of one of the given sections. optional: '' is allowed and means 'none'."""

    field: str
    sections: tuple[str, ...]
    optional: bool = False


REFERENCES: dict[str, tuple[Reference, ...]] = {
    "galvanic_networks": (Reference("busbar", ("nodes",)),),
    "sources": (Reference("node", ("nodes",)),),
    "transformers": (Reference("hv_node", ("nodes",)), Reference("lv_node", ("nodes",))),
    "lines": (Reference("from_node", ("nodes",)), Reference("to_node", ("nodes",))),
    "switches": (
        Reference("from_node", ("nodes",)),
        Reference("to_node", ("nodes",), optional=True),
        Reference("type", ("switch_types",), optional=True),
    ),
    "loads": (Reference("node", ("nodes",)),),
    "generators": (Reference("node", ("nodes",)),),
    "capacitors": (Reference("node", ("nodes",)),),
    "indicators": (Reference("switch", ("switches",)),),
    "feeders": (
        Reference("breaker", ("switches",)),
        Reference("transformer", ("transformers", "sources")),
        Reference("within", ("feeders",), optional=True),
    ),
}

ENDS: dict[str, tuple[str, str]] = {
    "transformers": ("hv_node", "lv_node"),
    "lines": ("from_node", "to_node"),
    "switches": ("from_node", "to_node"),
}
"""The two ends of a branch; they must differ."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a number must satisfy, and how the remedy says it."""

    holds: Callable[[float], bool]
    remedy: str


POSITIVE = Bound(lambda value: value > 0, "write a number above 0")
NOT_NEGATIVE = Bound(lambda value: value >= 0, "write 0 or a number above it")
PER_UNIT = Bound(lambda value: 0 < value < 10, "write a value in p.u. (1.0 is the rated value)")

BOUNDS: dict[str, dict[str, Bound]] = {
    "nodes": {"nominal_voltage_v": POSITIVE},
    "sources": {
        "voltage_pu": PER_UNIT,
        "short_circuit_power_va": POSITIVE,
        "rx_ratio": NOT_NEGATIVE,
        "short_circuit_power_min_va": POSITIVE,
    },
    "galvanic_networks": {
        "coil_min_a": NOT_NEGATIVE,
        "coil_max_a": POSITIVE,
        "residual_current_max_a": POSITIVE,
        "residual_share_pu": NOT_NEGATIVE,
    },
    "transformers": {
        "rated_power_va": POSITIVE,
        "hv_rated_voltage_v": POSITIVE,
        "lv_rated_voltage_v": POSITIVE,
        "short_circuit_voltage_pu": Bound(lambda value: 0 < value < 1, "write uk in p.u. (0.1 is 10 %)"),
        "short_circuit_losses_w": NOT_NEGATIVE,
        "no_load_losses_w": NOT_NEGATIVE,
        "no_load_current_pu": NOT_NEGATIVE,
        "tap_step_pu": NOT_NEGATIVE,
    },
    "lines": {
        "length_m": NOT_NEGATIVE,
        "resistance_ohm": NOT_NEGATIVE,
        "reactance_ohm": NOT_NEGATIVE,
        "capacitance_f": NOT_NEGATIVE,
        "rated_current_a": POSITIVE,
        "earth_capacitance_f": NOT_NEGATIVE,
    },
    "switches": {
        "rated_current_a": POSITIVE,
        "breaking_current_a": NOT_NEGATIVE,
        "sectionaliser_counts": NOT_NEGATIVE,
    },
    "loads": {"customers": NOT_NEGATIVE, "critical_customers": NOT_NEGATIVE},
    "generators": {
        "rated_power_w": NOT_NEGATIVE,
        "reconnection_time_s": NOT_NEGATIVE,
        "loss_of_mains_s": NOT_NEGATIVE,
    },
    "capacitors": {
        "step_var": POSITIVE,
        "steps": POSITIVE,
        "steps_in": NOT_NEGATIVE,
        "discharge_s": NOT_NEGATIVE,
    },
    "switch_types": {
        "making_current_a": POSITIVE,
        "withstand_current_a": POSITIVE,
        "loop_breaking_current_a": NOT_NEGATIVE,
        "charging_breaking_current_a": NOT_NEGATIVE,
        "earth_fault_breaking_current_a": NOT_NEGATIVE,
    },
    "limits": {
        "voltage_min_pu": PER_UNIT,
        "voltage_max_pu": PER_UNIT,
        "line_loading_pu": PER_UNIT,
        "transformer_loading_pu": PER_UNIT,
    },
}
