"""How integrated totals are fetched (IEC 60870-5-101 7.2.6.23 and 7.4.8)."""

from __future__ import annotations

from enum import Enum

from protocols.iec104.controlling_station.interrogator import COUNTERS, Interrogation

_ALL = 5
"""RQT: general request counter."""


class CounterFreeze(Enum):
    """READ: as they are (the device freezes by itself, or not at all). FREEZE: freeze all, then read.
    FREEZE_RESET: freeze, set to zero and read, so that each total is that of one period."""

    READ = "read"
    FREEZE = "freeze"
    FREEZE_RESET = "freeze_reset"


_FRZ = {CounterFreeze.FREEZE: 1, CounterFreeze.FREEZE_RESET: 2}


def counter_interrogations(common_address: int, freeze: CounterFreeze) -> list[Interrogation]:
    """What to ask for, in order."""
    read = Interrogation(COUNTERS, common_address, _ALL)
    if freeze not in _FRZ:
        return [read]
    return [Interrogation(COUNTERS, common_address, _ALL | _FRZ[freeze] << 6, delivers=False), read]
