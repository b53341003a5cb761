"""Levels of the hierarchy of management units."""

from __future__ import annotations

from enum import Enum


class Level(Enum):
    """Level of a management unit (e-balance D3.2 section 5)."""

    TLGMU = "TLGMU"
    MVGMU = "MVGMU"
    LVGMU = "LVGMU"
    DERMU = "DERMU"
    CMU = "CMU"
    SM = "SM"
    DMU = "DMU"
