"""Whether the file of tags, orders and commands is missing where a unit has run before (SAFETY S4, S17, S22)."""

from __future__ import annotations

from pathlib import Path

from substation.history.settings import CONTROL_FILE, HISTORY_FILE

FORGOTTEN = (
    f"{CONTROL_FILE} was missing or empty at the start: tags, permits, placements, orders and commands without outcome "
    "of before are forgotten; put the file back from a backup and restart, or read every position and place them anew "
    "before anything is switched"
)


def has_lost_control_file(data: Path) -> bool:
    """Asked before the stores are opened. A first start has neither file."""
    control = data / CONTROL_FILE
    return (data / HISTORY_FILE).exists() and not (control.exists() and control.stat().st_size)
