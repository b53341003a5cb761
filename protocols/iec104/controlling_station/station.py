"""The controlling station of one link without I/O: starts data transfer, keeps the picture complete, sends commands.

Frames that carry events are acknowledged to the device only after `acknowledge`, that is once history holds them.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from models.command import AddCause, Command
from models.driver import Clock
from models.errors import LocalProtocolError
from models.point import PointSpec, Sample, SampleBatch
from models.quality import Quality
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, Observation, Service
from protocols.iec104.application.cause import REFUSALS, Cause
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.types import TYPES, AsduType, Kind
from protocols.iec104.controlling_station.commander import Commander, Pending, Resolve, refused, unit_of
from protocols.iec104.controlling_station.interrogator import Interrogator
from protocols.iec104.controlling_station.mapping import Target, Targets
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.link.session import Role, Session, State

logger = logging.getLogger(__name__)

_MOST_REPORTS = 1000
_STATION_QUALIFIER = 20
_TEST = int(Quality.TEST)


@dataclass(slots=True)
class Delivery:
    """Events up to frame `number`. complete: after them every station has been interrogated."""

    number: int
    events: SampleBatch = field(default_factory=SampleBatch)
    complete: bool = False


class ControllingStation:
    """Driven like every station: receive, tick, pump, take_output. on_delivery: `deliveries` has grown."""

    def __init__(
        self,
        name: str,
        targets: Targets,
        stations: list[int],
        settings: LinkSettings,
        clock: Clock,
        on_delivery: Callable[[], None],
        on_measurands: Callable[[SampleBatch], None],
        now_s: float,
    ) -> None:
        self.name, self.failure = name, ""
        self.deliveries: deque[Delivery] = deque()
        self._targets, self._stations, self._settings, self._clock = targets, stations, settings, clock
        self._on_delivery, self._on_measurands = on_delivery, on_measurands
        self._tags = TimeTags(settings.zone)
        self._session = Session(Role.CONTROLLING, settings.parameters, now_s)
        self._interrogator = Interrogator(settings.interrogation_timeout_s)
        self._commander = Commander(settings.command_timeout_s, self._tags)
        self._commands: deque[Pending] = deque()
        self._given_back: deque[bytes] = deque()
        self._clocks_to_set: deque[int] = deque()
        self._reported: set[object] = set()
        self._is_complete = False
        self._handed_on = self._safe = 0  # last frame in deliveries, last frame that is stored
        self._next_interrogation_s = self._next_clock_s = math.inf
        self._session.start(now_s)

    @property
    def is_started(self) -> bool:
        return self._session.state is State.STARTED

    def receive(self, data: bytes, now_s: float) -> None:
        """Take octets of the device. RemoteProtocolError: close the connection."""
        was_started = self.is_started
        frames = self._session.receive(data, now_s)
        if self.is_started and not was_started:
            self._begin(now_s)
        arrival_ns = self._clock()
        measurands = SampleBatch()
        try:
            for number, raw in frames:
                delivery = Delivery(number)
                self._take(codec.decode(raw, self._tags), delivery.events, measurands, arrival_ns, now_s)
                delivery.complete = self._completes()
                self._queue(delivery, now_s)
        finally:  # a malformed frame does not take those before it along
            if measurands:
                self._on_measurands(measurands)

    def acknowledge(self, number: int, now_s: float) -> None:
        """Everything up to this frame is stored."""
        self._safe = number
        self._session.acknowledge(number, now_s)

    def command(self, command: Command, spec: PointSpec, resolve: Resolve, now_s: float) -> None:
        """Send one service; `resolve` is called once with what became of it."""
        if not self.is_started:
            resolve(refused(AddCause.ABORTION_BY_COMMUNICATION_LOSS, "link is down"))
            return
        try:
            unit = unit_of(command, spec, self._settings.originator, self._settings.command_qualifier)
            pending = self._commander.request(unit, command.action, resolve, now_s)
        except LocalProtocolError as error:
            resolve(refused(AddCause.INCONSISTENT_PARAMETERS, str(error)))
            return
        if pending is not None:
            self._commands.append(pending)

    def next_deadline_s(self) -> float:
        return min(
            self._session.next_deadline_s(),
            self._interrogator.deadline_s,
            self._commander.next_deadline_s(),
            self._next_interrogation_s,
            self._next_clock_s,
        )

    def tick(self, now_s: float) -> None:
        """Do what is due. RemoteProtocolError: close the connection."""
        self._session.tick(now_s)
        self._commander.tick(now_s)
        self._interrogator.tick(now_s)
        if now_s >= self._next_interrogation_s:
            self._want_interrogations(now_s)
        if now_s >= self._next_clock_s:
            self._want_clocks(now_s)

    def pump(self, now_s: float) -> None:
        """Fill the send window: commands first, then clocks, then interrogations."""
        while self._session.room > 0:
            octets = self._next_command() or self._next_clock() or self._next_interrogation(now_s)
            if octets is None:
                return
            self._session.send(octets, now_s)

    def take_output(self) -> bytes:
        return self._session.take_output()

    def closed(self) -> None:
        """The connection is gone: nobody will confirm what was sent."""
        self._commander.closed()

    def _begin(self, now_s: float) -> None:
        if self._settings.clock_sync:
            self._want_clocks(now_s)
        self._want_interrogations(now_s)
        if not self._stations:
            self._queue(Delivery(0, complete=self._completes()), now_s)

    def _want_clocks(self, now_s: float) -> None:
        self._clocks_to_set.extend(self._stations)
        self._next_clock_s = now_s + (self._settings.clock_sync_period_s or math.inf)

    def _want_interrogations(self, now_s: float) -> None:
        for common_address in self._stations:
            self._interrogator.want(common_address)
        self._next_interrogation_s = now_s + (self._settings.interrogation_period_s or math.inf)

    def _next_command(self) -> bytes | None:
        while self._commands:
            pending = self._commands.popleft()
            if self._commander.is_outstanding(pending):  # else it has timed out in the queue
                pending.sent = True
                return pending.octets
        return self._given_back.popleft() if self._given_back else None

    def _next_clock(self) -> bytes | None:
        """The time is read when the frame leaves, not when it was asked for."""
        if not self._clocks_to_set:
            return None
        return self._request(103, self._clocks_to_set.popleft(), Service(0, 0, self._clock()))

    def _next_interrogation(self, now_s: float) -> bytes | None:
        common_address = self._interrogator.next_station(now_s)
        if common_address is None:
            return None
        return self._request(100, common_address, Service(0, _STATION_QUALIFIER))

    def _request(self, type_id: int, common_address: int, item: Service) -> bytes:
        unit = Asdu(type_id, Cause.ACTIVATION, common_address, (item,), self._settings.originator)
        return codec.encode(unit, self._tags)

    def _queue(self, delivery: Delivery, now_s: float) -> None:
        """Frames without events are acknowledged at once, unless frames before them wait for history."""
        if self._handed_on == self._safe and not delivery.events and not delivery.complete:
            self._handed_on = delivery.number
            self.acknowledge(delivery.number, now_s)
            return
        self._handed_on = delivery.number
        self.deliveries.append(delivery)
        self._on_delivery()

    def _completes(self) -> bool:
        """True once: when the last station of the first round has been interrogated."""
        if self._is_complete or not self._interrogator.is_done:
            return False
        self._is_complete = True
        return True

    def _take(self, asdu: Asdu, events: SampleBatch, measurands: SampleBatch, arrival_ns: int, now_s: float) -> None:
        row = TYPES.get(asdu.type_id)
        if row is None:
            self._report(asdu.type_id, f"sends type {asdu.type_id}, which is not known: its objects are not shown")
        elif row.kind.is_monitored:
            if asdu.cause >= Cause.STATION:
                self._interrogator.progress(now_s)
            self._take_observations(asdu, row, events, measurands, arrival_ns)
        elif row.kind is Kind.INITIALISED:
            level = logging.WARNING if self._is_complete else logging.INFO
            logger.log(level, "%s: station %d has started anew, it is interrogated", self.name, asdu.common_address)
            if asdu.common_address in self._stations:
                self._interrogator.want(asdu.common_address)
        else:
            self._take_answer(asdu, row, now_s)

    def _take_observations(
        self, asdu: Asdu, row: AsduType, events: SampleBatch, measurands: SampleBatch, arrival_ns: int
    ) -> None:
        if asdu.cause not in row.monitored:
            self._report((row.number, asdu.cause), f"sends {row.name} with cause {asdu.cause}, which it must not have")
        test = _TEST if asdu.test else 0
        for item in asdu.observations():
            target = self._targets.get((asdu.common_address, item.address))
            if target is None:
                where = f"{asdu.common_address}/{item.address}"
                self._report((asdu.common_address, item.address), f"sends object {where}, which no point has")
                continue
            sample = self._sample(target, row.kind, item, test, arrival_ns)
            if sample is not None:
                (events if target.is_event else measurands).append(sample)

    def _sample(self, target: Target, kind: Kind, item: Observation, test: int, arrival_ns: int) -> Sample | None:
        if kind not in target.natural:
            self._report((target.handle, kind), f"sends {kind.value} for {target.spec.name} ({target.spec.cdc.value})")
        converted = target.converters[kind](item.value, item.quality | test)
        return None if converted is None else Sample(target.handle, *converted, item.time_ns, arrival_ns)

    def _take_answer(self, asdu: Asdu, row: AsduType, now_s: float) -> None:
        if row.kind is Kind.INTERROGATION:
            self._interrogator.answer(asdu, now_s)
        elif row.kind.is_command:
            if not self._commander.answer(asdu):
                self._take_late_answer(asdu)
        elif asdu.negative or asdu.cause in REFUSALS:
            self._report((row.number, asdu.common_address), f"refuses {row.name} of station {asdu.common_address}")

    def _take_late_answer(self, asdu: Asdu) -> None:
        if text := self._commander.oddity(asdu):
            logger.warning("%s: %s", self.name, text)
        if (cancel := self._commander.give_back(asdu)) is not None:
            self._given_back.append(cancel)

    def _report(self, what: object, text: str) -> None:
        """Once per subject; a device that invents addresses must not fill memory and log."""
        if what not in self._reported and len(self._reported) < _MOST_REPORTS:
            self._reported.add(what)
            logger.warning("%s %s", self.name, text)
