"""The controlled station (IEC 104 outstation) without I/O: image, events per group of control centres, commands.

One Outstation may hold many common addresses. A group is one control centre, with one connection or several: it has its
own event buffer, and of its connections the one that was started last transfers data (a centre that comes back while
its old connection hangs half-open is served at once). A connection without group is a passing observer: it sees events
from its start on, and nothing is kept for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from models.driver import Clock
from models.errors import LocalProtocolError
from protocols.iec104.controlled_station.buffer import EventBuffer
from protocols.iec104.controlled_station.control import CommandRequest, Control
from protocols.iec104.controlled_station.image import Image, Slot, Update
from protocols.iec104.controlled_station.measurands import Measurands
from protocols.iec104.controlled_station.points import ControlPoint, OutstationPoint
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.files.offers import FileOffers

_ANNOUNCED_LOSSES = 1000
SELECT_TIMEOUT_S = 30.0
"""How long a selection lasts that nobody executes or cancels."""
OBSERVER = GroupSettings(name="observer")


class ActiveLink(Protocol):
    """The connection that transfers data for a group."""

    name: str

    def wake(self) -> None:
        """There is something to send."""

    def replace(self, reason: str) -> None:
        """Another connection has taken over: close."""


class Group:
    """What one control centre has not received yet: events in order, and which measurands have changed."""

    def __init__(self, settings: GroupSettings) -> None:
        self.name, self.settings = settings.name, settings
        self.buffer = EventBuffer(settings.events)
        self.measurands = Measurands()
        self.active: ActiveLink | None = None
        self.initialised = False  # end of initialisation has been told

    def take(self, slot: Slot) -> bool:
        """True when the buffer has overflowed and it is time to say so: at the first loss and every thousand."""
        if not slot.point.is_event:
            self.measurands.put(slot)
            return False
        lost = self.buffer.lost
        self.buffer.append(slot.event())
        return self.buffer.lost > lost and self.buffer.lost % _ANNOUNCED_LOSSES == 1


class Outstation:
    """LocalProtocolError for addresses that occur twice or cannot be sent. Not thread-safe: one loop owns it.

    on_request is told what control centres command (without it every command is refused); answer each request with
    `complete`, and after a confirmed operation `terminate`. on_clock: (ns UTC, control centre). on_notice: one line for
    the event list: refusals by the protocol, events lost.
    """

    def __init__(
        self,
        points: Iterable[OutstationPoint],
        controls: Iterable[ControlPoint] = (),
        *,
        clock: Clock,
        groups: Sequence[GroupSettings] = (GroupSettings(),),
        select_timeout_s: float = SELECT_TIMEOUT_S,
    ) -> None:
        self.clock = clock
        self.image = Image(points)
        self.control = Control(controls, select_timeout_s, clock)
        self.on_clock: Callable[[int, str], None] = lambda time_ns, client: None
        self.on_notice: Callable[[str], None] = lambda text: None
        self.control.on_refusal = lambda text: self.on_notice(text)
        self.common_addresses = sorted({*self.image.common_addresses, *self.control.common_addresses})
        self._groups = {settings.name: Group(settings) for settings in groups}
        self._observers: list[Group] = []
        self.files = FileOffers()

    @property
    def on_request(self) -> Callable[[CommandRequest], None] | None:
        return self.control.on_request

    @on_request.setter
    def on_request(self, handler: Callable[[CommandRequest], None] | None) -> None:
        self.control.on_request = handler

    def update(self, updates: Iterable[Update]) -> None:
        """Take new values: events are queued for every group, measurands replace their last value.

        LocalProtocolError at the first unknown address or impossible value; what came before it is taken.
        """
        try:
            for update in updates:
                slot = self.image.slot(update[0], update[1])
                if slot is None:
                    raise LocalProtocolError(f"no point has common address {update[0]}, object address {update[1]}")
                if slot.take(update):
                    self._queue(slot)
        finally:
            self._wake()

    def _queue(self, slot: Slot) -> None:
        for group in (*self._groups.values(), *self._observers):
            if group.take(slot):
                self.on_notice(
                    f"event buffer of control centre {group.name} is full ({group.settings.events} events): "
                    f"{group.buffer.lost} lost so far"
                )

    def _wake(self) -> None:
        for group in (*self._groups.values(), *self._observers):
            if group.active is not None:
                group.active.wake()

    def complete(self, request: CommandRequest, positive: bool, now_s: float) -> None:
        """Answer a request; now_s: the monotonic clock of the connections."""
        self.control.complete(request.number, positive, now_s)

    def terminate(self, request: CommandRequest, positive: bool = True) -> None:
        """A confirmed operation has ended; positive: it has reached what was commanded."""
        self.control.terminate(request.number, positive)

    def settings(self, group: str | None) -> GroupSettings:
        """Of a group; of observers where there is none."""
        return OBSERVER if group is None else self._groups[group].settings

    def lost(self, group: str = MAIN) -> int:
        """Events of a group that its full buffer has dropped."""
        return self._groups[group].buffer.lost

    def unacknowledged(self, group: str = MAIN) -> int:
        """Events that the group's control centre has not acknowledged."""
        return len(self._groups[group].buffer)

    def attach(self, link: ActiveLink, name: str | None) -> Group:
        """A connection was started: it takes its group over, or becomes an observer."""
        if name is None:
            group = Group(replace(OBSERVER, name=link.name))
            self._observers.append(group)
        else:
            group = self._groups[name]
            if group.active is not None:
                group.active.replace(f"{link.name} was started in its place")
        group.active = link
        return group

    def detach(self, link: ActiveLink, group: Group) -> None:
        """The connection was stopped or closed: what it has not acknowledged waits for the next one."""
        if group.active is not link:
            return
        group.active = None
        group.buffer.rewind()
        if group in self._observers:
            self._observers.remove(group)
