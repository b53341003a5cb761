"""Our own stations as sides of the bench."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import Driver, LinkConfig
from models.point import Cdc, ControlModel, Handle, Iec104Address, PointName, PointSpec, SampleBatch
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.group import EventClass
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import ControlPoint, OutstationPoint
from protocols.iec104.controlled_station.settings import MAIN, GroupSettings
from protocols.iec104.event_store.event_log import EventLog
from protocols.iec104.master import create
from protocols.iec104.server import CommandDesk, Confirm, Server, serve
from tests.bench.iec104 import work
from tests.bench.iec104.work import COMMAND, EPOCH_MS, EVENT, STATION, Arrivals, paced

_AT_ONCE = 200
_MOST_WAITING = 20_000
_CAPACITY = 2_000_000
_SWITCH = Handle(2)


class Controlled:
    """One outstation; a burst waits while the control centre has much to catch up with."""

    def __init__(self) -> None:
        self._held: list[tuple[Server, CommandDesk]] = []

    async def open(self, objects: int, folder: str) -> int:
        points = [OutstationPoint(STATION, number, work.TYPE_MEASURED, False) for number in range(1, objects + 1)]
        points.append(OutstationPoint(STATION, EVENT, work.TYPE_EVENT))
        controls = [ControlPoint(STATION, COMMAND, work.TYPE_COMMAND)]
        groups = [GroupSettings(events=_CAPACITY)]
        stores = await _stores(Path(folder)) if folder else None
        self._outstation = Outstation(points, controls, clock=time.time_ns, groups=groups, stores=stores)
        self._desk = CommandDesk(self._outstation, _carry_out)
        self._outstation.update([_event(-1)])  # what a point shows first is its picture, not an event
        self._server: Server = await serve(self._outstation, "127.0.0.1", 0)
        for number in range(1, objects + 1):
            self._outstation.image.slot(STATION, number).take((STATION, number, number / 8, 0, None))  # type: ignore[union-attr]
        return self._server.port

    async def open_many(self, stations: int) -> list[int]:
        ports = []
        for _ in range(stations):
            ports.append(await self.open(10, ""))
            self._held.append((self._server, self._desk))
        return ports

    async def burst(self, count: int, rate: float) -> dict[str, float]:
        begun_s = time.monotonic()
        for first in range(0, count, _AT_ONCE):
            for number in range(first, min(first + _AT_ONCE, count)):
                self._outstation.update([_event(number)])
            await asyncio.sleep(0)
            while rate == 0 and self._outstation.unacknowledged() > _MOST_WAITING:
                await asyncio.sleep(0.001)
            while rate and (ahead_s := (first + _AT_ONCE) / rate - (time.monotonic() - begun_s)) > 0:
                await asyncio.sleep(ahead_s)
        return {"accepted": count, "seconds": time.monotonic() - begun_s}

    async def paced(self, count: int, rate: float) -> list[int]:
        async def tell(number: int) -> None:
            self._outstation.update([_event(number)])

        return await paced(count, rate, tell)


async def _stores(folder: Path) -> dict[tuple[str, EventClass], EventLog]:
    log = await EventLog.open(folder / str(time.time_ns()), ThreadPoolExecutor(1), time.time_ns)
    return {(MAIN, EventClass.STATUS): log}


def _event(number: int) -> tuple[int, int, bool, int, int]:
    return STATION, EVENT, bool(number & 1), 0, (EPOCH_MS + number) * 1_000_000


async def _carry_out(request: CommandRequest, confirm: Confirm) -> None:
    confirm(CommandResult(Outcome.ACCEPTED))


class Controlling:
    """One master link; history stores at once."""

    def __init__(self) -> None:
        self.arrivals = Arrivals()
        self.objects = 0
        self._connected = asyncio.Event()
        self._link: asyncio.Task[None] | None = None
        self._held: list[asyncio.Task[None] | None] = []

    async def events(self, batch: SampleBatch) -> None:
        now_ns = time.time_ns()
        take = self.arrivals.take
        for handle, source_ns in zip(batch.handles, batch.source_times_ns, strict=True):
            if handle == 1 and source_ns is not None and source_ns >= EPOCH_MS * 1_000_000:
                take(source_ns // 1_000_000 - EPOCH_MS, now_ns)

    def measurands(self, batch: SampleBatch) -> None:
        self.objects += len(batch)

    def connected(self) -> None:
        self._connected.set()

    def notice(self, text: str) -> None:
        """Nothing odd is expected."""

    async def interrogate(self, host: str, port: int, objects: int) -> dict[str, float]:
        self.objects = 0
        driver = _driver(host, port, objects)  # made once for the life of a link, so it does not count
        begun_s = time.monotonic()
        await self._run(driver)
        seconds = time.monotonic() - begun_s
        await self._leave()
        return {"objects": self.objects, "seconds": seconds}

    async def connect(self, host: str, port: int) -> bool:
        await self._run(_driver(host, port, 0))
        return True

    async def _run(self, driver: Driver) -> None:
        self._connected.clear()
        self._driver = driver
        self._link = asyncio.create_task(driver.run(self))
        await self._connected.wait()

    async def _leave(self) -> None:
        if self._link is not None:
            self._link.cancel()
            await asyncio.gather(self._link, return_exceptions=True)

    async def hold(self, ports: list[int]) -> bool:
        for port in ports:
            await self._run(_driver("127.0.0.1", port, 10))
            self._held.append(self._link)
        return True

    async def command(self, count: int) -> list[float]:
        originator = Originator(OriginatorCategory.REMOTE_CONTROL, "bench")
        seconds = []
        for number in range(count):
            begun_s = time.perf_counter()
            command = Command(number, _SWITCH, Action.OPERATE, bool(number & 1), originator, time.time_ns())
            result = await self._driver.execute(command)
            seconds.append(time.perf_counter() - begun_s)
            if not result.accepted:
                raise RuntimeError(result.reason)
        return seconds


def _driver(host: str, port: int, objects: int) -> Driver:
    return create(LinkConfig("RTU", "iec104", "RTU", host, port), _points(objects), time.time_ns)


def _points(objects: int) -> list[tuple[Handle, PointSpec]]:
    event = PointSpec(PointName("RTU", "GGIO1.Ind1"), Cdc.SPS, "RTU", monitor=Iec104Address(STATION, EVENT, 30))
    switch = PointSpec(
        PointName("RTU", "GGIO1.SPCSO1"),
        Cdc.SPC,
        "RTU",
        command=Iec104Address(STATION, COMMAND, 45),
        control_model=ControlModel.DIRECT_NORMAL,
    )
    measured = [(Handle(number + 10), _measured(number)) for number in range(1, objects + 1)]
    return [(Handle(1), event), (_SWITCH, switch), *measured]


def _measured(number: int) -> PointSpec:
    address = Iec104Address(STATION, number, work.TYPE_MEASURED)
    return PointSpec(PointName("RTU", f"MMXU{number}.TotW"), Cdc.MV, "RTU", "W", monitor=address)
