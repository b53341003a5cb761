"""How each type stands on the wire: one unit per row of the tables of types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from protocols.iec104.application.asdu import InformationObject
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.file_units import FILE_ELEMENTS, DirectoryUnit, QueryLogUnit, SegmentUnit
from protocols.iec104.application.monitored import MonitoredUnit
from protocols.iec104.application.single import SingleUnit, element_of
from protocols.iec104.application.types import KNOWN, AsduType, Kind


class Unit(Protocol):
    """Reads and writes the octets behind the header of an ASDU.

    one: octets of an object with its address (of a segment the most); bare: without, as it stands in a sequence.
    """

    row: AsduType
    one: int
    bare: int

    def read(
        self, body: bytes, count: int, sequence: bool, tags: TimeTags, arrival_ns: int | None
    ) -> tuple[InformationObject, ...]:
        """Raises RemoteProtocolError where the octets do not fit to the last one."""

    def write(self, objects: Sequence[InformationObject], sequence: bool, tags: TimeTags) -> bytes:
        """Raises LocalProtocolError for what the standard does not allow to be sent."""


_OF_THEIR_OWN: dict[Kind, Callable[[AsduType], Unit]] = {
    Kind.SEGMENT: SegmentUnit,
    Kind.DIRECTORY: DirectoryUnit,
    Kind.QUERY_LOG: QueryLogUnit,
}


def _unit(row: AsduType) -> Unit:
    if row.kind.is_monitored:
        return MonitoredUnit(row)
    if row.kind in _OF_THEIR_OWN:
        return _OF_THEIR_OWN[row.kind](row)
    return SingleUnit(row, FILE_ELEMENTS[row.kind] if row.kind.is_file else element_of(row))


UNITS: dict[int, Unit] = {number: _unit(row) for number, row in KNOWN.items()}

HAS_MANY = frozenset(number for number, row in KNOWN.items() if row.kind.is_monitored or row.kind is Kind.DIRECTORY)
"""Types of which one ASDU may hold several objects."""
