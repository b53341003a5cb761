"""Objects and qualifiers of IEC 60870-5-101 in words, for people who read a trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from models.point import Dbpos
from models.quality import Quality
from protocols.iec104.application.asdu import (
    CounterReading,
    ElementValue,
    InformationObject,
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
from protocols.iec104.application.files import DirectoryEntry, QueryLog, Segment
from protocols.iec104.application.initialisation import PARAMETERS_CHANGED, Initialisation
from protocols.iec104.application.types import Kind

_VALIDITIES = {1: "invalid", 2: "reserved", 3: "questionable"}
_DETAILS = [(int(flag), flag.name.lower().replace("_", " ")) for flag in Quality if flag.name and int(flag) > 3]
_PULSES = {0: "", 1: "short pulse", 2: "long pulse", 3: "persistent"}
_SWITCHES = (Kind.SINGLE_COMMAND, Kind.DOUBLE_COMMAND, Kind.STEP_COMMAND)
_STEPS: dict[ElementValue, str] = {Dbpos.OFF: "lower", Dbpos.ON: "higher"}
_COI: dict[int, str] = {
    Initialisation.POWER: "power switched on",
    Initialisation.MANUAL: "manual reset",
    Initialisation.REMOTE: "remote reset",
}
_QRP = {0: "not used", 1: "general reset", 2: "reset of pending events with time tag"}
_FREEZES = ("read", "freeze", "freeze and reset", "reset")
_QPM = {1: "threshold", 2: "smoothing factor", 3: "low limit", 4: "high limit"}
_QPA = {1: "what was loaded", 2: "addressed parameter", 3: "persistent cyclic transmission of the object"}


def _coi(qualifier: int) -> str:
    changed = ", parameters changed" if qualifier & PARAMETERS_CHANGED else ""
    return _COI.get(qualifier & ~PARAMETERS_CHANGED, "private or reserved") + changed


def _qoi(qualifier: int) -> str:
    return "station" if qualifier == 20 else f"group {qualifier - 20}" if 20 < qualifier <= 36 else "reserved"


def _qcc(qualifier: int) -> str:
    request, freeze = qualifier & 0x3F, _FREEZES[qualifier >> 6]
    return f"{'general' if request == 5 else f'group {request}' if 0 < request < 5 else 'reserved'}, {freeze}"


_SERVICES: Mapping[Kind, tuple[str, Callable[[int], str]]] = {
    Kind.INITIALISED: ("COI", _coi),
    Kind.INTERROGATION: ("QOI", _qoi),
    Kind.COUNTER_INTERROGATION: ("QCC", _qcc),
    Kind.RESET: ("QRP", lambda qualifier: _QRP.get(qualifier, "private or reserved")),
    Kind.TEST: ("test", lambda qualifier: f"0x{qualifier:04x}"),
    Kind.DELAY: ("delay", lambda qualifier: "ms"),
}

_VALUES: Mapping[type, Callable[..., str]] = {
    bool: lambda value: "on" if value else "off",
    Dbpos: lambda value: value.name.lower(),
    float: lambda value: f"{value:.7g}",
    StepPosition: lambda value: f"step {value.position}{' moving' if value.transient else ''}",
    PackedStatus: lambda value: f"status 0x{value.status:04x} changed 0x{value.changed:04x}",
    ProtectionEvent: lambda value: f"{value.state.name.lower()} elapsed {value.elapsed_ms} ms",
    StartEvents: lambda value: f"starts 0x{value.bits:02x} duration {value.duration_ms} ms",
    OutputCircuit: lambda value: f"outputs 0x{value.bits:02x} operating {value.operating_ms} ms",
}


def value_words(value: ElementValue) -> str:
    """A value with its unit where it has one."""
    if isinstance(value, CounterReading):
        marks = (" carry" if value.carry else "") + (" adjusted" if value.adjusted else "")
        return f"total {value.total} reading {value.number}{marks}"
    return _VALUES.get(type(value), str)(value)


def quality_words(quality: int) -> str:
    """'' for good, else 'invalid, old data'."""
    words = [_VALIDITIES[quality & 3]] if quality & 3 else []
    return ", ".join(words + [name for flag, name in _DETAILS if quality & flag])


def time_words(time_ns: int | None) -> str:
    """UTC to the millisecond; 'no time' where there is none."""
    if time_ns is None:
        return "no time"
    moment = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ns // 1_000_000 % 1000:03d}Z"


def object_words(item: InformationObject, kind: Kind, tagged: bool) -> str:
    """One information object in one phrase."""
    for record, words in _OBJECTS.items():
        if isinstance(item, record):
            return words(item, kind, tagged)
    fields = " ".join(f"{name} {value}" for name, value in item._asdict().items() if name != "address")
    return f"{item.address} {fields}"


def _observation(item: Observation, kind: Kind, tagged: bool) -> str:
    value = f"0x{item.value:08x}" if kind is Kind.BITSTRING else value_words(item.value)
    return _joined(f"{item.address} = {value}", quality_words(item.quality), _at(item, tagged))


def _order(item: Order, kind: Kind, tagged: bool) -> str:
    value = _STEPS.get(item.value) if kind is Kind.STEP_COMMAND else None
    said = f"{item.address} = {value or value_words(item.value)}"
    if kind is Kind.BITSTRING_COMMAND:
        return _joined(f"{item.address} = 0x{item.value:08x}", _at(item, tagged))
    qualifier = f"qualifier {item.qualifier}" if item.qualifier else ""
    words = _PULSES.get(item.qualifier, qualifier) if kind in _SWITCHES else qualifier
    return _joined(said, "select" if item.select else "execute", words, _at(item, tagged))


def _service(item: Service, kind: Kind, tagged: bool) -> str:
    name, words = _SERVICES.get(kind, ("", None))
    qualifier = f"{name} {item.qualifier} ({words(item.qualifier)})" if words else ""
    return _joined(str(item.address), qualifier, _at(item, tagged))


def _parameter(item: Parameter, kind: Kind, tagged: bool) -> str:
    if kind is Kind.PARAMETER_ACTIVATION:
        return f"{item.address} QPA {item.qualifier} ({_QPA.get(item.qualifier, 'reserved')})"
    meaning = _QPM.get(item.qualifier & 0x3F, "reserved")
    return f"{item.address} = {value_words(item.value)} QPM {item.qualifier} ({meaning})"


def _segment(item: Segment, kind: Kind, tagged: bool) -> str:
    return f"{item.address} file {item.name} section {item.section}, {len(item.data)} octets"


def _directory(item: DirectoryEntry, kind: Kind, tagged: bool) -> str:
    return f"{item.address} file {item.name} length {item.length} SOF 0x{item.sof:02x} of {time_words(item.time_ns)}"


def _query(item: QueryLog, kind: Kind, tagged: bool) -> str:
    return f"{item.address} file {item.name} from {time_words(item.start_ns)} to {time_words(item.stop_ns)}"


_OBJECTS: Mapping[type, Callable[..., str]] = {
    Observation: _observation,
    Order: _order,
    Service: _service,
    Parameter: _parameter,
    Segment: _segment,
    DirectoryEntry: _directory,
    QueryLog: _query,
}


def _at(item: Observation | Order | Service, tagged: bool) -> str:
    if not tagged:
        return ""
    doubt = "" if isinstance(item, Observation) else quality_words(item.quality)
    return f"@ {time_words(item.time_ns)}{f' ({doubt})' if doubt else ''}"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
