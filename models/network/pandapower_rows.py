"""Rows of pandapower's tables, every cell checked as it is read: a file may hold anything."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from models.errors import ConfigError

_FALSE_TRUE: Mapping[object, bool] = {False: False, True: True}


@dataclass(frozen=True, slots=True)
class Row:
    """One element: its table, its index, its cells. Errors name the file, the element and the cell."""

    file: str
    table: str
    index: int
    cells: Mapping[str, object]

    @property
    def id(self) -> str:
        return f"{self.table}:{self.index}"

    def error(self, problem: str, remedy: str) -> ConfigError:
        return ConfigError(self.file, None, f"{self.table} {self.index}: {problem}", remedy)

    def empty(self, key: str) -> bool:
        """No such column, or nothing in it."""
        value = self.cells.get(key)
        return value is None or value == ""

    def number(self, key: str, default: float | None = None) -> float:
        """A finite number; the default where pandapower leaves the cell empty."""
        value = self.cells.get(key)
        if self.empty(key):
            if default is None:
                raise self.error(f"{key} is missing", "write a number")
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
            raise self.error(f"{key} is {_shown(value)}", "write a finite number")
        return float(value)

    def at_least(self, least: float, key: str, default: float | None = None) -> float:
        value = self.number(key, default)
        if value < least:
            raise self.error(f"{key} is {value:g}", f"write a number from {least:g}")
        return value

    def above_zero(self, key: str, default: float | None = None) -> float:
        value = self.number(key, default)
        if value <= 0:
            raise self.error(f"{key} is {value:g}", "write a number above 0")
        return value

    def current_ka(self, key: str) -> float:
        """inf where there is none, or one so large that it means none."""
        value = self.cells.get(key)
        return math.inf if self.empty(key) or value == math.inf else self.number(key)

    def whole(self, key: str) -> int:
        value = self.number(key)
        if value != int(value):
            raise self.error(f"{key} is {value:g}", "write a whole number")
        return int(value)

    def bus(self, key: str, known: Set[int]) -> int:
        """The index of a bus that is there."""
        number = self.whole(key)
        if number not in known:
            raise self.error(f"{key} is {number}, and there is no such bus", "name a bus of the network")
        return number

    def truth(self, key: str, default: bool) -> bool:
        value = self.cells.get(key)
        if self.empty(key):
            return default
        if not isinstance(value, bool | int | float) or value not in _FALSE_TRUE:
            raise self.error(f"{key} is {_shown(value)}", "write true or false")
        return bool(value)

    def text(self, key: str) -> str:
        """'' where there is none."""
        value = self.cells.get(key)
        return value if isinstance(value, str) else ""


def rows(net: Any, table: str, file: str) -> Iterator[Row]:
    """All rows in the order of their index. ConfigError: no such table, or its indices are no whole numbers, once."""
    frame: Any = net.get(table)
    if not hasattr(frame, "columns"):
        raise ConfigError(file, None, f"the table '{table}' is missing", "let pandapower.to_json write the file")
    if not frame.columns.is_unique:
        raise ConfigError(file, None, f"{table}: a column is there twice", "remove one of them")
    indices = frame.index.tolist()
    odd = next((each for each in indices if isinstance(each, bool) or not isinstance(each, int)), None)
    if odd is not None:
        raise ConfigError(file, None, f"{table}: the index {_shown(odd)} is no whole number", "number all elements")
    if len(set(indices)) < len(indices):
        twice = next(each for each in indices if indices.count(each) > 1)
        raise ConfigError(file, None, f"{table} {twice} is there twice", "number every element once")
    cells = frame.astype(object).where(frame.notna(), None).to_dict("records")
    found = [Row(file, table, *each) for each in zip(indices, cells, strict=True)]
    yield from sorted(found, key=lambda row: row.index)


def in_service(net: Any, table: str, file: str) -> Iterator[Row]:
    """Rows in service; an optional table that the file lacks has none."""
    if table not in net and table not in _MANDATORY:
        return
    for row in rows(net, table, file):
        if row.truth("in_service", True):
            yield row


_MANDATORY = frozenset({"bus", "line", "ext_grid"})


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) < 40 else f"{text[:40]}..."
