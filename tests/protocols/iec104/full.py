"""A station with every type of point and of command that IEC 104 has, and every service granted."""

from __future__ import annotations

from models.point import Cdc, Dbpos, Handle, PointSpec, Value
from protocols.iec104.application.asdu import (
    CounterReading,
    ElementValue,
    OutputCircuit,
    PackedStatus,
    ProtectionEvent,
    StartEvents,
    StepPosition,
)
from protocols.iec104.controlled_station.service_settings import (
    CounterSettings,
    PackedSettings,
    ScanSettings,
    ServiceSettings,
)
from tests.protocols.iec104.pair import STATION, spec

POINTS: list[tuple[Handle, PointSpec]] = [
    spec(1, "CSWI1.Pos", Cdc.DPC, 31, 46),
    spec(2, "RREC1.BlkRec", Cdc.SPC, 30, 45, direct=True),
    spec(3, "SFPI1.FwdFlt", Cdc.SPS, 30),
    spec(4, "CSWI2.Pos", Cdc.DPS, 31),
    spec(5, "ATCC1.TapChg", Cdc.BSC, 32, 47),
    spec(6, "GGIO1.Words", Cdc.INC, 33, 51, direct=True),
    spec(7, "MMXU1.TotPF", Cdc.MV, 34),
    spec(8, "MMXU1.Hz", Cdc.MV, 35),
    spec(9, "MMXU1.TotW", Cdc.MV, 36),
    spec(10, "MMXU1.TotVAr", Cdc.MV, 21),
    spec(11, "DWMX1.PFSpt", Cdc.APC, 34, 48, direct=True),
    spec(12, "DWMX1.StepSpt", Cdc.INC, 35, 49, direct=True),
    spec(13, "DWMX1.WSpt", Cdc.APC, 36, 50),
    spec(14, "MMTR1.TotWh", Cdc.BCR, 37),
    spec(15, "PTOC1.Op", Cdc.ACT, 38),
    spec(16, "PTOC1.Str", Cdc.ACD, 39),
    spec(17, "PTRC1.Tr", Cdc.ACT, 40),
    spec(18, "GGIO2.Packed", Cdc.INS, 20),
    spec(21, "RREC2.BlkRec", Cdc.SPC, 30, 58, direct=True),
    spec(22, "CSWI3.Pos", Cdc.DPC, 31, 59),
    spec(23, "ATCC2.TapChg", Cdc.BSC, 32, 60, direct=True),
    spec(24, "DWMX2.PFSpt", Cdc.APC, 34, 61, direct=True),
    spec(25, "DWMX2.StepSpt", Cdc.INC, 35, 62, direct=True),
    spec(26, "DWMX2.WSpt", Cdc.APC, 36, 63, direct=True),
    spec(27, "GGIO3.Words", Cdc.INC, 33, 64, direct=True),
]
SPECS = [point for _, point in POINTS]

ORDERED: dict[int, Value] = {
    45: True, 46: Dbpos.ON, 47: Dbpos.ON, 48: 0.25, 49: -12, 50: 2.5, 51: 0x5A,
    58: True, 59: Dbpos.ON, 60: Dbpos.OFF, 61: -0.5, 62: 7, 63: 1.25, 64: 0xA5,
}  # fmt: skip
"""A value for the command of each type."""

CHANGED: dict[int, Value | ElementValue] = {
    1: Dbpos.ON, 2: True, 3: True, 4: Dbpos.BAD, 5: StepPosition(-3, True), 6: 0x80000001, 7: 0.5, 8: -50, 9: 1234.5,
    10: -0.25, 11: 0.25, 12: 5, 13: 99.5, 14: CounterReading(4711), 15: ProtectionEvent(Dbpos.ON, 120),
    16: StartEvents(0x03, 80), 17: OutputCircuit(0x01, 35), 18: PackedStatus(0x8001, 0x0001),
}  # fmt: skip
"""A value for each monitored point."""

SERVICES = ServiceSettings(
    groups={1: ("*CSWI*",), 2: ("*MMXU*",)},
    counters=CounterSettings(groups={1: ("*",)}, spontaneous=True),
    packed=(PackedSettings(STATION, 100, (str(SPECS[1].name), str(SPECS[2].name))),),
    background=(ScanSettings(("*CSWI*",), 3600.0),),
    periodic=(ScanSettings(("*MMXU*",), 3600.0),),
    reset=True,
    parameters=True,
)

INTERROGATED = len(SPECS) - 4 - 1
"""Objects of a station interrogation: no total, no event of protection equipment; two points are in a packed object."""
