"""What the relay measured of a fault, as evidence for its distance: reactance to the fault, or fault current.

Reactance is what a fault locator (RFLO) reports: the resistance of arc and ground does not enter it. Its error is that
of the line data and of the transformers for measurement, about 5 % together. The current tells less, since the kind of
fault and its resistance are not known: any from the two-phase fault to the three-phase one explains it, and a
resistance only lowers it. Beyond FAR deviations a place is contradicted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

RELATIVE_ERROR = 0.05
LEAST_ERROR_OHM = 0.05
"""Below this no locator resolves: joints, contact and earthing resistances."""
CURRENT_ERROR = 0.10
"""Voltage before the fault, source impedance, heat of the conductors."""
FAR = 4.0
TWO_PHASE = math.sqrt(3) / 2


@dataclass(frozen=True, slots=True)
class Nearness:
    """Per place the logarithm of the likelihood (0 at best), and whether what was measured contradicts it."""

    likelihood: tuple[float, ...]
    far: tuple[bool, ...]


def by_reactance(impedances_ohm: Sequence[tuple[complex, complex]], measured_ohm: float) -> Nearness:
    """impedances_ohm: per place from the relay to its nearer and farther end. measured_ohm: reactance to the fault."""
    return by_interval([(near.imag, far.imag) for near, far in impedances_ohm], measured_ohm, LEAST_ERROR_OHM)


def by_interval(intervals: Sequence[tuple[float, float]], measured: float, least_error: float) -> Nearness:
    """intervals: per place where it begins and ends, in the unit of what was measured. least_error: added to 5 %."""
    error = math.hypot(RELATIVE_ERROR * measured, least_error)
    return _rated([_outside(measured, *interval) / error for interval in intervals])


def by_current(
    impedances_ohm: Sequence[tuple[complex, complex]], measured_a: float, phase_voltage_v: float, source_ohm: complex
) -> Nearness:
    """measured_a: of the faulted phase, rms. phase_voltage_v: before the fault. source_ohm: behind the relay."""
    deviations = []
    for near, far in impedances_ohm:
        greatest, least = (_current(phase_voltage_v, source_ohm + each) for each in (near, far))
        deviations.append(_outside(measured_a, TWO_PHASE * least, greatest) / (CURRENT_ERROR * measured_a))
    return _rated(deviations)


def together(one: Nearness, other: Nearness) -> Nearness:
    """Both were measured, independently."""
    likelihood = tuple(a + b for a, b in zip(one.likelihood, other.likelihood, strict=True))
    return Nearness(likelihood, tuple(a or b for a, b in zip(one.far, other.far, strict=True)))


def _current(voltage_v: float, impedance_ohm: complex) -> float:
    return voltage_v / abs(impedance_ohm) if impedance_ohm else math.inf


def _rated(deviations: list[float]) -> Nearness:
    return Nearness(tuple(-0.5 * each * each for each in deviations), tuple(each > FAR for each in deviations))


def _outside(value: float, least: float, greatest: float) -> float:
    return max(least - value, value - greatest, 0.0)
