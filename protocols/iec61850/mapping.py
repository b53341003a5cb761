"""From the members of a data set to samples of points. Pure: no I/O, no clock.

A data set may hold whole data objects (`CSWI1$ST$Pos`), groups of them (`MMXU1$MX$A`) or single attributes
(`CSWI1$ST$Pos$stVal`). All three become the same plan: for each member the leaves that are the value, the quality or
the time of a known point. Attributes that a report leaves out are completed from the last picture of the point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from open61850.data import (
    BitStringData,
    BoolData,
    FloatData,
    IntData,
    StructureData,
    TimestampData,
    UIntData,
)
from open61850.mms import DataAccessError, MmsType, ObjectName, ReasonCode, ReportEntry
from open61850.mms.pdu import AccessResult
from open61850.mms.types import StructureType

from models.point import Cdc, Dbpos, Handle, PointSpec, Sample, Value
from models.quality import TIME_BITS, Quality
from models.scl.classes import MMS_VALUES


class Role(Enum):
    VALUE = "value"
    QUALITY = "q"
    TIME = "t"


VALUE_ATTRIBUTES: dict[Cdc, tuple[str, ...]] = MMS_VALUES | {Cdc.ISC: (*MMS_VALUES[Cdc.ISC], "stVal")}
"""IEC 61850-7-3: where the value stands below the data object (cVal: a phase of WYE or DEL, which is a CMV)."""

LAST_KNOWN_ONLY = Quality.INVALID | Quality.FAILURE
"""What the last value becomes when the device reports an access error in place of a new one."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CLOCK_FAILURE, _CLOCK_NOT_SYNCHRONISED = 0x40, 0x20  # TimeQuality octet of UtcTime, IEC 61850-8-1
_ACCURACY, _T0 = 0x1F, 7  # its lowest five bits: so many bits of the fraction count, 7 are 10 ms; 0 and 31: not stated
_QUALITY_BITS = 13
AHEAD_NS = 10_000_000_000
"""A source time later than this after its arrival cannot be."""
DOUBTFUL = int(Quality.TIME_DOUBTFUL | Quality.CLOCK_NOT_SYNCHRONISED)
_TYPE_INCONSISTENT = 7  # DataAccessError of ISO 9506-2


@dataclass(frozen=True, slots=True)
class Field:
    """One leaf of a member that means something: the point, its role, and the indices that lead to it."""

    handle: Handle
    role: Role
    path: tuple[int, ...]


Plan = tuple[tuple[Field, ...], ...]
"""The fields of each member of a data set, in the order of the data set."""


class PointMap:
    """The points of one link by their attribute references (`IED1LD0/CSWI1.Pos.stVal`)."""

    def __init__(self, points: Sequence[tuple[Handle, PointSpec]]) -> None:
        self.cdc: dict[Handle, Cdc] = {handle: spec.cdc for handle, spec in points}
        self.reference: dict[Handle, str] = {handle: spec.reference for handle, spec in points}
        self._roles: dict[str, tuple[Handle, Role]] = {}
        for handle, spec in points:
            for attribute in VALUE_ATTRIBUTES[spec.cdc]:
                self._roles[f"{spec.reference}.{attribute}"] = handle, Role.VALUE
            self._roles[f"{spec.reference}.q"] = handle, Role.QUALITY
            self._roles[f"{spec.reference}.t"] = handle, Role.TIME

    def plan(self, members: Sequence[tuple[ObjectName, MmsType]]) -> Plan:
        """Where the points stand in a data set, from its members and their types as the device describes them."""
        return tuple(tuple(self._fields(name, mms_type)) for name, mms_type in members)

    def _fields(self, name: ObjectName, mms_type: MmsType) -> Iterator[Field]:
        taken: set[tuple[Handle, Role]] = set()
        for reference, path in _leaves(data_reference(name), mms_type):
            found = self._roles.get(reference)
            if found is not None and found not in taken:  # where a device offers two values, the first counts
                taken.add(found)
                yield Field(*found, path)


def data_reference(name: ObjectName) -> str:
    """`IED1LD0`, `CSWI1$ST$Pos` becomes `IED1LD0/CSWI1.Pos`; the functional constraint goes."""
    logical_node, _, rest = name.item.partition("$")
    _, _, path = rest.partition("$")
    return f"{name.domain}/{logical_node}.{path.replace('$', '.')}"


def _leaves(reference: str, mms_type: MmsType, path: tuple[int, ...] = ()) -> Iterator[tuple[str, tuple[int, ...]]]:
    if not isinstance(mms_type, StructureType):
        yield reference, path
        return
    for index, (name, component) in enumerate(mms_type.components):
        yield from _leaves(f"{reference}.{name}", component, (*path, index))


Known = tuple[Value, int, int | None]
"""Value, quality and source time."""


class Picture:
    """The last of every point of a link since it was connected; turns report entries into samples."""

    def __init__(self, points: PointMap) -> None:
        self._points = points
        self.last: dict[Handle, Known] = {}

    def read(self, plan: Plan, entries: Sequence[ReportEntry], arrival_ns: int) -> tuple[list[Sample], list[str]]:
        """The samples of one report by source time, and what could not be read, in words.

        A status that an integrity report or interrogation only repeats is left out: it is no event.
        """
        samples: list[Sample] = []
        problems: list[str] = []
        for handle, parts, periodic in self._parts(plan, entries, problems):
            known = self._known(handle, parts, arrival_ns, problems)
            if known is None:
                continue
            if not (periodic and self._points.cdc[handle].is_event and self.last.get(handle) == known):
                samples.append(Sample(handle, *known, arrival_ns))
            self.last[handle] = known
        samples.sort(key=lambda sample: sample.source_time_ns or arrival_ns)
        return samples, problems

    def _parts(
        self, plan: Plan, entries: Sequence[ReportEntry], problems: list[str]
    ) -> list[tuple[Handle, dict[Role, AccessResult], bool]]:
        parts: dict[Handle, dict[Role, AccessResult]] = {}
        periodic: dict[Handle, bool] = {}
        for entry in entries:
            if entry.index >= len(plan):
                problems.append(f"member {entry.index + 1} of a report is not in its data set of {len(plan)} members")
                continue
            for field in plan[entry.index]:
                parts.setdefault(field.handle, {})[field.role] = _at(entry.value, field.path)
                periodic[field.handle] = periodic.get(field.handle, True) and is_periodic(entry.reason)
        return [(handle, found, periodic[handle]) for handle, found in parts.items()]

    def _known(
        self, handle: Handle, parts: Mapping[Role, AccessResult], arrival_ns: int, problems: list[str]
    ) -> Known | None:
        last = self.last.get(handle)
        try:
            value = _value(self._points.cdc[handle], parts[Role.VALUE]) if Role.VALUE in parts else None
            quality, time_ns = _quality_and_time(parts, last, arrival_ns)
        except (ValueError, DataAccessError) as error:
            problems.append(f"{self._points.reference[handle]}: {error}")
            return last and (last[0], int(LAST_KNOWN_ONLY), last[2])
        if value is None:
            if last is None:
                return None  # quality or time of a value that never came
            value = last[0]
        return value, quality, time_ns


def _at(value: AccessResult, path: tuple[int, ...]) -> AccessResult:
    """The leaf at `path`; a DataAccessError stands for every leaf below it."""
    for index in path:
        if not isinstance(value, StructureData) or index >= len(value.members):
            return value if isinstance(value, DataAccessError) else DataAccessError(_TYPE_INCONSISTENT)
        value = value.members[index]
    return value


def is_periodic(reason: ReasonCode | None) -> bool:
    """Repeats what is known, unless it differs; without a reason nobody says that it is new."""
    if reason is None:
        return True
    changed = reason.data_change or reason.quality_change or reason.data_update or reason.application_trigger
    return not changed and (reason.integrity or reason.general_interrogation)


def _quality_and_time(
    parts: Mapping[Role, AccessResult], last: Known | None, arrival_ns: int
) -> tuple[int, int | None]:
    """Without any quality a value is questionable: nobody says that it is good. An own time is never invented."""
    quality = int(Quality.QUESTIONABLE) if last is None else last[1]
    if Role.QUALITY in parts:
        quality = int(quality_of(parts[Role.QUALITY]))
    if Role.TIME not in parts:
        return quality, None
    time_ns, clock = time_of(parts[Role.TIME])
    doubt = DOUBTFUL if time_ns is not None and time_ns > arrival_ns + AHEAD_NS else 0
    return quality & ~int(TIME_BITS) | int(clock) | doubt, time_ns


def quality_of(data: AccessResult) -> Quality:
    """Quality of IEC 61850-8-1: bit i of the string is bit i here, validity is the number its two bits write."""
    if not isinstance(data, BitStringData):
        raise _unexpected(data, "a quality")
    first, second = _bit(data.value, 0), _bit(data.value, 1)
    details = sum(1 << bit for bit in range(2, _QUALITY_BITS) if _bit(data.value, bit))
    return Quality(first * 2 + second + details)


def time_of(data: AccessResult) -> tuple[int | None, Quality]:
    """UTC nanoseconds and clock bits; None for the epoch itself, which is what a device gives that never stamped."""
    if not isinstance(data, TimestampData):
        raise _unexpected(data, "a time")
    microseconds = (data.value - _EPOCH) // _MICROSECOND
    return (microseconds * 1000 or None), clock_of(data.quality)


def clock_of(octet: int) -> Quality:
    """What the TimeQuality octet of a UtcTime says of the clock; LeapSecondsKnown says nothing here."""
    clock = Quality.GOOD
    if octet & _CLOCK_FAILURE:
        clock |= Quality.CLOCK_FAILURE
    if octet & _CLOCK_NOT_SYNCHRONISED:
        clock |= Quality.CLOCK_NOT_SYNCHRONISED
    if 0 < octet & _ACCURACY < _T0:
        clock |= Quality.TIME_INACCURATE
    return clock


def _bit(octets: bytes, index: int) -> int:
    return octets[index // 8] >> (7 - index % 8) & 1 if index // 8 < len(octets) else 0


def _bool(data: AccessResult) -> bool:
    if not isinstance(data, BoolData):
        raise _unexpected(data, "a boolean")
    return data.value


def _dbpos(data: AccessResult) -> Dbpos:
    if not isinstance(data, BitStringData) or not data.value:
        raise _unexpected(data, "a double-point position")
    return Dbpos(data.value[0] >> 6)


def _int(data: AccessResult) -> int:
    if not isinstance(data, IntData | UIntData):
        raise _unexpected(data, "an integer")
    return data.value


def _float(data: AccessResult) -> float:
    if not isinstance(data, FloatData):
        raise _unexpected(data, "a floating-point number")
    if not math.isfinite(data.value):
        raise ValueError(f"the device sends {data.value}, which is no measurement")
    return data.value


_CONVERTERS: dict[Cdc, Callable[[AccessResult], Value]] = {
    Cdc.SPS: _bool,
    Cdc.SPC: _bool,
    Cdc.DPC: _dbpos,
    Cdc.DPS: _dbpos,
    Cdc.INS: _int,
    Cdc.ENS: _int,
    Cdc.INC: _int,
    Cdc.ISC: _int,
    Cdc.BSC: _int,
    Cdc.BCR: _int,
    Cdc.ACT: _bool,
    Cdc.ACD: _bool,
    Cdc.MV: _float,
    Cdc.APC: _float,
}


def _value(cdc: Cdc, data: AccessResult) -> Value:
    return _CONVERTERS[cdc](data)


def _unexpected(data: AccessResult, expected: str) -> Exception:
    return (
        data if isinstance(data, DataAccessError) else ValueError(f"the device sends {data!r} where {expected} stands")
    )
