"""From points to the objects that carry them: one each, or several over which IEC 61850-80-1 spreads a value."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from models.point import Iec104Address, PointSpec, Value
from protocols.iec104.application.variant import to_object
from protocols.iec104.controlled_station.image import Update

Key = TypeVar("Key", bound=Hashable)


class Outlets(Generic[Key]):
    """By whatever the caller knows a point (handle, name). Points without address have no objects."""

    def __init__(self, points: Iterable[tuple[Key, PointSpec]]) -> None:
        self._plain: dict[Key, tuple[int, int]] = {}
        self._variants: dict[Key, tuple[Iec104Address, ...]] = {}
        self._told: dict[tuple[int, int], tuple[Value, int]] = {}
        for key, spec in points:
            if spec.monitor is not None and spec.monitor.is_plain:
                self._plain[key] = spec.monitor.common_address, spec.monitor.object_address
            elif spec.monitor is not None:
                self._variants[key] = spec.monitors

    def __iter__(self) -> Iterator[Key]:
        yield from self._plain
        yield from self._variants

    def updates(self, key: Key, value: Value, quality: int, time_ns: int | None) -> Sequence[Update]:
        """What changes at the point's objects; of a value that is spread, those that do change, off before on."""
        address = self._plain.get(key)
        if address is not None:
            return ((*address, value, quality, time_ns),)
        objects = self._variants.get(key, ())
        updates = [
            (each.common_address, each.object_address, to_object(each, value), quality, time_ns) for each in objects
        ]
        return updates if len(updates) < 2 else sorted(filter(self._is_news, updates), key=_value)

    def _is_news(self, update: Update) -> bool:
        """An object of several has no event of its own when another one changes."""
        key, news = update[:2], (update[2], update[3])
        if self._told.get(key) == news:
            return False
        self._told[key] = news  # type: ignore[assignment]  # a single point's value is a bool
        return True


def _value(update: Update) -> bool:
    return bool(update[2])
