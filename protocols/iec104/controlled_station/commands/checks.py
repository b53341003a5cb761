"""What a command must be before anybody is asked to carry it out: value, qualifier, time tag, as it was selected.

Pure: each check answers '' or the reason in words (IEC 60870-5-101 7.2.6.15-17, qualifiers 7.2.6.26 and 7.2.6.39).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from models.command import Action
from models.point import Dbpos
from protocols.iec104.application.asdu import ElementValue, Order
from protocols.iec104.application.types import Kind

_PULSES = frozenset(range(4))  # none, short pulse, long pulse, persistent; the others are reserved or private
_SET_POINT = frozenset({0, *range(64, 128)})  # default and the private range; 1..63 are reserved
_ALLOWED: dict[Kind, frozenset[int]] = {
    Kind.SINGLE_COMMAND: _PULSES,
    Kind.DOUBLE_COMMAND: _PULSES,
    Kind.STEP_COMMAND: _PULSES,
    Kind.BITSTRING_COMMAND: frozenset({0}),  # the element has no qualifier
}
_TWO_STATES = (Kind.DOUBLE_COMMAND, Kind.STEP_COMMAND)


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that arrived. qualifiers: what its object allows, empty for all that the standard defines.

    selected: the order that was selected, and whether in test; None where nothing is. executed: the order with a time
    tag that the object has carried out last.
    """

    kind: Kind
    tagged: bool
    action: Action
    order: Order
    test: bool
    qualifiers: frozenset[int]
    selected: tuple[Order, bool] | None
    executed: Order | None
    now_ns: int
    window_s: float


def fault(asked: Asked) -> str:
    """The first thing that is wrong with the command, in words; '' when nothing is."""
    return next((reason for check in _CHECKS if (reason := check(asked))), "")


def _value(asked: Asked) -> str:
    value = asked.order.value
    possible = value in (Dbpos.OFF, Dbpos.ON) if asked.kind in _TWO_STATES else _is_finite(value)
    return "" if possible else f"{_shown(value)} is no value for a {asked.kind.value}"


def _is_finite(value: ElementValue) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _shown(value: ElementValue) -> str:
    return f"{value.name.lower()} ({int(value)})" if isinstance(value, Dbpos) else str(value)


def _qualifier(asked: Asked) -> str:
    qualifier = asked.order.qualifier
    if asked.qualifiers:
        return "" if qualifier in asked.qualifiers else f"the object does not take qualifier {qualifier}"
    return "" if qualifier in _ALLOWED.get(asked.kind, _SET_POINT) else f"qualifier {qualifier} is reserved"


def _as_selected(asked: Asked) -> str:
    """Nothing to compare with where nothing is selected first."""
    if asked.action is not Action.OPERATE or asked.selected is None:
        return ""
    selected, test = asked.selected
    same = (selected.value, selected.qualifier, test) == (asked.order.value, asked.order.qualifier, asked.test)
    return "" if same else "value, qualifier or test bit differ from the selection"


def _age(asked: Asked) -> str:
    if not asked.tagged:
        return ""
    if asked.order.time_ns is None or asked.order.quality:
        return "the time tag is invalid"
    age_s = (asked.now_ns - asked.order.time_ns) / 1e9
    if abs(age_s) <= asked.window_s:
        return ""
    when = f"{age_s:.1f} s old" if age_s > 0 else f"{-age_s:.1f} s ahead of our time"
    return f"the time tag is {when}, {asked.window_s:g} s are allowed"


def _repeated(asked: Asked) -> str:
    """A frame that is sent twice carries the same tag; without tags the next command cannot be told from a repeat."""
    if not asked.tagged or asked.action is not Action.OPERATE or asked.executed is None:
        return ""
    before = asked.executed
    if (before.time_ns, before.value) != (asked.order.time_ns, asked.order.value):
        return ""
    return "a command with this value and time tag has been carried out already"


_CHECKS: tuple[Callable[[Asked], str], ...] = (_qualifier, _value, _as_selected, _age, _repeated)
