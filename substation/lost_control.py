"""Whether the file of tags, orders and commands is missing where a unit has run before (SAFETY S4, S17, S22).

Then nobody knows which commands were on their way: as after a crash nothing is commanded until a person has read the
positions and releases that, as a command without outcome is released.
"""

from __future__ import annotations

from pathlib import Path

from substation.audit.log import FOLDER
from substation.control.database import Database
from substation.control.intents import Intent
from substation.control.journal import Journal
from substation.history.settings import CONTROL_FILE, HISTORY_FILE

FORGOTTEN = (
    f"{CONTROL_FILE} was missing or empty at the start: tags, permits, placements, orders and commands without outcome "
    "of before are forgotten; put the file back from a backup and restart, or read every position, place them anew "
    "and release the blocked commands: until then nothing is commanded"
)
_UNTOLD = "control-lost"
"""A file that lasts until the hold is on disk: a kill in between must not end it."""


def has_lost_control_file(data: Path) -> bool:
    """Asked before the stores are opened, and true again until `hold_commands`. A first start has none of the files."""
    control = data / CONTROL_FILE
    has_run = (data / HISTORY_FILE).exists() or (data / FOLDER).exists()
    lost = (data / _UNTOLD).exists() or (has_run and not (control.exists() and control.stat().st_size))
    if lost:
        (data / _UNTOLD).touch()
    return lost


async def hold_commands(data: Path, database: Database, unit: str, now_ns: int) -> None:
    """Put into the new journal what stands for all commands of before. StorageError when it cannot be written."""
    journal = await Journal.open(database)
    await journal.intend(Intent.forgotten(unit, f"commands before {CONTROL_FILE} was lost", now_ns))
    (data / _UNTOLD).unlink()
