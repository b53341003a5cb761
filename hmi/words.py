"""Words of the field for what arrives as numbers and variable names: positions, causes, quality, values with units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from models.command import AddCause
from models.control_causes import CAUSES, name_of
from models.network.elements import SwitchKind
from models.point import Dbpos
from models.quality import Quality
from models.wire.cbor import WireValue
from models.wire.happenings import Answered
from models.wire.instance import Instance

POSITIONS = {
    Dbpos.INTERMEDIATE: "INTERMEDIATE",
    Dbpos.OFF: "OPEN",
    Dbpos.ON: "CLOSED",
    Dbpos.BAD: "INVALID",
}

KINDS = {
    SwitchKind.BREAKER: "circuit-breaker",
    SwitchKind.LOAD_BREAK_SWITCH: "load-break switch",
    SwitchKind.DISCONNECTOR: "disconnector",
    SwitchKind.EARTHING_SWITCH: "earthing switch",
}

_QUALITY_WORDS = (
    (Quality.OVERFLOW, "overflow"),
    (Quality.OUT_OF_RANGE, "out of range"),
    (Quality.BAD_REFERENCE, "bad reference"),
    (Quality.OSCILLATORY, "oscillating"),
    (Quality.FAILURE, "failure"),
    (Quality.OLD_DATA, "old"),
    (Quality.INCONSISTENT, "inconsistent"),
    (Quality.INACCURATE, "inaccurate"),
    (Quality.SUBSTITUTED, "substituted"),
    (Quality.TEST, "test"),
    (Quality.OPERATOR_BLOCKED, "blocked"),
    (Quality.CLOCK_FAILURE, "clock failure"),
    (Quality.CLOCK_NOT_SYNCHRONISED, "clock not synchronised"),
    (Quality.TIME_DOUBTFUL, "time doubtful"),
    (Quality.TIME_INACCURATE, "time inaccurate"),
)
_VALIDITY = {Quality.INVALID: "invalid", Quality.RESERVED: "reserved", Quality.QUESTIONABLE: "questionable"}


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measurand is shown: what it is, divided by `scale` into `unit`, with so many decimals."""

    name: str
    unit: str
    scale: float
    decimals: int


_MEASURES: dict[str, Measure] = {
    "MMXU1.PPV.phsAB": Measure("Voltage L1-L2", "kV", 1e3, 2),
    "MMXU1.PPV.phsBC": Measure("Voltage L2-L3", "kV", 1e3, 2),
    "MMXU1.PPV.phsCA": Measure("Voltage L3-L1", "kV", 1e3, 2),
    "MMXU1.A.phsA": Measure("Current L1", "A", 1, 0),
    "MMXU1.A.phsB": Measure("Current L2", "A", 1, 0),
    "MMXU1.A.phsC": Measure("Current L3", "A", 1, 0),
    "MMXU1.TotW": Measure("Active power", "kW", 1e3, 0),
    "MMXU1.TotVAr": Measure("Reactive power", "kvar", 1e3, 0),
    "MMXU1.Hz": Measure("Frequency", "Hz", 1, 3),
    "ZBAT1.Vol": Measure("Battery voltage", "V", 1, 1),
    "DWMX1.WLimSpt": Measure("Power limit", "kW", 1e3, 0),
}

_TOTALS: dict[str, tuple[str, str]] = {
    "MMTR1.DmdWh": ("Energy drawn", "Wh"),
    "MMTR1.SupWh": ("Energy fed back", "Wh"),
    "MMTR1.TotWh": ("Energy", "Wh"),
    "MMTR1.DmdVArh": ("Reactive energy drawn", "varh"),
    "MMTR1.SupVArh": ("Reactive energy fed back", "varh"),
    "MMTR1.TotVArh": ("Reactive energy", "varh"),
    "MMTR1.TotVAh": ("Apparent energy", "VAh"),
}
"""Integrated totals: what they are, and the unit they are counted in."""
MEGA_FROM = 10_000_000
"""From ten million on totals are shown in mega; they are read in thousandths then."""

_NUMBERED = re.compile(r"^(CSWI|CILO|MMTR|YLTC|ATCC|ARCO|AVCO|DWMX|DVAR)\d+")
"""Logical nodes of which a bay or station may have several."""

_NAMES: dict[str, str] = {
    "CSWI1.Pos": "Position",
    "LLN0.Loc": "Control authority",
    "XCBR1.Pos": "Position, breaker",
    "XSWI1.Pos": "Position, switch",
    "XCBR1.Loc": "Control at the device",
    "XCBR1.EEHealth": "Breaker health",
    "XCBR1.CBOpCap": "Operating capability",
    "CILO1.EnaOpn": "Interlocking, open",
    "CILO1.EnaCls": "Interlocking, close",
    "PTOC1.Str": "Overcurrent I> pickup",
    "PTOC1.Op": "Overcurrent I> trip",
    "PTOC2.Str": "Overcurrent I>> pickup",
    "PTOC2.Op": "Overcurrent I>> trip",
    "PTRC1.Tr": "Protection trip",
    "RREC1.AutoRecSt": "Auto-reclosing",
    "RREC1.BlkRec": "Reclosing blocked",
    "SFPI1.FwdFlt": "Short circuit, forward",
    "SFPI1.RvFlt": "Short circuit, reverse",
    "SFPI2.FwdFlt": "Earth fault, forward",
    "SFPI2.RvFlt": "Earth fault, reverse",
    "PSDE1.Str": "Earth fault in front, pickup",
    "PSDE1.Op": "Earth fault in front",
    "PSDE2.Str": "Earth fault behind, pickup",
    "PSDE2.Op": "Earth fault behind",
    "PTEF1.Str": "Earth-fault pickup",
    "PTEF1.Op": "Earth-fault trip",
    "PTOV1.Str": "Residual voltage, pickup",
    "PTOV1.Op": "Residual voltage",
    "RDIR1.Dir": "Direction found",
    "RFLO1.FltZ": "Impedance to the fault",
    "RFLO1.FltDiskm": "Distance to the fault",
    "YEFN1.ECA": "Coil current",
    "ANCR1.Auto": "Coil tuning",
    "ZBAT1.BatLo": "Battery low",
    "LCCH1.ChLiv": "Communication",
    "LCCH1.FerCh": "Communication errors",
    "YLTC1.TapPos": "Tap position",
    "YLTC1.TapChg": "Tap position",
    "YLTC1.EndPosR": "Highest tap reached",
    "YLTC1.EndPosL": "Lowest tap reached",
    "ATCC1.Auto": "Tap control",
    "ATCC1.LTCBlk": "Tap control blocked",
    "ATCC1.ParOp": "Tap control in parallel",
    "ARCO1.TapChg": "Capacitor steps",
    "ARCO1.Auto": "Bank control",
    "ARCO1.DschBlk": "Capacitors discharging",
}

_ENUMERATIONS: dict[str, Mapping[int, str]] = {
    "*.Loc": {0: "remote", 1: "LOCAL"},
    "*.EEHealth": {1: "ok", 2: "WARNING", 3: "ALARM"},
    "*.CBOpCap": {1: "NONE", 2: "open", 3: "close-open", 4: "open-close-open", 5: "close-open-close-open"},
    "*.Ena???": {0: "blocked", 1: "released"},
    "*.AutoRecSt": {
        1: "ready",
        2: "in progress",
        3: "successful",
        4: "waiting for trip",
        5: "trip by protection",
        6: "fault gone",
        7: "waiting to complete",
        8: "circuit-breaker closed",
        9: "LOCK-OUT",
        10: "waiting",
        11: "aborted",
        12: "not ready",
    },
    "*.ChLiv": {0: "DOWN", 1: "up"},
    "ATCC1.Auto": {0: "manual", 1: "automatic"},
    "ATCC1.ParOp": {0: "alone", 1: "in parallel"},
    "ARCO1.Auto": {0: "by command", 1: "automatic"},
    "ARCO1.DschBlk": {0: "no", 1: "YES"},
    "ANCR1.Auto": {0: "manual", 1: "automatic"},
    "*.Pos": {int(position): word for position, word in POSITIONS.items()},
    "PT*.*": {0: "-", 1: "OPERATED"},
    "PSDE*": {0: "-", 1: "OPERATED"},
    "SFPI*": {0: "-", 1: "FAULT PASSED"},
    "*.BatLo": {0: "no", 1: "YES"},
    "*.EndPos?": {0: "no", 1: "YES"},
    "*.*Bl*": {0: "no", 1: "YES"},
}
"""Pattern of variables to words for their values; capitals mark what an operator should notice."""


def quality_words(quality: int) -> str:
    """'' for good; else validity and details."""
    words = [_VALIDITY[validity]] if (validity := Quality(quality).validity) in _VALIDITY else []
    return ", ".join([*words, *(word for bit, word in _QUALITY_WORDS if quality & bit)])


def variable_name(variable: str) -> str:
    """What a variable is, in words; the variable itself when it has none."""
    first = _first(variable)
    if first in _TOTALS:
        return _TOTALS[first][0]
    measure = _MEASURES.get(first)
    return measure.name if measure else _NAMES.get(first, variable)


def _first(variable: str) -> str:
    """As if its logical node were the first of its kind."""
    return _NUMBERED.sub(r"\g<1>1", variable)


def value_words(instance: Instance) -> str:
    """The value with its unit, or in words."""
    first, value = _first(instance.variable), instance.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _enumerated(instance.variable, value)
    if first in _TOTALS:
        return total_text(value, _TOTALS[first][1])
    if (measure := _MEASURES.get(first)) is not None:
        return f"{value / measure.scale:.{measure.decimals}f} {measure.unit}"
    return _enumerated(instance.variable, value)


def total_text(value: float, unit: str) -> str:
    """`1,234.6 kWh`, `12,345.678 MWh`: a difference of one kWh stays visible however long it has been counted."""
    if abs(value) >= MEGA_FROM:
        return f"{value / 1e6:,.3f} M{unit}"
    return f"{value / 1e3:,.1f} k{unit}"


def is_notable(instance: Instance) -> bool:
    """True when the value's word is in capitals: something that an operator should notice."""
    text = value_words(instance)
    shown = _first(instance.variable)
    return text.isupper() and not shown.endswith(".Pos") and shown not in _MEASURES and shown not in _TOTALS


def cause_words(cause: int | None) -> str:
    """AddCause of IEC 61850-7-2 in words; '' for none."""
    if cause is None or cause in (AddCause.NONE, AddCause.UNKNOWN) or cause not in AddCause.__members__.values():
        return ""
    return name_of(AddCause(cause))


def answer_words(answer: Answered) -> str:
    """Why the unit answered as it did, with the cause in brackets and what to do, once each."""
    cause, text = cause_words(answer.cause), answer.text or answer.code.value
    if not cause or answer.cause is None:
        return text
    told = [part for part in (cause, CAUSES[AddCause(answer.cause)].remedy) if part and part not in text]
    return f"{text} ({'; '.join(told)})" if told else text


def time_text(time_ns: int) -> str:
    """`09:56:30.001`, UTC."""
    return f"{datetime.fromtimestamp(time_ns // 10**9, UTC):%H:%M:%S}.{time_ns // 10**6 % 1000:03d}"


def moment_text(time_ns: int) -> str:
    """As date_time_text, to the second: for states that last."""
    return date_time_text(time_ns).partition(".")[0]


def date_time_text(time_ns: int) -> str:
    """`2026-11-20 09:56:30.001`, UTC."""
    return f"{datetime.fromtimestamp(time_ns // 10**9, UTC):%Y-%m-%d} {time_text(time_ns)}"


def duration_text(duration_ns: int) -> str:
    """`31 s`, `12 min`, `2 h 05 min`, `3 d 4 h`; clocks that differ a little make no negative time."""
    seconds = max(0, duration_ns // 10**9)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60:02d} min" if hours < 24 else f"{days} d {hours % 24} h"


def power_text(power_w: float) -> str:
    """In MW from one megawatt on, else in kW."""
    return f"{power_w / 1e6:.2f} MW" if abs(power_w) >= 1e6 else f"{power_w / 1e3:.0f} kW"


def _enumerated(variable: str, value: WireValue) -> str:
    if isinstance(value, int):
        for pattern, words in _ENUMERATIONS.items():
            if fnmatchcase(variable, pattern):
                return words.get(int(value), str(value))
    return f"{value:g}" if isinstance(value, float) else str(value)
