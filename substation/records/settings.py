"""`[records]` of unit.toml: how much room disturbance records may take."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table

FOLDER = "records"
"""In the unit's data directory."""


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """Beyond either the oldest records are removed, and the event list says so."""

    keep_mb: int = 500
    keep: int = 10_000

    @property
    def octets(self) -> int:
        return self.keep_mb * 1024 * 1024


def read_records(table: Table) -> RecordSettings:
    """ConfigError with line and remedy."""
    settings = RecordSettings(table.take("keep_mb", int, 500), table.take("keep", int, 10_000))
    table.done()
    for key, value in (("keep_mb", settings.keep_mb), ("keep", settings.keep)):
        if value < 1:
            raise table.error(key, f"'{key}' is {value}", "give a number above 0")
    return settings
