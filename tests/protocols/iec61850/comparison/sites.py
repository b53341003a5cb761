"""A device made of a changed copy of `device.icd`, beside the original."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from models.scl.elements import Scl
from models.scl.reader import read_scl
from tests.protocols.iec61850.bench import ICD
from tests.sim_ied.scl_site.sites import simulated

ORIGINAL = ICD.read_text(encoding="utf-8")


def original() -> Scl:
    return read_scl(ICD.read_bytes(), "device.icd")


@asynccontextmanager
async def changed(old: str = "", new: str = "") -> AsyncIterator[tuple[str, int]]:
    """Where the device is; `old` must stand in the file."""
    assert old in ORIGINAL
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "device.icd"
        file.write_text(ORIGINAL.replace(old, new, 1) if old else ORIGINAL, encoding="utf-8")
        async with simulated(file) as simulator:
            yield simulator.addresses["IED1"]
