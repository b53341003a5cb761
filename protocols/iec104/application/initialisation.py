"""COI: what the end of initialisation followed (IEC 60870-5-101, M_EI_NA_1)."""

from __future__ import annotations

from enum import IntEnum


class Initialisation(IntEnum):
    """The lower seven bits; values above are reserved or private."""

    POWER = 0
    MANUAL = 1
    REMOTE = 2


PARAMETERS_CHANGED = 0x80
"""The bit beside it: local parameters are others than before."""
