"""Sampled waveforms from what the physics says of a place over time.

The physics is quasi-static: effective values and angles, which change in steps when a fault begins or a breaker opens.
Waveforms are therefore synthesised: each instant carries the sinusoids of the step that holds then, without the
transients, direct-current component and saturation of a real record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SQRT2, _SQRT3 = np.sqrt(2.0), np.sqrt(3.0)
_TURN = np.exp(-2j * np.pi / 3.0)  # L2 lags L1


class Step(NamedTuple):
    """From time_ns on. voltage_v: line to line, effective; current_a: of the (faulted) phases; lag_rad: of the current
    behind the voltage; two_phase: the current flows from L2 to L3.
    """

    time_ns: int
    voltage_v: float
    current_a: float
    lag_rad: float
    two_phase: bool


class Waveforms(NamedTuple):
    """Instantaneous values, shape (3 phases, samples): phase to earth in V, current in A."""

    voltages_v: Floats
    currents_a: Floats


def synthesise(
    steps: Sequence[Step], start_ns: int, count: int, rate_hz: float, frequency_hz: float, nominal_v: float
) -> Waveforms:
    """steps: by time, the first not after start_ns. nominal_v: line to line, what L1 keeps in a two-phase fault."""
    offsets_s = np.arange(count) / rate_hz
    times_ns = start_ns + np.round(offsets_s * 1e9).astype(np.int64)
    which = np.searchsorted(np.array([step.time_ns for step in steps], np.int64), times_ns, side="right") - 1
    voltages, currents = (np.array(each).T for each in zip(*(_phasors(step, nominal_v) for step in steps), strict=True))
    rotation = _SQRT2 * np.exp(2j * np.pi * frequency_hz * (offsets_s + (start_ns % 1_000_000_000) / 1e9))
    which = np.maximum(which, 0)
    return Waveforms((voltages[:, which] * rotation).real, (currents[:, which] * rotation).real)


def _phasors(step: Step, nominal_v: float) -> tuple[list[complex], list[complex]]:
    """Effective values of L1, L2, L3 against the voltage of L1."""
    current = step.current_a * np.exp(-1j * step.lag_rad)
    if not step.two_phase:
        voltage = step.voltage_v / _SQRT3 + 0j
        return [voltage, voltage * _TURN, voltage * _TURN**2], [current, current * _TURN, current * _TURN**2]
    healthy = max(nominal_v, step.voltage_v) / _SQRT3  # both sequence impedances alike: L1 stays as it was
    between = -1j * step.voltage_v / 2.0  # half of L2 to L3, a quarter turn behind L1
    loop = current * -1j
    return [healthy + 0j, -healthy / 2.0 + between, -healthy / 2.0 - between], [0j, loop, -loop]
