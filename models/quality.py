"""Quality of a value: the 13 bits of IEC 61850-8-1 (table of 'Quality'), and the clock quality of its time tag.

One lattice for every protocol. Bits 0..12 stand in the order of the MMS bit string, so that the mapping to IEC 61850
is the identity; bits 13 and 14 carry what IEC 61850-8-1 TimeQuality and the invalid bit of CP56Time2a say of the clock.
TIME_DOUBTFUL is this side's verdict on a source time that cannot be (it lies in the future); TIME_INACCURATE: the
device states an accuracy of its time that is worse than 10 ms (class T0 of IEC 61850-5), so the order of events is
uncertain.
"""

from __future__ import annotations

from enum import IntFlag


class Quality(IntFlag):
    """GOOD is 0. Validity is the lowest two bits: good 0, invalid 1, reserved 2, questionable 3."""

    GOOD = 0
    INVALID = 1
    RESERVED = 2
    QUESTIONABLE = 3
    OVERFLOW = 1 << 2
    OUT_OF_RANGE = 1 << 3
    BAD_REFERENCE = 1 << 4
    OSCILLATORY = 1 << 5
    FAILURE = 1 << 6
    OLD_DATA = 1 << 7
    INCONSISTENT = 1 << 8
    INACCURATE = 1 << 9
    SUBSTITUTED = 1 << 10
    TEST = 1 << 11
    OPERATOR_BLOCKED = 1 << 12
    CLOCK_FAILURE = 1 << 13
    CLOCK_NOT_SYNCHRONISED = 1 << 14
    TIME_DOUBTFUL = 1 << 15
    TIME_INACCURATE = 1 << 16

    @property
    def validity(self) -> Quality:
        """GOOD, INVALID, RESERVED or QUESTIONABLE."""
        return Quality(int(self) & 3)


VALUE_BITS = Quality(0x1FFF)
CLOCK_BITS = Quality.CLOCK_FAILURE | Quality.CLOCK_NOT_SYNCHRONISED
TIME_BITS = CLOCK_BITS | Quality.TIME_DOUBTFUL | Quality.TIME_INACCURATE
"""All that speak of the source time and not of the value."""
STALE = Quality.INVALID | Quality.OLD_DATA
"""What a value becomes when its link is lost or its maximum age is exceeded."""


_VALUE_BITS = int(VALUE_BITS)


def is_actionable(quality: int) -> bool:
    """True when automation may rely on the value: valid, fresh, from the process, not under test.

    A clock that is not synchronised makes the time doubtful, not the value, so it does not count here.
    """
    return quality & _VALUE_BITS == 0


def stale(quality: int) -> int:
    """The same, invalid and old: validity has one value, so questionable does not stay."""
    return quality & ~3 | int(STALE)


def is_stale(quality: int) -> bool:
    """Invalid and old; what is old but only questionable (IEC 60870-5-101 NT) has been sent by somebody."""
    return quality & 3 == int(Quality.INVALID) and bool(quality & int(Quality.OLD_DATA))
