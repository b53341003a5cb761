"""Numbers that a unit gave out between a backup and its restoration never come again.

Sequence numbers of stakeholders: a frame that was signed before stays refused. Numbers of parcels to other units: a
neighbour that has seen higher ones would take everything new for something old, and drop it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from substation.maintenance.errors import BackupError
from substation.stakeholders import blocks
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.schema import FILE_NAME, changing

LEAP = 2**16 * blocks.BLOCK
"""More sessions than anybody opened between a backup and its restoration; room for 32,000 restorations."""
CONTROL = "control.sqlite"


def leap(data: Path, now_ns: int) -> None:
    """In restored data that nobody uses yet. BackupError when a database cannot be changed. Blocks."""
    try:
        if (data / FILE_NAME).exists():
            _sessions(data)
        if (data / CONTROL).exists():
            _parcels(data / CONTROL, now_ns)
    except sqlite3.Error as error:
        raise BackupError(f"{data}: cannot be brought beyond the numbers that were used: {error}") from error


def _sessions(data: Path) -> None:
    with closing(StakeholderRegister(data)) as register:  # brings an older file up to date
        names = [stakeholder.name for stakeholder in register.stakeholders()]
    with changing(data / FILE_NAME) as database:
        database.execute("UPDATE sequences SET next = next + ?", (LEAP,))
        keys = [bytes(row[0]) for row in database.execute("SELECT key_id FROM admitted_keys")]
        holders = [*keys, *(blocks.of_name(name) for name in names)]
        database.executemany("INSERT OR IGNORE INTO sequences VALUES (?, ?)", [(holder, LEAP) for holder in holders])


def _parcels(file: Path, now_ns: int) -> None:
    """The first number of a neighbour is the time (substation.links.parcel_store): so is the first after this."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA synchronous = FULL")
        if database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'link_numbers'").fetchone():
            database.execute("UPDATE link_numbers SET next = max(next, ?)", (now_ns,))
