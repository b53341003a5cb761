"""The simulator's physics as the field of a unit, in one process and in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from models.command import Action, Command, CommandResult, Outcome
from models.driver import Clock, LinkConfig
from models.point import Handle, PointName, PointSpec, Sample, SampleBatch
from sim_ied.board import Change
from sim_ied.world import World
from substation.field.listener import FieldListener


class WorldField:
    """A `substation.field.processes.Field`. Links named in `silent` are cut: nothing arrives, nothing leaves."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        links: Sequence[LinkConfig],
        points: Sequence[tuple[Handle, PointSpec]],
        listener: FieldListener,
    ) -> None:
        self.world, self._clock, self._listener = world, clock, listener
        self._links = [link.name for link in links]
        self._handles = {spec.name: handle for handle, spec in points}
        self._names = {handle: spec.name for handle, spec in points}
        self._link_of: dict[PointName, str] = {spec.name: spec.link for _, spec in points}
        self._poked = asyncio.Event()
        self.silent: set[str] = set()

    async def run(self) -> None:
        await self._deliver(self.world.board.present.values())
        self.world.board.take()
        for link in self._links:
            self._listener.link(link, True, "")
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

    async def _deliver(self, changes: Iterable[Change]) -> None:
        events, measurands = SampleBatch(), SampleBatch()
        for change in changes:
            handle = self._handles.get(change.point)
            if handle is None or self._link_of[change.point] in self.silent:
                continue
            sample = Sample(handle, change.value, change.quality, change.time_ns, self._clock())
            (measurands if isinstance(change.value, float) else events).append(sample)
        if len(measurands):
            self._listener.measurands(measurands)
        if len(events):
            await self._listener.events(events)

    def poke(self) -> None:
        """The world was changed from outside: deliver now."""
        self._poked.set()

    def cut(self, link: str) -> None:
        """The link to a device breaks."""
        self.silent.add(link)
        self._listener.link(link, False, "cut by the test")

    async def execute(self, command: Command) -> CommandResult:
        name = self._names[command.handle]
        if self._link_of[name] in self.silent:
            return CommandResult(Outcome.REFUSED, reason="the link is down")
        if command.action is Action.SELECT:
            return self.world.check(name, command.value)
        if command.action is Action.CANCEL:
            return CommandResult(Outcome.ACCEPTED)
        result = self.world.command(name, command.value, self._clock())
        self.poke()
        return result
