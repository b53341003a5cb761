"""The control centres' side: an IEC 60870-5-104 outstation with every point of the unit [U2].

Addresses are those of IEC 61850-80-1 in the SCD. Each control centre has its own listening address and event buffer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from models.alarm import Category, Severity
from models.command import Action, AddCause, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import Clock
from models.errors import LocalProtocolError
from models.point import Cdc, Dbpos, PointName, Sample
from protocols.iec104.application.variant import asked
from protocols.iec104.controlled_station.control import CommandRequest
from protocols.iec104.controlled_station.image import Update
from protocols.iec104.controlled_station.outlets import Outlets
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.server import CommandDesk, Confirm, Server, serve
from substation.event_list import EventList
from substation.image import Image
from substation.northbound.files import RecordOffers, offered
from substation.northbound.settings import ControlCentre
from substation.records.store import RecordStore

Carry = Callable[[Action, PointName, Dbpos | bool, Originator, Confirm], Awaitable[None]]
"""Takes one service through the command gate; confirms once, returns when the operation has ended."""


class Northbound:
    """`run` until cancelled; `ports` tells where each control centre is served."""

    def __init__(
        self, centres: Sequence[ControlCentre], image: Image, carry: Carry, events: EventList, clock: Clock
    ) -> None:
        specs = [spec for _, spec in image.register.items()]
        self._centres, self._image, self._carry, self._events = tuple(centres), image, carry, events
        self._outlets = Outlets(image.register.items())
        self._commanded = {
            (address.common_address, address.object_address): (spec, address)
            for spec in specs
            for address in spec.commands
        }
        self._outstation = Outstation(
            monitored(specs),
            controllable(specs),
            clock=clock,
            groups=[centre.group for centre in centres],
        )
        self._outstation.on_notice = lambda text: events.tell(Category.LINK, Severity.MEDIUM, "control centre", text)
        self._commanders: dict[tuple[int, int], str] = {}
        self._unfit: set[tuple[int, int]] = set()
        self._offers: list[RecordOffers] = []
        self._servers: dict[str, Server] = {}
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
        """Which control centres are connected now."""
        return {name: server.connections > 0 for name, server in self._servers.items()}

    def _changed(self, samples: list[Sample]) -> None:
        updates = [update for sample in samples for update in self._updates(sample)]
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
                self._events.tell(Category.LINK, Severity.MEDIUM, "control centre", f"not told: {error}")

    def _updates(self, sample: Sample) -> Sequence[Update]:
        return self._outlets.updates(sample.handle, sample.value, sample.quality, sample.source_time_ns)

    async def run(self) -> None:
        """ConfigError or LinkError when an address cannot be listened on."""
        self._changed([sample for handle in self._outlets if (sample := self._image.get(handle))])
        desk = CommandDesk(self._outstation, self._command)
        try:
            for centre in self._centres:
                self._servers[centre.name] = await serve(
                    self._outstation, centre.listen.host, centre.listen.port, centre.name
                )
            self.listening.set()
            await asyncio.get_running_loop().create_future()
        finally:
            await desk.close()
            for offers in self._offers:
                await offers.close()
            for server in self._servers.values():
                await server.close()

    async def _command(self, request: CommandRequest, confirm: Confirm) -> None:
        address = request.common_address, request.object_address
        spec, commanded = self._commanded[address]
        name = spec.name
        # A selection that expires, or whose connection is lost, is cancelled by the outstation for who made it.
        centre = request.client.rpartition(" ")[0] or self._commanders.get(address, "control centre")
        self._commanders[address] = centre
        if not isinstance(request.value, bool | Dbpos):
            confirm(CommandResult(Outcome.REFUSED, AddCause.NOT_SUPPORTED, f"{name} takes single and double commands"))
            return
        try:
            value = asked(commanded, request.value, spec.cdc is Cdc.DPC)
        except LocalProtocolError as error:
            confirm(CommandResult(Outcome.REFUSED, AddCause.INCONSISTENT_PARAMETERS, f"{name}: {error}"))
            return
        if not isinstance(value, bool | Dbpos):
            confirm(CommandResult(Outcome.REFUSED, AddCause.NOT_SUPPORTED, f"{name} takes no numbers"))
            return
        originator = Originator(OriginatorCategory.REMOTE_CONTROL, centre[:24])
        await self._carry(request.action, name, value, originator, confirm)
