"""`[audit]` of unit.toml: how much of the audit log is kept."""

from __future__ import annotations

from dataclasses import dataclass

from models.config import Table

_LEAST_KIB, _MOST_KIB = 64, 2**30


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """segment_kib: size at which a segment is sealed. keep_kib: beyond it the oldest segments are removed."""

    segment_kib: int = 4096
    keep_kib: int = 1024 * 1024


def read_audit(table: Table) -> AuditSettings:
    """ConfigError with line and remedy."""
    default = AuditSettings()
    settings = AuditSettings(
        table.take("segment_kib", int, default.segment_kib), table.take("keep_kib", int, default.keep_kib)
    )
    if not _LEAST_KIB <= settings.segment_kib <= _MOST_KIB:
        problem = f"'segment_kib' is {settings.segment_kib}"
        raise table.error("segment_kib", problem, f"give a number from {_LEAST_KIB} to {_MOST_KIB}")
    if settings.keep_kib < 2 * settings.segment_kib:
        raise table.error("keep_kib", f"'keep_kib' is {settings.keep_kib}", "give at least twice 'segment_kib'")
    table.done()
    return settings
