"""The conversation between a front end (child process) and its unit server: frames and messages, without I/O.

A frame is a u32 big-endian length and one CBOR array [kind, ...]. Events travel in numbered batches that the server
acknowledges after its history has committed them; the server's credit bounds how many may be under way. Measurands are
coalesced by the front end and not acknowledged. Both sides send a heartbeat every second.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cbor2

from models.command import Action, AddCause, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import LinkConfig
from models.errors import RemoteProtocolError
from models.point import Cdc, ControlModel, Dbpos, Handle, Iec104Address, PointName, PointSpec, SampleBatch, Value

VERSION = 1
HEARTBEAT_S = 1.0
SILENCE_S = 5.0
"""A side that has heard nothing for this long takes the other for dead."""
MAX_FRAME_BYTES = 64 * 1024 * 1024

_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Hello:
    """First message of the front end."""

    version: int
    protocol: str
    process_id: int


@dataclass(frozen=True, slots=True)
class Configure:
    """First message of the server: links, their points, and how many event batches may be under way."""

    configuration_hash: str
    credit: int
    links: tuple[LinkConfig, ...]
    points: tuple[tuple[Handle, PointSpec], ...]


@dataclass(frozen=True, slots=True)
class Events:
    """A numbered batch of events; answered by Committed(number)."""

    number: int
    batch: SampleBatch


@dataclass(frozen=True, slots=True)
class Committed:
    number: int


@dataclass(frozen=True, slots=True)
class Measurands:
    batch: SampleBatch


@dataclass(frozen=True, slots=True)
class LinkState:
    """A link came up (first complete picture delivered) or went down, with the reason."""

    link: str
    up: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ResumePoints:
    """Where the next run of a link is to go on (Driver.resume_points); kept by the server, given back by Configure."""

    link: str
    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class Execute:
    command: Command


@dataclass(frozen=True, slots=True)
class Executed:
    """The result of one service. Number and action identify it."""

    number: int
    action: Action
    result: CommandResult


@dataclass(frozen=True, slots=True)
class Heartbeat:
    pass


Message: TypeAlias = (
    Hello | Configure | Events | Committed | Measurands | LinkState | ResumePoints | Execute | Executed | Heartbeat
)


def _dump_value(value: Value) -> object:
    return [int(value)] if isinstance(value, Dbpos) else value


def _load_value(plain: object) -> Value:
    if isinstance(plain, list):
        return Dbpos(plain[0])
    if isinstance(plain, (bool, int, float, str)):
        return plain
    raise TypeError(f"{plain!r} is no value")


def _dump_batch(batch: SampleBatch) -> list[object]:
    values = [_dump_value(value) for value in batch.values]
    return [batch.handles, values, batch.qualities, batch.source_times_ns, batch.arrival_times_ns]


def _load_batch(plain: Sequence[list[Any]]) -> SampleBatch:
    handles, values, qualities, source_times, arrival_times = plain
    if len({len(column) for column in plain}) > 1:
        raise ValueError("columns of different length")
    return SampleBatch(handles, [_load_value(value) for value in values], qualities, source_times, arrival_times)


def _dump_command(command: Command) -> list[object]:
    origin = [int(command.originator.category), command.originator.identity]
    flags = [command.interlock_check, command.synchro_check, command.test]
    value = _dump_value(command.value)
    return [command.number, command.handle, command.action.value, value, origin, command.issued_ns, *flags]


def _load_command(plain: list[Any]) -> Command:
    number, handle, action, value, (category, identity), issued_ns, interlock, synchro, test = plain
    origin = Originator(OriginatorCategory(category), identity)
    return Command(number, handle, Action(action), _load_value(value), origin, issued_ns, interlock, synchro, test)


def _dump_spec(spec: PointSpec) -> list[object]:
    addresses = [
        None if address is None else [address.common_address, address.object_address, address.type_id]
        for address in (spec.monitor, spec.command)
    ]
    tail = [int(spec.control_model), spec.deadband, spec.max_age_s, spec.line]
    return [list(spec.name), spec.cdc.value, spec.link, spec.unit, spec.reference, *addresses, *tail]


def _load_spec(plain: list[Any]) -> PointSpec:
    name, cdc, link, unit, reference, monitor, command, control_model, deadband, max_age_s, line = plain
    monitor, command = (None if part is None else Iec104Address(*part) for part in (monitor, command))
    model = ControlModel(control_model)
    return PointSpec(
        PointName(*name), Cdc(cdc), link, unit, reference, monitor, command, model, deadband, max_age_s, line
    )


def _dump_configure(message: Configure) -> list[object]:
    links = [[link.name, link.protocol, link.ied, link.host, link.port, link.settings] for link in message.links]
    points = [[handle, _dump_spec(spec)] for handle, spec in message.points]
    return [message.configuration_hash, message.credit, links, points]


def _load_configure(plain: list[Any]) -> Configure:
    configuration_hash, credit, links, points = plain
    return Configure(
        configuration_hash,
        credit,
        tuple(LinkConfig(*link) for link in links),
        tuple((Handle(handle), _load_spec(spec)) for handle, spec in points),
    )


def _dump_executed(message: Executed) -> list[object]:
    result = message.result
    return [message.number, message.action.value, result.outcome.value, int(result.add_cause), result.reason]


def _load_executed(plain: list[Any]) -> Executed:
    number, action, outcome, add_cause, reason = plain
    return Executed(number, Action(action), CommandResult(Outcome(outcome), AddCause(add_cause), reason))


_CODECS: dict[str, tuple[type, Callable[[Any], list[Any]], Callable[[Any], Message]]] = {
    "hello": (Hello, lambda m: [m.version, m.protocol, m.process_id], lambda p: Hello(*p)),
    "configure": (Configure, _dump_configure, _load_configure),
    "events": (Events, lambda m: [m.number, _dump_batch(m.batch)], lambda p: Events(p[0], _load_batch(p[1]))),
    "committed": (Committed, lambda m: [m.number], lambda p: Committed(*p)),
    "measurands": (Measurands, lambda m: _dump_batch(m.batch), lambda p: Measurands(_load_batch(p))),
    "link": (LinkState, lambda m: [m.link, m.up, m.reason], lambda p: LinkState(*p)),
    "resume": (ResumePoints, lambda m: [m.link, m.settings], lambda p: ResumePoints(*p)),
    "execute": (Execute, lambda m: _dump_command(m.command), lambda p: Execute(_load_command(p))),
    "executed": (Executed, _dump_executed, _load_executed),
    "heartbeat": (Heartbeat, lambda _: [], lambda p: Heartbeat(*p)),
}
_KINDS = {codec[0]: (kind, codec[1]) for kind, codec in _CODECS.items()}


def encode(message: Message) -> bytes:
    """One frame."""
    kind, dump = _KINDS[type(message)]
    body = cbor2.dumps([kind, *dump(message)])
    return _LENGTH.pack(len(body)) + body


def _decode(body: bytes) -> Message:
    try:
        kind, *plain = cbor2.loads(body)
        message: Message = _CODECS[kind][2](plain)
    except (cbor2.CBORDecodeError, ValueError, TypeError, KeyError, IndexError) as error:
        raise RemoteProtocolError(f"front end frame of {len(body)} bytes is not understood: {error}") from error
    return message


class Framer:
    """Cuts a byte stream into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive(self, data: bytes) -> Iterator[Message]:
        """Messages that are complete now. RemoteProtocolError when the stream is broken: close the connection."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_FRAME_BYTES:
                raise RemoteProtocolError(f"front end frame of {length} bytes is longer than {MAX_FRAME_BYTES}")
            if len(self._buffer) < _LENGTH.size + length:
                return
            body = bytes(self._buffer[_LENGTH.size : _LENGTH.size + length])
            del self._buffer[: _LENGTH.size + length]
            yield _decode(body)
