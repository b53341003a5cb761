"""Which data object of the measuring nodes (IEC 61850-7-4) is which quantity, in SI units."""

from __future__ import annotations

from cmath import exp, phase
from collections.abc import Callable
from math import acos, cos, degrees, sqrt, tau
from typing import NamedTuple

from sim_ied.nodes.spot import PHASES, View

FREQUENCY_HZ = 50.0
_POWER_FACTOR = 0.95
_LAG = acos(_POWER_FACTOR)
_FAULT_LAG = 1.3
_LAGGING, _FAULT_LAGGING = exp(-1j * _LAG), exp(-1j * _FAULT_LAG)
_UNITS = {"A": 1 + 0j, "B": exp(-1j * tau / 3), "C": exp(1j * tau / 3)}
_TURN = exp(1j * tau / 3)
_NOMINAL_A = 200.0


class Vector(NamedTuple):
    """Value with its angle (degrees); nominal: what dead-bands are shares of."""

    value: float
    angle_deg: float
    nominal: float


class Instant:
    """What a place sees. noise: factor of all magnitudes; frequency_hz: with its noise; time_ns: UTC."""

    def __init__(self, view: View, noise: float, frequency_hz: float, time_ns: int) -> None:
        self.view, self.noise, self.frequency_hz, self.time_ns = view, noise, frequency_hz, time_ns
        faulted, phase_v = view.faulted, view.nominal_v / sqrt(3) * noise
        self._voltages = {name: phase_v * view.voltage_pu(name) * unit for name, unit in _UNITS.items()}
        self._currents = {
            name: view.current_a(name) * noise * unit * (_FAULT_LAGGING if name in faulted else _LAGGING)
            for name, unit in _UNITS.items()
        }
        self._total = sum((self.power(name) for name in PHASES), 0j)

    def voltage(self, name: str) -> complex:
        """Of a phase to earth, V."""
        return self._voltages[name]

    def current(self, name: str) -> complex:
        """Of a phase, A."""
        return self._currents[name]

    def power(self, name: str) -> complex:
        """Of a phase: W and var."""
        return self._voltages[name] * self._currents[name].conjugate()

    def total(self) -> complex:
        """Of all three."""
        return self._total

    def sequences(self, of: Callable[[str], complex]) -> tuple[complex, complex, complex]:
        """Positive, negative, zero."""
        a, b, c = (of(name) for name in PHASES)
        turns = _TURN, _TURN**2
        return (a + turns[0] * b + turns[1] * c) / 3, (a + turns[1] * b + turns[0] * c) / 3, (a + b + c) / 3

    def sample(self, vector: complex) -> float:
        """The instantaneous value of a sinusoid."""
        return sqrt(2) * abs(vector) * cos(tau * FREQUENCY_HZ * (self.time_ns % 1_000_000_000) / 1e9 + phase(vector))


Quantity = Callable[[Instant], Vector]


def _volts(at: Instant, value: complex) -> Vector:
    return Vector(abs(value), degrees(phase(value)), at.view.nominal_v)


def _amps(at: Instant, value: complex) -> Vector:
    return Vector(abs(value), degrees(phase(value)), _nominal_a(at))


def _nominal_a(at: Instant) -> float:
    return max(_NOMINAL_A, at.view.load_a)


def _power(at: Instant, value: float) -> Vector:
    return Vector(value, 0.0, sqrt(3) * at.view.nominal_v * _nominal_a(at))


def _factor(power: complex) -> Vector:
    return Vector(power.real / abs(power) if abs(power) > 0 else 1.0, 0.0, 1.0)


def _hertz(at: Instant) -> Vector:
    return Vector(at.frequency_hz if at.view.fed else 0.0, 0.0, FREQUENCY_HZ)


def _mean(at: Instant, of: Callable[[str], complex]) -> float:
    return sum(abs(of(name)) for name in PHASES) / len(PHASES)


def _between(at: Instant, pair: str) -> Vector:
    return _volts(at, at.voltage(pair[0]) - at.voltage(pair[1]))


def _residual(at: Instant) -> complex:
    return at.view.earth_current_a * at.noise + 0j


def _three_phase() -> dict[str, Quantity]:
    """MMXU."""
    found: dict[str, Quantity] = {
        "TotW": lambda at: _power(at, at.total().real),
        "TotVAr": lambda at: _power(at, at.total().imag),
        "TotVA": lambda at: _power(at, abs(at.total())),
        "TotPF": lambda at: _factor(at.total()),
        "Hz": _hertz,
        "A.neut": lambda at: _amps(at, _residual(at)),
        "A.res": lambda at: _amps(at, _residual(at)),
        "AvAPhs": lambda at: _amps(at, _mean(at, at.current) + 0j),
        "AvPhVPhs": lambda at: _volts(at, _mean(at, at.voltage) + 0j),
        "AvPPVPhs": lambda at: _volts(at, sqrt(3) * _mean(at, at.voltage) + 0j),
    }
    found |= {f"PPV.phs{pair}": _of_phase(_between, pair) for pair in ("AB", "BC", "CA")}
    for name in PHASES:
        found |= {f"{group}.phs{name}": _of_phase(of, name) for group, of in _PER_PHASE.items()}
    return found


def _of_phase(of: Callable[[Instant, str], Vector], name: str) -> Quantity:
    return lambda at: of(at, name)


_PER_PHASE: dict[str, Callable[[Instant, str], Vector]] = {
    "PhV": lambda at, name: _volts(at, at.voltage(name)),
    "PNV": lambda at, name: _volts(at, at.voltage(name)),
    "A": lambda at, name: _amps(at, at.current(name)),
    "W": lambda at, name: _power(at, at.power(name).real),
    "VAr": lambda at, name: _power(at, at.power(name).imag),
    "VA": lambda at, name: _power(at, abs(at.power(name))),
    "PF": lambda at, name: _factor(at.power(name)),
}

_SINGLE_PHASE: dict[str, Quantity] = {
    "Amp": lambda at: _amps(at, at.current("A")),
    "Vol": lambda at: _volts(at, at.voltage("A")),
    "Watt": lambda at: _power(at, at.power("A").real),
    "VolAmpr": lambda at: _power(at, at.power("A").imag),
    "VolAmp": lambda at: _power(at, abs(at.power("A"))),
    "PwrFact": lambda at: _factor(at.power("A")),
    "Hz": _hertz,
}


def _sequence_current(number: int) -> Quantity:
    return lambda at: _amps(at, at.sequences(at.current)[number])


def _sequence_voltage(number: int) -> Quantity:
    return lambda at: _volts(at, at.sequences(at.voltage)[number])


_SEQUENCES: dict[str, Quantity] = {
    **{f"SeqA.c{number + 1}": _sequence_current(number) for number in range(3)},
    **{f"SeqV.c{number + 1}": _sequence_voltage(number) for number in range(3)},
}

_MEANS: dict[str, Quantity] = {
    "AvAmps": lambda at: _amps(at, _mean(at, at.current) + 0j),
    "AvVolts": lambda at: _volts(at, _mean(at, at.voltage) + 0j),
    "AvVA": lambda at: _power(at, abs(at.total())),
    "AvW": lambda at: _power(at, at.total().real),
    "AvVAr": lambda at: _power(at, at.total().imag),
}

QUANTITIES: dict[str, dict[str, Quantity]] = {
    "MMXU": _three_phase(),
    "MMXN": _SINGLE_PHASE,
    "MSQI": _SEQUENCES,
    "MSTA": _MEANS,
}
"""LN class to the quantities it may have."""

SAMPLES: dict[str, Callable[[Instant, str], complex]] = {
    "TCTR": lambda at, name: at.current(name),
    "TVTR": lambda at, name: at.voltage(name),
}
"""Instrument transformers: what their sampled value (AmpSv, VolSv) is, by phase."""

SAMPLED = ("AmpSv", "Amp", "VolSv", "Vol")
