"""Frames written by hand from the standard, one or more of every type."""

from __future__ import annotations

from models.point import Dbpos
from models.quality import Quality
from protocols.iec104.application.asdu import (
    Asdu,
    CounterReading,
    Observation,
    Order,
    OutputCircuit,
    PackedStatus,
    Parameter,
    ProtectionEvent,
    Service,
    StartEvents,
    StepPosition,
)
from protocols.iec104.application.files import (
    AckFile,
    CallFile,
    DirectoryEntry,
    FileReady,
    LastSection,
    QueryLog,
    SectionReady,
    Segment,
)

TIME_NS = 1_795_169_730_250_000_000  # 2026-11-20 10:15:30.250 UTC, a Friday
CP56 = "2a760f0ab40b1a"
NOT_SYNCHRONISED = int(Quality.CLOCK_NOT_SYNCHRONISED)
_ELAPSED = int(Quality.QUESTIONABLE | Quality.INACCURATE)

GOLDEN = {
    "single point": ("0101030001006400 0001", Asdu(1, 3, 1, (Observation(100, True),))),
    "two single points, one invalid": (
        "010214000100 01000000 02000081",
        Asdu(1, 20, 1, (Observation(1, False), Observation(2, True, int(Quality.INVALID)))),
    ),
    "sequence of single points, one blocked": (
        "018314000100 0a0000 00 01 11",
        Asdu(
            1,
            20,
            1,
            (Observation(10, False), Observation(11, True), Observation(12, True, int(Quality.OPERATOR_BLOCKED))),
            sequence=True,
        ),
    ),
    "double point in between": ("030103000100 010000 00", Asdu(3, 3, 1, (Observation(1, Dbpos.INTERMEDIATE),))),
    "double point with time": (
        f"1f0103006700 e90300 02 {CP56}",
        Asdu(31, 3, 103, (Observation(1001, Dbpos.ON, 0, TIME_NS),)),
    ),
    "substituted single point, clock not synchronised": (
        "1e0103000100 010000 21 2a768f0ab40b1a",
        Asdu(30, 3, 1, (Observation(1, True, int(Quality.SUBSTITUTED) | NOT_SYNCHRONISED, TIME_NS),)),
    ),
    "step position -1, moving": (
        "050103000100 070000 ff 00",
        Asdu(5, 3, 1, (Observation(7, StepPosition(-1, True)),)),
    ),
    "bit string": ("070103000100 070000 78563412 00", Asdu(7, 3, 1, (Observation(7, 0x12345678),))),
    "normalised": ("090103000100 010000 00c0 00", Asdu(9, 3, 1, (Observation(1, -0.5),))),
    "scaled, overflow": (
        "0b0103000100 010000 18fc 01",
        Asdu(11, 3, 1, (Observation(1, -1000, int(Quality.QUESTIONABLE | Quality.OVERFLOW)),)),
    ),
    "float, not topical": (
        "0d0105000100 ffffff 00006040 40",
        Asdu(13, 5, 1, (Observation(0xFFFFFF, 3.5, int(Quality.QUESTIONABLE | Quality.OLD_DATA)),)),
    ),
    "counter, every flag": (
        "0f0125000100 010000 feffffff e5",
        Asdu(15, 37, 1, (Observation(1, CounterReading(-2, 5, True, True), int(Quality.INVALID)),)),
    ),
    "scaled with time, test": (
        f"230183000100 010000 0700 00 {CP56}",
        Asdu(35, 3, 1, (Observation(1, 7, 0, TIME_NS),), test=True),
    ),
    "select single command": ("2d0106000100 102700 81", Asdu(45, 6, 1, (Order(10000, True, True),))),
    "execute double command, short pulse, originator 7": (
        "2e0106076700 102700 06",
        Asdu(46, 6, 103, (Order(10000, Dbpos.ON, False, 1),), 7),
    ),
    "negative confirmation of a double command": (
        "2e0147000100 102700 02",
        Asdu(46, 7, 1, (Order(10000, Dbpos.ON),), negative=True),
    ),
    "regulating step": ("2f0106000100 010000 01", Asdu(47, 6, 1, (Order(1, Dbpos.OFF),))),
    "normalised set-point": ("300106000100 010000 0040 00", Asdu(48, 6, 1, (Order(1, 0.5),))),
    "scaled set-point, select, QL 3": ("310106000100 010000 ffff 83", Asdu(49, 6, 1, (Order(1, -1, True, 3),))),
    "float set-point": ("320106000100 010000 00006040 00", Asdu(50, 6, 1, (Order(1, 3.5),))),
    "single command with time": (f"3a0106000100 010000 01 {CP56}", Asdu(58, 6, 1, (Order(1, True, time_ns=TIME_NS),))),
    "end of initialisation, remote reset": ("460104000100 000000 02", Asdu(70, 4, 1, (Service(0, 2),))),
    "station interrogation": ("640106000100 000000 14", Asdu(100, 6, 1, (Service(0, 20),))),
    "counter interrogation": ("650106000100 000000 05", Asdu(101, 6, 1, (Service(0, 5),))),
    "read": ("660105000100 640000", Asdu(102, 5, 1, (Service(100),))),
    "clock of all stations": (f"67010600ffff 000000 {CP56}", Asdu(103, 6, 0xFFFF, (Service(0, 0, TIME_NS),))),
    "test": (f"6b0106000100 000000 aa55 {CP56}", Asdu(107, 6, 1, (Service(0, 0x55AA, TIME_NS),))),
    "packed status: points 1, 3 and 16 are on, 3 has changed": (
        "140103000100 010000 0580 0400 00",
        Asdu(20, 3, 1, (Observation(1, PackedStatus(0x8005, 0x0004)),)),
    ),
    "normalised without quality, sequence": (
        "158214000100 010000 0040 0080",
        Asdu(21, 20, 1, (Observation(1, 0.5), Observation(2, -1.0)), sequence=True),
    ),
    "bit string with time": (
        f"210103000100 010000 01000080 00 {CP56}",
        Asdu(33, 3, 1, (Observation(1, 0x80000001, 0, TIME_NS),)),
    ),
    "step position with time": (
        f"20010b000100 010000 3f 00 {CP56}",
        Asdu(32, 11, 1, (Observation(1, StepPosition(63), 0, TIME_NS),)),
    ),
    "normalised with time": (
        f"220103000100 010000 ff7f 00 {CP56}",
        Asdu(34, 3, 1, (Observation(1, 32767 / 32768, 0, TIME_NS),)),
    ),
    "float with time, address of three octets": (
        f"240103000100 563412 00006040 80 {CP56}",
        Asdu(36, 3, 1, (Observation(0x123456, 3.5, int(Quality.INVALID), TIME_NS),)),
    ),
    "counter with time": (
        f"250129000100 010000 00000080 1f {CP56}",
        Asdu(37, 41, 1, (Observation(1, CounterReading(-(2**31), 31), 0, TIME_NS),)),
    ),
    "protection event, elapsed time wrong": (
        f"260103000100 010000 0a e803 {CP56}",
        Asdu(38, 3, 1, (Observation(1, ProtectionEvent(Dbpos.ON, 1000), _ELAPSED, TIME_NS),)),
    ),
    "start events, general and L1, invalid": (
        f"270103000100 010000 03 80 1400 {CP56}",
        Asdu(39, 3, 1, (Observation(1, StartEvents(3, 20), int(Quality.INVALID), TIME_NS),)),
    ),
    "output circuit, blocked": (
        f"280103000100 010000 01 10 60ea {CP56}",
        Asdu(40, 3, 1, (Observation(1, OutputCircuit(1, 60_000), int(Quality.OPERATOR_BLOCKED), TIME_NS),)),
    ),
    "bit string command": ("330106000100 010000 efbeadde", Asdu(51, 6, 1, (Order(1, 0xDEADBEEF),))),
    "double command with time": (
        f"3b0106000100 010000 02 {CP56}",
        Asdu(59, 6, 1, (Order(1, Dbpos.ON, time_ns=TIME_NS),)),
    ),
    "regulating step with time": (
        f"3c0106000100 010000 82 {CP56}",
        Asdu(60, 6, 1, (Order(1, Dbpos.ON, True, time_ns=TIME_NS),)),
    ),
    "normalised set-point with time": (
        f"3d0106000100 010000 00c0 00 {CP56}",
        Asdu(61, 6, 1, (Order(1, -0.5, time_ns=TIME_NS),)),
    ),
    "scaled set-point with time": (
        f"3e0106000100 010000 6400 00 {CP56}",
        Asdu(62, 6, 1, (Order(1, 100, time_ns=TIME_NS),)),
    ),
    "float set-point with time": (
        f"3f0106000100 010000 00006040 00 {CP56}",
        Asdu(63, 6, 1, (Order(1, 3.5, time_ns=TIME_NS),)),
    ),
    "bit string command with time": (
        f"400106000100 010000 01000000 {CP56}",
        Asdu(64, 6, 1, (Order(1, 1, time_ns=TIME_NS),)),
    ),
    "reset of the process": ("690106000100 000000 01", Asdu(105, 6, 1, (Service(0, 1),))),
    "parameter normalised, threshold": ("6e0106000100 010000 0040 01", Asdu(110, 6, 1, (Parameter(1, 0.5, 1),))),
    "parameter scaled, low limit": ("6f0106000100 010000 9cff 03", Asdu(111, 6, 1, (Parameter(1, -100, 3),))),
    "parameter float, confirmed": ("700107000100 010000 00006040 01", Asdu(112, 7, 1, (Parameter(1, 3.5, 1),))),
    "parameter activation": ("710106000100 010000 03", Asdu(113, 6, 1, (Parameter(1, 0, 3),))),
    "file ready": ("78010d000100 102700 0200 563412 00", Asdu(120, 13, 1, (FileReady(10000, 2, 0x123456),))),
    "section not ready": (
        "79010d000100 102700 0200 01 563412 80",
        Asdu(121, 13, 1, (SectionReady(10000, 2, 1, 0x123456, 0x80),)),
    ),
    "select file": ("7a010d000100 102700 0200 00 01", Asdu(122, 13, 1, (CallFile(10000, 2, 0, 1),))),
    "call directory": ("7a0105000100 000000 0000 00 00", Asdu(122, 5, 1, (CallFile(0, 0),))),
    "last segment": ("7b010d000100 102700 0200 01 03 2a", Asdu(123, 13, 1, (LastSection(10000, 2, 1, 3, 42),))),
    "file acknowledged": ("7c010d000100 102700 0200 00 01", Asdu(124, 13, 1, (AckFile(10000, 2, 0, 1),))),
    "segment": ("7d010d000100 102700 0200 01 03 616263", Asdu(125, 13, 1, (Segment(10000, 2, 1, b"abc"),))),
    "directory of two files": (
        f"7e8205000100 102700 0200 000100 00 {CP56} 0200 563412 20 {CP56}",
        Asdu(
            126,
            5,
            1,
            (DirectoryEntry(10000, 2, 256, 0, TIME_NS), DirectoryEntry(10001, 2, 0x123456, 0x20, TIME_NS)),
            sequence=True,
        ),
    ),
    "query log": (f"7f010d000100 102700 0100 {CP56} {CP56}", Asdu(127, 13, 1, (QueryLog(10000, 1, TIME_NS, TIME_NS),))),
}
"""Name -> octets, and what they mean. Every type of IEC 104 is there."""
