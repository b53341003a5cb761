"""Sequence numbers of requests, reserved in blocks, one for each session.

A block is on the disk before its session may use it: no number is ever accepted twice for a stakeholder, whatever
restarts or how many sessions it has at once. Keys that come and go (of password logins, of certificates) draw on the
blocks of their stakeholder, so that the table has a row for each key admitted and each name, and no more.
"""

from __future__ import annotations

from pathlib import Path

from models.wire.keys import KeyId
from substation.stakeholders.schema import changing

BLOCK = 2**32
"""Numbers in one session's block."""


def reserve(file: Path, holder: bytes) -> int:
    """First number of a block that this holder has never used; on disk when it returns. From any thread."""
    with changing(file) as database:
        row = database.execute(
            "INSERT INTO sequences VALUES (?, ?) ON CONFLICT (key_id) DO UPDATE SET next = next + ? RETURNING next",
            (holder, 2 * BLOCK, BLOCK),
        ).fetchone()
    return int(row[0]) - BLOCK


def of_key(key_id: KeyId) -> bytes:
    return bytes(key_id)


def of_name(name: str) -> bytes:
    return b"name:" + name.encode()
