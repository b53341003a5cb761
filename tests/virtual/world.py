"""A plant: the simulated world and the management unit over it, in one virtual loop, from one seed."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from models.alarm import Event
from models.command import Originator, OriginatorCategory
from models.driver import LinkConfig
from models.point import Dbpos, Handle, PointName, PointSpec, Sample, Value
from models.switching import Order
from models.wire.cbor import WireValue
from models.wire.glob import matches
from models.wire.keys import KeyId
from sim_ied.disturbance import Disturbance
from sim_ied.effect import disturb
from sim_ied.fault import Fault, FaultKind
from sim_ied.settings import WorldSettings
from sim_ied.truth import Truth
from sim_ied.world import World
from substation.control.request import Ending, GateResult, Request
from substation.exchange.access import Identity, Role
from substation.exchange.variables import Route, WriteResult
from substation.field.listener import FieldListener
from substation.station import Station
from substation.unit import Unit, open_unit
from tests.virtual.field import WorldField
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import MEMORY, Variant, VirtualSite, as_it_is, virtual_site, with_seed
from tests.virtual.witness import Witness

T = TypeVar("T")

ADA = Identity(KeyId(b"ada"), "Ada", Role.OPERATOR, approves=True)
PERSON = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
LOOK_S = 0.25
SETTLED_S = 5.0
"""From the start until every measurand has been sampled twice."""
DATABASES = ("history.sqlite", "control.sqlite")


class NotReachedError(AssertionError):
    """The plant did not come to where a test expected it."""


class Plant:
    """Use `operate(...)`. The world outlives the unit: `crash` and `stop` end the unit alone."""

    def __init__(self, loop: VirtualLoop, site: VirtualSite, folder: Path, seed: int, settings: WorldSettings) -> None:
        self.loop, self.site, self.seed = loop, site, seed
        self.random = Random(seed)
        self.world = World(site.network, settings, loop.clock())
        self.witness = Witness(self.world, site.network)
        self._folder, self._lives = folder, 0
        self._field: WorldField | None = None
        self._unit: Unit | None = None
        self._task: asyncio.Task[None] | None = None
        self._life = contextlib.AsyncExitStack()
        self._kept: set[asyncio.Future[None]] = set()
        self._delivered: list[Sample] = []

    # -- the unit's life

    async def start(self) -> None:
        """A unit opens its data folder (as it was left) and gets the whole picture of the field."""
        self._lives += 1
        config = replace(self.site.config, data=self.data)
        opening = open_unit(config, self.site.site, clock=self.loop.clock, field=self._make_field)
        self._unit = await self._life.enter_async_context(opening)
        self.witness.follow(self.field, self.data)
        self._task = asyncio.ensure_future(self._unit.run())
        links = len(self.site.site.links) - len(self.field.silent)
        await self.run_until(lambda: self.station.links.up >= links, 30.0)

    def _make_field(
        self, links: Sequence[LinkConfig], points: Sequence[tuple[Handle, PointSpec]], listener: FieldListener
    ) -> WorldField:
        before, self._field = self._field, WorldField(self.world, self.loop.clock, links, points, listener)
        if before is not None:
            self._delivered += before.delivered
            self._field.inherit(before)
        return self._field

    @property
    def data(self) -> Path:
        return self._folder / f"life-{self._lives}"

    async def stop(self) -> None:
        """End the unit in good order."""
        await self._end_tasks()
        await self._life.aclose()

    async def _end_tasks(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def crash(self) -> None:
        """kill -9: what was committed stays, nothing else; the world goes on alone until `start`."""
        left = self.data
        kept = left.with_name(f"life-{self._lives + 1}")
        kept.mkdir()
        for name in DATABASES:
            _copy_committed(left / name, kept / name)
        self.witness.forget()
        await self.stop()

    @property
    def is_running(self) -> bool:
        return self._task is not None

    @property
    def unit(self) -> Unit:
        assert self._unit is not None
        return self._unit

    @property
    def station(self) -> Station:
        assert self.unit.station is not None
        return self.unit.station

    @property
    def field(self) -> WorldField:
        assert self._field is not None
        return self._field

    # -- time

    async def forward(self, seconds: float) -> None:
        """Let virtual time pass; whatever ends the unit ends the test."""
        await self._alive(asyncio.sleep(seconds))

    async def run_until(self, reached: Callable[[], bool], limit_s: float, what: str = "") -> None:
        """NotReachedError when it is not reached within so many virtual seconds."""
        deadline_s = self.loop.time() + limit_s
        while not reached():
            if self.loop.time() >= deadline_s:
                raise NotReachedError(f"seed {self.seed}: {what or 'not reached'} within {limit_s:g} s\n{self.story()}")
            await self.forward(LOOK_S)

    async def _alive(self, waiting: Coroutine[Any, Any, None]) -> None:
        work = asyncio.ensure_future(waiting)
        await asyncio.wait({work, self._task} if self._task else {work}, return_when=asyncio.FIRST_COMPLETED)
        for task in [each for each in self._kept if each.done()]:
            self._kept.discard(task)
            await task
        if self._task is not None and self._task.done():
            work.cancel()
            await self._task
            raise NotReachedError("the unit has ended")
        await work

    # -- acts

    def disturb(self, kind: str, target: str) -> None:
        """A disturbance of docs/simulator.md at the process."""
        disturb(self.world, Disturbance(kind, target), self.loop.clock())
        self.field.poke()

    def fault(self, element: str, kind: FaultKind = FaultKind.THREE_PHASE, name: str = "F1", **more: Any) -> None:
        disturb(self.world, Disturbance("fault", name, Fault(name, element, kind, **more)), self.loop.clock())
        self.field.poke()

    def request(self, switch: str, closed: bool) -> Request:
        """What a person at the window asks for."""
        point = self.unit.parts.image.register.position_of(switch)
        assert point is not None
        return Request(point, Dbpos.ON if closed else Dbpos.OFF, PERSON)

    async def select(self, switch: str, closed: bool) -> GateResult:
        """The first step of a person's command."""
        return await self.station.gate.select(self.request(switch, closed))

    async def command(self, switch: str, closed: bool) -> GateResult:
        """Both steps of a person's command."""
        selected = await self.select(switch, closed)
        if selected.ending is not Ending.ACCEPTED:
            return selected
        return await self.station.gate.operate(self.request(switch, closed))

    async def write(self, variable: str, location: str, value: WireValue) -> WriteResult:
        """What a person writes through the data interface."""
        providers = (each.provider for each in self.station.routes() if _serves(each, variable, location))
        return await next(providers).write(variable, location, value, ADA)

    async def release_reclosing(self, feeder: str) -> GateResult:
        """A person lets a feeder reclose again."""
        return await self.station.gate.execute(Request(PointName(feeder, "RREC1.BlkRec"), False, PERSON))

    def keep(self, work: Awaitable[None]) -> None:
        """Let it run beside everything else; what it raises ends the test."""
        task = asyncio.ensure_future(work)
        self._kept.add(task)

    # -- looks

    def truth(self) -> Truth:
        return self.world.truth()

    @property
    def orders(self) -> list[Order]:
        """Newest revision of every order, oldest first."""
        return list(self.station.desk.orders.values())

    @property
    def lines(self) -> list[Event]:
        """The event list."""
        return [event for _, event in self.unit.parts.events.newest]

    def said(self, *words: str) -> list[str]:
        """Lines of the event list that hold all these words."""
        return [line.text for line in self.lines if all(word in f"{line.location} {line.text}" for word in words)]

    def value(self, location: str, variable: str) -> Value:
        """The world's own value of a point."""
        return self.world.board.present[PointName(location, variable)].value

    def missing_from_history(self) -> list[str]:
        """Events that the field gave to the unit and that are not on the disk."""
        with contextlib.closing(sqlite3.connect(self.data / "history.sqlite")) as connection:
            kept = set(connection.execute("SELECT handle, time_ns, value FROM sample"))
        names = self.unit.parts.image.register
        return [
            f"{names.spec(each.handle).name} = {each.value!r} of {each.source_time_ns}"
            for each in (*self._delivered, *self.field.delivered)
            if (each.handle, each.source_time_ns or each.arrival_time_ns, int(each.value)) not in kept
        ]

    def story(self, last: int = 60) -> str:
        """What happened, for whoever reads a failed test."""
        zero_ns = self.world.history.transitions[0].time_ns if self.world.history.transitions else 0
        told = [(each.time_ns, "world", f"{each.source}: {each.text}") for each in self.world.history.transitions]
        told += [(line.arrival_time_ns, line.category.value, f"{line.location}: {line.text}") for line in self.lines]
        return "\n".join(f"{(at - zero_ns) / 1e9:9.3f} {who:10} {text}" for at, who, text in sorted(told)[-last:])


def _serves(route: Route, variable: str, location: str) -> bool:
    return matches(route.variable, variable) and matches(route.location, location)


def _copy_committed(source: Path, target: Path) -> None:
    """The database as a crash would leave it: its committed transactions."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


@contextlib.asynccontextmanager
async def open_plant(
    loop: VirtualLoop, variant: Variant, seed: int, adapt: Callable[[WorldSettings], WorldSettings] = as_it_is
) -> AsyncIterator[Plant]:
    """A plant in its normal state, measured and quiet."""
    async with open_site(loop, virtual_site(variant), seed, adapt) as plant:
        yield plant


@contextlib.asynccontextmanager
async def open_site(
    loop: VirtualLoop, site: VirtualSite, seed: int, adapt: Callable[[WorldSettings], WorldSettings] = as_it_is
) -> AsyncIterator[Plant]:
    """The same on a site of its own."""
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="ringmain-plant-") as folder:
        plant = Plant(loop, site, Path(folder), seed, adapt(with_seed(site.settings, seed)))
        shutil.copytree(site.data, Path(folder) / "life-1")
        await plant.start()
        try:
            await plant.forward(SETTLED_S)
            yield plant
        finally:
            await plant.stop()


def operate(
    variant: Variant,
    seed: int,
    play: Callable[[Plant], Coroutine[Any, Any, T]],
    adapt: Callable[[WorldSettings], WorldSettings] = as_it_is,
) -> T:
    """Run `play` on a fresh plant in a loop of its own; the seed is printed, and repeats the run."""
    print(f"plant: {variant}, seed {seed}")

    async def main(loop: VirtualLoop) -> T:
        async with open_plant(loop, variant, seed, adapt) as plant:
            return await play(plant)

    return run(main, seed)
