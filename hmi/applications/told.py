"""What an application tells, read without insisting: what units of other versions leave out or add breaks nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable


class Told:
    """One map of a value. What is missing, or of another kind than asked for, is '', None, or empty."""

    def __init__(self, content: object = None) -> None:
        self._content: dict[str, object] = content if isinstance(content, dict) else {}

    def __bool__(self) -> bool:
        return bool(self._content)

    def text(self, key: str) -> str:
        value = self._content.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> float | None:
        """A number that is one: NaN and infinity are none."""
        return _number(self._content.get(key))

    def whole(self, key: str) -> int | None:
        """Nanoseconds do not fit into a float."""
        value = self._content.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, key: str) -> bool | None:
        value = self._content.get(key)
        return value if isinstance(value, bool) else None

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(each for each in self._listed(key) if isinstance(each, str))

    def numbers(self, key: str) -> tuple[float, ...]:
        """All of a list, or nothing where one of them is no number."""
        found = [_number(each) for each in self._listed(key)]
        known = tuple(each for each in found if each is not None)
        return known if len(known) == len(found) else ()

    def part(self, key: str) -> Told:
        return Told(self._content.get(key))

    def parts(self, key: str) -> list[Told]:
        return [Told(each) for each in self._listed(key)]

    def named(self, key: str) -> dict[str, Told]:
        """The maps of a map."""
        value = self._content.get(key)
        return {str(name): Told(each) for name, each in value.items()} if isinstance(value, dict) else {}

    def rest(self, known: Iterable[str]) -> dict[str, object]:
        """What a newer unit tells beside what is known."""
        apart = frozenset(known)
        return {key: value for key, value in self._content.items() if key not in apart}

    def _listed(self, key: str) -> list[object]:
        value = self._content.get(key)
        return value if isinstance(value, list) else []


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
