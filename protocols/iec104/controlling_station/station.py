"""The controlling station of one link without I/O: starts data transfer, keeps the picture complete, sends commands.

Frames that carry events are acknowledged to the device only after `acknowledge`, that is once history holds them.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial

from models.command import AddCause, Command
from models.driver import Clock
from models.errors import LocalProtocolError
from models.notices import Notices
from models.point import PointSpec, SampleBatch
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, Service
from protocols.iec104.application.cause import REFUSALS, Cause
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.types import KNOWN, AsduType, Kind
from protocols.iec104.controlling_station.commander import Commander, Pending, Resolve, refused, unit_of
from protocols.iec104.controlling_station.periods import Periods, Routine
from protocols.iec104.controlling_station.picture import Picture
from protocols.iec104.controlling_station.reception import Reception
from protocols.iec104.controlling_station.services import Services
from protocols.iec104.controlling_station.settings import LinkSettings
from protocols.iec104.controlling_station.targets import Targets
from protocols.iec104.files.fetcher import FileFetcher
from protocols.iec104.link.closing import Closing
from protocols.iec104.link.session import LARGEST_WINDOW, Role, Session, State

logger = logging.getLogger(__name__)

_READ = 102


@dataclass(slots=True)
class Delivery:
    """Events up to frame `number`. complete: after them every station has been interrogated."""

    number: int
    events: SampleBatch = field(default_factory=SampleBatch)
    complete: bool = False


class ControllingStation:
    """Driven like every station: receive, tick, pump, take_output. on_delivery: `deliveries` has grown.

    notices, counts: what is odd about the device, and what was counted; both may outlive this connection.
    """

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
        notices: Notices | None = None,
        counts: Counter[str] | None = None,
    ) -> None:
        self.name, self.failure, self.closing = name, "", Closing.BY_US
        self.deliveries: deque[Delivery] = deque()
        self._stations, self._settings, self._clock = stations, settings, clock
        self._on_delivery, self._on_measurands = on_delivery, on_measurands
        self._notices = notices or Notices(lambda text: logger.warning("%s: %s", name, text))
        self._counts = Counter[str]() if counts is None else counts
        self._tags = TimeTags(settings.zone)
        self._session = Session(Role.CONTROLLING, settings.parameters, now_s)
        self._reception = Reception(targets, settings.device_clock, self._notices, self._counts)
        self._picture = Picture(stations, targets, settings, self._reception, self._notices, self._counts)
        self._services = Services(settings, clock, self._notices, self._counts)
        self._commander = Commander(settings.command_timeout_s, self._tags)
        self._commands: deque[Pending] = deque()
        self._given_back: deque[bytes] = deque()
        self._periods = Periods(
            {
                Routine.INTERROGATION: settings.interrogation_period_s,
                Routine.COUNTERS: settings.counter_period_s,
                Routine.CLOCK: settings.clock_sync_period_s,
                Routine.TEST: settings.test_period_s,
            }
        )
        note = partial(self._odd, "troubles with files")
        self.files = FileFetcher(settings.files, stations, lambda unit: codec.encode(unit, self._tags), note)
        self._is_complete = False
        self._handed_on = self._safe = 0  # last frame in deliveries, last frame that is stored
        self._stopping: Closing | None = None
        self._session.start(now_s)

    @property
    def is_started(self) -> bool:
        return self._session.state is State.STARTED

    @property
    def is_commanding(self) -> bool:
        """A command waits for its confirmation."""
        return self._commander.is_waiting

    def receive(self, data: bytes, now_s: float) -> None:
        """Take octets of the device. RemoteProtocolError: close the connection."""
        was_started = self.is_started
        frames = self._session.receive(data, now_s)
        if self._stopping is not None and self._session.state is State.STOPPED:
            self.failure, self.closing = self._stopping.value, self._stopping
        if self.is_started and not was_started:
            self._begin(now_s)
        arrival_ns = self._clock()
        measurands = SampleBatch()
        try:
            for number, raw in frames:
                delivery = Delivery(number)
                self._take_frame(raw, delivery.events, measurands, arrival_ns, now_s)
                self._withdraw(delivery.events, measurands, arrival_ns, now_s)
                delivery.complete = self._completes()
                self._counts["events"] += len(delivery.events)
                self._queue(delivery, now_s)
        finally:  # a malformed frame does not take those before it along
            if measurands:
                self._counts["measurands"] += len(measurands)
                self._on_measurands(measurands)

    def acknowledge(self, number: int, now_s: float) -> None:
        """Everything up to this frame is stored."""
        self._safe = number
        self._session.acknowledge(number, now_s)

    def stop(self, closing: Closing, now_s: float) -> None:
        """End data transfer in order, then ask to be closed for that reason; at once where it has not begun."""
        if self._stopping is not None:
            return
        self._stopping = closing
        if self.is_started:
            self._session.stop(now_s)
        else:
            self.failure, self.closing = closing.value, closing

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
            self._counts["commands"] += 1
            self._commands.append(pending)

    def next_deadline_s(self) -> float:
        return min(
            self._session.next_deadline_s(),
            self._picture.deadline_s,
            self._services.deadline_s,
            self._commander.next_deadline_s(),
            self._periods.deadline_s,
            self._notices.deadline_s,
            self.files.deadline_s,
        )

    def tick(self, now_s: float) -> None:
        """Do what is due. RemoteProtocolError: close the connection."""
        self._session.tick(now_s)
        self._commander.tick(now_s)
        self._services.tick(now_s)
        self._notices.tick(now_s)
        self.files.tick(now_s)
        delivery, measurands = Delivery(self._handed_on), SampleBatch()
        self._withdraw(delivery.events, measurands, self._clock(), now_s)
        delivery.complete = self.is_started and self._completes()
        if delivery.events or delivery.complete:
            self._queue(delivery, now_s)
        if measurands:
            self._on_measurands(measurands)
        for routine in self._periods.due(now_s):
            self._want(routine, now_s)

    def pump(self, now_s: float, most: int = LARGEST_WINDOW) -> None:
        """Fill the send window, by so many frames at most: commands, clocks and tests, interrogations, reads, files."""
        last = self._session.sent + most
        while self._session.room > 0 and self._session.sent < last:
            octets = self._next_command() or self._next_request(now_s) or self.files.next_unit(now_s)
            if octets is None:
                return
            self._session.send(octets, now_s)

    def take_output(self) -> bytes:
        return self._session.take_output()

    def counters(self) -> dict[str, int]:
        """Of the connection; what concerns the device is in `counts`."""
        return self._session.counters()

    def closed(self) -> None:
        """The connection is gone: nobody will confirm what was sent."""
        self._commander.closed()

    def _begin(self, now_s: float) -> None:
        if self._settings.clock_sync:
            self._want(Routine.CLOCK, now_s)
        self._want(Routine.INTERROGATION, now_s)
        self._want(Routine.COUNTERS, now_s)
        self._periods.done(Routine.TEST, now_s)
        self.files.begin()
        if not self._stations:
            self._queue(Delivery(0, complete=self._completes()), now_s)

    def _want(self, routine: Routine, now_s: float) -> None:
        self._periods.done(routine, now_s)
        if routine is Routine.INTERROGATION:
            self._picture.want()
        elif routine is Routine.COUNTERS:
            self._picture.want_totals()
        elif routine is Routine.CLOCK:
            self._services.want_clocks(self._stations)
        elif self._stations:
            self._services.want_test(self._stations[0])

    def _next_command(self) -> bytes | None:
        while self._commands:
            pending = self._commands.popleft()
            if self._commander.is_outstanding(pending):  # else it has timed out in the queue
                pending.sent = True
                return pending.octets
        return self._given_back.popleft() if self._given_back else None

    def _next_request(self, now_s: float) -> bytes | None:
        unit = self._services.next(now_s)
        if unit is None and (which := self._picture.next_interrogation(now_s)) is not None:
            unit = self._unit(which.type_id, which.common_address, Service(0, which.qualifier))
        if unit is None and (key := self._picture.next_read()) is not None:
            unit = self._unit(_READ, key[0], Service(key[1]), Cause.REQUEST)
        return None if unit is None else codec.encode(unit, self._tags)

    def _unit(self, type_id: int, common_address: int, item: Service, cause: Cause = Cause.ACTIVATION) -> Asdu:
        return Asdu(type_id, cause, common_address, (item,), self._settings.originator)

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
        if self._is_complete or not self._picture.is_complete:
            return False
        self._is_complete = True
        return True

    def _withdraw(self, events: SampleBatch, measurands: SampleBatch, arrival_ns: int, now_s: float) -> None:
        """What the device should have delivered and did not."""
        for target, sample in self._picture.tick(arrival_ns, now_s):
            (events if target.is_event else measurands).append(sample)

    def _take_frame(
        self, raw: bytes, events: SampleBatch, measurands: SampleBatch, arrival_ns: int, now_s: float
    ) -> None:
        many = codec.decode_many(raw, self._tags)
        if many is not None and self._reception.take_many(many, events, measurands, arrival_ns):
            self._picture.progress(many.cause, now_s)
        else:
            self._take(codec.decode(raw, self._tags, arrival_ns), events, measurands, arrival_ns, now_s)

    def _take(self, asdu: Asdu, events: SampleBatch, measurands: SampleBatch, arrival_ns: int, now_s: float) -> None:
        row = KNOWN.get(asdu.type_id)
        if row is None:
            text = f"sends type {asdu.type_id}, which is not known: its objects are not shown"
            self._odd("unknown types", asdu.type_id, text, now_s)
        elif row.kind.is_monitored:
            self._picture.progress(asdu.cause, now_s)
            self._reception.take(asdu, row, events, measurands, arrival_ns, now_s)
        elif row.kind is Kind.INITIALISED:
            self._restarted(asdu.common_address, now_s)
        else:
            self._take_answer(asdu, row, arrival_ns, now_s)

    def _restarted(self, common_address: int, now_s: float) -> None:
        if self._is_complete:
            text = f"station {common_address} has started anew, it is interrogated"
            self._odd("restarts of the device", ("restart", common_address), text, now_s)
        self._picture.restarted(common_address, now_s)

    def _take_answer(self, asdu: Asdu, row: AsduType, arrival_ns: int, now_s: float) -> None:
        if asdu.originator not in (0, self._settings.originator):
            text = f"answers with originator {asdu.originator} instead of {self._settings.originator}"
            self._odd("answers to another originator", "originator", text, now_s)
        if row.kind.is_file:
            self.files.take(asdu, now_s)
        elif row.kind in (Kind.INTERROGATION, Kind.COUNTER_INTERROGATION):
            self._picture.answer(asdu, now_s)
        elif row.kind.is_command:
            if not self._commander.answer(asdu):
                self._take_late_answer(asdu, now_s)
        elif row.kind is Kind.READ and (asdu.negative or asdu.cause in REFUSALS):
            self._picture.read_refused()
        else:
            self._services.answer(asdu, row.kind, arrival_ns, now_s)

    def _take_late_answer(self, asdu: Asdu, now_s: float) -> None:
        if text := self._commander.oddity(asdu):
            self._odd("answers that nobody waits for", text, text, now_s)
        if (cancel := self._commander.give_back(asdu)) is not None:
            self._given_back.append(cancel)

    def _odd(self, counter: str, subject: Hashable, text: str, now_s: float) -> None:
        self._counts[counter] += 1
        self._notices.take((counter, subject), text, now_s)
