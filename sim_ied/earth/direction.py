"""Where an earth fault lies as seen from a switch: the part of 3I0 that tells it, by the treatment of the neutral.

The faulted feeder carries what its fault draws from everything else, so against -U0 it is capacitive where the neutral
is isolated (and in the first half-wave beside a coil), active where a coil leaves only losses or a resistor feeds, and
inductive where the neutral is solid. On a healthy feeder the same part is small or has the other sign.
"""

from __future__ import annotations

from math import pi

import numpy as np

from models.network.elements import Neutral

_STEADY_RAD = {
    Neutral.ISOLATED: pi / 2,
    Neutral.RESONANT: 0.0,
    Neutral.RESISTANCE: 0.0,
    Neutral.SOLID: -pi / 3,
}
_FIRST_RAD = {**_STEADY_RAD, Neutral.RESONANT: pi / 2}
"""Angles of 3I0 before -U0 that a fault in front gives."""

WITH_TRIP = frozenset({Neutral.RESISTANCE, Neutral.SOLID})
"""Where earth faults are tripped; the other networks are operated with one."""


def forward_a(kind: Neutral, residual_a: complex, zero_v: complex, first: bool = False) -> float:
    """Above 0: the fault lies out of the busbar, below: behind it. 0 without residual voltage."""
    if abs(zero_v) == 0.0:
        return 0.0
    angle_rad = (_FIRST_RAD if first else _STEADY_RAD)[kind]
    return float((residual_a * np.conj(-zero_v / abs(zero_v)) * np.exp(-1j * angle_rad)).real)
