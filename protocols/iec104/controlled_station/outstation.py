"""The controlled station (IEC 104 outstation) without I/O: image, events per group of control centres, commands.

One Outstation may hold many common addresses. A group is one control centre, with one connection or several: it has its
own event buffer, and of its connections the one that was started last transfers data (a centre that comes back while
its old connection hangs half-open is served at once). A connection without group is a passing observer: it sees events
from its start on, and nothing is kept for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from time import monotonic

from models.command import Action
from models.driver import Clock
from models.errors import LocalProtocolError
from protocols.iec104.application.initialisation import Initialisation
from protocols.iec104.controlled_station.agenda import Agenda
from protocols.iec104.controlled_station.commands.control import CommandRequest, Control
from protocols.iec104.controlled_station.commands.returns import ReturnInformation, becomes, shown_by
from protocols.iec104.controlled_station.events.records import pack
from protocols.iec104.controlled_station.group import ActiveLink, Group, Stores
from protocols.iec104.controlled_station.image import Image, Slot, Update
from protocols.iec104.controlled_station.losses import Losses, overflow_points
from protocols.iec104.controlled_station.memory import Forgetful, Memory
from protocols.iec104.controlled_station.points import ControlPoint, OutstationPoint
from protocols.iec104.controlled_station.service_settings import CounterSettings, ServiceSettings
from protocols.iec104.controlled_station.services.provision import Ground, Provision
from protocols.iec104.controlled_station.services.reset import Answer
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.files.offers import FileOffers

SELECT_TIMEOUT_S = 30.0
"""How long a selection lasts that nobody executes or cancels."""
OBSERVER = GroupSettings(
    name="observer", accepts_clock=False, services=ServiceSettings(counters=CounterSettings(commands=False))
)


class Outstation:
    """LocalProtocolError for addresses that occur twice or cannot be sent. Not thread-safe: one loop owns it.

    on_request is told what control centres command (without it every command is refused); answer each request with
    `complete`, and after a confirmed operation `terminate`. on_clock: (ns UTC, control centre) sets the clock, or says
    why not. on_reset: (control centre, answer) takes a general reset and answers '' or why not, once; None: nobody can.
    initialised_by: COI of the end of initialisation. on_notice: one line for the event list: refusals by the protocol.
    on_loss: events lost. monotonic: seconds, the clock of the connections. memory: what survives a restart.
    clock_quality: bits of models.quality for what is stamped with `clock` now. Somebody has to drive `agenda`.
    stores: where events are durable; without they are in memory. With stores the first value of each point is an event
    only where it differs from what the group was told.
    """

    def __init__(
        self,
        points: Iterable[OutstationPoint],
        controls: Iterable[ControlPoint] = (),
        *,
        clock: Clock,
        groups: Sequence[GroupSettings] = (GroupSettings(),),
        select_timeout_s: float = SELECT_TIMEOUT_S,
        stores: Stores | None = None,
        monotonic: Callable[[], float] = monotonic,
        memory: Memory | None = None,
        clock_quality: Callable[[], int] = lambda: 0,
    ) -> None:
        self.clock, self.clock_quality = clock, clock_quality
        self.image, self.agenda = Image([*points, *overflow_points(groups)]), Agenda()
        kept = Forgetful() if memory is None else memory
        self._ground = Ground(self.image, self.agenda, kept, clock, monotonic, clock_quality)
        self.returns = ReturnInformation(monotonic)
        self._shown = shown_by(self.image, controls := list(controls))
        self.control = Control(controls, select_timeout_s, clock)
        self.on_clock: Callable[[int, str], str | None] = lambda time_ns, client: None
        self.on_reset: Callable[[str, Answer], None] | None = None
        self.initialised_by = int(Initialisation.POWER)
        self.on_notice: Callable[[str], None] = lambda text: None
        self.on_loss: Callable[[str], None] = lambda text: None
        self.control.on_refusal = lambda text: self.on_notice(text)
        self.common_addresses = sorted({*self.image.common_addresses, *self.control.common_addresses})
        self._groups = {settings.name: Group(settings, self._ground, stores) for settings in groups}
        self._everyone: tuple[Group, ...] = tuple(self._groups.values())  # and the observers
        self.files = FileOffers()
        self._observed: Provision | None = None
        self._unseen = self.image.events() if stores else set()  # not told by the field since the start
        self._restore()
        self._losses = Losses(self._groups.values(), clock)

    def _restore(self) -> None:
        """Until the field answers, interrogations are told what was known last, as invalid and old."""
        for group in self._groups.values():
            for address, value in group.known():
                slot = self.image.slot(*address)
                if slot is not None:
                    slot.restore(value)

    @property
    def on_request(self) -> Callable[[CommandRequest], None] | None:
        return self.control.on_request

    @on_request.setter
    def on_request(self, handler: Callable[[CommandRequest], None] | None) -> None:
        self.control.on_request = None if handler is None else partial(self._request, handler)

    def _request(self, handler: Callable[[CommandRequest], None], request: CommandRequest) -> None:
        """An operation will move what shows it: that is return information."""
        if request.action is Action.OPERATE and not request.test:
            for slot in self._shown.get((request.common_address, request.object_address), ()):
                self.returns.expect(slot, becomes(slot, request.value))
        handler(request)

    def update(self, updates: Iterable[Update]) -> None:
        """Take new values: events are queued for every group, measurands replace their last value.

        LocalProtocolError at the first unknown address or impossible value; what came before it is taken.
        """
        try:
            for update in updates:
                slot = self.image.slot(update[0], update[1])
                if slot is None:
                    raise LocalProtocolError(f"no point has common address {update[0]}, object address {update[1]}")
                if (changed := slot.take(update)) or (self._unseen and update[:2] in self._unseen):
                    self._queue(slot, changed)
        finally:
            self.check_losses()
            self._wake()

    def _queue(self, slot: Slot, changed: bool = True) -> None:
        groups = self._everyone
        if slot.is_total or not slot.point.is_event:
            for group in groups:
                group.measure(slot)
            return
        event = slot.event(self.returns.cause_of(slot))
        record = pack(event)
        if self._unseen and (address := (slot.point.common_address, slot.point.object_address)) in self._unseen:
            self._unseen.discard(address)
            for group in groups:
                group.take_first(slot, event, record, changed)
            return
        for group in groups:
            group.take(slot, event, record)

    def check_losses(self) -> None:
        """Tell what full buffers have dropped; called after updates and acknowledgements."""
        if not self._losses.are_due:
            return
        for update in self._losses.changed():
            slot = self.image.slot(update[0], update[1])
            if slot is not None and slot.take(update):
                self._queue(slot)
        for text in self._losses.texts():
            self.on_loss(text)

    def _wake(self) -> None:
        for group in self._everyone:
            if group.active is not None:
                group.active.wake()

    def complete(self, request: CommandRequest, positive: bool, now_s: float) -> None:
        """Answer a request; now_s: the monotonic clock of the connections."""
        self.control.complete(request.number, positive, now_s)
        if not positive and request.action is Action.OPERATE:
            self._ended(request)

    def terminate(self, request: CommandRequest, positive: bool = True) -> None:
        """A confirmed operation has ended; positive: it has reached what was commanded."""
        self.control.terminate(request.number, positive)
        self._ended(request)

    def _ended(self, request: CommandRequest) -> None:
        for slot in self._shown.get((request.common_address, request.object_address), ()):
            self.returns.ended(slot)

    def settings(self, group: str | None) -> GroupSettings:
        """Of a group; of observers where there is none."""
        return OBSERVER if group is None else self._groups[group].settings

    def provision(self, group: str | None) -> Provision:
        """What a group is provided with; observers share one."""
        if group is not None:
            return self._groups[group].provision
        if self._observed is None:
            self._observed = Group(OBSERVER, self._ground).provision
        return self._observed

    def restarted(self, coi: int) -> None:
        """Tell the end of an initialisation (COI) again, to every group when it is started next."""
        self.initialised_by = coi
        for group in self._groups.values():
            group.initialised = False

    def clear_waiting(self, group: str) -> int:
        """Drop the events of a group that are not on their way (C_RP_NA_1 with qualifier 2); how many these were."""
        return self._groups[group].clear_waiting()

    def lost(self, group: str = MAIN) -> int:
        """Events of a group that its full buffer has dropped."""
        return self._groups[group].lost

    def unacknowledged(self, group: str = MAIN) -> int:
        """Events that the group's control centre has not acknowledged."""
        return len(self._groups[group])

    def attach(self, link: ActiveLink, name: str | None) -> Group:
        """A connection was started: it takes its group over, or becomes an observer."""
        if name is None:
            group = Group(replace(OBSERVER, name=link.name), self._ground, provision=self.provision(None))
            self._everyone += (group,)
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
        group.rewind()
        if group.name not in self._groups:
            self._everyone = tuple(each for each in self._everyone if each is not group)
