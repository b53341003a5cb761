"""Frames between a front end and its unit server: u32 big-endian length, then one CBOR array [kind, ...].

Nothing is believed: a frame that does not hold exactly what its kind takes is a RemoteProtocolError.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from models.command import Action, AddCause, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.difference import Difference
from models.driver import LinkConfig
from models.errors import RemoteProtocolError
from models.front_end import (
    Committed,
    Configure,
    Events,
    Execute,
    Executed,
    Heartbeat,
    Hello,
    LinkCounters,
    LinkDifferences,
    LinkNotice,
    LinkState,
    Measurands,
    Message,
    RecordPart,
    RecordTaken,
    ResumePoints,
)
from models.point import (
    Cdc,
    ControlModel,
    Dbpos,
    Handle,
    Iec104Address,
    Limits,
    PointName,
    PointSpec,
    SampleBatch,
    Value,
)
from models.scl.findings import Severity
from models.wire import cbor

MAX_FRAME_BYTES = 64 * 1024 * 1024

_LENGTH = struct.Struct(">I")


def _checked(plain: list[Any], *kinds: type) -> list[Any]:
    """The fields, each of exactly its type (a bool is no number here)."""
    if [type(field) for field in plain] != list(kinds):
        raise TypeError(f"{', '.join(kind.__name__ for kind in kinds)} expected, not {plain!r:.100}")
    return plain


def _whole(number: object) -> bool:
    return type(number) is int and number.bit_length() < 64


def _dump_value(value: Value) -> object:
    return [int(value)] if isinstance(value, Dbpos) else value


def _load_value(plain: object) -> Value:
    if isinstance(plain, list):
        (position,) = plain
        return Dbpos(position)
    if isinstance(plain, bool | float | str):
        return plain
    if isinstance(plain, int) and _whole(plain):
        return plain
    raise TypeError(f"{plain!r:.100} is no value")


def _dump_batch(batch: SampleBatch) -> list[object]:
    values = [_dump_value(value) for value in batch.values]
    return [batch.handles, values, batch.qualities, batch.source_times_ns, batch.arrival_times_ns]


def _load_batch(plain: list[list[Any]]) -> SampleBatch:
    handles, values, qualities, source_times, arrival_times = plain
    if len({len(column) for column in plain}) > 1:
        raise ValueError("columns of different length")
    if not all(_whole(each) for column in (handles, qualities, arrival_times) for each in column):
        raise TypeError("handles, qualities and arrival times are whole numbers of 64 bits")
    if not all(each is None or _whole(each) for each in source_times):
        raise TypeError("a source time is a whole number of 64 bits, or absent")
    return SampleBatch(handles, [_load_value(value) for value in values], qualities, source_times, arrival_times)


def _dump_command(command: Command) -> list[object]:
    origin = [int(command.originator.category), command.originator.identity]
    flags = [command.interlock_check, command.synchro_check, command.test]
    value = _dump_value(command.value)
    tail = [*flags, command.qualifier]
    return [command.number, command.handle, command.action.value, value, origin, command.issued_ns, *tail]


def _load_command(plain: list[Any]) -> Command:
    number, handle, action, value, (category, identity), issued_ns, interlock, synchro, test, qualifier = plain
    checked = [number, handle, identity, issued_ns, interlock, synchro, test, qualifier]
    _checked(checked, int, int, str, int, bool, bool, bool, int)
    origin = Originator(OriginatorCategory(category), identity)
    loaded = _load_value(value)
    return Command(
        number, handle, Action(action), loaded, origin, issued_ns, interlock, synchro, test, qualifier=qualifier
    )


def _dump_address(address: Iec104Address) -> list[object]:
    plain: list[object] = [address.common_address, address.object_address, address.type_id]
    if address.is_plain:
        return plain
    return [*plain, address.expected, address.inverted, address.scale, address.offset]


def _dump_spec(spec: PointSpec) -> list[object]:
    addresses = [[_dump_address(each) for each in addresses] for addresses in (spec.monitors, spec.commands)]
    limits = None if spec.limits is None else list(spec.limits)
    tail = [int(spec.control_model), spec.deadband, spec.max_age_s, spec.line, limits]
    return [list(spec.name), spec.cdc.value, spec.link, spec.unit, spec.reference, *addresses, *tail]


def _load_spec(plain: list[Any]) -> PointSpec:
    name, cdc, link, unit, reference, monitors, commands, model, deadband, max_age_s, line, limits = plain
    told, ordered = (tuple(Iec104Address(*each) for each in addresses) for addresses in (monitors, commands))
    head = (
        PointName(*name),
        Cdc(cdc),
        link,
        unit,
        reference,
        told[0] if told else None,
        ordered[0] if ordered else None,
    )
    between = None if limits is None else Limits(*limits)
    return PointSpec(*head, ControlModel(model), deadband, max_age_s, line, told[1:], ordered[1:], between)


def _dump_configure(message: Configure) -> list[object]:
    links = [[link.name, link.protocol, link.ied, link.host, link.port, link.settings] for link in message.links]
    points = [[handle, _dump_spec(spec)] for handle, spec in message.points]
    return [message.credit, links, points]


def _load_configure(plain: list[Any]) -> Configure:
    credit, links, points = plain
    _checked([credit], int)
    return Configure(
        credit,
        tuple(LinkConfig(*_checked(link, str, str, str, str, int, dict)) for link in links),
        tuple((Handle(handle), _load_spec(spec)) for handle, spec in points),
    )


def _dump_executed(message: Executed) -> list[object]:
    result = message.result
    return [message.number, message.action.value, result.outcome.value, int(result.add_cause), result.reason]


def _load_executed(plain: list[Any]) -> Executed:
    number, action, outcome, add_cause, reason = _checked(plain, int, str, str, int, str)
    return Executed(number, Action(action), CommandResult(Outcome(outcome), AddCause(add_cause), reason))


def _load_events(plain: list[Any]) -> Events:
    number, batch = _checked(plain, int, list)
    return Events(number, _load_batch(batch))


def _load_resume_points(plain: list[Any]) -> ResumePoints:
    link, settings = _checked(plain, str, dict)
    return ResumePoints(link, {key: text for key, text in settings.items() if _checked([key, text], str, str)})


def _dump_record_part(message: RecordPart) -> list[object]:
    return [
        message.number, message.link, message.name, message.time_ns, message.size, message.offset, message.octets
    ]  # fmt: skip


def _load_record_part(plain: list[Any]) -> RecordPart:
    number, link, name, time_ns, size, offset, octets = plain
    _checked([number, link, name, size, offset, octets], int, str, str, int, int, bytes)
    if not all(_whole(each) for each in (size, offset)) or not (time_ns is None or _whole(time_ns)):
        raise TypeError("size, offset and time are whole numbers of 64 bits")
    return RecordPart(number, link, name, time_ns, size, offset, octets)


def _load_counters(plain: list[Any]) -> LinkCounters:
    link, counters = _checked(plain, str, dict)
    if not all(type(name) is str and _whole(number) for name, number in counters.items()):
        raise TypeError("a counter is a whole number of 64 bits under a name")
    return LinkCounters(link, counters)


def _dump_differences(message: LinkDifferences) -> list[Any]:
    rows = [
        [each.severity.value, each.subject, each.expected, each.device, each.remedy, each.file, each.line, each.touches]
        for each in message.found
    ]
    return [message.link, rows]


def _load_differences(plain: list[Any]) -> LinkDifferences:
    link, rows = _checked(plain, str, list)
    return LinkDifferences(link, tuple(_load_difference(row) for row in rows))


def _load_difference(plain: list[Any]) -> Difference:
    severity, subject, expected, device, remedy, file, line, touches = plain
    _checked(plain[:6], *[str] * 6)
    if not (line is None or _whole(line)) or type(touches) is not list or {*map(type, touches)} - {str}:
        raise TypeError("a difference has a line and references")
    return Difference(Severity(severity), subject, expected, device, remedy, file, line, tuple(touches))


_CODECS: dict[str, tuple[type, Callable[[Any], list[Any]], Callable[[list[Any]], Message]]] = {
    "hello": (Hello, lambda m: [m.version, m.protocol, m.process_id], lambda p: Hello(*_checked(p, int, str, int))),
    "configure": (Configure, _dump_configure, _load_configure),
    "events": (Events, lambda m: [m.number, _dump_batch(m.batch)], _load_events),
    "committed": (Committed, lambda m: [m.number], lambda p: Committed(*_checked(p, int))),
    "measurands": (Measurands, lambda m: _dump_batch(m.batch), lambda p: Measurands(_load_batch(p))),
    "link": (LinkState, lambda m: [m.link, m.up, m.reason], lambda p: LinkState(*_checked(p, str, bool, str))),
    "notice": (LinkNotice, lambda m: [m.link, m.text], lambda p: LinkNotice(*_checked(p, str, str))),
    "differences": (LinkDifferences, _dump_differences, _load_differences),
    "counters": (LinkCounters, lambda m: [m.link, m.counters], _load_counters),
    "record": (RecordPart, _dump_record_part, _load_record_part),
    "taken": (RecordTaken, lambda m: [m.number, m.problem], lambda p: RecordTaken(*_checked(p, int, str))),
    "resume": (ResumePoints, lambda m: [m.link, m.settings], _load_resume_points),
    "execute": (Execute, lambda m: _dump_command(m.command), lambda p: Execute(_load_command(p))),
    "executed": (Executed, _dump_executed, _load_executed),
    "heartbeat": (Heartbeat, lambda _: [], lambda p: Heartbeat(*p)),
}
_KINDS = {codec[0]: (kind, codec[1]) for kind, codec in _CODECS.items()}


def encode(message: Message) -> bytes:
    """One frame. LocalProtocolError when something in the message cannot travel."""
    kind, dump = _KINDS[type(message)]
    body = cbor.encode([kind, *dump(message)])
    return _LENGTH.pack(len(body)) + body


def _decode(body: bytes) -> Message:
    try:
        item = cbor.decode(body)
        if not isinstance(item, list):
            raise TypeError("an array expected")
        message = _CODECS[item[0]][2](item[1:])
    except (RemoteProtocolError, ValueError, TypeError, KeyError, IndexError) as error:
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
