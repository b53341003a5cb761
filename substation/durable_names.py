"""Names in a folder that outlive a power cut: the disk keeps them apart from what stands in the files."""

from __future__ import annotations

import os
from pathlib import Path


def keep_names(folder: Path) -> None:
    """What was made in, renamed in or removed from the folder is on the disk when this returns. Blocks. OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
