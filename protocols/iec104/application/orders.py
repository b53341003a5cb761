"""Elements of commands, set-points, parameters and system messages (IEC 60870-5-101 7.2.6.15-17, 20-27, 39)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from models.errors import LocalProtocolError
from models.point import Dbpos
from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.application.elements import LARGEST_FLOAT
from protocols.iec104.application.types import Kind

_SELECT = 0x80
Fields = tuple[int | float, ...]


class OrderElement(NamedTuple):
    """read: raw fields -> (value, qualifier, select). write: the reverse; LocalProtocolError for impossible values."""

    format: str
    read: Callable[..., tuple[ElementValue, int, bool]]
    write: Callable[[ElementValue, int, bool], Fields]


def _read_single(octet: int) -> tuple[ElementValue, int, bool]:
    return bool(octet & 1), octet >> 2 & 0x1F, bool(octet & _SELECT)


def _read_double(octet: int) -> tuple[ElementValue, int, bool]:
    return Dbpos(octet & 3), octet >> 2 & 0x1F, bool(octet & _SELECT)


def _write_switch(value: ElementValue, qualifier: int, select: bool) -> Fields:
    return (int(value) & 3 | (qualifier & 0x1F) << 2 | select << 7,)  # type: ignore[arg-type]  # bool or Dbpos


def _read_setpoint(raw: float, qos: int) -> tuple[ElementValue, int, bool]:
    return raw, qos & 0x7F, bool(qos & _SELECT)


def _read_normalised(raw: int, qos: int) -> tuple[ElementValue, int, bool]:
    return raw / 32768, qos & 0x7F, bool(qos & _SELECT)


def _within(number: float, low: float, high: float) -> float:
    if not low <= number <= high:  # NaN fails too: a set-point is never cut to something that nobody asked for
        raise LocalProtocolError(f"set-point {number}: the type holds {low}..{high}; choose another value or type")
    return number


def _write_normalised(value: ElementValue, qualifier: int, select: bool) -> Fields:
    return round(_within(float(value) * 32768, -32768, 32767)), qualifier | select << 7  # type: ignore[arg-type]


def _write_scaled(value: ElementValue, qualifier: int, select: bool) -> Fields:
    return round(_within(value, -32768, 32767)), qualifier | select << 7  # type: ignore[arg-type]


def _write_float(value: ElementValue, qualifier: int, select: bool) -> Fields:
    return _within(float(value), -LARGEST_FLOAT, LARGEST_FLOAT), qualifier | select << 7  # type: ignore[arg-type]


def _read_bits(raw: int) -> tuple[ElementValue, int, bool]:
    return raw, 0, False


def _write_bits(value: ElementValue, qualifier: int, select: bool) -> Fields:
    return (int(value) & 0xFFFFFFFF,)  # type: ignore[arg-type]


ORDERS: dict[Kind, OrderElement] = {
    Kind.SINGLE_COMMAND: OrderElement("B", _read_single, _write_switch),
    Kind.DOUBLE_COMMAND: OrderElement("B", _read_double, _write_switch),
    Kind.STEP_COMMAND: OrderElement("B", _read_double, _write_switch),
    Kind.NORMALISED_SETPOINT: OrderElement("hB", _read_normalised, _write_normalised),
    Kind.SCALED_SETPOINT: OrderElement("hB", _read_setpoint, _write_scaled),
    Kind.FLOAT_SETPOINT: OrderElement("fB", _read_setpoint, _write_float),
    Kind.BITSTRING_COMMAND: OrderElement("I", _read_bits, _write_bits),
}


class ParameterElement(NamedTuple):
    """read: raw fields -> (value, qualifier). write: the reverse; LocalProtocolError for impossible values."""

    format: str
    read: Callable[..., tuple[int | float, int]]
    write: Callable[[float, int], Fields]


PARAMETERS: dict[Kind, ParameterElement] = {
    Kind.PARAMETER_NORMALISED: ParameterElement(
        "hB",
        lambda raw, qualifier: (raw / 32768, qualifier),
        lambda value, qualifier: (round(_within(value * 32768, -32768, 32767)), qualifier),
    ),
    Kind.PARAMETER_SCALED: ParameterElement(
        "hB",
        lambda raw, qualifier: (raw, qualifier),
        lambda value, qualifier: (round(_within(value, -32768, 32767)), qualifier),
    ),
    Kind.PARAMETER_FLOAT: ParameterElement(
        "fB",
        lambda raw, qualifier: (raw, qualifier),
        lambda value, qualifier: (_within(value, -LARGEST_FLOAT, LARGEST_FLOAT), qualifier),
    ),
    Kind.PARAMETER_ACTIVATION: ParameterElement(
        "B", lambda qualifier: (0, qualifier), lambda value, qualifier: (qualifier,)
    ),
}

SERVICES: dict[Kind, str] = {
    Kind.INITIALISED: "B",
    Kind.INTERROGATION: "B",
    Kind.COUNTER_INTERROGATION: "B",
    Kind.READ: "",
    Kind.CLOCK: "",
    Kind.TEST: "H",
    Kind.RESET: "B",
    Kind.DELAY: "H",
}
"""Struct codes of the one field of each system message, its qualifier."""
