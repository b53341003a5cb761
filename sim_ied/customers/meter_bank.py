"""All smart meters' registers at once: what they have counted, what they show, and what they would show if they lied.

Arrays have one element per meter. A meter that lies multiplies what it measures; the truth is kept beside it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from models.privacy.contribution import Period
from sim_ied.customers.devices import Floats
from sim_ied.customers.households import NOMINAL_V, Flows

_KEPT = 8
"""Ends of periods whose registers are kept."""
_ALLOWED_SHARE = 0.1
"""EN 50160: +-10 % of the nominal voltage."""


@dataclass(frozen=True, slots=True)
class Registers:
    """At the end of a period: net energy in Wh, rounded as the meters show it, and the true one."""

    period: Period
    shown_wh: Floats
    true_wh: Floats


class MeterBank:
    """`count` with every step of the world; `turn` closes periods. Energies in Wh since the start."""

    def __init__(self, count: int) -> None:
        self.factor: Floats = np.ones(count)
        self._taken_wh, self._fed_in_wh, self._true_wh = np.zeros(count), np.zeros(count), np.zeros(count)
        self._ends: deque[Registers] = deque(maxlen=_KEPT)
        self._flows: Flows | None = None

    def count(self, flows: Flows, seconds: float) -> None:
        """Flows of the seconds that have passed."""
        shown_w = flows.power_w * self.factor
        self._taken_wh += np.maximum(shown_w, 0) * seconds / 3600
        self._fed_in_wh += np.maximum(-shown_w, 0) * seconds / 3600
        self._true_wh += flows.power_w * seconds / 3600
        self._flows = flows

    def turn(self, period: Period) -> None:
        """The period has ended now."""
        shown = np.floor(self._taken_wh) - np.floor(self._fed_in_wh)
        self._ends.append(Registers(period, shown, self._true_wh.copy()))

    def energy_wh(self, meter: int, period: Period) -> int | None:
        """What the meter shows for a period, negative for feeding in; None unless it has counted all of it."""
        before, after = self._at(period.before()), self._at(period)
        return None if before is None or after is None else int(after.shown_wh[meter] - before.shown_wh[meter])

    def periods(self) -> list[Period]:
        """That have been counted wholly, oldest first."""
        return [each.period for each in self._ends if self._at(each.period.before()) is not None]

    def truth_wh(self, period: Period) -> Floats | None:
        """True energy of each meter in a period."""
        before, after = self._at(period.before()), self._at(period)
        return None if before is None or after is None else after.true_wh - before.true_wh

    def readings(self, meter: int) -> dict[str, float]:
        """What a meter tells of itself by variable, SI units; {} before the first step."""
        if self._flows is None:
            return {}
        flows, factor = self._flows, float(self.factor[meter])
        power_w, reactive_var = float(flows.power_w[meter]) * factor, float(flows.reactive_var[meter]) * factor
        apparent_va = float(np.hypot(power_w, reactive_var))
        return {
            "MMXU1.TotW": round(power_w, 1),
            "MMXU1.TotVAr": round(reactive_var, 1),
            "MMXU1.TotPF": round(power_w / apparent_va, 3) if apparent_va else 1.0,
            "MMXU1.PhV.phsA": round(float(flows.voltage_v[meter]), 2),
            "MMXU1.A.phsA": round(float(flows.current_a[meter]) * factor, 3),
            "MMTR1.DmdWh": float(np.floor(self._taken_wh[meter])),
            "MMTR1.SupWh": float(np.floor(self._fed_in_wh[meter])),
        }

    def voltage_deviation_v(self, meter: int) -> float:
        """From the nominal voltage where it is beyond what EN 50160 allows, else 0."""
        if self._flows is None:
            return 0.0
        deviation_v = float(self._flows.voltage_v[meter]) - NOMINAL_V
        return round(deviation_v, 2) if abs(deviation_v) > _ALLOWED_SHARE * NOMINAL_V else 0.0

    def _at(self, period: Period) -> Registers | None:
        return next((each for each in self._ends if each.period == period), None)
