"""A remote terminal unit: one IEC 104 outstation per station, in the event loop of all the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from models.command import Action, CommandResult, Outcome
from models.driver import Clock
from models.point import Cdc, Dbpos, Iec104Address, PointName, PointSpec, Value
from protocols.iec104.connection import Connection
from protocols.iec104.controlled_station.control import CommandRequest
from protocols.iec104.controlled_station.image import Update
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.server import CommandDesk, Confirm, Server
from sim_ied.board import Change
from sim_ied.face import Process
from sim_ied.world import Completion

_MOST_CONNECTIONS = 4


class Rtu:
    """specs: the points of this device. Commands are checked at select and carried out at execute."""

    def __init__(self, name: str, specs: Sequence[PointSpec], process: Process, clock: Clock) -> None:
        self.name = name
        self._process = process
        self._addresses: dict[PointName, Iec104Address] = {
            spec.name: spec.monitor for spec in specs if spec.monitor is not None
        }
        self._commands = {
            (spec.command.common_address, spec.command.object_address): spec
            for spec in specs
            if spec.command is not None
        }
        self._outstation = Outstation(monitored(specs), controllable(specs), clock=clock)
        self._desk = CommandDesk(self._outstation, self._carry_out)
        self._server: FreezableServer | None = None

    async def open(self, host: str, port: int) -> int:
        self._server = FreezableServer(self._outstation)
        await self._server.listen(host, port)
        return self._server.port

    def prepare(self, changes: Sequence[Change]) -> None:
        for update in self._updates(changes):
            slot = self._outstation.image.slot(update[0], update[1])
            if slot is not None:
                slot.take(update)

    def update(self, changes: Sequence[Change]) -> None:
        self._outstation.update(self._updates(changes))

    def _updates(self, changes: Sequence[Change]) -> list[Update]:
        return [
            (address.common_address, address.object_address, change.value, change.quality, change.time_ns)
            for change in changes
            if (address := self._addresses.get(change.point)) is not None
        ]

    def freeze(self, frozen: bool) -> None:
        if self._server is not None:
            self._server.freeze(frozen)

    async def close(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            server.freeze(False)
            await server.close()

    async def stop(self) -> None:
        """Close for good: commands under way are abandoned."""
        await self._desk.close()
        await self.close()

    async def _carry_out(self, request: CommandRequest, confirm: Confirm) -> None:
        spec = self._commands[request.common_address, request.object_address]
        value = _value(spec, request)
        if request.action is Action.CANCEL:
            confirm(CommandResult(Outcome.ACCEPTED))
        elif request.action is Action.SELECT or request.test:
            confirm(self._process.check(spec.name, value))
        else:
            await self._operate(spec.name, value, confirm)

    async def _operate(self, point: PointName, value: Value, confirm: Confirm) -> None:
        """Confirm at once, return (which terminates) when the switch has come to rest."""
        end: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()

        def ended(completion: Completion) -> None:
            if not end.done():
                end.set_result(completion)

        result = self._process.command(point, value, ended)
        confirm(result)
        if result.accepted:
            await end


def _value(spec: PointSpec, request: CommandRequest) -> Value:
    number = int(request.value) if isinstance(request.value, bool | int | float) else 0
    return Dbpos(number) if spec.cdc is Cdc.DPC else bool(number)


class FreezableServer(Server):
    """A listening socket whose connections can hang, as those of a device whose program has stopped do."""

    def __init__(self, outstation: Outstation) -> None:
        super().__init__(outstation, MAIN, _MOST_CONNECTIONS)
        self._frozen = False

    def freeze(self, frozen: bool) -> None:
        """Connections that come while frozen are accepted by the system and hang too."""
        self._frozen = frozen
        for connection in list(self._connections):
            if isinstance(connection, _FreezableConnection):
                connection.freeze(frozen)

    def _accept(self) -> Connection:
        connection = _FreezableConnection(self._open, self._connections.discard)
        connection.freeze(self._frozen)
        return connection


class _FreezableConnection(Connection):
    """While frozen, what comes is kept unread, what should go waits, and no timer does anything."""

    _frozen = False
    _held = b""

    def freeze(self, frozen: bool) -> None:
        self._frozen = frozen
        if not frozen:
            held, self._held = self._held, b""
            if held:
                self.data_received(held)
            self.wake()

    def data_received(self, data: bytes) -> None:
        if self._frozen:
            self._held += data
        else:
            super().data_received(data)

    def _send(self) -> None:
        if self._frozen:
            self._flush = None
        else:
            super()._send()

    def _tick(self) -> None:
        if self._frozen:
            self._timer = None
        else:
            super()._tick()
