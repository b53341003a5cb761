"""From IEC 104 addresses to points: which handle an object is, and its value as the point's data class has it.

A device may send any monitored type on any address. What does not fit the point is converted, marked as inconsistent
and reported, never dropped: an event that looks odd is still an event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from models.point import Cdc, Dbpos, Value
from models.quality import Quality
from protocols.iec104.application.asdu import (
    CounterReading,
    ElementValue,
    OutputCircuit,
    PackedStatus,
    ProtectionEvent,
    StartEvents,
    StepPosition,
)
from protocols.iec104.application.types import Kind
from protocols.iec104.application.variant import doubted

Converter = Callable[[ElementValue, int], tuple[Value, int]]
MaybeConverter = Callable[[ElementValue, int], tuple[Value, int] | None]
"""None: one of several objects was heard, the value is not known yet."""

_ODD = int(Quality.QUESTIONABLE | Quality.INCONSISTENT)
_MOVING = int(Quality.QUESTIONABLE)
_NUMBERS = (Kind.BITSTRING, Kind.NORMALISED, Kind.SCALED, Kind.FLOAT, Kind.PLAIN_NORMALISED)
_PROTECTION = (Kind.PROTECTION_EVENT, Kind.START_EVENTS, Kind.OUTPUT_CIRCUIT)


def as_it_stands(value: ElementValue, quality: int) -> tuple[Value, int]:
    """The element's value is the point's."""
    return cast(Value, value), quality


def _number(value: ElementValue) -> float:
    for kind, number in _NUMBER_OF:
        if isinstance(value, kind):
            return number(value)
    return cast(float, value)


_NUMBER_OF: tuple[tuple[type, Callable[..., int]], ...] = (
    (StepPosition, lambda value: value.position),
    (CounterReading, lambda value: value.total),
    (PackedStatus, lambda value: value.status),
    (ProtectionEvent, lambda value: value.state),
    (StartEvents, lambda value: value.bits),
    (OutputCircuit, lambda value: value.bits),
)


def _step(value: ElementValue, quality: int) -> tuple[Value, int]:
    step = cast(StepPosition, value)
    return step.position, doubted(quality, _MOVING) if step.transient else quality


def _total(value: ElementValue, quality: int) -> tuple[Value, int]:
    reading = cast(CounterReading, value)
    return reading.total, doubted(quality, int(Quality.QUESTIONABLE | Quality.OVERFLOW)) if reading.carry else quality


def _protection(value: ElementValue, quality: int) -> tuple[Value, int]:
    """Operated or started: ON, or any bit of a start or an output circuit. A sample has no place for times."""
    if isinstance(value, ProtectionEvent):
        return _to_bool(value.state, quality)
    return _number(value) != 0, quality


def _to_bool(value: ElementValue, quality: int) -> tuple[Value, int]:
    if isinstance(value, Dbpos):
        return value is Dbpos.ON, quality if value in (Dbpos.OFF, Dbpos.ON) else doubted(quality, _ODD)
    return _number(value) != 0, doubted(quality, _ODD)


def _to_dbpos(value: ElementValue, quality: int) -> tuple[Value, int]:
    if isinstance(value, bool):
        return Dbpos.ON if value else Dbpos.OFF, quality
    number = _number(value)
    return Dbpos(int(number)) if number in (0, 1, 2, 3) else Dbpos.BAD, doubted(quality, _ODD)


def _to_int(value: ElementValue, quality: int) -> tuple[Value, int]:
    return round(_number(value)), quality


def _to_odd_int(value: ElementValue, quality: int) -> tuple[Value, int]:
    return int(_number(value)), doubted(quality, _ODD)


def _to_float(value: ElementValue, quality: int) -> tuple[Value, int]:
    return float(_number(value)), quality


def _to_odd_float(value: ElementValue, quality: int) -> tuple[Value, int]:
    return float(_number(value)), doubted(quality, _ODD)


SINGLE_POINTS: Mapping[Kind, Converter] = {kind: _to_bool for kind in Kind if kind.is_monitored} | {
    Kind.SINGLE: as_it_stands,
    **dict.fromkeys(_PROTECTION, _protection),
}
_DBPOS: Mapping[Kind, Converter] = {kind: _to_dbpos for kind in Kind if kind.is_monitored} | {Kind.DOUBLE: as_it_stands}
_INT: Mapping[Kind, Converter] = dict.fromkeys((*_NUMBERS, Kind.PACKED_STATUS), _to_int) | {
    **dict.fromkeys(_PROTECTION, _to_odd_int),
    Kind.SINGLE: _to_odd_int,
    Kind.DOUBLE: _to_odd_int,
    Kind.STEP: _step,
    Kind.BITSTRING: as_it_stands,
    Kind.SCALED: as_it_stands,
    Kind.COUNTER: _total,
}
_FLOAT: Mapping[Kind, Converter] = dict.fromkeys((*_NUMBERS, Kind.STEP, Kind.COUNTER), _to_float) | {
    **dict.fromkeys((*_PROTECTION, Kind.PACKED_STATUS), _to_odd_float),
    Kind.SINGLE: _to_odd_float,
    Kind.DOUBLE: _to_odd_float,
    Kind.FLOAT: as_it_stands,
}
CONVERTERS: dict[Cdc, Mapping[Kind, Converter]] = {
    **dict.fromkeys((Cdc.SPS, Cdc.SPC, Cdc.ACT, Cdc.ACD), SINGLE_POINTS),
    **dict.fromkeys((Cdc.DPC, Cdc.DPS), _DBPOS),
    **dict.fromkeys((Cdc.INS, Cdc.ENS, Cdc.INC, Cdc.ISC, Cdc.BSC, Cdc.BCR), _INT),
    **dict.fromkeys((Cdc.MV, Cdc.APC), _FLOAT),
}
_INTEGERS = frozenset({Kind.STEP, Kind.BITSTRING, Kind.SCALED, Kind.COUNTER, Kind.PACKED_STATUS})
NATURAL: dict[Cdc, frozenset[Kind]] = {
    **dict.fromkeys((Cdc.SPS, Cdc.SPC), frozenset({Kind.SINGLE})),
    **dict.fromkeys((Cdc.ACT, Cdc.ACD), frozenset({Kind.SINGLE, *_PROTECTION})),
    **dict.fromkeys((Cdc.DPC, Cdc.DPS), frozenset({Kind.DOUBLE})),
    **dict.fromkeys(
        (Cdc.INS, Cdc.ENS, Cdc.INC, Cdc.ISC, Cdc.BSC, Cdc.BCR),
        _INTEGERS,
    ),
    **dict.fromkeys((Cdc.MV, Cdc.APC), frozenset({Kind.NORMALISED, Kind.SCALED, Kind.FLOAT})),
}
