"""The sheets of the point list: which columns they have, and which lines stand in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from models.point import Iec104Address
from protocols.iec104.application.types import TYPES
from substation.point_list.signal import Signal

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """name: as importers know it. width: in characters, for spreadsheets."""

    name: str
    value: Callable[[Signal], Cell]
    width: int = 12


def _of_monitor(read: Callable[[Iec104Address], Cell]) -> Callable[[Signal], Cell]:
    return lambda signal: "" if signal.monitor is None else read(signal.monitor)


def _of_command(read: Callable[[Iec104Address], Cell]) -> Callable[[Signal], Cell]:
    return lambda signal: "" if signal.command is None else read(signal.command)


def _expected(address: Iec104Address) -> Cell:
    return "" if address.expected is None else address.expected


def _short(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _type_name(type_id: int) -> str:
    return TYPES[type_id].name


_LOCATION = Column("location", lambda signal: signal.spec.name.location, 28)
_VARIABLE = Column("variable", lambda signal: signal.spec.name.variable, 20)
_CLASS = Column("common_data_class", lambda signal: signal.spec.cdc.value, 10)
_UNIT = Column("unit", lambda signal: signal.spec.unit, 7)
_MODEL = Column("control_model", lambda signal: signal.spec.control_model.name.lower(), 16)
_DESCRIPTION = Column("description", lambda signal: signal.description, 36)

POINTS: tuple[Column, ...] = (
    _LOCATION,
    _VARIABLE,
    _CLASS,
    _UNIT,
    Column("common_address", _of_monitor(lambda each: each.common_address), 9),
    Column("object_address", _of_monitor(lambda each: each.object_address), 9),
    Column("type_interrogated", lambda signal: signal.static_type or "", 9),
    Column("type_event", _of_monitor(lambda each: each.type_id), 9),
    Column("command_object_address", _of_command(lambda each: each.object_address), 9),
    Column("command_type", _of_command(lambda each: each.type_id), 9),
    _MODEL,
    Column("group", lambda signal: signal.groups, 9),
    Column("transmission", lambda signal: signal.transmission, 12),
    Column("scale", _of_monitor(lambda each: _short(each.scale)), 7),
    Column("offset", _of_monitor(lambda each: _short(each.offset)), 7),
    Column("expected_value", _of_monitor(_expected), 9),
    Column("inverted", _of_monitor(lambda each: "yes" if each.inverted else ""), 9),
    Column("severity", lambda signal: signal.severity, 12),
    Column("states", lambda signal: signal.states, 48),
    _DESCRIPTION,
)
"""The first eleven are what they have always been; others come behind them."""

COMMANDS: tuple[Column, ...] = (
    _LOCATION,
    _VARIABLE,
    _CLASS,
    _UNIT,
    Column("common_address", _of_command(lambda each: each.common_address), 9),
    Column("object_address", _of_command(lambda each: each.object_address), 9),
    Column("type", _of_command(lambda each: each.type_id), 9),
    Column("type_name", _of_command(lambda each: _type_name(each.type_id)), 12),
    _MODEL,
    Column("expected_value", _of_command(_expected), 9),
    Column("inverted", _of_command(lambda each: "yes" if each.inverted else ""), 9),
    Column("feedback_object_address", _of_monitor(lambda each: each.object_address), 9),
    _DESCRIPTION,
)


def table(columns: Sequence[Column], signals: Sequence[Signal]) -> Iterator[tuple[Cell, ...]]:
    """The lines of a sheet, without their header."""
    return (tuple(column.value(signal) for column in columns) for signal in signals)


def monitored(signals: Sequence[Signal]) -> list[Signal]:
    return [signal for signal in signals if signal.monitor is not None]


def commanded(signals: Sequence[Signal]) -> list[Signal]:
    return [signal for signal in signals if signal.command is not None]
