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
from models.point import Dbpos, Handle, PointName, Sample
from protocols.iec104.controlled_station.control import CommandRequest
from protocols.iec104.controlled_station.image import Update
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.server import CommandDesk, Confirm, Server, serve
from substation.event_list import EventList
from substation.image import Image
from substation.northbound.settings import ControlCentre

Carry = Callable[[Action, PointName, Dbpos | bool, Originator, Confirm], Awaitable[None]]
"""Takes one service through the command gate; confirms once, returns when the operation has ended."""


class Northbound:
    """`run` until cancelled; `ports` tells where each control centre is served."""

    def __init__(
        self, centres: Sequence[ControlCentre], image: Image, carry: Carry, events: EventList, clock: Clock
    ) -> None:
        specs = [spec for _, spec in image.register.items()]
        self._centres, self._image, self._carry, self._events = tuple(centres), image, carry, events
        self._addresses = {
            handle: (spec.monitor.common_address, spec.monitor.object_address)
            for handle, spec in image.register.items()
            if spec.monitor is not None
        }
        self._commanded = {
            (spec.command.common_address, spec.command.object_address): spec.name
            for spec in specs
            if spec.command is not None
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
        self._servers: dict[str, Server] = {}
        self.listening = asyncio.Event()
        image.subscribe(self._changed)

    @property
    def ports(self) -> Mapping[str, int]:
        """Port per control centre, once `listening` is set."""
        return {name: server.port for name, server in self._servers.items()}

    def connected(self) -> Mapping[str, bool]:
        """Which control centres are connected now."""
        return {name: server.connections > 0 for name, server in self._servers.items()}

    def _changed(self, samples: list[Sample]) -> None:
        updates = [update for sample in samples if (update := self._update(sample)) is not None]
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

    def _update(self, sample: Sample) -> Update | None:
        address = self._addresses.get(sample.handle)
        if address is None:
            return None
        return (*address, sample.value, sample.quality, sample.source_time_ns)

    async def run(self) -> None:
        """ConfigError or LinkError when an address cannot be listened on."""
        self._changed([sample for handle in self._addresses if (sample := self._image.get(Handle(handle)))])
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
            for server in self._servers.values():
                await server.close()

    async def _command(self, request: CommandRequest, confirm: Confirm) -> None:
        address = request.common_address, request.object_address
        name = self._commanded[address]
        # A selection that expires, or whose connection is lost, is cancelled by the outstation for who made it.
        centre = request.client.rpartition(" ")[0] or self._commanders.get(address, "control centre")
        self._commanders[address] = centre
        if not isinstance(request.value, bool | Dbpos):
            confirm(CommandResult(Outcome.REFUSED, AddCause.NOT_SUPPORTED, f"{name} takes single and double commands"))
            return
        originator = Originator(OriginatorCategory.REMOTE_CONTROL, centre[:24])
        await self._carry(request.action, name, request.value, originator, confirm)
