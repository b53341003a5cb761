"""Limits of voltage and current after a close (SAFETY S16)."""

from __future__ import annotations

from models.errors import AlgorithmError
from substation.control.demand import expected_demand
from substation.control.situation import Situation
from substation.image import Missing


def exceeded(situation: Situation) -> str:
    """S16: voltage, line and transformer limits hold after the step, with the loads that come back."""
    if not situation.energised:
        return ""
    if reason := _tap_unknown(situation):
        return reason
    order = situation.context.order
    demand = expected_demand(situation.grid.network, situation.image, situation.energised, order.loads if order else ())
    closed = situation.possibly_closed | {situation.element}
    try:
        found = situation.limits(closed, situation.live_sides[0], demand)
    except AlgorithmError as error:
        return f"the limits after closing {situation.element} cannot be computed: {error}"
    return "; ".join(found[:3])


def _tap_unknown(situation: Situation) -> str:
    """Voltages hang on the taps: one that a device should report has to be readable."""
    for transformer in situation.grid.network.transformers:
        if transformer.lv_node in situation.joined and situation.exists(transformer.id, "YLTC1.TapPos"):
            tap = situation.number(transformer.id, "YLTC1.TapPos")
            if isinstance(tap, Missing):
                return f"the limits cannot be computed: {tap.reason}"
    return ""
