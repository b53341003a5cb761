"""The files of one buffer: `0000000001.events`, `0000000002.events`, ... in one folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

_NAME = re.compile(r"\d{10}\.events")
_MOST = 1 << 31  # what is called by a higher number is not ours: in files numbers have 32 bits


def file_of(folder: Path, segment: int) -> Path:
    return folder / f"{segment:010}.events"


def segments(folder: Path) -> dict[int, Path]:
    """By number, in rising order."""
    named = (each for each in folder.glob("*.events") if _NAME.fullmatch(each.name))
    found = {number: each for each in named if (number := int(each.stem)) < _MOST}
    return dict(sorted(found.items()))


def keep_names(folder: Path) -> None:
    """What was made in or removed from the folder outlives a power cut. OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
