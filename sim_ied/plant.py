"""The world in real time: stepped by the clock, its changes handed to the devices, their commands handed to it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping

from models.command import CommandResult
from models.driver import Clock
from models.point import PointName, Value
from sim_ied.board import Change
from sim_ied.disturbance import Disturbance
from sim_ied.effect import disturb
from sim_ied.face import Ended, Face, RecordFace
from sim_ied.history import Transition
from sim_ied.truth import Truth
from sim_ied.world import World

_LONGEST_S = 0.5
"""Look again at least that often, should the clock have been set."""


_INDICATIONS = ("SFPI1.FwdFlt", "PTRC1.Tr")
"""What tells whose device a place with a recorder has."""


class Plant:
    """Owned by one event loop. The clock gives UTC; time tags come from it, whatever the world's speed."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world, self._clock = world, clock
        self._faces: Mapping[PointName, Face] = {}
        self._waiting: dict[PointName, Ended] = {}
        self._wake = asyncio.Event()
        self._events: list[Change] = []

    def connect(self, faces: Mapping[PointName, Face]) -> None:
        """faces: which device shows a point. Every device is prepared with the present values."""
        self._faces = faces
        self._world.board.take()
        for face, changes in self._by_face(self._world.board.present.values()):
            face.prepare(changes)

    def check(self, point: PointName, value: Value, interlock: bool = True) -> CommandResult:
        self._step()
        return self._world.check(point, value, interlock)

    def command(self, point: PointName, value: Value, ended: Ended, interlock: bool = True) -> CommandResult:
        result = self._world.command(point, value, self._clock(), interlock)
        if result.accepted:
            self._waiting[point] = ended
        self._wake.set()
        return result

    def disturb(self, act: Disturbance) -> None:
        """Raises ConfigError for a target that does not exist."""
        disturb(self._world, act, self._clock())
        self._wake.set()

    def truth(self) -> Truth:
        self._step()
        return self._world.truth()

    def history(self) -> list[Transition]:
        """What happened since the start."""
        self._step()
        return self._world.history.transitions

    def events(self) -> list[Change]:
        """Every change since the start of points that are no measurands, as the devices were given them."""
        self._step()
        return self._events

    def present(self) -> Mapping[PointName, Change]:
        """What the devices show now."""
        self._step()
        return self._world.board.present

    async def run(self) -> None:
        """Step the world until cancelled."""
        while True:
            self._step()
            self._wake.clear()
            due_ns = self._world.next_due_ns()
            wait_s = _LONGEST_S if due_ns is None else min((due_ns - self._clock()) / 1e9, _LONGEST_S)
            if wait_s <= 0.0:
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                pass

    def _step(self) -> None:
        """Values first, then the ends of commands: a confirmed position is never later than its confirmation."""
        self._hand_out(self._world.advance(self._clock()))
        for record in self._world.take_records():
            for indication in _INDICATIONS:
                face = self._faces.get(PointName(record.bay, indication))
                if isinstance(face, RecordFace):
                    face.offer(record)
                    break
        for completion in self._world.take_completions():
            ended = self._waiting.pop(completion.point, None)
            if ended is not None:
                ended(completion)

    def _hand_out(self, changes: list[Change]) -> None:
        self._events += [change for change in changes if not isinstance(change.value, float)]
        for face, batch in self._by_face(changes):
            face.update(batch)

    def _by_face(self, changes: Iterable[Change]) -> list[tuple[Face, list[Change]]]:
        batches: dict[str, list[Change]] = defaultdict(list)
        for change in changes:
            face = self._faces.get(change.point)
            if face is not None:
                batches[face.name].append(change)
        return [(self._faces[batch[0].point], batch) for batch in batches.values()]
