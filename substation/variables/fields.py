"""Fields of a value that somebody writes: each asked for by name and type, what nobody asked for is refused."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.variables import RefusedError

E = TypeVar("E", bound=Enum)
T = TypeVar("T", str, bool, int, bytes)
MAX_TEXTS = 64


class Fields:
    """variable: for the refusal. RefusedError for everything that is not as asked."""

    def __init__(self, value: WireValue, variable: str) -> None:
        if not isinstance(value, dict):
            raise RefusedError(Code.BAD_REQUEST, f"{variable} takes a map")
        self._values, self._variable = dict(value), variable

    def text(self, name: str) -> str:
        """Empty when it is not there."""
        return self._taken(name, str) or ""

    def truth(self, name: str) -> bool:
        """False when it is not there."""
        return self._taken(name, bool) or False

    def whole(self, name: str) -> int | None:
        return self._taken(name, int)

    def octets(self, name: str) -> bytes | None:
        return self._taken(name, bytes)

    def texts(self, name: str) -> tuple[str, ...] | None:
        found = self._values.pop(name, None)
        if found is None:
            return None
        texts = tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()
        if not isinstance(found, list) or len(texts) != len(found) or len(texts) > MAX_TEXTS:
            raise self._wrong(name, f"at most {MAX_TEXTS} texts")
        return texts

    def one_of(self, name: str, kind: type[E], default: E | None = None) -> E:
        """By its value."""
        found = self.text(name)
        for each in kind:
            if each.value == found:
                return each
        if default is None or found:
            raise self._wrong(name, f"one of {', '.join(str(each.value) for each in kind)}")
        return default

    def done(self) -> None:
        """Refuse what nobody has asked for."""
        if self._values:
            raise RefusedError(Code.BAD_REQUEST, f"{self._variable} knows no field {min(self._values)!r}")

    def _taken(self, name: str, kind: type[T]) -> T | None:
        found = self._values.pop(name, None)
        if found is None:
            return None
        if type(found) is not kind:
            raise self._wrong(name, kind.__name__)
        return found

    def _wrong(self, name: str, expected: str) -> RefusedError:
        return RefusedError(Code.BAD_REQUEST, f"{self._variable}: field {name!r} must be {expected}")
