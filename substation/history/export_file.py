"""Rows of an export into a CSV or Parquet file, which is complete or not there."""

from __future__ import annotations

import contextlib
import csv
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import ModuleType

from models.errors import RingmainError
from substation.history.export import Exported, ExportedLine

Row = Exported | ExportedLine
GROUP = 50_000
"""Rows in memory at once, and in one group of a Parquet file."""


class ExportError(RingmainError):
    """The file cannot be written; one line."""


def write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """How many rows were written. ExportError for an unknown suffix, a missing library, a full disk, no such folder."""
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ExportError(f"{path}: the name ends with none of {', '.join(_WRITERS)}; choose one")
    half = path.with_name(f"{path.name}.part")
    try:
        count = writer(half, columns, rows)
        half.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise ExportError(f"{path}: cannot be written: {reason}; make room, or choose another place") from error
    finally:
        with contextlib.suppress(OSError):  # its folder is none: nothing lies there
            half.unlink(missing_ok=True)
    return count


def _csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> int:
    count = 0
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for count, row in enumerate(rows, 1):  # noqa: B007 - the number of the last row
            writer.writerow(row)
    return count


def _parquet(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """A value that no double holds exactly stands in the column `text` instead."""
    arrow, parquet = _library("pyarrow"), _library("pyarrow.parquet")
    kinds: Mapping[str, object] = {"text": arrow.string(), **_types(arrow, columns)}
    schema = arrow.schema([(name, kinds[name]) for name in dict.fromkeys((*columns, "text"))])
    count, waiting = 0, iter(rows)
    with contextlib.closing(parquet.ParquetWriter(path, schema, compression="zstd")) as file:
        for group in _groups(waiting):
            data = [_parted(row._asdict()) for row in group]
            file.write_table(arrow.Table.from_pylist(data, schema=schema))
            count += len(group)
    return count


def _types(arrow: ModuleType, columns: Sequence[str]) -> dict[str, object]:
    numbers = {name: arrow.int64() for name in ("time_ns", "arrival_ns", "sequence")}
    kinds: dict[str, object] = {**numbers, "quality": arrow.int32(), "value": arrow.float64()}
    return {name: kinds.get(name, arrow.string()) for name in columns}


def _parted(row: dict[str, object]) -> dict[str, object]:
    """A value that is not a number, or too large for a double, becomes text."""
    value = row.get("value")
    if isinstance(value, str) or (isinstance(value, int) and abs(value) > 2**53):
        return {**row, "value": None, "text": str(value)}
    return {**row, "value": float(value)} if isinstance(value, int) else row


def _groups(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while group := list(islice(rows, GROUP)):
        yield group


def _library(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        text = "Parquet needs pyarrow; install the extra 'parquet' (pip install ringmain[parquet]), or export to .csv"
        raise ExportError(text) from error


_WRITERS: Mapping[str, Callable[[Path, Sequence[str], Iterable[Row]], int]] = {".csv": _csv, ".parquet": _parquet}
