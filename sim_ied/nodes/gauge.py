"""How a measurand is shown: unit multiplier, scaling of integers, dead-band, suppression about zero (IEC 61850-7-3)."""

from __future__ import annotations

from sim_ied.nodes.quantities import Vector
from sim_ied.nodes.signals import Signals

_THOUSANDTHS_OF_A_PERCENT = 1e-5
_DEAD_BAND = 0.002
"""Of nominal, where the file sets no `db`."""

_MOST = 2.0**31 - 1.0
_INSTANTANEOUS = ("instMag.f", "instMag.i", "instCVal.mag.f", "instCVal.mag.i")


class Gauge:
    """One data object. The instantaneous value follows always, the other (mag, cVal) when it has left its dead-band."""

    def __init__(self, signals: Signals, path: str) -> None:
        self._signals, self._path = signals, path
        slot = signals.layout.find(path)
        self._value = "" if slot is None else slot.path
        found = (f"{path}.{each}" for each in _INSTANTANEOUS)
        self._instantaneous = next((each for each in found if each in signals.layout.slots and each != self._value), "")
        self._angle = f"{path}.cVal.ang.f"
        self._shown: float | None = None
        self.read_settings()

    def read_settings(self) -> None:
        """Multiplier, scaling, dead-band and range are settings (CF) that a client may write."""
        number = self._signals.number
        self._factor = 1.0 / self._signals.multiplier(self._path)
        scale = number(f"{self._path}.sVC.scaleFactor", 1.0) or 1.0
        self._scale, self._offset = (scale, number(f"{self._path}.sVC.offset", 0.0))
        high, low = (number(f"{self._path}.rangeC.{each}.f", 0.0) for each in ("max", "min"))
        self._range = (high - low) / self._factor if high > low else 0.0
        self._dead = number(f"{self._path}.db", -1.0) * _THOUSANDTHS_OF_A_PERCENT
        self._zero = max(0.0, number(f"{self._path}.zeroDb", 0.0)) * _THOUSANDTHS_OF_A_PERCENT

    def show(self, vector: Vector, now_ns: int, at_once: bool = False) -> None:
        """vector: in SI units. at_once: the dead-band does not hold it back."""
        size = self._range or vector.nominal
        value = 0.0 if abs(vector.value) < self._zero * size else vector.value
        if self._instantaneous:
            self._put(self._instantaneous, value, now_ns)
        dead = (self._dead if self._dead >= 0 else _DEAD_BAND) * size
        if at_once or self._shown is None or abs(value - self._shown) > dead:
            self._shown = value
            self._put(self._value, value, now_ns)
            self._signals.show(self._angle, vector.angle_deg, now_ns)

    def _put(self, path: str, value: float, now_ns: int) -> None:
        scaled = value * self._factor
        if path.endswith(".i"):
            scaled = max(-_MOST, min(_MOST, (scaled - self._offset) / self._scale))
        self._signals.show(path, scaled, now_ns)
