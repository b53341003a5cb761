"""Parameters of measured values that a control centre sets at run time (IEC 60870-5-101 7.3.5, QPM and QPA).

They take the place of its dead-bands in the configuration, for this control centre alone, and survive a restart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from protocols.iec104.application.asdu import Asdu, Parameter
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import TYPES, Kind
from protocols.iec104.controlled_station.events.deadband import Thresholds
from protocols.iec104.controlled_station.events.measurands import Measurands
from protocols.iec104.controlled_station.image import Image, Slot
from protocols.iec104.controlled_station.memory import Kept, Memory
from protocols.iec104.controlled_station.services.scans import Scans

_KIND_BITS = 0x3F  # KPA
_NOT_IN_OPERATION = 0x80  # POP
CYCLIC = 3
"""QPA of P_AC_NA_1: persistent cyclic or periodic transmission of the addressed object."""

_MEASURED: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.PARAMETER_NORMALISED: (Kind.NORMALISED, Kind.PLAIN_NORMALISED),
    Kind.PARAMETER_SCALED: (Kind.SCALED,),
    Kind.PARAMETER_FLOAT: (Kind.FLOAT,),
}
_STOPPED = "cyclic transmission stopped"


def _threshold(thresholds: Thresholds, value: float) -> None:
    thresholds.value = value


def _smoothing(thresholds: Thresholds, value: float) -> None:
    thresholds.smoothing_s = value


def _low(thresholds: Thresholds, value: float) -> None:
    thresholds.low = value


def _high(thresholds: Thresholds, value: float) -> None:
    thresholds.high = value


_KINDS: dict[int, tuple[str, Callable[[Thresholds, float], None]]] = {
    1: ("threshold", _threshold),
    2: ("smoothing time constant", _smoothing),
    3: ("low limit", _low),
    4: ("high limit", _high),
}
_SMOOTHING, _LIMITS = 2, (3, 4)
_LONGEST_SMOOTHING_S = 3600.0
"""As in the configuration: with more, a measurand would stand still for ever."""


class Parameters:
    """What one control centre has set, by point."""

    def __init__(self, centre: str, image: Image, measurands: Measurands, scans: Scans, memory: Memory) -> None:
        self._key, self._memory = f"IEC 104 parameters of {centre}", memory
        self._image, self._measurands, self._scans = image, measurands, scans
        self._set: dict[str, dict[str, float]] = {}
        self._restore()

    def load(self, asdu: Asdu, item: Parameter) -> tuple[str, str]:
        """P_ME: (why it is refused, what was done); one of them is ''."""
        slot = self._image.slot(asdu.common_address, item.address)
        kind = item.qualifier & _KIND_BITS
        if slot is None or TYPES[slot.static_type].kind not in _MEASURED[TYPES[asdu.type_id].kind]:
            return "the object is no measured value of this type", ""
        if slot.point.is_event or kind not in _KINDS:
            return f"KPA {kind} is not offered, 1 to 4 are" if kind not in _KINDS else "it is no measurand", ""
        if not math.isfinite(item.value) or (item.value < 0 and kind not in _LIMITS):
            return f"{item.value} is no {_KINDS[kind][0]}", ""
        if kind == _SMOOTHING and item.value > _LONGEST_SMOOTHING_S:
            return f"{item.value:g} s is no {_KINDS[kind][0]}: give 0 to {_LONGEST_SMOOTHING_S:g} s", ""
        in_operation = not item.qualifier & _NOT_IN_OPERATION
        self._apply(slot, kind, float(item.value) if in_operation else None)
        self._keep(slot, str(kind), float(item.value) if in_operation else None)
        what = f"{_KINDS[kind][0]} of {slot.point.name or item.address}"
        return "", f"{what} set to {item.value:g}" if in_operation else f"{what} taken out of operation"

    def activate(self, asdu: Asdu, item: Parameter) -> tuple[str, str]:
        """P_AC: as `load`. Cause 6 begins, cause 8 ends the cyclic transmission of the object."""
        slot = self._image.slot(asdu.common_address, item.address)
        if item.qualifier != CYCLIC or slot is None:
            return f"QPA {item.qualifier} is not offered, {CYCLIC} is", ""
        on = asdu.cause == Cause.ACTIVATION
        if not self._scans.switch(slot, on):
            return "no periodic transmission is configured for the object", ""
        self._keep(slot, _STOPPED, None if on else 1.0)
        return "", f"periodic transmission of {slot.point.name or item.address} {'started' if on else 'stopped'}"

    def _apply(self, slot: Slot, kind: int, value: float | None) -> None:
        thresholds = self._measurands.thresholds(slot)
        if value is not None:
            _KINDS[kind][1](thresholds, value)
        elif kind in _LIMITS:
            thresholds.low, thresholds.high = (None, thresholds.high) if kind == 3 else (thresholds.low, None)
        else:
            _KINDS[kind][1](thresholds, 0.0)

    def _keep(self, slot: Slot, name: str, value: float | None) -> None:
        """None is kept too where it takes a configured value out of operation."""
        point = f"{slot.point.common_address}/{slot.point.object_address}"
        kept = self._set.setdefault(point, {})
        if value is None and name == _STOPPED:
            kept.pop(name, None)
        else:
            kept[name] = math.nan if value is None else value
        state: dict[str, Kept] = {
            point: {name: None if math.isnan(number) else number for name, number in values.items()}
            for point, values in self._set.items()
            if values
        }
        self._memory.save(self._key, state)

    def _restore(self) -> None:
        state = self._memory.load(self._key)
        for point, values in (state if isinstance(state, dict) else {}).items():
            station, _, address = point.partition("/")
            slot = self._image.slot(int(station), int(address))
            if slot is None or not isinstance(values, dict):
                continue  # the point is gone, and with it what was set for it
            for name, value in values.items():
                number = float(value) if isinstance(value, int | float) else None
                self._set.setdefault(point, {})[name] = math.nan if number is None else number
                if name == _STOPPED:
                    self._scans.switch(slot, False)
                else:
                    self._apply(slot, int(name), number)
