"""Reports as octets, for tests of what reads them: data sets of measurands, positions and whole groups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from open61850.data import (
    BitStringData,
    BoolData,
    FloatData,
    IECData,
    IntData,
    OctetStringData,
    StructureData,
    TimestampData,
    UIntData,
    VisibleStringData,
)
from open61850.mms import ObjectName, OptFlds, ReasonCode, pdu
from open61850.mms.report import bitstring_of
from open61850.mms.types import MmsType, PrimitiveType, StructureType
from open61850.server import protocol

from models.point import Cdc, Handle, PointName, PointSpec
from protocols.iec61850.mapping import PointMap

THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ARRIVAL_NS = int(THEN.timestamp()) * 1_000_000_000 + 7
ALL_FIELDS = OptFlds(
    sequence_number=True,
    report_time_stamp=True,
    reason_for_inclusion=True,
    data_set_name=True,
    buffer_overflow=True,
    entry_id=True,
    conf_revision=True,
)
CHANGED, INTEGRITY = ReasonCode(data_change=True), ReasonCode(integrity=True)
GOOD = BitStringData(b"\x00\x00", 3)
BITS, FLOAT, TIME, BOOL = (PrimitiveType(kind) for kind in ("bit-string", "float", "utc-time", "boolean"))


def of(**components: MmsType) -> StructureType:
    return StructureType(list(components.items()))


MV, DPC, SPS = of(mag=of(f=FLOAT), q=BITS, t=TIME), of(stVal=BITS, q=BITS, t=TIME), of(stVal=BOOL, q=BITS, t=TIME)
ENS = of(stVal=PrimitiveType("integer"), q=BITS, t=TIME)
CMV = of(cVal=of(mag=of(f=FLOAT), ang=of(f=FLOAT)), q=BITS, t=TIME)
_TYPES: dict[Cdc, tuple[str, MmsType]] = {
    Cdc.MV: ("MX", MV),
    Cdc.DPC: ("ST", DPC),
    Cdc.SPS: ("ST", SPS),
    Cdc.ENS: ("ST", ENS),
}


def mapped(classes: list[Cdc]) -> tuple[PointMap, list[tuple[ObjectName, MmsType]]]:
    """A point of each class, handles from 1, and the members of the data set that holds them."""
    points, members = [], []
    for number, cdc in enumerate(classes, start=1):
        constraint, kind = _TYPES[cdc]
        name = PointName("S1/K1/E01", f"GGIO{number}.X")
        points.append((Handle(number), PointSpec(name, cdc, "A", reference=f"ALD0/GGIO{number}.X")))
        members.append((ObjectName(f"GGIO{number}${constraint}$X", "ALD0"), kind))
    return PointMap(points), members


def stamp(offset_ms: int = 0, quality: int = 0x0A) -> TimestampData:
    return TimestampData(THEN + timedelta(milliseconds=offset_ms), quality)


def measured(value: float, offset_ms: int = 0, quality: BitStringData = GOOD, clock: int = 0x0A) -> IECData:
    return StructureData([StructureData([FloatData(value)]), quality, stamp(offset_ms, clock)])


def status(value: IECData, offset_ms: int = 0, quality: BitStringData = GOOD) -> IECData:
    return StructureData([value, quality, stamp(offset_ms)])


def position(bits: int) -> IECData:
    return BitStringData(bytes([bits << 6]), 6)


def truth(value: bool) -> IECData:
    return BoolData(value)


def whole(value: int) -> IECData:
    return IntData(value)


def report_of(
    values: dict[int, IECData],
    members: int,
    reason: ReasonCode | dict[int, ReasonCode] = CHANGED,
    options: OptFlds = ALL_FIELDS,
    sequence: int = 1,
    entry: int = 1,
    rpt_id: str = "id",
    segment: tuple[int, bool] = (0, False),
) -> bytes:
    """The message of a report of these values by member."""
    fields: list[IECData] = [VisibleStringData(rpt_id), options.to_bitstring()]
    if options.sequence_number:
        fields.append(UIntData(sequence))
    if options.report_time_stamp:
        fields.append(_binary_time())
    if options.data_set_name:
        fields.append(VisibleStringData("ALD0/LLN0$ds"))
    if options.buffer_overflow:
        fields.append(BoolData(False))
    if options.entry_id:
        fields.append(OctetStringData(entry.to_bytes(8, "big")))
    if options.conf_revision:
        fields.append(UIntData(1))
    if options.segmentation:
        fields += [UIntData(segment[0]), BoolData(segment[1])]
    fields.append(bitstring_of([index in values for index in range(members)]))
    if options.data_reference:
        fields += [VisibleStringData(f"ALD0/GGIO{index}") for index in sorted(values)]
    fields += [values[index] for index in sorted(values)]
    if options.reason_for_inclusion:
        reasons = reason if isinstance(reason, dict) else dict.fromkeys(values, reason)
        fields += [reasons[index].to_bitstring() for index in sorted(values)]
    return pdu.wrap(protocol.information_report(fields, list_name="RPT"))


def _binary_time() -> IECData:
    from open61850.data import RawData, encode_binary_time

    return RawData(0x8C, encode_binary_time(THEN))
