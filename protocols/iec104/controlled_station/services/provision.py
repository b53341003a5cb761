"""Everything that a controlled station provides to one control centre beside its events in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from models.driver import Clock
from models.errors import LocalProtocolError
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import TYPES, Kind
from protocols.iec104.controlled_station.agenda import Agenda
from protocols.iec104.controlled_station.events.deadband import Thresholds
from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.events.measurands import Measurands
from protocols.iec104.controlled_station.events.positions import Positions
from protocols.iec104.controlled_station.image import Image, Slot
from protocols.iec104.controlled_station.memory import Memory
from protocols.iec104.controlled_station.service_settings import PackedSettings, ServiceSettings, named
from protocols.iec104.controlled_station.services.counters import GENERAL, Counters
from protocols.iec104.controlled_station.services.packed import Packed
from protocols.iec104.controlled_station.services.parameters import Parameters
from protocols.iec104.controlled_station.services.pictures import Pictures
from protocols.iec104.controlled_station.services.scans import Scans

_NS = 1_000_000_000
TOTALS = frozenset({Kind.COUNTER})
MEASURANDS = frozenset({Kind.NORMALISED, Kind.PLAIN_NORMALISED, Kind.SCALED, Kind.FLOAT})


@dataclass(frozen=True, slots=True)
class Ground:
    """What the station gives to everybody. clock: ns UTC; monotonic: seconds; clock_quality: bits of models.quality
    for what is stamped with `clock` now."""

    image: Image
    agenda: Agenda
    memory: Memory
    clock: Clock
    monotonic: Callable[[], float]
    clock_quality: Callable[[], int]


class Outlet(Protocol):
    """How something reaches the control centre."""

    def send(self, event: Event) -> None:
        """Into the event buffer, past every filter."""

    def wake(self) -> None:
        """There is something to send."""

    @property
    def is_active(self) -> bool:
        """Whether a connection transfers data."""


class Provision:
    """Made once per control centre, and lives as long as the station. LocalProtocolError for settings that do not fit
    the points."""

    def __init__(
        self, name: str, settings: ServiceSettings, ground: Ground, outlet: Outlet, measurands: Measurands
    ) -> None:
        self.settings, self._ground, self._outlet = settings, ground, outlet
        slots, now_s = list(ground.image), ground.monotonic()
        self.packed = {(row.common_address, row.object_address): _packed(row, slots) for row in settings.packed}
        self.pictures = Pictures(slots, settings, list(self.packed.values()))
        self.counters = Counters(name, _of_kinds(slots, TOTALS), settings.counters, ground.memory)
        measured = [slot for slot in _of_kinds(slots, MEASURANDS) if not slot.point.is_event]
        measurands.on_change = outlet.wake
        measurands.filter(measured, self._thresholds)
        self.scans = Scans(ground.agenda, outlet.wake, lambda: outlet.is_active)
        self.scans.add(slots, settings.periodic, Cause.PERIODIC, now_s)
        self.scans.add(slots, settings.background, Cause.BACKGROUND, now_s)
        self.parameters = Parameters(name, ground.image, measurands, self.scans, ground.memory)
        self.positions: Positions | None = None
        if settings.intermediate_s > 0:
            self.positions = Positions(settings.intermediate_s, ground.agenda, ground.monotonic, self._late)
        if settings.counters.freeze_period_s > 0 and len(self.counters):
            self._plan_freeze(now_s)

    def _thresholds(self, slot: Slot) -> Thresholds | None:
        """Of the first row that names the point."""
        for row in self.settings.deadbands:
            if named(row.points, slot.point.name):
                return Thresholds.of(row)
        return None

    def _late(self, event: Event) -> None:
        self._outlet.send(event)
        self._outlet.wake()

    def freeze(self, common_address: int | None, request: int, reset: bool) -> None:
        """Totals into the memory; told spontaneously where that is agreed (modes A and D)."""
        clock_quality = self._ground.clock_quality()
        events = self.counters.freeze(common_address, request, reset, self._ground.clock(), clock_quality)
        if self.settings.counters.spontaneous:
            for event in events:
                self._outlet.send(event)
            self._outlet.wake()

    def _plan_freeze(self, now_s: float) -> None:
        """At the next whole multiple of the period in UTC, as meters do; a clock that was set moves it."""
        period_ns = round(self.settings.counters.freeze_period_s * _NS)
        wait_ns = period_ns - self._ground.clock() % period_ns
        self._ground.agenda.at(now_s + max(wait_ns, 1_000_000) / _NS, self._freeze_locally)

    def _freeze_locally(self, now_s: float) -> None:
        self.freeze(None, GENERAL, self.settings.counters.reset)
        self._plan_freeze(now_s)


def _of_kinds(slots: Iterable[Slot], kinds: frozenset[Kind]) -> list[Slot]:
    return [slot for slot in slots if TYPES[slot.static_type].kind in kinds]


def _packed(settings: PackedSettings, slots: list[Slot]) -> Packed:
    names = {slot.point.name: slot for slot in slots}
    missing = [name for name in settings.points if name not in names]
    if missing:
        raise LocalProtocolError(f"packed object {settings.object_address}: no point is called {missing[0]}")
    return Packed(settings, [names[name] for name in settings.points])
