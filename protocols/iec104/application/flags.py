"""Quality descriptor of IEC 60870-5-101 (7.2.6.1-4: IV NT SB BL OV) <-> models.quality.Quality.

As IEC 61850-80-1 maps them: invalid IV, old or otherwise questionable NT, substituted SB, blocked BL, overflow OV.
Protection equipment (SEP, QDP) has EI instead of OV: the elapsed time is wrong, which the model calls inaccurate.
The test bit travels in the cause of transmission, the quality of the clock in the time tag. Both directions are tables.
"""

from __future__ import annotations

from models.quality import VALUE_BITS, Quality

IV, NT, SB, BL, EI, OV = 0x80, 0x40, 0x20, 0x10, 0x08, 0x01

_OVERFLOW = int(Quality.OVERFLOW | Quality.OUT_OF_RANGE)
_INACCURATE, _OLD, _QUESTIONABLE = int(Quality.INACCURATE), int(Quality.OLD_DATA), int(Quality.QUESTIONABLE)
_DETAILS = _INACCURATE | int(Quality.BAD_REFERENCE | Quality.OSCILLATORY | Quality.FAILURE | Quality.INCONSISTENT)
_UNUSABLE = (int(Quality.INVALID), int(Quality.RESERVED))
_BITS = ((SB, int(Quality.SUBSTITUTED)), (BL, int(Quality.OPERATOR_BLOCKED)))


def _quality(octet: int) -> int:
    """IV rules over the weaker doubts, since validity has one value."""
    quality = Quality.GOOD
    if octet & OV:
        quality |= Quality.QUESTIONABLE | Quality.OVERFLOW
    if octet & NT:
        quality |= Quality.QUESTIONABLE | Quality.OLD_DATA
    for bit, meaning in _BITS:
        quality |= Quality(meaning if octet & bit else 0)
    if octet & IV:
        quality = (quality & ~Quality.QUESTIONABLE) | Quality.INVALID
    return int(quality)


def _protection_quality(octet: int) -> int:
    """Of SEP and QDP: EI stands where QDS has a reserved bit, and there is no OV."""
    quality = _quality(octet & ~OV)
    if octet & EI:
        quality |= int(Quality.INACCURATE) | (0 if octet & IV else int(Quality.QUESTIONABLE))
    return quality


def _octet(quality: int, precise: int) -> int:
    """precise: what the descriptor can say beyond IV NT SB BL: OV, EI or 0 for neither.

    NT is the word for every doubt that no stronger (IV) or more precise one expresses.
    """
    octet = IV if quality & 3 in _UNUSABLE else 0
    vague = quality & (_DETAILS | _OVERFLOW)
    if precise == OV and quality & _OVERFLOW:
        octet |= OV
    said = bool(octet)
    if precise == EI and quality & _INACCURATE:
        octet |= EI
        vague &= ~_INACCURATE
    vague |= quality & 3 == _QUESTIONABLE and not octet
    if quality & _OLD or (vague and not said):
        octet |= NT
    for bit, meaning in _BITS:
        octet |= bit if quality & meaning else 0
    return octet


_ALL = int(VALUE_BITS)

QUALITY_OF = tuple(_quality(octet) for octet in range(256))
"""Quality bits of a QDS octet; with the lower four bits masked out, of SIQ and DIQ too."""

QDS_OF = tuple(_octet(quality, OV) for quality in range(_ALL + 1))
"""QDS octet of the value bits of a Quality."""

INDICATION_OF = tuple(_octet(quality, 0) for quality in range(_ALL + 1))
"""Upper four bits of SIQ and DIQ, which have no overflow bit, of the value bits of a Quality."""

PROTECTION_QUALITY_OF = tuple(_protection_quality(octet) for octet in range(256))
"""Quality bits of a QDP octet; with the lower three bits masked out, of SEP too."""

QDP_OF = tuple(_octet(quality, EI) for quality in range(_ALL + 1))
"""QDP octet, and upper five bits of SEP, of the value bits of a Quality."""
