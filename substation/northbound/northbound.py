"""The control centres' side: an IEC 60870-5-104 outstation with every point of the unit [U2].

Addresses are those of IEC 61850-80-1 in the SCD. Each control centre has its own event buffer, and listening addresses
of its own or shared with others whose peers are known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from models.alarm import Category, Severity
from models.driver import Clock
from models.errors import LocalProtocolError
from models.point import Dbpos, PointSpec, Sample
from models.quality import is_stale
from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.clockwork import Clockwork
from protocols.iec104.controlled_station.commands.commanded import Commanded, commanded
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.image import Update
from protocols.iec104.controlled_station.outlets import Outlets
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.link.session import State
from protocols.iec104.server import CommandDesk, Confirm, Server
from substation.control.operation import GateTimers
from substation.event_list import EventList
from substation.image import Image
from substation.northbound.agreed.settings import ControlCentre
from substation.northbound.buffers import Buffers
from substation.northbound.centre_board import CentreBoard
from substation.northbound.commands import CentreOrder
from substation.northbound.doors import Doors
from substation.northbound.files import RecordOffers, offered
from substation.northbound.listening import listen
from substation.northbound.notices import PLACE, Notices
from substation.northbound.origins import Origins
from substation.northbound.serving import Serving
from substation.records.store import RecordStore

_SELECT_S = GateTimers().select_timeout_s - 1.0
"""A selection ends here before it ends at the gate, so that it is given back to the device too."""

Carry = Callable[[CentreOrder, Confirm], Awaitable[None]]
"""Takes one service through the command gate; confirms, returns when the operation has ended."""


class Northbound:
    """`run` until cancelled; `ports` tells where each control centre is served."""

    def __init__(
        self,
        centres: Sequence[ControlCentre],
        image: Image,
        carry: Carry,
        events: EventList,
        clock: Clock,
        buffers: Buffers,
        serving: Serving,
    ) -> None:
        specs = [spec for _, spec in image.register.items()]
        self._centres, self._image, self._carry, self._events = tuple(centres), image, carry, events
        self._outlets = Outlets(image.register.items())
        self._commanded = commanded(specs)
        self._outstation = Outstation(
            monitored(specs),
            controllable(specs, _qualifiers),
            clock=clock,
            select_timeout_s=_SELECT_S,
            groups=[centre.group for centre in centres],
            stores=buffers.stores,
            memory=serving,
            clock_quality=serving.clock_quality,
        )
        self.serving = serving
        serving.bind(self._outstation)
        self._origins = Origins(image, self._outstation.image, serving.under_way)
        buffers.tell(events)
        self._keep_high_water = buffers.watch(serving, events)
        self._outstation.on_loss = lambda text: events.tell(Category.LINK, Severity.HIGH, PLACE, text)
        names = [centre.name for centre in centres]
        self._notices = Notices(names, partial(events.tell, Category.LINK, Severity.MEDIUM))
        self._outstation.on_notice = self._notices.take
        self._commanders: dict[tuple[int, int], str] = {}
        self._unfit: set[tuple[int, int]] = set()
        self._offers: list[RecordOffers] = []
        self._doors = Doors(centres, clock, events)
        self._servers: dict[str, Server] = {}
        self.board = CentreBoard(self._outstation, self._servers, clock, self._tick, self._tell)
        self.listening = asyncio.Event()
        image.subscribe(self._changed)

    def offer(self, records: RecordStore) -> None:
        """Disturbance records, to each control centre whose settings say where they stand."""
        offers = [(centre.name, centre.files) for centre in self._centres if centre.files is not None]
        self._offers = offered(offers, records, self._outstation, self._outstation.on_notice)

    @property
    def ports(self) -> Mapping[str, int]:
        """Port per control centre, once `listening` is set."""
        return {name: server.port for name, server in self._servers.items()}

    def connected(self) -> Mapping[str, bool]:
        """To which control centres data is transferred now."""
        return {
            name: any(link.session.state is State.STARTED for link in server.links())
            for name, server in self._servers.items()
        }

    def _tick(self, now_s: float) -> None:
        self._notices.tick(now_s)
        self._keep_high_water()

    def _tell(self, centre: str, up: bool, text: str) -> None:
        severity = Severity.INFORMATION if up else Severity.MEDIUM
        self._events.tell(Category.LINK, severity, f"control centre {centre}", text)

    def _changed(self, samples: list[Sample]) -> None:
        updates = [update for sample in samples for update in self._updates(sample)]
        self._outstation.returns.mark(self._origins.causes(samples))
        try:
            self._outstation.update(updates)
        except LocalProtocolError:  # one value that cannot be sent must not take the others along
            for update in updates:
                self._take_one(update)

    def _take_one(self, update: Update) -> None:
        try:
            self._outstation.update([update])
        except LocalProtocolError as error:
            if update[:2] not in self._unfit:
                self._unfit.add(update[:2])
                self._events.tell(Category.LINK, Severity.MEDIUM, PLACE, f"not told: {error}")

    def _updates(self, sample: Sample) -> Sequence[Update]:
        updates = self._outlets.updates(sample.handle, sample.value, sample.quality, sample.source_time_ns)
        return [self._stamped(update, sample) for update in updates] if is_stale(sample.quality) else updates

    def _stamped(self, update: Update, sample: Sample) -> Update:
        """A value that turned stale here still bears the field's time of what it was: it gets the unit's own."""
        common_address, object_address, value, quality, time_ns = update
        slot = self._outstation.image.slot(common_address, object_address)
        if slot is None or time_ns is None or slot.time_ns != time_ns:
            return update
        return common_address, object_address, value, quality | self.serving.clock_quality(), sample.arrival_time_ns

    async def run(self) -> None:
        """ConfigError or LinkError when an address cannot be listened on."""
        self._changed([sample for handle in self._outlets if (sample := self._image.get(handle))])
        desk = CommandDesk(self._outstation, self._command, tells_refusals=False)
        clockwork = Clockwork(self._outstation.agenda)
        try:
            for centre in self._centres:
                door, most = self._doors.door(centre.name), centre.group.most_connections
                server = Server(self._outstation, centre.name, most, door=door)
                server.tally.beside = partial(self._doors.counters, centre.name)
                self._servers[centre.name] = server
            await listen(self._servers, {centre.name: centre.addresses for centre in self._centres})
            self.listening.set()
            await self.board.run()
        finally:
            clockwork.close()
            await self.serving.close()
            await desk.close()
            for offers in self._offers:
                await offers.close()
            for server in self._servers.values():
                await server.close()
            self._keep_high_water()

    async def _command(self, request: CommandRequest, confirm: Confirm) -> None:
        address = request.common_address, request.object_address
        target = self._commanded[address]
        name = target.spec.name
        # A selection that expires, or whose connection is lost, is cancelled by the outstation for who made it.
        centre = request.centre or self._commanders.get(address, "control centre")
        self._commanders[address] = centre
        value, fault = _asked(target, request.value)
        order = CentreOrder(
            request.action,
            name,
            value,
            centre,
            request.client,
            request.originator,
            request.qualifier,
            request.test,
            self._doors.objection(request.client, request.action, name.location),
            fault,
        )
        await self._carry(order, confirm)


def _asked(target: Commanded, value: ElementValue) -> tuple[bool | Dbpos | int | float, str]:
    """The value as the point has it, and why it is none."""
    try:
        return target.value(value), ""
    except LocalProtocolError as error:
        return value if isinstance(value, bool | int | float) else False, str(error)


def _qualifiers(spec: PointSpec) -> frozenset[int]:
    """An RTU is told the qualifier; a device with another protocol has pulses in its own settings."""
    return frozenset({0}) if spec.reference else frozenset()
