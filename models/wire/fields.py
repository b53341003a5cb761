"""Readers of single message fields: each takes the field's name and what arrived, and returns it typed or refuses."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from models.errors import RemoteProtocolError

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
Reader = Callable[[str, object], T]


def text(limit: int) -> Reader[str]:
    """A text of at most `limit` characters."""

    def read(field: str, item: object) -> str:
        if isinstance(item, str) and len(item) <= limit:
            return item
        raise RemoteProtocolError(f"field '{field}' must be a text of at most {limit} characters")

    return read


def integer(low: int, high: int) -> Reader[int]:
    """An integer of [low, high]; true and false are not integers here."""

    def read(field: str, item: object) -> int:
        if isinstance(item, int) and not isinstance(item, bool) and low <= item <= high:
            return item
        raise RemoteProtocolError(f"field '{field}' must be an integer from {low} to {high}")

    return read


def boolean(field: str, item: object) -> bool:
    if isinstance(item, bool):
        return item
    raise RemoteProtocolError(f"field '{field}' must be true or false")


def octets(count: int) -> Reader[bytes]:
    """Exactly `count` octets."""

    def read(field: str, item: object) -> bytes:
        if isinstance(item, bytes) and len(item) == count:
            return item
        raise RemoteProtocolError(f"field '{field}' must be {count} octets")

    return read


def one_of(kind: type[E]) -> Reader[E]:
    """A member of the enumeration, by its value."""

    members = {member.value: member for member in kind}

    def read(field: str, item: object) -> E:
        member = members.get(item) if isinstance(item, (str, int)) else None
        if member is not None and type(member.value) is type(item):
            return member
        allowed = ", ".join(str(member.value) for member in kind)
        raise RemoteProtocolError(f"field '{field}' must be one of {allowed}")

    return read


def optional(reader: Reader[T]) -> Reader[T | None]:
    """Null, or what `reader` takes."""

    def read(field: str, item: object) -> T | None:
        return None if item is None else reader(field, item)

    return read


def sequence(reader: Reader[T], limit: int) -> Reader[tuple[T, ...]]:
    """An array of at most `limit` items that `reader` takes."""

    def read(field: str, item: object) -> tuple[T, ...]:
        if isinstance(item, list) and len(item) <= limit:
            return tuple(reader(f"{field}.{index}", part) for index, part in enumerate(item))
        raise RemoteProtocolError(f"field '{field}' must be an array of at most {limit}")

    return read
