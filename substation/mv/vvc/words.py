"""What voltage control shows: what was seen, what each setting would bring, what is proposed, why nothing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from substation.application import Plain

if TYPE_CHECKING:  # a unit in which it is off shows so without its numerics
    from substation.mv.vvc.schedule import Planned, Target


def target_words(target: Target, seen: str, asked: str, refused: bool) -> list[str]:
    """Line by line, of one lever. seen: how it is; asked: what is wanted, or why nothing is."""
    lever = target.lever
    lines = [f"{seen}; {'nothing new: ' if refused else ''}{asked}"]
    for setting in target.settings:
        loss = f"{setting.loss_w / 1e3:.2f} kW lost"
        rejected = f"; rejected: {setting.excess}" if setting.excess and setting.level != target.level else ""
        kept = f"; still {setting.excess}" if setting.excess and setting.level == target.level else ""
        lines.append(f"{lever.id} {lever.words(setting.level)}: {loss}{rejected}{kept}")
    if later := sorted(set(target.later) - {target.level}):
        shown = ", ".join(f"{lever.setting(each):g}" for each in later)
        lines.append(f"{lever.id} later {lever.noun} {shown} as the load is forecast")
    return lines


def report(
    time_ns: int,
    state: str,
    lines: Sequence[str],
    found: Planned | None = None,
    proposed: Sequence[Plain] = (),
    whys: Mapping[str, str] | None = None,
) -> Plain:
    """The variable `VVC`. state: automatic, advisory, blocked or off. time_ns: of the last schedule. proposed: points
    with the value that they are to have. whys: why nothing is given to an element, '' where something is."""
    return {
        "time_ns": time_ns,
        "state": state,
        "explanation": list(lines),
        "set_points": list(proposed),
        "saved_w": 0.0 if found is None else round(found.saved_w, 1),
        "proven": found is not None and found.proven,
        "why": dict(whys or {}),
    }
