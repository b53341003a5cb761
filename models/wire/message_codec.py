"""Messages to and from plain maps, driven by one table of fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import Enum

from models.errors import RemoteProtocolError
from models.policy import Policy
from models.wire import messages as m
from models.wire.cbor import outgoing, plain
from models.wire.fields import Reader, boolean, integer, octets, one_of, optional, sequence, text
from models.wire.instance import Instance, from_wire, policy_from_wire, policy_to_wire, to_wire

_ID = integer(1, 2**53)
_COUNT = integer(0, 2**53)
_SEQUENCE = integer(1, 2**63 - 1)
_CURSOR = integer(0, 2**63 - 1)
_SMALL = integer(1, 1_000_000)
_NAME = text(512)
_LINE = text(1000)
_INSTANCES = sequence(lambda field, item: from_wire(item, field), m.MAX_INSTANCES)


def _value(field: str, item: object) -> object:
    return plain(item, field)


_FRESH: dict[str, Reader[object]] = {"version": _SMALL, "unit": octets(32), "nonce": octets(m.NONCE_OCTETS)}
_TARGET: dict[str, Reader[object]] = {"id": _ID, "variable": _NAME, "location": _NAME}

_SCHEMA: Mapping[str, tuple[type[m.Message], dict[str, Reader[object]]]] = {
    "hello": (m.Hello, {"version": _SMALL, "unit": _NAME, "key": octets(32), "challenge": octets(m.CHALLENGE_OCTETS)}),
    "login": (
        m.Login,
        {**_FRESH, "service": _NAME, "device": _NAME, "user": _NAME, "password": _NAME, "key": octets(32)},
    ),
    "welcome": (m.Welcome, {"first": _SEQUENCE, "name": _NAME, "role": _NAME, "rights": sequence(_NAME, 64)}),
    "goodbye": (m.Goodbye, {"code": one_of(m.Code), "text": _LINE}),
    "query": (
        m.Query,
        {
            **{**_TARGET, "condition": _LINE, "function": optional(one_of(m.Function)), "count": optional(_SMALL)},
            **{"across": boolean},
        },
    ),
    "event": (m.Event, {**_TARGET, "condition": _LINE, "initial": boolean, "after": optional(_CURSOR)}),
    "periodic": (m.Periodic, {**_TARGET, "period_ms": integer(m.MIN_PERIOD_MS, m.MAX_PERIOD_MS)}),
    "write": (m.Write, {**_TARGET, "value": _value, "policy": policy_from_wire}),
    "unsubscribe": (m.Unsubscribe, {"id": _ID, "subscription": _ID}),
    "notify": (
        m.Notify,
        {
            "id": _ID,
            "instances": _INSTANCES,
            "missed": integer(m.MISSED_UNKNOWN, 2**53),
            "cursor": optional(_CURSOR),
        },
    ),
    "result": (
        m.Result,
        {
            "id": _ID,
            "code": one_of(m.Code),
            "text": _LINE,
            "cause": optional(_COUNT),
            "instances": _INSTANCES,
            "cursor": optional(_CURSOR),
        },
    ),
}
_OPERATIONS: Mapping[type[m.Message], str] = {kind: operation for operation, (kind, _) in _SCHEMA.items()}
_PATHS: Mapping[str, Mapping[str, str]] = {
    operation: {name: f"{operation}.{name}" for name in readers} for operation, (_, readers) in _SCHEMA.items()
}
_REQUIRED: Mapping[str, frozenset[str]] = {
    operation: frozenset(field.name for field in fields(kind) if field.default is MISSING)
    for operation, (kind, _) in _SCHEMA.items()
}
_DEFAULTS: Mapping[type[m.Message], dict[str, object]] = {
    kind: {field.name: field.default for field in fields(kind)} for kind, _ in _SCHEMA.values()
}


def to_map(message: m.Message) -> dict[str, object]:
    """The map that travels; LocalProtocolError when a value in it cannot."""
    kind = type(message)
    result: dict[str, object] = {"op": _OPERATIONS[kind]}
    for name, default in _DEFAULTS[kind].items():
        item = getattr(message, name)
        if default is MISSING or item != default:
            result[name] = _wire(item, name)
    return result


def from_map(item: object) -> m.Message:
    """Strict; RemoteProtocolError names the field."""
    if not isinstance(item, dict):
        raise RemoteProtocolError("a message must be a map")
    operation = item.get("op")
    if not isinstance(operation, str) or operation not in _SCHEMA:
        raise RemoteProtocolError(f"field 'op' must be one of {', '.join(_SCHEMA)}")
    kind, readers = _SCHEMA[operation]
    names = item.keys() - {"op"}
    if missing := _REQUIRED[operation] - names:
        raise RemoteProtocolError(f"{operation}: field '{min(missing)}' is missing")
    if unknown := names - readers.keys():
        raise RemoteProtocolError(f"{operation}: field {sorted(map(repr, unknown))[0][:80]} is not known")
    build: Callable[..., m.Message] = kind
    paths = _PATHS[operation]
    return build(**{name: readers[name](paths[name], item[name]) for name in names})


def _wire(item: object, name: str) -> object:
    if isinstance(item, Enum):
        return item.value
    if isinstance(item, Policy):
        return policy_to_wire(item)
    if isinstance(item, tuple):
        return [to_wire(part) if isinstance(part, Instance) else part for part in item]
    return outgoing(item, name)
