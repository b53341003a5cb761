"""Limits of voltage and current after a close (SAFETY S16)."""

from __future__ import annotations

from substation.control.situation import Situation
from substation.grid.limits import Violation
from substation.image import Missing


def exceeded(situation: Situation) -> str:
    """S16: voltage, line and transformer limits hold after the step, with the loads that come back."""
    if not situation.energised or _feeds_nothing_new(situation):
        return ""
    if reason := _tap_unknown(situation):
        return reason
    after = situation.after
    if isinstance(after, str):
        return after
    found = [each for each in after.violations if not _for_a_while(situation, each)]
    return "; ".join(str(each) for each in found[:3])


def _for_a_while(situation: Situation, violation: Violation) -> bool:
    """Short-term overload, by asset and duration as configured; how long it lasts is watched afterwards."""
    overload = situation.settings.overloads.get(violation.element)
    if overload is None or violation.what == "voltage":
        return False
    return violation.value_pu <= overload.loading_pu


def _feeds_nothing_new(situation: Situation) -> bool:
    """Where nothing can be computed: a stub of switchgear takes no power, so no voltage and no current changes."""
    grid = situation.grid
    return grid.network.topology_only and grid.bearing.isdisjoint(situation.energised)


def _tap_unknown(situation: Situation) -> str:
    """Voltages hang on the taps: one that a device should report has to be readable."""
    for transformer in situation.grid.network.transformers:
        if transformer.lv_node in situation.joined and situation.exists(transformer.id, "YLTC1.TapPos"):
            tap = situation.number(transformer.id, "YLTC1.TapPos")
            if isinstance(tap, Missing):
                return f"the limits cannot be computed: {tap.reason}"
    return ""
