"""Which logical nodes work where, and which of their data objects become points: the tables behind the SCD.

`number` is the information object address (IEC 60870-5-104) less the base of the place, `command` that of the command.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.network.elements import SwitchKind


@dataclass(frozen=True, slots=True)
class Signal:
    """One point: path of the data object ('PPV.phsAB'), its number, the number of its command (0: none)."""

    path: str
    number: int
    command: int = 0


@dataclass(frozen=True, slots=True)
class NodeTable:
    """One logical node: LNodeType, instance ('' for LLN0), its points, ctlModel of what is commanded ('': nothing)."""

    type_id: str
    instance: str
    signals: tuple[Signal, ...] = ()
    control_model: str = ""


def _phases(name: str, phases: tuple[str, ...], first: int) -> tuple[Signal, ...]:
    return tuple(Signal(f"{name}.{phase}", number) for number, phase in enumerate(phases, start=first))


_BETWEEN = ("phsAB", "phsBC", "phsCA")
_EACH = ("phsA", "phsB", "phsC")
STATUS_ONLY = "status-only"

PRIMARY_BAY = (
    NodeTable("LLN0", "", (Signal("Loc", 1),)),
    NodeTable(
        "MMXU_bay",
        "1",
        (
            *_phases("PPV", _BETWEEN, 21),
            *_phases("A", _EACH, 24),
            Signal("TotW", 27),
            Signal("TotVAr", 28),
            Signal("Hz", 29),
            Signal("A.res", 30),
            Signal("PhV.res", 44),
        ),
    ),
    NodeTable("PTOC", "1", (Signal("Str", 31), Signal("Op", 32))),
    NodeTable("PTOC", "2", (Signal("Str", 33), Signal("Op", 34))),
    NodeTable("PTRC", "1", (Signal("Tr", 35),)),
    NodeTable("PTEF", "1", (Signal("Str", 45), Signal("Op", 46))),
)
"""Feeder and transformer bays. PTOC1 is the inverse-time stage, PTOC2 the definite-time high stage, PTEF1 trips earth
faults where the neutral is resistance or solid."""

FEEDER = (
    NodeTable(
        "RREC",
        "1",
        (Signal("AutoRecSt", 41), Signal("BlkRec", 42, 142)),
        "direct-with-normal-security",
    ),
    NodeTable("PSDE", "1", (Signal("Str", 37), Signal("Op", 38))),
    NodeTable("PSDE", "2", (Signal("Str", 39), Signal("Op", 40))),
    NodeTable("RDIR", "1", (Signal("Dir", 43),)),
    NodeTable("RFLO", "1", (Signal("FltZ", 57), Signal("FltDiskm", 58))),
)
"""PSDE1: earth fault in front, out of the busbar; PSDE2, set in reverse: behind. RDIR1: a direction was found. RFLO1:
impedance and distance of the last short circuit that it tripped."""

BREAKER_FAILURE = (NodeTable("RBRF", "1", (Signal("OpEx", 36),)),)
"""Of every bay of a primary substation: its breaker did not open, the next one towards the source is tripped."""

BREAKER = (
    NodeTable("CSWI_SBOes", "1", (Signal("Pos", 51, 151),), "sbo-with-enhanced-security"),
    NodeTable("CILO", "1", (Signal("EnaOpn", 52), Signal("EnaCls", 53))),
    NodeTable("XCBR", "1", (Signal("EEHealth", 54), Signal("CBOpCap", 55), Signal("Loc", 56))),
)

DISCONNECTOR = (
    NodeTable("CSWI_status", "2", (Signal("Pos", 61),), STATUS_ONLY),
    NodeTable("CILO", "2", (Signal("EnaOpn", 62), Signal("EnaCls", 63))),
    NodeTable("XSWI_disconnector", "2"),
)

EARTHING_SWITCH = (
    NodeTable("CSWI_status", "3", (Signal("Pos", 71),), STATUS_ONLY),
    NodeTable("CILO", "3", (Signal("EnaOpn", 72), Signal("EnaCls", 73))),
    NodeTable("XSWI_earthing", "3"),
)

CURRENT_TRANSFORMER = tuple(NodeTable("TCTR", instance) for instance in "123")
VOLTAGE_TRANSFORMER = tuple(NodeTable("TVTR", instance) for instance in "123")

RESIDUAL_VOLTAGE = (NodeTable("PTOV", "1", (Signal("Str", 47), Signal("Op", 48))),)
"""Of a transformer's bay: voltage of the neutral point to earth."""

COIL = (
    NodeTable("YEFN", "1", (Signal("ECA", 85),)),
    NodeTable("ANCR", "1", (Signal("Auto", 86),), STATUS_ONLY),
)
"""Of an arc-suppression coil."""

TRANSFORMER = (
    NodeTable("PDIF", "1", (Signal("Op", 84),)),
    NodeTable("YLTC", "1", (Signal("TapPos", 81), Signal("TapChg", 88, 188)), "direct-with-normal-security"),
    NodeTable("ATCC", "1", (Signal("Auto", 82), Signal("LTCBlk", 83))),
    NodeTable("AVCO", "1", (Signal("VolSpt", 87, 187),), "direct-with-normal-security"),
)
"""AVCO1 holds the set-point of the regulator that ATCC1 is. Steps are taken while it is off automatic."""

PARALLEL_TRANSFORMER = (
    *TRANSFORMER[:2],
    NodeTable("ATCC_parallel", "1", (Signal("Auto", 82), Signal("LTCBlk", 83), Signal("ParOp", 89))),
    *TRANSFORMER[3:],
)
"""The same where others stand beside it in the station."""

BANK_BASE = 10
"""Numbers of one bank of a bay to those of the next."""

CAPACITOR = (
    NodeTable(
        "ARCO",
        "1",
        (Signal("TapChg", 91, 191), Signal("Auto", 92), Signal("DschBlk", 93)),
        "direct-with-normal-security",
    ),
)
"""Of a capacitor bank in a bay of a primary substation: its steps in service, its own controller, its charge."""

STATION_CAPACITOR = (
    NodeTable(
        "ARCO",
        "1",
        (Signal("TapChg", 1, 5), Signal("Auto", 2), Signal("DschBlk", 3)),
        "direct-with-normal-security",
    ),
)
"""The same in a station with an RTU."""

STATION = (
    NodeTable("LLN0", "", (Signal("Loc", 1),)),
    NodeTable("LCCH", "1", (Signal("ChLiv", 2), Signal("FerCh", 3))),
    NodeTable("ZBAT", "1", (Signal("BatLo", 4), Signal("Vol", 5))),
)

STATION_BUSBAR = (NodeTable("MMXU_busbar", "1", _phases("PPV", _BETWEEN, 11)),)

STATION_BAY = (
    NodeTable("SFPI", "1", (Signal("FwdFlt", 11), Signal("RvFlt", 12))),
    NodeTable("SFPI", "2", (Signal("FwdFlt", 13), Signal("RvFlt", 14))),
    NodeTable("MMXU_branch", "1", (*_phases("A", _EACH, 21), Signal("TotW", 24), Signal("TotVAr", 25))),
)
"""SFPI1: short circuit, SFPI2: earth fault; forward looks out of the busbar into the line."""

LINE_RECLOSER = (
    NodeTable("PTOC", "1", (Signal("Str", 31), Signal("Op", 32))),
    NodeTable("PTOC", "2", (Signal("Str", 33), Signal("Op", 34))),
    NodeTable("PTRC", "1", (Signal("Tr", 35),)),
    NodeTable("RREC", "1", (Signal("AutoRecSt", 41), Signal("BlkRec", 42, 92)), "direct-with-normal-security"),
)
"""Of a station bay whose breaker has protection of its own; its numbers are those of a feeder bay, but one command."""

REMOTE_SWITCH = (NodeTable("CSWI_SBOns", "1", (Signal("Pos", 1, 51),), "sbo-with-normal-security"),)

LOCAL_SWITCH = (NodeTable("CSWI_status", "1", (Signal("Pos", 1),), STATUS_ONLY),)

STATION_SWITCHGEAR = {
    SwitchKind.BREAKER: NodeTable("XCBR", "1", (Signal("EEHealth", 54), Signal("CBOpCap", 55))),
    SwitchKind.LOAD_BREAK_SWITCH: NodeTable("XSWI_load_break", "1"),
    SwitchKind.DISCONNECTOR: NodeTable("XSWI_disconnector", "1"),
    SwitchKind.EARTHING_SWITCH: NodeTable("XSWI_earthing", "1"),
}
"""The equipment's own node: what kind it is stands nowhere else (DIS is any of three kinds in SCL)."""

LOAD = (
    NodeTable("MMXU_load", "1", (Signal("TotW", 1), Signal("TotVAr", 2), Signal("A.phsA", 3))),
    NodeTable("MMTR", "1", (Signal("DmdWh", 7), Signal("SupWh", 9))),
)

TAP_CHANGER = (
    NodeTable(
        "YLTC_steps",
        "1",
        (Signal("TapChg", 4, 8), Signal("EndPosR", 5), Signal("EndPosL", 6)),
        "direct-with-normal-security",
    ),
)
"""Of a station's transformer that changes its taps on load."""

GENERATOR = (NodeTable("MMXU_generator", "1", (Signal("TotW", 1),)),)

CONTROLLED_GENERATOR = (
    NodeTable("MMXU_converter", "1", (Signal("TotW", 1), Signal("TotVAr", 4))),
    NodeTable("DWMX", "1", (Signal("WLimSpt", 2, 7),), "direct-with-normal-security"),
    NodeTable("DVAR", "1", (Signal("VArTgtSpt", 3, 8),), "direct-with-normal-security"),
)
"""Of the larger generators of a bay: what they may feed in at most, and the reactive power that they are to deliver."""

BAY_BASE = 100
LOAD_BASE = 10_000
GENERATOR_BASE = 20_000
CAPACITOR_BASE = 30_000
FURTHER_BASE = 10
"""Bases of a station's addresses: bay En at 100 n, load Tn at 10 000 + 10 n, generator Gn at 20 000 + 10 n, capacitor
bank Cn at 30 000 + 10 n."""

MONITOR_TYPES = {
    "SPS": 30,
    "SPC": 30,
    "ACT": 30,
    "ACD": 30,
    "DPC": 31,
    "INS": 35,
    "ENS": 35,
    "MV": 36,
    "CMV": 36,
    "BSC": 32,
    "APC": 36,
    "BCR": 37,
}
"""Common data class to the type of its event with time tag (IEC 61850-80-1)."""

COMMAND_TYPES = {"SPC": 45, "DPC": 46, "BSC": 47, "APC": 50}

COMMAND_PATHS = {"APC": "Oper.ctlVal.f"}
"""Attribute that carries the command where it is not Oper.ctlVal."""

VALUE_PATHS = {
    "ACT": "general",
    "ACD": "general",
    "MV": "mag.f",
    "CMV": "cVal.mag.f",
    "BSC": "valWTr.posVal",
    "APC": "mxVal.f",
    "BCR": "actVal",
}
"""Attribute that carries the value where it is not stVal."""
