"""Real front ends before real outstations: child processes, sockets, history on disk; and what the unit made of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from models.alarm import Event
from models.command import Action, Command, CommandResult, Originator, OriginatorCategory
from models.driver import LinkConfig
from models.point import Cdc, ControlModel, Dbpos, Handle, Iec104Address, PointName, PointSpec, Value
from models.quality import is_stale
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.server import CommandDesk, CommandHandler, Server, serve
from substation.acquisition import Acquisition
from substation.event_list import EventList
from substation.field.front_end import FrontEnd
from substation.history.store import History
from substation.image import Image
from substation.link_board import LinkBoard
from substation.register import PointRegister
from tests.substation.parts import no_records

ADA = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
POSITION, POWER, FLAG = 1, 2, 3


def specs(station: int) -> list[PointSpec]:
    """A switch, a measurand and an indication; object addresses 1, 2, 3 and 10001 to command."""
    name = f"ST{station}"
    rows = (("CSWI1.Pos", Cdc.DPC, 31), ("MMXU1.TotW", Cdc.MV, 36), ("SFPI1.FwdFlt", Cdc.SPS, 30))
    return [
        PointSpec(
            PointName(f"{name}/K1/E01", variable),
            cdc,
            name,
            monitor=Iec104Address(station, number, type_id),
            command=Iec104Address(station, 10_001, 46) if cdc is Cdc.DPC else None,
            control_model=ControlModel.SBO_NORMAL if cdc is Cdc.DPC else ControlModel.STATUS_ONLY,
        )
        for number, (variable, cdc, type_id) in enumerate(rows, 1)
    ]


class Rtu:
    """An outstation of ours on a port of its own. `tell` makes an event; it counts milliseconds for its time tags."""

    def __init__(self, station: int, handler: CommandHandler | None = None) -> None:
        self.station, self.specs = station, specs(station)
        self.outstation = Outstation(monitored(self.specs), controllable(self.specs), clock=time.time_ns)
        self._desk = None if handler is None else CommandDesk(self.outstation, handler)
        self._server: Server | None = None
        self._ms = 0
        self.told: list[tuple[Value, int]] = []
        self.set(POSITION, Dbpos.ON)
        self.set(POWER, 1000.0)
        self.set(FLAG, False)

    @property
    def link(self) -> LinkConfig:
        assert self._server is not None
        return LinkConfig(f"ST{self.station}", "iec104", f"ST{self.station}", "127.0.0.1", self._server.port, {"w": 1})

    async def open(self) -> None:
        self._server = await serve(self.outstation, "127.0.0.1", 0)

    async def close(self) -> None:
        if self._desk is not None:
            await self._desk.close()
        if self._server is not None:
            await self._server.close()

    def set(self, number: int, value: Value, time_ns: int | None = None) -> None:
        self.outstation.update([(self.station, number, value, 0, time_ns)])

    def tell(self, value: bool | Dbpos) -> None:
        self._ms += 1
        time_ns = 1_795_000_000_000_000_000 + self._ms * 1_000_000
        self.set(POSITION if isinstance(value, Dbpos) else FLAG, value, time_ns)
        self.told.append((value, time_ns))


@dataclass
class Bench:
    """Everything up to event list and history; each front end is supervised as in a unit."""

    history: History
    image: Image
    events: EventList
    links: LinkBoard
    acquisition: Acquisition
    front_ends: list[FrontEnd]
    directories: list[Path]

    def handle(self, rtu: Rtu, number: int) -> Handle:
        handle = self.image.register.handle(rtu.specs[number - 1].name)
        assert handle is not None
        return handle

    def value(self, rtu: Rtu, number: int) -> Value | None:
        """None while nothing valid is known."""
        sample = self.image.get(self.handle(rtu, number))
        return None if sample is None or sample.quality else sample.value

    def is_stale(self, rtu: Rtu) -> bool:
        return all(
            (sample := self.image.get(self.handle(rtu, number))) is not None and is_stale(sample.quality)
            for number in (POSITION, POWER, FLAG)
        )

    def is_up(self, rtu: Rtu) -> bool:
        return next(link.up for link in self.links.links if link.name == rtu.link.name)

    def stored(self, rtu: Rtu, number: int, cdc: Cdc) -> list[tuple[Value, int]]:
        """Events of history that bear the device's time."""
        series = self.history.series(self.handle(rtu, number), cdc, 0, 2**62)
        return [(each.value, each.source_time_ns) for each in series if each.source_time_ns is not None]

    def lines(self) -> list[Event]:
        return [event for _, event in self.events.newest]

    async def command(self, rtu: Rtu, value: Dbpos, action: Action = Action.OPERATE, number: int = 1) -> CommandResult:
        command = Command(number, self.handle(rtu, POSITION), action, value, ADA, time.time_ns())
        front_end = next(each for each in self.front_ends if rtu.link in each.links)
        return await front_end.execute(command)


@asynccontextmanager
async def field(folder: Path, *groups: Sequence[Rtu]) -> AsyncIterator[Bench]:
    """One front end process per group of RTUs; they are running and all links are up when this enters."""
    rtus = [rtu for group in groups for rtu in group]
    for rtu in rtus:
        await rtu.open()
    history = History(folder / "history.sqlite")
    points = history.handles([spec for rtu in rtus for spec in rtu.specs])
    image = Image(PointRegister(points))
    events = EventList(image.register, history, time.time_ns)
    image.subscribe(events.process)
    links = LinkBoard([rtu.link for rtu in rtus], time.time_ns, lambda health: None)
    acquisition = Acquisition(image, history, events, links, time.time_ns, no_records)
    bench = Bench(history, image, events, links, acquisition, [], [])
    try:
        with ExitStack() as stack:
            for _ in groups:  # a socket's path is short
                bench.directories.append(Path(stack.enter_context(TemporaryDirectory(prefix="rm-"))))
            async with running(bench, groups):
                await until(lambda: all(bench.is_up(rtu) for rtu in rtus))
                yield bench
    finally:
        for rtu in rtus:
            await rtu.close()
        await history.flush()
        history.close()


@asynccontextmanager
async def running(bench: Bench, groups: Sequence[Sequence[Rtu]]) -> AsyncIterator[None]:
    """The supervisors; their children end with them."""
    tasks = []
    for group, directory in zip(groups, bench.directories, strict=True):
        links = [rtu.link for rtu in group]
        names = {link.name for link in links}
        points = [(handle, spec) for handle, spec in bench.image.register.items() if spec.link in names]
        bench.front_ends.append(FrontEnd("iec104", links, points, bench.acquisition))
        tasks.append(asyncio.create_task(bench.front_ends[-1].run(directory)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        bench.front_ends.clear()
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results


async def until(condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.002)


@contextmanager
def watched(bench: Bench, rtu: Rtu) -> Iterator[list[bool]]:
    """Every state that an RTU's link comes into meanwhile."""
    seen: list[bool] = []
    original = bench.acquisition.link

    def link(name: str, up: bool, reason: str) -> None:
        if name == rtu.link.name:
            seen.append(up)
        original(name, up, reason)

    bench.acquisition.link = link  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        bench.acquisition.link = original  # type: ignore[method-assign]
