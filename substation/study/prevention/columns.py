"""CSV files with a head line, read strictly: an unknown column or an unreadable cell is an error with its line."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.errors import ConfigError

HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file. cells: by column, without surrounding spaces."""

    file: str
    line: int
    cells: Mapping[str, str]

    def error(self, problem: str, remedy: str) -> ConfigError:
        return ConfigError(self.file, self.line, problem, remedy)

    def text(self, column: str) -> str:
        if not (text := self.cells.get(column, "")):
            raise self.error(f"'{column}' is empty", "fill it in, or remove the line")
        return text

    def number(self, column: str, low: float, high: float) -> float | None:
        """None where the cell is empty."""
        if not (text := self.cells.get(column, "")):
            return None
        try:
            value = float(text)
        except ValueError as error:
            raise self.error(f"'{column}' is {text!r}", "write a number, or leave it empty") from error
        if not low <= value <= high:
            raise self.error(
                f"'{column}' is {text}", f"write a number from {low:g} to {high:g} in the unit of its name"
            )
        return value

    def time_ns(self, column: str) -> int:
        """ISO 8601 with its zone; UTC ns."""
        found = _moment_ns(self.text(column))
        if isinstance(found, str):
            raise self.error(f"'{column}' is {found}", "write 2026-01-31T14:00:00Z")
        return found


def moment_ns(text: str, option: str) -> int:
    """The same of an option; ConfigError."""
    found = _moment_ns(text)
    if isinstance(found, str):
        raise ConfigError("study prevent", None, f"{option} is {found}", "write 2026-01-31T14:00:00Z")
    return found


def _moment_ns(text: str) -> int | str:
    """Text: what is wrong with it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return f"{text!r}, no time"
    if moment.tzinfo is None:
        return f"{text!r}, a time without its zone"
    return round((moment - datetime.fromtimestamp(0, UTC)).total_seconds()) * 1_000_000_000


def rows(file: str, needed: Collection[str], allowed: Collection[str]) -> Iterator[Row]:
    """ConfigError for what cannot be read, for a needed column that is missing and for one that nobody knows."""
    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, None, f"cannot be read: {error}", "name a text file that you may read") from error
    head = [name.strip() for name in next(csv.reader(lines[:1]), [])]
    known = (*needed, *allowed)
    for name in head:
        if name not in known or head.count(name) > 1:
            raise ConfigError(file, 1, f"column {name!r} is unknown or stands twice", f"use {', '.join(known)}")
    for name in needed:
        if name not in head:
            raise ConfigError(file, 1, f"column '{name}' is missing", f"columns are {', '.join(known)}")
    for number, cells in enumerate(csv.reader(lines[1:]), 2):
        if cells and len(cells) != len(head):
            raise ConfigError(file, number, f"{len(cells)} cells, the head line has {len(head)}", "correct the line")
        if cells:
            yield Row(file, number, dict(zip(head, (cell.strip() for cell in cells), strict=True)))
