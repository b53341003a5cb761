"""Keeps the record of interruptions of supply while the unit runs (OP3): looks, follows, writes, tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from models.alarm import Category, Severity
from models.errors import AlgorithmError, StorageError
from models.network.elements import Load
from models.point import Sample, Value
from substation.control.numerics import Numerics
from substation.grid.positions import normal_positions
from substation.grid.topology import Supply
from substation.image import ProcessImage
from substation.mv.prefault import Record, loads_before
from substation.parts import Parts
from substation.placements.placement import on_the_grid
from substation.reliability.archive import InterruptionArchive
from substation.reliability.causes import BEFORE_NS, Facts
from substation.reliability.course import Course, has_settled
from substation.reliability.indices import Period
from substation.reliability.interruption import Cause, Interruption
from substation.reliability.sighting import Sighting, Told, look
from substation.reliability.voltage import VoltageEvidence

SETTLE_S = 0.1
"""Positions that change together are one sighting."""
PERIOD_S = 10.0
"""Voltages and causes that come later are looked at so often."""
OLD_LOAD_S = 900.0
"""A load that was last read longer before the event counts with its rated peak."""
LOOKED_BACK_NS = 400 * 86_400_000_000_000
"""What is known at the start of a unit that could not be read back would be begun anew: so far back it is read."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """What the watch asks of the rest of the unit, at each look. openings are asked of the journal."""

    view: Callable[[], ProcessImage]
    facts: Callable[[], Facts]
    record: Callable[[], Record]


class InterruptionWatch:
    """`await InterruptionWatch.open(...)`, then `run` until cancelled. changed: called after each change."""

    def __init__(
        self, archive: InterruptionArchive, parts: Parts, present: Iterable[Interruption], closed: frozenset[str] | None
    ) -> None:
        self.archive, self._parts = archive, parts
        self._present = {event.id: event for event in present}
        self._closed = closed
        self._unwritten: set[str] = set()
        self._told: dict[str, tuple[Value, int]] = {}
        self._moved = asyncio.Event()
        self._turn = asyncio.Lock()
        self._failed = False
        self.changed: Callable[[], None] = lambda: None

    @classmethod
    async def open(cls, parts: Parts) -> InterruptionWatch:
        """What lasted when the unit stopped goes on."""
        archive = await InterruptionArchive.open(parts.stores.control)
        now_ns = parts.clock()
        recent = await archive.within(Period(now_ns - LOOKED_BACK_NS, now_ns + LOOKED_BACK_NS))
        present = [event for event in recent if not has_settled(event, now_ns)]
        return cls(archive, parts, present, await archive.closed())

    def attach(self, numerics: Numerics, known: Known) -> None:
        """Once gate and automation are made; listens to the image from then on."""
        network = numerics.topology.network
        self._numerics, self._known = numerics, known
        self._voltages = VoltageEvidence(network)
        self._course = Course({load.id: load for load in network.loads}, self._power_before)
        if self._closed is None:
            normal = normal_positions(network).closed
            self._closed = frozenset(each.id for each, closed in zip(network.switches, normal, strict=True) if closed)
        self._switch_of = {handle: switch for switch, handle in self._parts.image.register.positions.items()}
        self._parts.image.subscribe(self._take)

    @property
    def present(self) -> tuple[Interruption, ...]:
        """Those that last, and those that have not settled."""
        return tuple(self._present.values())

    def _take(self, samples: list[Sample]) -> None:
        for sample in samples:
            switch = self._switch_of.get(sample.handle)
            if switch is not None:
                self._moved.set()
                if sample.source_time_ns:
                    self._told[switch] = (sample.value, sample.source_time_ns)

    async def run(self) -> None:
        """Until cancelled. Each look takes milliseconds, so it is done off the loop."""
        while True:
            await self.look()
            try:
                async with asyncio.timeout(PERIOD_S):
                    await self._moved.wait()
                await asyncio.sleep(SETTLE_S)
            except TimeoutError:
                pass
            self._moved.clear()

    async def look(self) -> None:
        """Once. What the disk refuses is tried again the next time and holds in memory until then."""
        async with self._turn:
            view = replace(self._known.view(), in_flight={})  # where switches are, whoever is about to move them
            loop = asyncio.get_running_loop()
            sighting = await loop.run_in_executor(None, self._sight, view, dict(self._told))
            if sighting is not None:
                await self._follow(sighting)

    def _sight(self, view: ProcessImage, told: Told) -> Sighting | None:
        try:
            topology = self._numerics.with_placements(on_the_grid(view.placements)).topology
        except AlgorithmError:  # what is placed contradicts the grid; the rules refuse everything and say why
            return None
        return look(topology, self._voltages, view, self._closed or frozenset(), told)

    async def _follow(self, sighting: Sighting) -> None:
        before = self._present
        followed = self._course.follow(self.present, sighting, await self._facts(sighting))
        self._present = {each.id: each for each in followed}
        new = [each for each in followed if before.get(each.id) != each]
        self._unwritten |= {each.id for each in new}
        closed = None if sighting.closed == self._closed else sighting.closed
        self._closed = sighting.closed
        if self._unwritten or closed is not None:
            await self._write()
        self._say(before, new)
        self._settle(sighting.time_ns)
        if new:
            self.changed()

    async def _facts(self, sighting: Sighting) -> Facts:
        """The journal is asked while something is interrupted, or was just now."""
        if not self._present and all(each.supply is not Supply.DEAD for each in sighting.loads.values()):
            return self._known.facts()
        try:
            openings = await self.archive.openings(sighting.time_ns - 2 * BEFORE_NS)
        except StorageError as error:
            log.error("what was commanded cannot be read: %s", error)
            openings = ()
        return replace(self._known.facts(), openings=openings)

    async def _write(self) -> None:
        events = [self._present[key] for key in self._unwritten if key in self._present]
        try:
            await self.archive.keep(events, self._closed)
        except StorageError as error:
            if not self._failed:
                self._tell(Severity.HIGH, "", f"interruptions of supply cannot be kept: {error}; tried again")
            self._failed = True
            return
        self._failed = False
        self._unwritten.clear()

    def _say(self, before: dict[str, Interruption], new: Iterable[Interruption]) -> None:
        for event in new:
            if event.id not in before:
                lost = (
                    f"{event.customers} customers ({event.critical_customers} critical), {event.power_w / 1e3:.0f} kW"
                )
                text = f"interruption {event.id}: {lost} without supply; {event.cause.value}: {event.explanation}"
                self._tell(Severity.MEDIUM, event.feeder, text)

    def _settle(self, now_ns: int) -> None:
        """What is over leaves the memory once it is on the disk; told only then, since reclosing may fail."""
        for event in [each for each in self.present if each.id not in self._unwritten and has_settled(each, now_ns)]:
            del self._present[event.id]
            until_ns = event.until_ns or now_ns
            longest_min = max(each.seconds(event.since_ns, until_ns) for each in event.outages) / 60.0
            energy_kwh = event.energy_not_supplied_wh(event.since_ns, until_ns) / 1e3
            text = f"{event.customers} customers for up to {longest_min:.1f} min, {energy_kwh:.1f} kWh not supplied"
            self._tell(Severity.INFORMATION, event.feeder, f"interruption {event.id} is over: {text}")

    def _tell(self, severity: Severity, location: str, text: str) -> None:
        self._parts.events.tell(Category.PROCESS, severity, location or self._parts.config.name, text)

    def _power_before(self, load: Load, since_ns: int) -> float:
        found = loads_before(self._known.record(), [load], since_ns, OLD_LOAD_S)
        return found[0].load.active_power_w

    async def state(self, identifier: str, cause: Cause, text: str, who: str) -> str:
        """A person states the cause; '' when it is on the disk, else why not. StorageError."""
        async with self._turn:
            event = self._present.get(identifier) or await self.archive.get(identifier)
            if event is None:
                return f"there is no interruption {identifier}"
            at = datetime.fromtimestamp(self._parts.clock() // 10**9, UTC)
            explanation = f"{text} (stated {at:%Y-%m-%d %H:%M} UTC by {who}; before: {event.cause.value})"
            stated = replace(event, cause=cause, explanation=explanation, stated_by=who)
            await self.archive.keep([stated])
            if identifier in self._present:
                self._present[identifier] = stated
        said = f"interruption {identifier}: {who} states the cause {cause.value}, not {event.cause.value}: {text}"
        self._tell(Severity.INFORMATION, event.feeder, said)
        self.changed()
        return ""
