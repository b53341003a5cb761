"""The whole control side over a field of our own: real journal, tags, desk, gate, executor; devices that misbehave."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from models.alarm import Event
from models.command import Action, AddCause, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.errors import LinkError
from models.point import Cdc, Dbpos, Handle, PointName, Sample
from models.switching import Order
from substation.authority.board import AuthorityBoard
from substation.control.database import Database
from substation.control.executor import SequenceExecutor, originator_of
from substation.control.gate import Gate
from substation.control.grid import bay_of
from substation.control.interlocking import Interlocking
from substation.control.journal import Journal
from substation.control.leases import Leases
from substation.control.operation import GateTimers
from substation.control.port import CommandPort
from substation.control.rehearsal import Objection, rehearse
from substation.crew import Crew
from substation.image import Image, Mode
from substation.order_store import OrderStore
from substation.orders import OrderDesk
from substation.placements.board import PlacementBoard
from substation.placements.placement import PLACED, Placement, on_the_grid
from substation.tag_board import TagBoard
from tests.substation.control.world import F1, F2, FAULT, INTERLOCKING, NOW_NS, NUMERICS, REGISTER, World

FDIR = Originator(OriginatorCategory.AUTOMATIC_STATION, "FDIR")
PERSON = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
OTHER = Originator(OriginatorCategory.STATION_CONTROL, "Bo")
TIMERS = GateTimers(select_timeout_s=0.5, answer_timeout_s=0.15, travel_timeout_s=0.15, regulation_timeout_s=0.15)
"""Devices answer in microseconds; a process that the machine lets wait for a while must not look like a silent one."""
PATIENT = GateTimers(select_timeout_s=20.0, answer_timeout_s=20.0, travel_timeout_s=20.0, regulation_timeout_s=20.0)
"""Where the test itself holds a device's answer back: only the test lets it go, however busy the machine is."""
WATCH_S = 0.005
ACCEPTED = CommandResult(Outcome.ACCEPTED)


class Device(Enum):
    """How the device of one point answers."""

    GOOD = auto()
    SLOW = auto()  # intermediate first
    REFUSES_SELECT = auto()
    REFUSES = auto()
    STAYS = auto()  # accepts and does not move
    SILENT = auto()  # no answer, no movement
    MOVES_SILENTLY = auto()  # no answer, but it moves
    LOST = auto()  # the link breaks
    WRONG = auto()  # accepts and ends in a contradictory position


@dataclass
class Field:
    """Moves the switches of a World, and keeps what the rules promise that the field sees."""

    world: World
    image: Image
    clock: Callable[[], int]
    devices: dict[PointName, Device] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    before: Callable[[Command], None] = lambda _: None
    after: Callable[[Command], None] = lambda _: None
    hold: asyncio.Event | None = None
    fault: tuple[str, ...] = FAULT
    latency_s: float = 0.0
    underway: Command | None = None
    placed: Callable[[], tuple[Placement, ...]] = tuple
    _in_bay: Counter[str] = field(default_factory=Counter)

    def route(self, handle: Handle) -> CommandPort | None:
        return self.carry_out

    async def carry_out(self, command: Command) -> CommandResult:
        name = REGISTER.spec(command.handle).name
        bay = bay_of(name.location, NUMERICS.grid.switches)
        self.commands.append(command)
        self._in_bay[bay] += 1
        if self._in_bay[bay] > 1:
            self.flaws.append(f"two commands in flight in {bay}")
        if not (command.interlock_check and command.synchro_check):
            self.flaws.append(f"check bits are missing: {command}")
        try:
            self.before(command)
            if self.hold is not None:
                await self.hold.wait()
            self.underway = command
            await asyncio.sleep(self.latency_s)
            return await self._answer(command, name)
        finally:
            self._in_bay[bay] -= 1
            self.underway = None
            self.after(command)

    async def _answer(self, command: Command, name: PointName) -> CommandResult:
        device = self.devices.get(name, Device.GOOD)
        if device is Device.LOST:
            raise LinkError(f"{name.location}: connection reset; it is tried again")
        if device is Device.REFUSES_SELECT and command.action is Action.SELECT:
            return CommandResult(Outcome.REFUSED, AddCause.OBJECT_ALREADY_SELECTED)
        if command.action is not Action.OPERATE:
            return ACCEPTED
        if device is Device.REFUSES:
            return CommandResult(Outcome.REFUSED, AddCause.BLOCKED_BY_INTERLOCKING, "device says no")
        if device is Device.SILENT:
            await asyncio.sleep(10)
        if device is Device.MOVES_SILENTLY:
            self.move(name, self._result(command, name))
            await asyncio.sleep(10)
        if device is Device.SLOW:
            self.move(name, Dbpos.INTERMEDIATE)
            await asyncio.sleep(0.001)
        if device is Device.WRONG:
            self.move(name, Dbpos.BAD)
        elif device is not Device.STAYS:
            self.move(name, self._result(command, name))
        return ACCEPTED

    def _result(self, command: Command, name: PointName) -> object:
        """A switch goes where it is told, a tap changer one position further."""
        if REGISTER.spec(command.handle).cdc is not Cdc.BSC:
            return command.value
        return int(self.world.values[name]) + (1 if command.value is Dbpos.ON else -1)

    def move(self, name: PointName, value: object) -> None:
        """The field changes: positions, and all measurements that follow."""
        closes = value is Dbpos.ON
        if closes:
            self._judge(name.location)
        self.world.values[name] = value  # type: ignore[assignment]
        self.world.measure()
        self.publish()

    def publish(self) -> None:
        """Everything that has changed reaches the image."""
        now_ns = self.clock()
        fresh = [sample._replace(arrival_time_ns=now_ns) for sample in self.world.samples().values()]
        changed = [new for new in fresh if not _same(self.image.get(new.handle), new)]
        self.image.apply(changed)

    def _judge(self, switch: str) -> None:
        """The truth, whatever the server believes: never onto the fault, never a second path."""
        grid = NUMERICS.with_placements(on_the_grid(self.placed())).grid
        closed = self.world.closed() | {each for each in grid.switches if each.startswith(PLACED)}
        islands = grid.islands(closed)
        one, other = grid.sides(grid.switches[switch])
        if islands.live(one) and islands.live(other):
            self.flaws.append(f"{switch} closed between two live parts")
        if islands.joined(one, other):
            self.flaws.append(f"{switch} closed a loop")
        joined = grid.islands(closed | {switch})
        for element in self.fault:
            if any(joined.live(node) for node in grid.nodes_of(element)):
                self.flaws.append(f"{switch} fed the fault")
        for earth in grid.network.switches:
            fed = not earth.to_node and earth.id in closed and joined.live(earth.from_node)
            if fed and not islands.live(earth.from_node):
                self.flaws.append(f"S17: {switch} fed the earth {earth.id}")

    def operated(self) -> list[str]:
        """Elements that were operated, in order."""
        return [
            REGISTER.spec(command.handle).name.location for command in self.commands if command.action is Action.OPERATE
        ]


def _same(old: Sample | None, new: Sample) -> bool:
    return old is not None and (type(old.value), old.value, old.quality) == (type(new.value), new.value, new.quality)


@dataclass
class Bench:
    """Everything of one run of the unit's control side. background: what a test has begun beside it."""

    field: Field
    database: Database
    journal: Journal
    leases: Leases
    tags: TagBoard
    desk: OrderDesk
    gate: Gate
    executor: SequenceExecutor
    events: list[Event]
    modes: dict[str, Mode]
    placements: PlacementBoard
    authority: AuthorityBoard
    background: list[asyncio.Future[str]] = field(default_factory=list)

    def texts(self) -> str:
        return "\n".join(event.text for event in self.events)


@asynccontextmanager
async def bench(
    directory: Path,
    world: World,
    timers: GateTimers = TIMERS,
    field: Field | None = None,
    interlocking: Interlocking = INTERLOCKING,
    disk: tuple[Database, OrderStore] | None = None,
    clock: Callable[[], int] | None = None,
) -> AsyncIterator[Bench]:
    """Start on what is on disk in `directory`. The field may outlive the unit: hand it in for the next run.

    disk: what stands for the files in `directory`.
    """
    image = world.living_image()
    ticks = itertools.count(NOW_NS, 1_000_000)
    clock = clock or (lambda: next(ticks))
    if field is None:
        field = Field(world, image, clock)
    field.image = image
    events: list[Event] = []
    modes: dict[str, Mode] = {F1: Mode.AUTOMATIC, F2: Mode.AUTOMATIC}
    database = disk[0] if disk else await Database.open(directory / "control.sqlite")
    try:
        journal = await Journal.open(database)
        tags = await TagBoard.open(database)
        store = disk[1] if disk else await OrderStore.open(database)
        desk = await OrderDesk.open(store, clock, events.append)
        leases = Leases()
        gate = Gate(
            REGISTER, image, interlocking, journal, leases, tags, desk, field.route, clock, timers, events.append
        )

        def rehearsed(order: Order) -> Objection | None:
            return rehearse(order, originator_of(order), interlocking, gate.view(), desk.faults, leases.held)

        desk.rehearse = rehearsed
        executor = SequenceExecutor(
            gate,
            leases,
            tags,
            desk,
            image,
            NUMERICS.grid,
            lambda: modes,
            clock,
            events.append,
            watch_after_close_s=0.001,
        )
        placements = await PlacementBoard.open(database)
        authority = await AuthorityBoard.open(database, clock)
        gate.placed, gate.authority = lambda: placements.placements, lambda: authority.present
        field.placed, authority.taken_over = gate.placed, desk.take_over_all
        image.subscribe(lambda samples: placements.take(samples, REGISTER))
        executor.crew.done = Crew(placements, tags, interlocking.numerics, gate.careful_view, lambda: desk.faults).done
        yield Bench(field, database, journal, leases, tags, desk, gate, executor, events, modes, placements, authority)
    finally:
        await database.close()
