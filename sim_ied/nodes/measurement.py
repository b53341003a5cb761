"""Measurands of the simulated process: MMXU, MMXN, MSQI, MSTA, TCTR and TVTR, and the energy of MMTR."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from models.point import Value
from sim_ied.nodes import quantities
from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.context import Context
from sim_ied.nodes.gauge import Gauge
from sim_ied.nodes.quantities import Instant, Quantity, Vector
from sim_ied.nodes.spot import PHASES

_METER_PERIOD_S = 5.0
_MOST_LOOKS_PER_S = 1000.0
_NOISE, _FREQUENCY_NOISE_HZ = 0.0003, 0.005
_HOUR_S = 3600.0


class Measuring(Behaviour):
    """Whatever of the quantities of its class the type has."""

    acts = True
    period_s: ClassVar[float] = 1.0
    """Between two looks at what no switching has changed."""

    help = "values from topology, assumed loads and short circuits, with noise; db, zeroDb, units and sVC are kept"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._quantities = self.choose()
        self._gauges = {path: Gauge(context.signals, path) for path in self._quantities}
        self._forced: dict[str, float] = {}

    def choose(self) -> dict[str, Quantity]:
        """Data objects of the type that are quantities of the class."""
        known = quantities.QUANTITIES.get(self.key.ln_class, {})
        return {path: known[path] for path in self.signals.layout.classes if path in known}

    def connect(self) -> None:
        if self._quantities:
            self.context.primary.follow(self._measure)
            self.context.primary.measuring += 1

    def start(self, now_ns: int) -> None:
        if self._quantities:
            self._measure(now_ns)
            self.context.later("measure", self.context.random.uniform(0.0, self._pause_s), now_ns, self._tick)

    def settings_changed(self, now_ns: int) -> None:
        for each in self._gauges.values():
            each.read_settings()

    def force(self, path: str, value: Value | None, now_ns: int) -> bool:
        """In SI units; None gives the measurand back to the process."""
        if path not in self._quantities or isinstance(value, str):
            return super().force(path, value, now_ns)
        self._forced.pop(path, None)
        if value is not None:
            self._forced[path] = float(value)
        self._measure(now_ns)
        return True

    def _tick(self, now_ns: int) -> None:
        self._measure(now_ns)
        self.context.later("measure", self._pause_s, now_ns, self._tick)

    @property
    def _pause_s(self) -> float:
        """Longer where many nodes of the file measure: all together look a bounded number of times per second."""
        return max(self.period_s, self.context.primary.measuring / _MOST_LOOKS_PER_S)

    def _measure(self, now_ns: int) -> None:
        instant = self.instant(now_ns)
        for path, quantity in self._quantities.items():
            forced = self._forced.get(path)
            vector = quantity(instant)
            if forced is not None:
                vector = Vector(forced, vector.angle_deg, vector.nominal)
            self._gauges[path].show(vector, now_ns, forced is not None)

    def instant(self, now_ns: int) -> Instant:
        """The place now, with the noise of one look."""
        gauss = self.context.random.gauss
        frequency_hz = quantities.FREQUENCY_HZ + gauss(0.0, _FREQUENCY_NOISE_HZ)
        return Instant(self.context.spot.view(), 1.0 + gauss(0.0, _NOISE), frequency_hz, now_ns)


class InstrumentTransformer(Measuring):
    """TCTR, TVTR: the instance's number gives the phase (1, 4, 7: A)."""

    help = "AmpSv, VolSv: a sample of the sinusoid every 10 s"
    period_s = 10.0

    def choose(self) -> dict[str, Quantity]:
        number = int(self.key.instance) if self.key.instance.isdecimal() else 1
        name = PHASES[(number - 1) % len(PHASES)]
        of = quantities.SAMPLES[self.key.ln_class]

        def sample(at: Instant) -> Vector:
            vector = of(at, name)
            return Vector(at.sample(vector), 0.0, max(abs(vector), 1.0))

        return {path: sample for path in self.signals.layout.classes if path in quantities.SAMPLED}


class Meter(Measuring):
    """MMTR: counts of pulsQty watt-hours; a load is demand, what flows the other way is supply."""

    help = "DmdWh, TotWh, TotVArh, TotVAh count the energy of its place; SupWh stands still without generation"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._energies = {path: 0.0 for path in _ENERGIES if context.signals.has(path)}
        self._since_ns = 0

    def start(self, now_ns: int) -> None:
        self._since_ns = now_ns
        self._begun = {path: self.signals.number(path, 0.0) for path in self._energies}
        self.context.later("count", _METER_PERIOD_S, now_ns, self._count)

    def _count(self, now_ns: int) -> None:
        power = self.instant(now_ns).total()
        hours = (now_ns - self._since_ns) / 1e9 / _HOUR_S
        self._since_ns = now_ns
        for path, of in ((path, _ENERGIES[path]) for path in self._energies):
            self._energies[path] += of(power) * hours
            per_count = self.signals.positive(f"{path}.pulsQty", 1.0)
            self.signals.show(path, int(self._begun[path] + self._energies[path] / per_count), now_ns)
        self.context.later("count", _METER_PERIOD_S, now_ns, self._count)


_ENERGIES: dict[str, Callable[[complex], float]] = {
    "DmdWh": lambda power: max(0.0, power.real),
    "SupWh": lambda power: max(0.0, -power.real),
    "TotWh": lambda power: abs(power.real),
    "TotVArh": lambda power: abs(power.imag),
    "TotVAh": abs,
    "DmdVArh": lambda power: max(0.0, power.imag),
    "SupVArh": lambda power: max(0.0, -power.imag),
}
"""Data object to the power that it integrates."""
