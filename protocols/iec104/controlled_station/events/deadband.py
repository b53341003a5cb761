"""When a measurand is worth sending to one control centre: dead-band, smoothing, limits (QPM, 60870-5-101 7.2.6.24).

The dead-band counts from the value that was sent last. A change of quality always passes, and so does a value that
crosses a limit. Interrogations, reads and scans are not filtered: they tell the latest value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.image import Slot
from protocols.iec104.controlled_station.service_settings import DeadbandSettings, Deviation

_SETTLED = 5.0
"""Time constants after which a smoothed value has arrived at one that does not change (0.7 % of the step are left)."""
_STEPS = 4  # evaluations of a smoothing filter per time constant while nothing new comes
_SHORTEST_S = 1.0


@dataclass(slots=True, eq=False)
class Thresholds:
    """As configured, and as a control centre changes them at run time (parameters of measured values)."""

    kind: Deviation = Deviation.ABSOLUTE
    value: float = 0.0
    range: float = 0.0
    smoothing_s: float = 0.0
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, settings: DeadbandSettings) -> Thresholds:
        return cls(settings.kind, settings.value, settings.range, settings.smoothing_s, settings.low, settings.high)

    def crossed(self, before: float, after: float) -> bool:
        """Whether a limit lies between two values."""
        return any(limit is not None and (before <= limit) is not (after <= limit) for limit in (self.low, self.high))

    def reach(self, sent: float) -> float:
        """By how much a value may differ from the one that was sent last."""
        if self.kind is Deviation.PERCENT:
            return self.value / 100.0 * (self.range or abs(sent))
        return self.value


class Filter:
    """One measurand of one control centre. Times are monotonic seconds."""

    def __init__(self, slot: Slot, thresholds: Thresholds) -> None:
        self.slot, self.thresholds = slot, thresholds
        self._sent: float | None = None
        self._sent_quality = -1
        self._raw, self._raw_since_s = math.nan, 0.0
        self._present = math.nan  # as filtered
        self._since_s = 0.0
        self._integral = 0.0  # of the deviation, since the last transmission

    def passes(self, now_s: float) -> bool:
        """Take the slot's value; True when it is to be sent."""
        self._advance(now_s)
        sent = self._sent
        if sent is None or self.slot.quality != self._sent_quality:
            return True
        if self.thresholds.crossed(sent, self._present):
            return True
        if self.thresholds.kind is Deviation.INTEGRATING:
            return not abs(self._integral) < self.thresholds.value
        return not abs(self._present - sent) <= self.thresholds.reach(sent)  # NaN passes too

    def _advance(self, now_s: float) -> None:
        """Bring filter and integral up to now: until now the input was what it was at the last call."""
        elapsed_s, time_constant_s = now_s - self._since_s, self.thresholds.smoothing_s
        if self._sent is not None:
            self._integral += (self._present - self._sent) * elapsed_s
        raw = float(self.slot.value)  # type: ignore[arg-type]  # a measurand
        if time_constant_s <= 0 or self._sent is None or not math.isfinite(self._present):
            self._present = raw
        elif now_s - self._raw_since_s >= _SETTLED * time_constant_s:
            self._present = self._raw
        else:
            self._present += (self._raw - self._present) * -math.expm1(-elapsed_s / time_constant_s)
        if raw != self._raw:
            self._raw, self._raw_since_s = raw, now_s
        self._since_s = now_s

    def sent(self, event: Event) -> Event:
        """This is sent now, as smoothed; the dead-band starts anew from it."""
        if self.thresholds.smoothing_s > 0 and math.isfinite(self._present):
            event = event._replace(value=self._rounded(self._present))
        self._sent, self._sent_quality, self._integral = float(event.value), event.quality, 0.0  # type: ignore[arg-type]
        return event

    def _rounded(self, number: float) -> int | float:
        return round(number) if isinstance(self.slot.value, int) else number

    def next_look_s(self, waits: bool, now_s: float) -> float:
        """When the value may pass though nothing new comes; infinity when it cannot. waits: it has, to be sent."""
        if self._sent is None:
            return math.inf
        thresholds, deviation = self.thresholds, self._present - self._sent
        looks = [math.inf]
        if thresholds.smoothing_s > 0 and self._present != self._raw:
            looks.append(now_s + max(_SHORTEST_S, thresholds.smoothing_s / _STEPS))
        if thresholds.kind is Deviation.INTEGRATING and not waits and deviation and math.isfinite(deviation):
            looks.append(now_s + (math.copysign(thresholds.value, deviation) - self._integral) / deviation)
        return min(looks)
