"""Elements of a whole ASDU at once: column by column, which is several times faster than object by object.

A column function serves the ordinary case and returns None for the rest (a float that is no number, a value that must
be cut); the element's own function then says object by object what the standard wants. Both agree octet for octet,
which a test compares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import NamedTuple

from models.point import Dbpos
from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.application.elements import LARGEST_FLOAT
from protocols.iec104.application.flags import INDICATION_OF, QDS_OF, QUALITY_OF
from protocols.iec104.application.types import Kind

Column = Sequence[int | float]
Readings = tuple[Iterable[ElementValue], Iterable[int]]
"""Values and Quality bits."""

_VALUE_BITS = 0x1FFF
_BOOLS = tuple(bool(octet & 1) for octet in range(256))
_DBPOS = tuple(tuple(Dbpos)[octet & 3] for octet in range(256))
_INDICATION_QUALITY = tuple(QUALITY_OF[octet & 0xF0] for octet in range(256))


class ColumnElement(NamedTuple):
    """read: columns of raw fields -> values and qualities. write: the reverse. None: not the ordinary case."""

    read: Callable[..., Readings | None]
    write: Callable[[Sequence[ElementValue], Sequence[int]], tuple[Column, ...] | None]


def _qualities(qds: Sequence[int]) -> Iterable[int]:
    return map(QUALITY_OF.__getitem__, qds) if any(qds) else repeat(0, len(qds))


def _descriptors(qualities: Sequence[int], table: Sequence[int] = QDS_OF) -> Column:
    if not any(qualities):
        return bytes(len(qualities))
    return [table[quality & _VALUE_BITS] for quality in qualities]


def _read_singles(siq: Sequence[int]) -> Readings:
    return map(_BOOLS.__getitem__, siq), map(_INDICATION_QUALITY.__getitem__, siq)


def _read_doubles(diq: Sequence[int]) -> Readings:
    return map(_DBPOS.__getitem__, diq), map(_INDICATION_QUALITY.__getitem__, diq)


def _write_indications(values: Sequence[int], qualities: Sequence[int]) -> tuple[Column, ...]:
    if not any(qualities):
        return (values,)
    return ([value | INDICATION_OF[quality & _VALUE_BITS] for value, quality in zip(values, qualities, strict=True)],)


def _read_floats(values: Sequence[float], qds: Sequence[int]) -> Readings | None:
    if not math.isfinite(sum(values)):  # of 127 numbers of 32 bits: finite exactly where all are
        return None
    return values, _qualities(qds)


def _write_floats(values: Sequence[float], qualities: Sequence[int]) -> tuple[Column, ...] | None:
    if not (math.isfinite(sum(values)) and min(values) >= -LARGEST_FLOAT and max(values) <= LARGEST_FLOAT):
        return None
    return values, _descriptors(qualities)


def _read_normalised(raws: Sequence[int], qds: Sequence[int]) -> Readings:
    return [raw / 32768 for raw in raws], _qualities(qds)


def _write_normalised(values: Sequence[float], qualities: Sequence[int]) -> tuple[Column, ...] | None:
    if not (math.isfinite(sum(values)) and min(values) >= -1.0 and max(values) <= 32767 / 32768):
        return None
    return [round(value * 32768) for value in values], _descriptors(qualities)


def _read_numbers(raws: Sequence[int], qds: Sequence[int]) -> Readings:
    return raws, _qualities(qds)


def _write_scaled(values: Sequence[float], qualities: Sequence[int]) -> tuple[Column, ...] | None:
    if not (math.isfinite(sum(values)) and min(values) >= -32768 and max(values) <= 32767):
        return None
    return list(map(round, values)), _descriptors(qualities)


def _write_bits(values: Sequence[int], qualities: Sequence[int]) -> tuple[Column, ...]:
    return [value & 0xFFFFFFFF for value in values], _descriptors(qualities)


COLUMNS: dict[Kind, ColumnElement] = {
    Kind.SINGLE: ColumnElement(_read_singles, _write_indications),  # type: ignore[arg-type]
    Kind.DOUBLE: ColumnElement(_read_doubles, _write_indications),  # type: ignore[arg-type]
    Kind.NORMALISED: ColumnElement(_read_normalised, _write_normalised),  # type: ignore[arg-type]
    Kind.SCALED: ColumnElement(_read_numbers, _write_scaled),  # type: ignore[arg-type]
    Kind.FLOAT: ColumnElement(_read_floats, _write_floats),  # type: ignore[arg-type]
    Kind.BITSTRING: ColumnElement(_read_numbers, _write_bits),  # type: ignore[arg-type]
}
"""Kinds that are not here are seldom and go object by object."""
