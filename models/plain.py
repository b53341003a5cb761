"""Strict reading of plain documents (JSON, CBOR): every key is asked for by type, what nobody asked for is an error."""

from __future__ import annotations

from enum import Enum
from typing import Never, TypeVar

from models.errors import RemoteProtocolError

Kind = TypeVar("Kind", bound=Enum)


class PlainFields:
    """The keys of one object of a document. Every error is one line that says where, what and what is expected."""

    def __init__(self, content: object, where: str) -> None:
        if not isinstance(content, dict):
            raise RemoteProtocolError(f"{where}: not an object; send one with named fields")
        self._content: dict[str, object] = content
        self._where = where
        self._taken: set[str] = set()

    def take(self, key: str) -> object:
        self._taken.add(key)
        if key not in self._content:
            raise RemoteProtocolError(f"{self._where}: '{key}' is missing; add it")
        return self._content[key]

    def take_or_none(self, key: str) -> object:
        """None for what is not there, too: fields that older programs do not tell."""
        return self.take(key) if key in self._content else None

    def text(self, key: str) -> str:
        value = self.take(key)
        return value if isinstance(value, str) else self._refuse(key, value, "a text")

    def whole(self, key: str) -> int:
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int):
            return self._refuse(key, value, "an integer")
        return value

    def whole_or_none(self, key: str) -> int | None:
        return None if self._content.get(key) is None and self.take(key) is None else self.whole(key)

    def number(self, key: str) -> float:
        value = self.take(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            return self._refuse(key, value, "a number")
        return float(value)

    def one_of(self, key: str, kind: type[Kind]) -> Kind:
        value = self.take(key)
        for member in kind:
            if member.value == value:
                return member
        known = ", ".join(str(member.value) for member in kind)
        return self._refuse(key, value, f"one of {known}")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return self._refuse(key, value, "a list of texts")
        return tuple(value)

    def wholes(self, key: str) -> tuple[int, ...]:
        value = self.take(key)
        if not isinstance(value, list) or not all(type(item) is int for item in value):
            return self._refuse(key, value, "a list of integers")
        return tuple(value)

    def objects(self, key: str) -> list[PlainFields]:
        value = self.take(key)
        if not isinstance(value, list):
            return self._refuse(key, value, "a list of objects")
        return [PlainFields(item, f"{self._where}.{key}[{index}]") for index, item in enumerate(value)]

    def done(self) -> None:
        """Refuse the first key that nobody took."""
        for key in self._content:
            if key not in self._taken:
                raise RemoteProtocolError(f"{self._where}: unknown field '{key}'; leave it out")

    def _refuse(self, key: str, value: object, expected: str) -> Never:
        raise RemoteProtocolError(f"{self._where}: '{key}' is {value!r:.80}; write {expected}")
