"""One connection of a controlled station: session below, requests of the control centre in, answers and events out.

What is sent first when the window is open: answers, then events, then interrogations, then measurands, then scans,
then files. An interrogation never overtakes an event: whoever applies what arrives in order ends with the latest state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, Observation
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.controlled_station.events.buffer import EventBuffer
from protocols.iec104.controlled_station.events.event import Event
from protocols.iec104.controlled_station.events.records import asdu
from protocols.iec104.controlled_station.group import Group
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.services.services import Services
from protocols.iec104.files.offers import LinkFiles
from protocols.iec104.link.closing import Closing, ClosingError
from protocols.iec104.link.session import LARGEST_WINDOW, Received, Role, Session, State

_MOST_ANSWERS = 100
"""While so many answers wait, no further request is served, nor acknowledged: the peer's own window then closes."""

_MOST_REQUESTS = 1000
"""A peer that goes on asking beyond any window is not listened to for ever."""


class ControlledLink:
    """Driven like every station: receive, tick, pump, take_output. group: None for an observer."""

    def __init__(
        self, outstation: Outstation, peer: str, group: str | None, wake: Callable[[], None], now_s: float
    ) -> None:
        self.name = f"{group or 'observer'} {peer}"
        self.failure, self.closing = "", Closing.BY_US
        self._requests: deque[Received] = deque()  # not served yet
        self._outstation, self._group_name, self._wake = outstation, group, wake
        self.settings, self.stations = outstation.settings(group), outstation.common_addresses
        self.tags = TimeTags(self.settings.zone, self.settings.tag_style)
        self._session = Session(Role.CONTROLLED, self.settings.parameters, now_s)
        self._services = Services(outstation, self, group)
        self._group: Group | None = None
        self._files = LinkFiles(outstation.files, group, self, lambda text: outstation.on_notice(text))
        self._in_flight: deque[tuple[int, EventBuffer, int]] = deque()  # number of the I frame, events of which buffer

    def wake(self) -> None:
        """Called when there is something to send."""
        self._wake()

    def replace(self, reason: str) -> None:
        """Another connection of the group was started: this one closes, and gives back what is not acknowledged."""
        self.failure, self.closing = reason, Closing.REPLACED
        self.closed()
        self._wake()

    def answer(self, octets: bytes) -> None:
        """Queue an ASDU ahead of everything else; dropped when data transfer is not started."""
        if self._group is not None:
            self._services.answers.append(octets)
            self._wake()

    def receive(self, data: bytes, now_s: float) -> None:
        """Take octets of the peer. RemoteProtocolError: close the connection."""
        if self.failure:
            return
        frames = self._session.receive(data, now_s)
        self._settle()
        self._follow_state()
        self._requests.extend(frames)
        self._serve(now_s)
        if len(self._requests) > max(_MOST_REQUESTS, 2 * self.settings.parameters.k):
            text = f"{len(self._requests)} requests before it has acknowledged the answers to the first: link closed"
            raise ClosingError(Closing.FLOOD, text)

    def _serve(self, now_s: float) -> None:
        """Requests in order, as long as their answers find room."""
        while self._requests and len(self._services.answers) < _MOST_ANSWERS:
            frame = self._requests.popleft()
            if not self._files.takes(frame.asdu):
                self._services.take(frame.asdu)
            self._session.acknowledge(frame.number, now_s)

    def next_deadline_s(self) -> float:
        control_s = self._outstation.control.next_deadline_s()
        return min(self._session.next_deadline_s(), control_s, self._files.deadline_s)

    def tick(self, now_s: float) -> None:
        """Do what is due. RemoteProtocolError: close the connection."""
        self._outstation.control.tick(now_s)
        self._files.tick(now_s)
        self._session.tick(now_s)

    def pump(self, now_s: float, most: int = LARGEST_WINDOW) -> None:
        """Fill the send window, by so many frames at most; requests that have waited for it are served."""
        last = self._session.sent + most
        while self._session.room > 0 and self._session.sent < last and self._group is not None:
            if self._requests:
                self._serve(now_s)
            if self._services.answers:
                self._session.send(self._services.answers.popleft(), now_s)
            elif taken := self._group.take_unit():
                number = self._session.send(asdu(taken[1], self.tags), now_s)
                self._in_flight.append((number, taken[0], len(taken[1])))
            elif self._group.is_loading:
                return
            elif octets := self._services.next_of_interrogation():
                self._group.has_interrogated = True
                self._session.send(octets, now_s)
            elif states := self._group.states.take_unit():
                self._session.send(asdu(states, self.tags), now_s)
            elif measurands := self._group.measurands.take_unit():
                self._session.send(self._unit(measurands), now_s)
            elif octets := self._services.next_of_scan():
                self._session.send(octets, now_s)
            elif not self._files.send(self._session, now_s):
                return

    def take_output(self) -> bytes:
        return self._session.take_output()

    def counters(self) -> dict[str, int]:
        return self._session.counters()

    @property
    def session(self) -> Session:
        """For whoever shows the state of the link."""
        return self._session

    def closed(self) -> None:
        """The connection is gone."""
        self._outstation.control.leave(self)
        self._settle()
        self._stop()

    def _follow_state(self) -> None:
        """Attach to the group when data transfer was started, detach when it was stopped."""
        if self._session.state is State.STARTED and self._group is None:
            self._group = self._outstation.attach(self, self._group_name)
            self._files.start()
            if not self._group.initialised and self._group_name is not None:
                self._group.initialised = True
                self._services.tell_initialisation()
        elif self._session.state is State.STOPPED and self._group is not None:
            self._outstation.control.leave(self)
            self._stop()

    def _stop(self) -> None:
        self._requests.clear()
        self._services.clear()
        self._files.stop()
        self._in_flight.clear()
        group, self._group = self._group, None
        if group is not None:
            self._outstation.detach(self, group)

    def _settle(self) -> None:
        """Forget the events whose frames the peer has acknowledged."""
        settled = False
        while self._group is not None and self._in_flight and self._in_flight[0][0] <= self._session.acknowledged:
            _, buffer, count = self._in_flight.popleft()
            buffer.acknowledge(count)
            settled = True
        if settled:
            self._outstation.check_losses()

    def _unit(self, events: list[Event]) -> bytes:
        first = events[0]
        values = tuple(Observation(*event[2:6]) for event in events)
        unit = Asdu(first.type_id, first.cause, first.common_address, values, test=first.is_test)
        return codec.encode(unit, self.tags)
