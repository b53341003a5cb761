"""Numbers that a unit gave out between a backup and its restoration never come again.

Sequence numbers of stakeholders: a frame that was signed before stays refused. Numbers of parcels to other units: a
neighbour that has seen higher ones would take everything new for something old, and drop it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from substation.cipher_key import CipherKey
from substation.durable_file import sqlite_module
from substation.maintenance.errors import BackupError
from substation.maintenance.snapshot import is_encrypted
from substation.stakeholders import blocks
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.schema import FILE_NAME, changing

LEAP = 2**16 * blocks.BLOCK
"""More sessions than anybody opened between a backup and its restoration; room for 32,000 restorations."""
CONTROL = "control.sqlite"


def leap(data: Path, now_ns: int, key: CipherKey | None) -> None:
    """In restored data that nobody uses yet. key: of encrypted databases. BackupError when one cannot be changed."""
    try:
        if (data / FILE_NAME).exists():
            _sessions(data)
        if (data / CONTROL).exists():
            _parcels(data / CONTROL, now_ns, key)
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


def _parcels(file: Path, now_ns: int, key: CipherKey | None) -> None:
    """The first number of a neighbour is the time (substation.links.parcel_store): so is the first after this."""
    encrypted = is_encrypted(file)
    if encrypted and key is None:
        raise BackupError(f"{file.name} is encrypted: give UNIT.toml, whose [history] names its key")
    module = sqlite_module(key if encrypted else None)
    try:
        with closing(module.connect(file)) as database, database:
            _raise_numbers(database, now_ns, key if encrypted else None)
    except module.Error as error:
        raise BackupError(f"{file.name} cannot be changed: {error}; is the key the right one?") from error


def _raise_numbers(database: sqlite3.Connection, now_ns: int, key: CipherKey | None) -> None:
    if key is not None:
        database.execute(f"PRAGMA key = {key.literal()}")
    database.execute("PRAGMA synchronous = FULL")
    if database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'link_numbers'").fetchone():
        database.execute("UPDATE link_numbers SET next = max(next, ?)", (now_ns,))
