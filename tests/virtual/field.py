"""The simulator's physics as the field of a unit, in one process and in virtual time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from models.command import Action, AddCause, Command, CommandResult, Outcome
from models.driver import Clock, LinkConfig
from models.point import Handle, PointName, PointSpec, Sample, SampleBatch
from sim_ied.board import Change
from sim_ied.world import World
from substation.field.front_end import CREDIT
from substation.field.listener import FieldListener

SILENCE_NOTICED_S = 30.0
"""How long a device may hang until its driver gives the link up (t1 and t3 of IEC 104, integrity period of MMS)."""

Ask = Callable[[Command, PointName], None]


class WorldField:
    """A `substation.field.processes.Field`. Links named in `silent` are cut or hang: nothing arrives, nothing leaves.

    Devices keep their events until they are acknowledged, and tell them first when the link is back. `asked` and
    `answered` hear of every service; `delivered` are the events that the unit was given, in order.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        links: Sequence[LinkConfig],
        points: Sequence[tuple[Handle, PointSpec]],
        listener: FieldListener,
    ) -> None:
        self.world, self._clock, self._listener = world, clock, listener
        self._protocols = {link.name: link.protocol for link in links}
        self._handles = {spec.name: handle for handle, spec in points}
        self._names = {handle: spec.name for handle, spec in points}
        self._link_of: dict[PointName, str] = {spec.name: spec.link for _, spec in points}
        self._points_of: dict[str, list[PointName]] = defaultdict(list)
        for _, spec in points:
            self._points_of[spec.link].append(spec.name)
        self._poked = asyncio.Event()
        self._credit = asyncio.Semaphore(CREDIT)
        self._kept: dict[str, list[Change]] = defaultdict(list)
        self._unacknowledged: dict[int, list[Change]] = {}
        self._batches = 0
        self._hung: dict[str, asyncio.Future[None]] = {}
        self._tasks = asyncio.TaskGroup()
        self.silent: set[str] = set()
        self.delivered: list[Sample] = []
        self.asked: Ask = lambda command, name: None
        self.answered: Ask = lambda command, name: None

    def inherit(self, before: WorldField) -> None:
        """The devices are the same ones that another life of the unit had: what it never acknowledged comes again."""
        self.silent |= before.silent
        changes = [change for batch in before._unacknowledged.values() for change in batch]
        for change in (*changes, *(change for kept in before._kept.values() for change in kept)):
            self._kept[self._link_of[change.point]].append(change)

    async def run(self) -> None:
        async with self._tasks:
            for link in self._protocols:
                if link not in self.silent:
                    await self._deliver(self._kept.pop(link, ()))
            await self._deliver(self.world.board.take())
            for link in self._protocols:
                await self._open(link)
            while True:
                await self._deliver(self.world.advance(self._clock()))
                await self._pause()

    async def _pause(self) -> None:
        self._poked.clear()
        due_ns = self.world.next_due_ns()
        pause_s = 1.0 if due_ns is None else max(0.0, (due_ns - self._clock()) / 1e9)
        try:
            async with asyncio.timeout(pause_s + 1e-6):
                await self._poked.wait()
        except TimeoutError:
            return

    async def _open(self, link: str) -> None:
        """What was kept, in order; then the whole picture, to which an RTU adds no times."""
        if link in self.silent:
            self._listener.link(link, False, "connection refused")
            return
        await self._deliver(self._kept.pop(link, ()))
        present = self.world.board.present
        picture = [present[name] for name in self._points_of[link] if name in present]
        await self._deliver(picture, timed=self._protocols[link] != "iec104")
        self._listener.link(link, True, "")

    async def _deliver(self, changes: Iterable[Change], timed: bool = True) -> None:
        events, measurands, told = SampleBatch(), SampleBatch(), []
        for change in changes:
            handle = self._handles.get(change.point)
            if handle is None:
                continue
            if self._link_of[change.point] in self.silent:
                if not isinstance(change.value, float):
                    self._kept[self._link_of[change.point]].append(change)
                continue
            time_ns = change.time_ns if timed else None
            sample = Sample(handle, change.value, change.quality, time_ns, self._clock())
            (measurands if isinstance(change.value, float) else events).append(sample)
            if timed and not isinstance(change.value, float):
                told.append(change)
                self.delivered.append(sample)
        if len(measurands):
            self._listener.measurands(measurands)
        if len(events):
            await self._credit.acquire()
            self._batches += 1
            self._unacknowledged[self._batches] = told
            self._tasks.create_task(self._committed(self._batches, self._listener.events(events)))

    async def _committed(self, batch: int, kept: Awaitable[None]) -> None:
        await kept
        del self._unacknowledged[batch]
        self._credit.release()

    def poke(self) -> None:
        """The world was changed from outside: deliver now."""
        self._poked.set()

    def cut(self, link: str, reason: str = "connection reset") -> None:
        """The link to a device breaks."""
        self.silent.add(link)
        self._listener.link(link, False, reason)
        hung = self._hung.pop(link, None)
        if hung is not None and not hung.done():
            hung.set_result(None)

    def hang(self, link: str) -> None:
        """The device's program stops: nothing arrives any more, and after a while its driver notices."""
        if link not in self.silent:
            self.silent.add(link)
            self._hung[link] = asyncio.get_running_loop().create_future()
            self._tasks.create_task(self._notice(link, self._hung[link]))

    async def _notice(self, link: str, hung: asyncio.Future[None]) -> None:
        await asyncio.sleep(SILENCE_NOTICED_S)
        if not hung.done():
            self.cut(link, "no answer within its time-out")

    async def mend(self, link: str) -> None:
        """The device answers again: what it kept, then the whole picture."""
        if link in self.silent:
            if link in self._hung:
                self.cut(link, "connection reset")
            self.silent.discard(link)
            await self._open(link)

    async def execute(self, command: Command) -> CommandResult:
        name = self._names[command.handle]
        self.asked(command, name)
        try:
            return await self._answer(command, name)
        finally:
            self.answered(command, name)

    async def _answer(self, command: Command, name: PointName) -> CommandResult:
        link = self._link_of[name]
        if link in self._hung:
            await asyncio.shield(self._hung[link])
            return CommandResult(Outcome.UNKNOWN, AddCause.ABORTION_BY_COMMUNICATION_LOSS, "the link broke")
        if link in self.silent:
            return CommandResult(Outcome.REFUSED, reason="the link is down")
        if command.action is Action.SELECT:
            return self.world.check(name, command.value)
        if command.action is Action.CANCEL:
            return CommandResult(Outcome.ACCEPTED)
        result = self.world.command(name, command.value, self._clock())
        self.poke()
        return result
