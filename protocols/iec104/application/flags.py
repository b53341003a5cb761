"""Quality descriptor of IEC 60870-5-101 (7.2.6.1-4: IV NT SB BL OV) <-> models.quality.Quality.

As IEC 61850-80-1 maps them: invalid IV, old or otherwise questionable NT, substituted SB, blocked BL, overflow OV.
The test bit travels in the cause of transmission, the quality of the clock in the time tag. Both directions are tables.
"""

from __future__ import annotations

from models.quality import VALUE_BITS, Quality

IV, NT, SB, BL, OV = 0x80, 0x40, 0x20, 0x10, 0x01

_OVERFLOW = Quality.OVERFLOW | Quality.OUT_OF_RANGE
_DETAILS = Quality.BAD_REFERENCE | Quality.OSCILLATORY | Quality.FAILURE | Quality.INCONSISTENT | Quality.INACCURATE
_BITS = ((SB, Quality.SUBSTITUTED), (BL, Quality.OPERATOR_BLOCKED))


def _quality(octet: int) -> int:
    """IV rules over the weaker doubts, since validity has one value."""
    quality = Quality.GOOD
    if octet & OV:
        quality |= Quality.QUESTIONABLE | Quality.OVERFLOW
    if octet & NT:
        quality |= Quality.QUESTIONABLE | Quality.OLD_DATA
    for bit, meaning in _BITS:
        quality |= meaning if octet & bit else Quality.GOOD
    if octet & IV:
        quality = (quality & ~Quality.QUESTIONABLE) | Quality.INVALID
    return int(quality)


def _octet(quality: Quality, with_overflow: bool) -> int:
    overflow = bool(quality & _OVERFLOW)
    doubt = quality.validity is Quality.QUESTIONABLE or bool(quality & _DETAILS)
    octet = IV if quality.validity in (Quality.INVALID, Quality.RESERVED) else 0
    said = bool(octet) or (overflow and with_overflow)  # a stronger or more precise word than NT has been said
    if quality & Quality.OLD_DATA or ((doubt or overflow) and not said):
        octet |= NT
    octet |= OV if overflow and with_overflow else 0
    for bit, meaning in _BITS:
        octet |= bit if quality & meaning else 0
    return octet


_ALL = int(VALUE_BITS)

QUALITY_OF = tuple(_quality(octet) for octet in range(256))
"""Quality bits of a QDS octet; with the lower four bits masked out, of SIQ and DIQ too."""

QDS_OF = tuple(_octet(Quality(quality), True) for quality in range(_ALL + 1))
"""QDS octet of the value bits of a Quality."""

INDICATION_OF = tuple(_octet(Quality(quality), False) for quality in range(_ALL + 1))
"""Upper four bits of SIQ and DIQ, which have no overflow bit, of the value bits of a Quality."""
