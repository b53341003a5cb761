"""A remote terminal unit: one IEC 104 outstation per station, in the event loop of all the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from models.command import Action, AddCause, CommandResult, Outcome
from models.driver import Clock
from models.errors import LocalProtocolError
from models.point import Cdc, Dbpos, PointName, PointSpec, Value
from protocols.iec104.application.initialisation import Initialisation
from protocols.iec104.clockwork import Clockwork
from protocols.iec104.connection import Connection
from protocols.iec104.controlled_station.commands.commanded import commanded
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.image import Update
from protocols.iec104.controlled_station.outlets import Outlets
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.controlled_station.services.reset import Answer
from protocols.iec104.controlled_station.settings import MAIN
from protocols.iec104.server import CommandDesk, Confirm, Door, Server
from sim_ied import rtu_services
from sim_ied.board import Change
from sim_ied.face import Process
from sim_ied.records.device_record import DeviceRecord
from sim_ied.records.rtu_files import RtuFiles
from sim_ied.world import Completion

_MOST_CONNECTIONS = 4
_HOST = "127.0.0.1"


class Rtu:
    """specs: the points of this device. Commands are checked at select, carried out at execute. door: TLS, or None."""

    def __init__(
        self, name: str, specs: Sequence[PointSpec], process: Process, clock: Clock, door: Door | None = None
    ) -> None:
        self.name, self._door = name, door or _plain
        self._process = process
        self._outlets = Outlets((spec.name, spec) for spec in specs)
        self._commanded = commanded(specs)
        self._outstation = Outstation(
            monitored(specs), controllable(specs, _qualifiers), clock=clock, groups=[rtu_services.SERVED]
        )
        self._outstation.on_reset = self._reset
        self._desk = CommandDesk(self._outstation, self._carry_out)
        self._files = RtuFiles(self._outstation.files, min(self._outstation.common_addresses, default=1))
        self._server: Server | None = None
        self._clockwork: Clockwork | None = None
        self._restarting: asyncio.Task[None] | None = None

    async def open(self, host: str, port: int) -> int:
        if self._clockwork is None:
            self._clockwork = Clockwork(self._outstation.agenda)
        self._server = Server(self._outstation, MAIN, _MOST_CONNECTIONS, door=self._door)
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
            update
            for change in changes
            for update in self._outlets.updates(change.point, change.value, change.quality, change.time_ns)
        ]

    def offer(self, record: DeviceRecord) -> None:
        """Told to whoever is connected, and to whoever connects later."""
        self._files.offer(record)

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
        if self._restarting is not None:
            self._restarting.cancel()
            await asyncio.gather(self._restarting, return_exceptions=True)
        if self._clockwork is not None:
            self._clockwork.close()
        await self._desk.close()
        await self.close()

    def _reset(self, centre: str, answer: Answer) -> None:
        """A control centre resets the device: it goes away for a moment, and comes back with COI 2."""
        if self._server is None or (self._restarting is not None and not self._restarting.done()):
            answer("the device restarts already")
            return
        answer("")
        self._restarting = asyncio.get_running_loop().create_task(self._restart(self._server.port))

    async def _restart(self, port: int) -> None:
        await asyncio.sleep(rtu_services.ANSWER_S)
        if self._server is None:
            return  # somebody has switched the device off meanwhile
        await self.close()
        self._outstation.restarted(Initialisation.REMOTE)
        await self.open(_HOST, port)

    async def _carry_out(self, request: CommandRequest, confirm: Confirm) -> None:
        target = self._commanded[request.common_address, request.object_address]
        spec = target.spec
        try:
            value = _VALUES.get(spec.cdc, bool)(target.value(request.value))
        except LocalProtocolError as error:
            confirm(CommandResult(Outcome.REFUSED, AddCause.INCONSISTENT_PARAMETERS, str(error)))
            return
        if request.action is Action.CANCEL:
            confirm(CommandResult(Outcome.ACCEPTED))
        elif request.action is Action.SELECT or request.test:
            confirm(self._process.check(spec.name, value))
        else:
            await self._operate(spec.name, value, confirm)

    async def _operate(self, point: PointName, value: Value, confirm: Confirm) -> None:
        """Confirm at once, return (which terminates) when the equipment rests; a second answer says that it failed."""
        end: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()

        def ended(completion: Completion) -> None:
            if not end.done():
                end.set_result(completion)

        result = self._process.command(point, value, ended)
        confirm(result)
        if result.accepted:
            completion = await end
            if not completion.accepted:
                confirm(CommandResult(Outcome.REFUSED, completion.add_cause, f"{point} has not arrived"))


_PULSED = (Cdc.DPC, Cdc.BSC)
_PULSES = frozenset({0, 1, 2})  # the drives end a pulse by themselves; a persistent output would burn their coils


def _qualifiers(spec: PointSpec) -> frozenset[int]:
    return _PULSES if spec.cdc in _PULSED else frozenset()


_VALUES: dict[Cdc, Callable[[bool | int | float], Value]] = {
    Cdc.DPC: lambda value: Dbpos(int(value)),
    Cdc.BSC: lambda value: Dbpos(int(value)),  # one step: OFF lower, ON higher
    Cdc.INC: int,
    Cdc.ISC: int,
    Cdc.APC: float,
}


def _plain(connection: Connection) -> Connection:
    return connection
