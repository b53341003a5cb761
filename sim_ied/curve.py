"""Dependent-time characteristics of IEC 60255-151 (annex A): t = TMS * (k / (G^alpha - 1) + c), G = I / pickup."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

SATURATION = 20.0
"""Above this multiple of the pickup the operate time stays what it is there (effective range, 60255-151 clause 4)."""


@dataclass(frozen=True, slots=True)
class Curve:
    k_s: float
    c_s: float
    alpha: float

    def operate_time_s(self, multiple: float, time_multiplier: float) -> float:
        """Time to operate at a constant multiple of the pickup; infinite at or below 1."""
        if multiple <= 1.0:
            return inf
        reached = min(multiple, SATURATION)
        return float(time_multiplier * (self.k_s / (reached**self.alpha - 1.0) + self.c_s))


CURVES = {
    "standard inverse": Curve(0.14, 0.0, 0.02),
    "very inverse": Curve(13.5, 0.0, 1.0),
    "extremely inverse": Curve(80.0, 0.0, 2.0),
}
