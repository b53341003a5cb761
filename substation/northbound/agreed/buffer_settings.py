"""`[control_centre.buffer]`: how many events wait for a control centre that is away."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table

EVENTS_KEPT = 10_000_000
MEGABYTES_KEPT = 500


@dataclass(frozen=True, slots=True)
class BufferSettings:
    """Of each of the two classes (states and operations; frozen totals), so that none is dropped for the other.

    overflow: common and object address of a single point that tells losses.
    """

    events: int = EVENTS_KEPT
    octets: int = MEGABYTES_KEPT * 1_000_000
    overflow: tuple[int, int] | None = None


def read_buffer(table: Table) -> BufferSettings:
    settings = BufferSettings(
        events=_positive(table, "events", EVENTS_KEPT),
        octets=_positive(table, "megabytes", MEGABYTES_KEPT) * 1_000_000,
        overflow=_overflow(table),
    )
    table.done()
    return settings


def _positive(table: Table, key: str, default: int) -> int:
    number = table.take(key, int, default)
    if number < 1:
        raise table.error(key, f"'{key}' is {number}", "write at least 1")
    return number


def _overflow(table: Table) -> tuple[int, int] | None:
    text = table.optional("overflow", str)
    if text is None:
        return None
    parts = text.split("/")
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):  # noqa: PLR2004
        raise table.error("overflow", f"{text!r} is no address", 'write "COMMON/OBJECT", as "1/9000"')
    common_address, object_address = map(int, parts)
    if not 1 <= common_address < 0xFFFF or not 1 <= object_address <= 0xFFFFFF:
        raise table.error("overflow", f"{text!r} is out of range", "common address 1..65534, object 1..16777215")
    return common_address, object_address
