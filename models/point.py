"""A point: one value of the process under one name, and the samples that travel between all parts.

Names use IEC 61850 terms whatever the protocol: a location (`ST103/K1/E01/Q0`, the path in the SCL substation section)
and a variable (`CSWI1.Pos`, logical node and data object). The full name joins both: `ST103/K1/E01/Q0/CSWI1.Pos`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import NamedTuple, NewType

Handle = NewType("Handle", int)
"""The number that stands for a point on sinks, sockets and in history; persisted, never reused, starts at 1."""


class Dbpos(IntEnum):
    """Double-point position, coded as in IEC 61850-7-3 and as DPI in IEC 60870-5-101 7.2.6.2."""

    INTERMEDIATE = 0
    OFF = 1
    ON = 2
    BAD = 3


Value = bool | int | float | Dbpos | str


class Cdc(Enum):
    """Common data class of IEC 61850-7-3; it fixes the type of the value."""

    SPS = "SPS"  # bool
    SPC = "SPC"  # bool, controllable
    DPC = "DPC"  # Dbpos, controllable
    DPS = "DPS"  # Dbpos
    INS = "INS"  # int
    ENS = "ENS"  # int, enumerated
    INC = "INC"  # int, controllable: a set-point; its feedback is the value
    ISC = "ISC"  # int, controllable step position
    BSC = "BSC"  # int, step position commanded by one step up or down
    ACT = "ACT"  # bool: protection operated
    ACD = "ACD"  # bool: protection started (pickup)
    MV = "MV"  # float, SI unit in PointSpec.unit
    APC = "APC"  # float, controllable: a set-point; its feedback is the value
    BCR = "BCR"  # int, integrated total in PointSpec.unit per count; asked for by counter interrogation

    @property
    def is_event(self) -> bool:
        """Events are lossless; measurands and totals are coalesced and send their latest value."""
        return self not in _LATEST


_LATEST = (Cdc.MV, Cdc.APC, Cdc.BCR)


class PointName(NamedTuple):
    """Location and variable; ordered and hashable."""

    location: str
    variable: str

    def __str__(self) -> str:
        return f"{self.location}/{self.variable}"

    @classmethod
    def parse(cls, text: str) -> PointName:
        """Split at the last slash; ValueError when there is none."""
        location, slash, variable = text.rpartition("/")
        if not slash or not variable or not location:
            raise ValueError(f"'{text}' is not a point name: LOCATION/LN.DO is expected")
        return cls(location, variable)


class ControlModel(IntEnum):
    """ctlModel of IEC 61850-7-3; IEC 104 select-before-operate is SBO_NORMAL."""

    STATUS_ONLY = 0
    DIRECT_NORMAL = 1
    SBO_NORMAL = 2
    DIRECT_ENHANCED = 3
    SBO_ENHANCED = 4

    @property
    def selects(self) -> bool:
        return self in (ControlModel.SBO_NORMAL, ControlModel.SBO_ENHANCED)


@dataclass(frozen=True, slots=True)
class Iec104Address:
    """Address of IEC 61850-80-1: common address (casdu), information object address, type of the tagged event.

    expected: the object is a single point or command that is on for this value of the point. inverted: the object
    carries the opposite of the point. The point's value is the object's number times scale, plus offset (sVC).
    """

    common_address: int
    object_address: int
    type_id: int
    expected: int | None = None
    inverted: bool = False
    scale: float = 1.0
    offset: float = 0.0

    def __str__(self) -> str:
        return f"casdu {self.common_address} ioa {self.object_address} ti {self.type_id}"

    @property
    def is_plain(self) -> bool:
        """Whether the object carries the value as it is."""
        return self.expected is None and not self.inverted and self.scale == 1.0 and self.offset == 0.0


class Limits(NamedTuple):
    """Between which values a device lets itself be set (minVal, maxVal, stepSize), in the point's unit; None: open."""

    least: float | None = None
    greatest: float | None = None
    step: float | None = None


@dataclass(frozen=True, slots=True)
class PointSpec:
    """Everything that is known of a point before the first value arrives.

    unit: SI unit symbol ('V', 'A', 'W', 'var', 'Hz', '%', '' for none). max_age_s: older values are stale (None: never,
    for values that are only sent on change; their link's health decides). reference: the address on the device's own
    protocol ('OBR1E03LD0/CSWI1.Pos' for MMS, empty where `monitor` is the address). line: where the SCL declares it.
    more_monitors, more_commands: further objects of a value that is spread over several (`expected` of each).
    limits: of a set-point, where the SCL states some.
    """

    name: PointName
    cdc: Cdc
    link: str
    unit: str = ""
    reference: str = ""
    monitor: Iec104Address | None = None
    command: Iec104Address | None = None
    control_model: ControlModel = ControlModel.STATUS_ONLY
    deadband: float = 0.0
    max_age_s: float | None = None
    line: int | None = None
    more_monitors: tuple[Iec104Address, ...] = ()
    more_commands: tuple[Iec104Address, ...] = ()
    limits: Limits | None = None

    @property
    def monitors(self) -> tuple[Iec104Address, ...]:
        """All objects that carry the value."""
        return () if self.monitor is None else (self.monitor, *self.more_monitors)

    @property
    def commands(self) -> tuple[Iec104Address, ...]:
        """All objects that command it."""
        return () if self.command is None else (self.command, *self.more_commands)


class Sample(NamedTuple):
    """One value with its quality (bits of models.quality.Quality) and times (ns UTC; source time may be absent)."""

    handle: Handle
    value: Value
    quality: int
    source_time_ns: int | None
    arrival_time_ns: int


@dataclass(slots=True)
class SampleBatch:
    """Samples as columns of equal length, oldest first. `Sample` is the single view of a row."""

    handles: list[Handle] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    qualities: list[int] = field(default_factory=list)
    source_times_ns: list[int | None] = field(default_factory=list)
    arrival_times_ns: list[int] = field(default_factory=list)

    def append(self, sample: Sample) -> None:
        self.handles.append(sample.handle)
        self.values.append(sample.value)
        self.qualities.append(sample.quality)
        self.source_times_ns.append(sample.source_time_ns)
        self.arrival_times_ns.append(sample.arrival_time_ns)

    def extend(self, other: SampleBatch) -> None:
        self.handles += other.handles
        self.values += other.values
        self.qualities += other.qualities
        self.source_times_ns += other.source_times_ns
        self.arrival_times_ns += other.arrival_times_ns

    def __len__(self) -> int:
        return len(self.handles)

    def __iter__(self) -> Iterator[Sample]:
        columns = zip(
            self.handles, self.values, self.qualities, self.source_times_ns, self.arrival_times_ns, strict=True
        )
        return (Sample(*row) for row in columns)
