"""What voltage control shows: what was seen, what each setting would bring, what is proposed, why nothing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from substation.application import Plain, SetPointWish

if TYPE_CHECKING:  # a unit in which it is off shows so without its numerics
    from substation.mv.vvc.regulators import Regulator
    from substation.mv.vvc.schedule import Planned, Target


def setting_words(target: Target, regulator: Regulator, volts: float, why_not: str) -> list[str]:
    """Line by line, of one regulator."""
    seen = f"{target.id}: tap {regulator.tap}, {(regulator.voltage_v or 0.0) / 1e3:.2f} kV"
    wanted = f"set-point {(regulator.set_point_v or 0.0) / 1e3:.2f} kV"
    asked = f"no new set-point: {why_not}" if why_not else f"tap {target.tap} by a set-point of {volts / 1e3:.2f} kV"
    lines = [f"{seen}, {wanted}; {asked}"]
    for setting in target.settings:
        loss = f"{setting.loss_w / 1e3:.2f} kW lost"
        rejected = f"; rejected: {setting.excess}" if setting.excess and setting.tap != target.tap else ""
        kept = f"; still {setting.excess}" if setting.excess and setting.tap == target.tap else ""
        lines.append(f"{target.id} tap {setting.tap}: {loss}{rejected}{kept}")
    if later := sorted(set(target.later) - {target.tap}):
        lines.append(f"{target.id} later taps {', '.join(str(each) for each in later)} as the load is forecast")
    return lines


def report(
    time_ns: int,
    state: str,
    lines: Sequence[str],
    found: Planned | None = None,
    wishes: Sequence[SetPointWish] = (),
    whys: Mapping[str, str] | None = None,
) -> Plain:
    """The variable `VVC`. state: automatic, advisory, blocked or off. time_ns: of the last schedule. whys: why nothing
    is given to a transformer, '' where something is."""
    proposed: list[Plain] = [{"point": str(each.point), "value": each.value, "unit": each.unit} for each in wishes]
    return {
        "time_ns": time_ns,
        "state": state,
        "explanation": list(lines),
        "set_points": proposed,
        "saved_w": 0.0 if found is None else round(found.saved_w, 1),
        "proven": found is not None and found.proven,
        "why": dict(whys or {}),
    }
