"""Messages: application service data units as frozen records (IEC 60870-5-101 7.1, with the field sizes of IEC 104)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from models.point import Dbpos
from protocols.iec104.application.files import FileObject

GLOBAL_ADDRESS = 0xFFFF
"""Common address of all stations; allowed for interrogations, clock synchronisation and reset alone."""

MAX_OBJECT_ADDRESS = 0xFFFFFF


class StepPosition(NamedTuple):
    """VTI: position -64..63; transient while the equipment moves."""

    position: int
    transient: bool = False


class CounterReading(NamedTuple):
    """BCR: signed 32-bit total, number of the reading 0..31, carry (overflowed), adjusted since the last reading."""

    total: int
    number: int = 0
    carry: bool = False
    adjusted: bool = False


class PackedStatus(NamedTuple):
    """SCD: 16 single points, bit 0 the first, and which of them have changed since they were last reported."""

    status: int
    changed: int = 0


class ProtectionEvent(NamedTuple):
    """SEP: OFF or ON of one piece of protection equipment, and its relay operating or duration time 0..60000 ms."""

    state: Dbpos
    elapsed_ms: int = 0


class StartEvents(NamedTuple):
    """SPE: bit 0 general start, 1-3 start of L1-L3, 4 start IE (earth current), 5 start in reverse direction."""

    bits: int
    duration_ms: int = 0


class OutputCircuit(NamedTuple):
    """OCI: bit 0 general command to the output circuit, 1-3 command to L1-L3; the relay's operating time."""

    bits: int
    operating_ms: int = 0


ElementValue = (
    bool
    | Dbpos
    | int
    | float
    | StepPosition
    | CounterReading
    | PackedStatus
    | ProtectionEvent
    | StartEvents
    | OutputCircuit
)


class Observation(NamedTuple):
    """A monitored value. quality: bits of models.quality.Quality, clock bits included; time: ns UTC, None untagged."""

    address: int
    value: ElementValue
    quality: int = 0
    time_ns: int | None = None


class Order(NamedTuple):
    """A command or set-point. qualifier: QU 0..31 of commands, QL 0..127 of set-points; select: the S/E bit."""

    address: int
    value: ElementValue
    select: bool = False
    qualifier: int = 0
    time_ns: int | None = None
    quality: int = 0


class Service(NamedTuple):
    """A system message: COI of type 70, QOI of 100, QCC of 101, QRP of 105, test word of 107, time of 103 and 107."""

    address: int = 0
    qualifier: int = 0
    time_ns: int | None = None
    quality: int = 0


class Parameter(NamedTuple):
    """A parameter of a measured value. qualifier: QPM of types 110-112; QPA of 113, which has no value (0)."""

    address: int
    value: int | float = 0
    qualifier: int = 0


InformationObject = Observation | Order | Service | Parameter | FileObject


class Asdu(NamedTuple):
    """One ASDU. cause 0..63, originator 0..255 (0: none), common address 1..65535, sequence: the SQ bit.

    objects is empty where the type is not in the tables of types, or where a station ends an activation with an empty
    unit (some do).
    """

    type_id: int
    cause: int
    common_address: int
    objects: tuple[InformationObject, ...]
    originator: int = 0
    negative: bool = False
    test: bool = False
    sequence: bool = False

    def observations(self) -> tuple[Observation, ...]:
        """The objects of a monitored type, none of another: all objects of a unit are of one kind."""
        if self.objects and isinstance(self.objects[0], Observation):
            return cast("tuple[Observation, ...]", self.objects)
        return ()


class Many(NamedTuple):
    """A monitored ASDU as columns, without a record per object. times: ns UTC, empty where the type has no time tag."""

    type_id: int
    cause: int
    common_address: int
    addresses: Sequence[int]
    values: list[ElementValue]
    qualities: list[int]
    times: list[int | None]
    originator: int = 0
    test: bool = False
    sequence: bool = False
