"""A random programme over a plant: faults, failing devices, crews, operators, crashes, disks; invariants after each.

Faults begin where there is voltage and where the indicators beside them work: what no device can see is proven apart
(test_storage, decision 0010).
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np

from models.network.elements import SwitchKind
from models.switching import OrderKind, OrderState
from sim_ied.fault import Fault, FaultKind, locate
from sim_ied.topology import Bools, Topology
from substation.image import Mode
from substation.orders import UNFINISHED
from tests.virtual.disk import HISTORY, JOURNAL, ORDERS, failing
from tests.virtual.healing import elements
from tests.virtual.world import PERSON, Plant

Act = Callable[[], Awaitable[str]]
"""Does something; returns it in words, '' when nothing fitted."""
MOST_PAUSE_S = 40.0


@dataclass(slots=True)
class _Trouble:
    """What is broken now."""

    defects: set[str]
    missing: set[str]
    local: set[str]
    low: set[str]
    faults: dict[str, str]


class Programme:
    """`run` plays so many acts, drawn from the plant's own randomness; flaws in words, empty when there are none."""

    def __init__(self, plant: Plant) -> None:
        self._plant, self._random = plant, plant.random
        network = plant.site.network
        self._topology = Topology(network)
        self._elements = elements(network)
        self._remote = [each.id for each in network.switches if each.remote]
        self._by_hand = [each.id for each in network.switches if each.kind is SwitchKind.LOAD_BREAK_SWITCH]
        self._bays = [each.switch.rpartition("/")[0] for each in network.indicators]
        self._stations = list(plant.world.houses.stations)
        self._links = [link.name for link in plant.site.site.links]
        self._trouble = _Trouble(set(), set(), set(), set(), {})
        self._number = 0
        self.told: list[str] = []
        self._acts: list[tuple[int, Act]] = [
            (30, self._fault),
            (6, self._defect),
            (6, self._indicator),
            (6, self._link),
            (4, self._selector),
            (3, self._battery),
            (4, self._open_by_hand),
            (3, self._close_by_hand),
            (10, self._person_commands),
            (8, self._person_speaks),
            (4, self._mode),
            (5, self._crash),
            (4, self._disk),
            (12, self._tidy),
        ]

    async def run(self, acts: int) -> list[str]:
        await self._note(self._fault)
        for _ in range(acts - 1):
            weights = [weight for weight, _ in self._acts]
            await self._note(self._random.choices([act for _, act in self._acts], weights)[0])
            await self._plant.forward(self._random.uniform(0.0, MOST_PAUSE_S) ** 2 / MOST_PAUSE_S)
            if flaws := self._plant.witness.look():
                return flaws
        await self._plant.forward(MOST_PAUSE_S)
        return self._plant.witness.look() + self._plant.missing_from_history()

    async def _note(self, act: Act) -> None:
        if text := await act():
            self.told.append(f"{self._plant.loop.time():9.3f} {text}")

    # -- the process

    async def _fault(self) -> str:
        element = self._random.choice(self._elements)
        if not self._may_fail(element):
            return ""
        self._number += 1
        name, permanent = f"F{self._number}", self._random.random() < 0.75
        kind = self._random.choice((FaultKind.THREE_PHASE, FaultKind.TWO_PHASE))
        shots = self._random.choice([1, 2])
        self._plant.fault(element, kind, name, permanent=permanent, trips_to_clear=shots)
        self._trouble.faults[name] = element
        return f"{'permanent' if permanent else 'transient'} fault {name} on {element}"

    def _may_fail(self, element: str) -> bool:
        """Fed, no other fault behind the same breaker, and no blind indicator beside it."""
        world, network = self._plant.world, self._plant.site.network
        supply, node = self._topology.supply(world.switchgear.closed), locate(network, Fault("", element)).node
        others = [locate(network, Fault("", each)).node for each in self._trouble.faults.values()]
        if not supply.fed[node] or any(self._beside(node, other) for other in others):
            return False
        zones = self._topology.zones()
        beside = (zones[self._topology.switch_from] == zones[node]) | (zones[self._topology.switch_to] == zones[node])
        switches = [network.switches[number].id for number in np.flatnonzero(beside).tolist()]
        return not any(switch.rpartition("/")[0] in self._trouble.missing for switch in switches)

    def _beside(self, one: int, other: int) -> bool:
        """On the same feeder when all switches but the breakers are closed as they are now and as they were."""
        network = self._plant.site.network
        breaker = np.array([each.kind is SwitchKind.BREAKER for each in network.switches])
        normal = np.array([not each.normally_open for each in network.switches])
        for closed in (self._plant.world.switchgear.closed, normal):
            parts = self._topology.zones(closed & ~breaker)
            if parts[one] == parts[other]:
                return True
        return False

    async def _defect(self) -> str:
        switch = self._random.choice(self._remote)
        kind = self._random.choice(["stuck", "does not move", "stops midway"])
        self._trouble.defects.add(switch)
        return self._disturb(kind, switch)

    async def _indicator(self) -> str:
        bay = self._random.choice(self._bays)
        kind = self._random.choice(["indicator missing", "indicator forward", "indicator reverse"])
        if kind == "indicator missing":
            if self._trouble.faults:
                return ""
            self._trouble.missing.add(bay)
        return self._disturb(kind, bay)

    async def _selector(self) -> str:
        station = self._random.choice(self._stations)
        self._trouble.local.add(station)
        return self._disturb("local", station)

    async def _battery(self) -> str:
        station = self._random.choice(self._stations)
        self._trouble.low.add(station)
        return self._disturb("battery low", station)

    async def _open_by_hand(self) -> str:
        return self._disturb("open by hand", self._random.choice(self._by_hand))

    async def _close_by_hand(self) -> str:
        """A crew knows what it does: no loop, no fault."""
        switch = self._random.choice(self._by_hand)
        closed = self._plant.world.switchgear.closed.copy()
        closed[self._plant.world.switchgear.numbers[switch]] = True
        return "" if self._is_unsafe(closed) else self._disturb("close by hand", switch)

    def _is_unsafe(self, closed: Bools) -> bool:
        supply, network = self._topology.supply(closed), self._plant.site.network
        nodes = [locate(network, Fault("", each)).node for each in self._trouble.faults.values()]
        return bool(len(supply.doubly_fed_parts) or supply.fed[nodes].any())

    def _disturb(self, kind: str, target: str) -> str:
        self._plant.disturb(kind, target)
        return f"{kind}: {target}"

    # -- links, disks, the unit itself

    async def _link(self) -> str:
        link = self._random.choice(self._links)
        if link in self._plant.field.silent:
            await self._plant.field.mend(link)
            return f"mended: {link}"
        hangs = self._random.random() < 0.5
        (self._plant.field.hang if hangs else self._plant.field.cut)(link)
        return f"{'hangs' if hangs else 'cut'}: {link}"

    async def _crash(self) -> str:
        await self._plant.crash()
        await self._plant.forward(self._random.uniform(0.0, 60.0))
        await self._plant.start()
        return "the unit was killed and started again"

    async def _disk(self) -> str:
        file, tables = self._random.choice(
            [("history.sqlite", HISTORY), ("control.sqlite", JOURNAL), ("control.sqlite", ORDERS)]
        )
        with failing(self._plant.data / file, tables):
            await self._plant.forward(self._random.uniform(0.0, 60.0))
        await self._plant.forward(3.0)
        return f"the disk failed: {', '.join(tables)}"

    # -- people

    async def _person_commands(self) -> str:
        switch, closed = self._random.choice(self._remote), self._random.random() < 0.5
        result = await self._plant.command(switch, closed)
        return f"Ada: {'close' if closed else 'open'} {switch}: {result.ending.value} {result.reason}"

    async def _person_speaks(self) -> str:
        desk = self._plant.station.desk
        open_orders = [order for order in self._plant.orders if order.state in UNFINISHED]
        if not open_orders:
            return await self._mode()
        order = self._random.choice(open_orders)
        verb = self._random.choice(["abort", "take over", "approve", "reject"])
        said = {
            "abort": lambda: desk.abort(order.id, PERSON),
            "take over": lambda: desk.take_over(order.id, PERSON),
            "approve": lambda: desk.approve(order.id, order.revision, PERSON),
            "reject": lambda: desk.reject(order.id, PERSON),
        }
        return f"Ada: {verb} {order.id}: {await said[verb]() or 'done'}"

    async def _mode(self) -> str:
        feeder = self._random.choice(["", *(feeder.id for feeder in self._plant.site.network.feeders)])
        mode = self._random.choice(list(Mode))
        with contextlib.suppress(KeyError):
            await self._plant.station.modes.set(feeder, mode)
        return f"Ada: {feeder or 'the unit'} {mode.name.lower()}"

    async def _tidy(self) -> str:
        """Crews mend everything; the operator reads positions, removes tags, reports repairs, returns to normal."""
        plant, trouble = self._plant, self._trouble
        for name in trouble.faults:
            plant.disturb("repair", name)
        for kind, targets in (("sound", trouble.defects), ("indicator sound", trouble.missing),
                              ("remote", trouble.local), ("battery sound", trouble.low)):  # fmt: skip
            for target in sorted(targets):
                plant.disturb(kind, target)
        self._trouble = _Trouble(set(), set(), set(), set(), {})
        for link in sorted(plant.field.silent):
            await plant.field.mend(link)
        await plant.forward(15.0)
        await self._operator_tidies()
        return "everything mended"

    async def _operator_tidies(self) -> None:
        station = self._plant.station
        await station.gate.release(station.gate.view().open_intents, PERSON)
        await station.modes.set("", Mode.AUTOMATIC)
        for feeder in self._plant.site.network.feeders:
            await station.modes.set(feeder.id, Mode.AUTOMATIC)
            if self._plant.value(feeder.id, "RREC1.BlkRec") is True:
                await self._plant.release_reclosing(feeder.id)
        for order in self._plant.orders:
            if order.kind is OrderKind.ISOLATE_AND_RESTORE and order.state not in UNFINISHED:
                await self._repaired(order.id)

    async def _repaired(self, order: str) -> None:
        station = self._plant.station
        for tag in station.gate.view().tags:
            if tag.reference == order:
                await self._plant.write("Tag.Remove", tag.element, tag.id)
        await station.desk.repaired(order, PERSON)
        for planned in self._plant.orders:
            if planned.kind is OrderKind.RETURN_TO_NORMAL and planned.state is OrderState.PROPOSED:
                await station.desk.approve(planned.id, planned.revision, PERSON)
        await self._plant.forward(30.0)
