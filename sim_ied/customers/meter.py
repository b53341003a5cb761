"""One smart meter: what it is told, what it has to report, and what is wrong with it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from models.privacy.contribution import Period
from models.wire.cbor import WireValue
from sim_ied.customers.households import Households
from sim_ied.customers.meter_bank import MeterBank

_MOST_EVENTS = 100
_LEAST_INTERRUPTION_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """One value for a unit; variables and units of measure are those of the smart meter's data group."""

    variable: str
    value: WireValue


@dataclass(slots=True)
class Counts:
    """What has come of its messages, by how they ended."""

    reports: int = 0
    refused: int = 0
    contributions: int = 0
    last_refusal: str = ""


class Meter:
    """number: its place in the arrays of households and registers. A silent one sends nothing, but goes on counting."""

    def __init__(self, name: str, number: int, households: Households, bank: MeterBank) -> None:
        self.name, self._number = name, number
        self._households, self._bank = households, bank
        self._interrupted_ns: int | None = None
        self._events: deque[Report] = deque(maxlen=_MOST_EVENTS)
        self._limits_w: dict[str, float] = {}
        self._injection_limits_w: dict[str, float] = {}
        self.silent = False
        self.tariff: WireValue = None
        self.counts = Counts()

    @property
    def speaks(self) -> bool:
        """Not while it is faulty, nor while nothing supplies it."""
        return not self.silent and bool(self._households.supplied[self._number])

    @property
    def phase(self) -> float:
        """When it reports within a period, 0 to 1: meters do not all speak at once."""
        return self._number * _GOLDEN % 1.0

    # -- what it tells

    def readings(self) -> list[Report]:
        """Of now, with what the quality of supply adds."""
        reports = [Report(variable, value) for variable, value in self._bank.readings(self._number).items()]
        if deviation_v := self._bank.voltage_deviation_v(self._number):
            reports.append(Report("VoltageDeviation", deviation_v))
        return reports

    def take_events(self) -> list[Report]:
        """What has happened since they were taken last."""
        events = list(self._events)
        self._events.clear()
        return events

    def energy_wh(self, period: Period) -> int | None:
        """Net energy of a period as the meter shows it; None unless it has counted all of it."""
        return self._bank.energy_wh(self._number, period)

    # -- what it is told

    def limit(self, power_w: float | None, by: str) -> None:
        """Total load set-point: flexible devices give way; None: no limit. Of several the lowest holds."""
        self._households.limit_w[self._number] = _lowest(self._limits_w, power_w, by)

    def limit_injection(self, power_w: float | None, by: str) -> None:
        """None: no limit. Of several the lowest holds."""
        self._households.injection_limit_w[self._number] = _lowest(self._injection_limits_w, power_w, by)

    # -- what is done to it

    def lie(self, factor: float) -> None:
        """1: it tells the truth."""
        self._bank.factor[self._number] = factor

    def interrupt(self, now_ns: int) -> None:
        if self._interrupted_ns is None:
            self._interrupted_ns = now_ns
            self._households.supplied[self._number] = False

    def supply(self, now_ns: int) -> None:
        """The supply has come back; the meter tells how long it was away."""
        begun_ns, self._interrupted_ns = self._interrupted_ns, None
        self._households.supplied[self._number] = True
        if begun_ns is not None and now_ns - begun_ns >= _LEAST_INTERRUPTION_NS:
            value: WireValue = {"start_ns": begun_ns, "duration_s": (now_ns - begun_ns) / 1e9}
            self._events.append(Report("SupplyInterruption", value))

    def status(self) -> dict[str, object]:
        """For the control socket."""
        limit_w = float(self._households.limit_w[self._number])
        return {
            "name": self.name,
            "speaks": self.speaks,
            "factor": float(self._bank.factor[self._number]),
            "power_w": float(self._households.flows.power_w[self._number]),
            "limit_w": None if math.isinf(limit_w) else limit_w,
            "tariff": self.tariff,
            "reports": self.counts.reports,
            "refused": self.counts.refused,
            "contributions": self.counts.contributions,
            "last_refusal": self.counts.last_refusal,
        }


def _lowest(limits_w: dict[str, float], power_w: float | None, by: str) -> float:
    limits_w[by] = math.inf if power_w is None else max(power_w, 0.0)
    return min(limits_w.values())


_GOLDEN = 0.6180339887498949
