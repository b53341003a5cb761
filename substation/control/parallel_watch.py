"""How long loops and parallels last (SAFETY S8): an alarm when the time is over, and a proposal how to end them.

Nothing is opened by itself. Whoever made the loop, by whatever way, it is seen from the positions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from models.alarm import Category, Event, Severity
from models.driver import Clock
from models.network.elements import Switch
from models.point import Cdc, Dbpos, PointName, Sample
from models.switching import Order, OrderKind, OrderState, Purpose, Step
from substation.control.numerics import Numerics
from substation.control.rule_settings import Parallels
from substation.grid.positions import read_positions
from substation.grid.topology import Topology, Tree
from substation.image import ProcessImage
from substation.placements.placement import on_the_grid
from substation.register import PointRegister

Propose = Callable[[Order], Awaitable[str]]
_POSITIONS = (Cdc.DPC, Cdc.DPS)


@dataclass(frozen=True, slots=True)
class Parallel:
    """A loop or parallel that stands. where: the switch to open. until_ns: when its longest duration is over, UTC."""

    where: str
    since_ns: int
    until_ns: int


@dataclass(slots=True)
class _Lasting:
    """since_s: of the event loop's clock; since_ns: UTC. where: the switch to open. switches: of the loop, closed."""

    since_s: float
    since_ns: int
    where: str
    switches: tuple[str, ...]
    told: bool = False


class ParallelWatch:
    """Subscribe `take` to the image, and let `run` watch. `changed` is called when loops have come or gone."""

    def __init__(
        self,
        numerics: Numerics,
        register: PointRegister,
        view: Callable[[], ProcessImage],
        limits: Parallels,
        clock: Clock,
        report: Callable[[Event], None],
        propose: Propose,
    ) -> None:
        self._numerics, self._view, self._limits = numerics, view, limits
        self._positions = frozenset(handle for handle, spec in register.items() if spec.cdc in _POSITIONS)
        self._clock, self._report, self._propose = clock, report, propose
        self._lasting: dict[str, _Lasting] = {}
        self.changed: Callable[[], None] = lambda: None
        self._moved = asyncio.Event()

    @property
    def present(self) -> tuple[Parallel, ...]:
        """Loops and parallels as they were last seen."""
        longest_ns = round(self._limits.longest_s * 1e9)
        return tuple(Parallel(each.where, each.since_ns, each.since_ns + longest_ns) for each in self._lasting.values())

    def wake(self) -> None:
        """Something was placed on the grid or taken away."""
        self._moved.set()

    def take(self, samples: list[Sample]) -> None:
        """Listener of the image; only positions wake the watch."""
        if any(sample.handle in self._positions for sample in samples):
            self._moved.set()

    async def run(self) -> None:
        """Until cancelled. Looks when a switch has moved, and when a time is over; idle it costs nothing."""
        while True:
            wait_s = await self.look(asyncio.get_running_loop().time())
            try:
                async with asyncio.timeout(wait_s):
                    await self._moved.wait()
            except TimeoutError:
                continue
            self._moved.clear()

    async def look(self, now_s: float) -> float | None:
        """Judge the present positions; seconds until the next time is over, None without a loop."""
        image = self._view()
        topology = self._numerics.with_placements(on_the_grid(image.placements)).topology
        tree = topology.tree(read_positions(image, topology.network).feeding)
        found = {
            topology.arrays.branch_id(branch): _switches(topology, tree, branch) for branch in map(int, tree.extra)
        }
        before = self._lasting
        self._lasting = {
            branch: before.get(branch) or _seen(topology, now_s, image.time_ns, switches)
            for branch, switches in found.items()
        }
        if before.keys() != self._lasting.keys():
            self.changed()
        for lasting in self._lasting.values():
            if not lasting.told and now_s - lasting.since_s >= self._limits.longest_s:
                lasting.told = True
                await self._overdue(topology, image, lasting)
        due = [each.since_s + self._limits.longest_s - now_s for each in self._lasting.values() if not each.told]
        return max(min(due), 0.0) if due else None

    async def _overdue(self, topology: Topology, image: ProcessImage, lasting: _Lasting) -> None:
        opening = _opening(topology, lasting.switches)
        where = lasting.where
        text = f"S8: a loop or parallel over {where} lasts longer than {self._limits.longest_s:g} s"
        name = None if opening is None or not opening.remote else image.register.position_of(opening.id)
        if opening is None or name is None:
            text += "; open it by hand"
        elif refusal := await self._propose(_order(image, opening, name)):
            text += f"; open it ({refusal})"
        else:
            text += "; an order that opens it is proposed"
        now_ns = self._clock()
        self._report(Event(now_ns, now_ns, Category.PROCESS, Severity.HIGH, where, text))


def _seen(topology: Topology, now_s: float, now_ns: int, switches: tuple[str, ...]) -> _Lasting:
    opening = _opening(topology, switches)
    return _Lasting(now_s, now_ns, opening.id if opening else switches[0], switches)


def _switches(topology: Topology, tree: Tree, branch: int) -> tuple[str, ...]:
    """Switches on both ways from where they part to the branch that closes the loop, that one included."""
    arrays = topology.arrays
    paths = [tree.path(int(end)) for end in (arrays.branch_from[branch], arrays.branch_to[branch])]
    shared = set(paths[0]) & set(paths[1])
    loop = [each for path in paths for each in path if each not in shared] + [branch]
    return tuple(arrays.branch_id(each) for each in loop if each >= arrays.first_switch) or (arrays.branch_id(branch),)


def _opening(topology: Topology, switches: tuple[str, ...]) -> Switch | None:
    """The switch of the loop that is open in the released normal diagram, a remote-controlled one first."""
    normal = [each for each in topology.network.switches if each.id in switches and each.normally_open]
    return min(normal, key=lambda each: not each.remote, default=None)


def _order(image: ProcessImage, switch: Switch, name: PointName) -> Order:
    step = Step(1, switch.id, name, Dbpos.OFF, Purpose.RETURN, f"Open {switch.id} to end the parallel")
    return Order(
        id=f"PARALLEL-{switch.id.replace('/', '-')}-{image.time_ns // 1_000_000_000}",
        revision=1,
        kind=OrderKind.MANUAL,
        title=f"End the parallel over {switch.id}",
        created_ns=image.time_ns,
        state=OrderState.PROPOSED,
        steps=(step,),
        explanation=("its longest duration is over (SAFETY S8)",),
        remarks=(),
    )
