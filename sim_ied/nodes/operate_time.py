"""Operate time of a protection stage from its settings: definite time, or a curve of IEC 60255-151 or IEEE C37.112."""

from __future__ import annotations

from math import inf

from sim_ied.curve import Curve
from sim_ied.nodes.signals import Signals

CURVES = {
    1: Curve(28.2, 0.1217, 2.0),  # ANSI extremely inverse
    2: Curve(19.61, 0.491, 2.0),  # ANSI very inverse
    4: Curve(0.0515, 0.114, 0.02),  # ANSI moderately inverse
    9: Curve(0.14, 0.0, 0.02),  # IEC normal inverse
    10: Curve(13.5, 0.0, 1.0),  # IEC very inverse
    11: Curve(0.14, 0.0, 0.02),  # IEC inverse
    12: Curve(80.0, 0.0, 2.0),  # IEC extremely inverse
    13: Curve(0.05, 0.0, 0.04),  # IEC short-time inverse
    14: Curve(120.0, 0.0, 1.0),  # IEC long-time inverse
}
"""setCharact of CURVE (IEC 61850-7-3) to the characteristic; all others are taken as definite time."""


_LONGEST_S = 1e6


def operate_time_s(signals: Signals, multiple: float, default_s: float) -> float:
    """At a constant multiple of the pick-up value; infinite at or below 1. default_s: where OpDlTmms is not set."""
    if multiple <= 1.0:
        return inf
    curve = CURVES.get(round(signals.number("TmACrv.setCharact", 0.0)))
    if curve is None:
        return max(0.0, signals.number("OpDlTmms", default_s * 1e3)) / 1e3
    least_s = max(0.0, signals.number("MinOpTmms", 0.0)) / 1e3
    return min(_LONGEST_S, max(least_s, curve.operate_time_s(multiple, signals.positive("TmMult", 1.0))))
