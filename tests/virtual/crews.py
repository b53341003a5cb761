"""Every fault of a world with few remote-controlled switches, healed by automation and then by a crew's order.

`python -m tests.virtual.crews [SHARE [STATIONS [EVERY]]]`: share of switches with remote control (0.1), stations (24;
0: the whole example), every so many-th line (1). Exit status 1 when a rule is broken, or something could still be fed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from models.network.elements import Network
from models.point import Dbpos
from models.switching import CrewTask, Order, OrderKind, OrderState, Step, StepState
from sim_ied.fault import Fault, locate
from sim_ied.topology import Topology
from tests.virtual.crew import approve, crew_done
from tests.virtual.healing import FINAL
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import Variant, VirtualSite, virtual_site
from tests.virtual.world import Plant, open_site

LOOK_S, WAY_S, WITHIN_S, SETTLED_S = 3.0, 20.0, 240.0, 10.0
"""A crew's way to its switch, how long all of it may take, and until everything is measured again."""


class _Crew:
    """Has every order of a crew approved, and does what it is told on the spot."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self.flaws: list[str] = []

    @property
    def orders(self) -> list[Order]:
        return [order for order in self._plant.orders if order.kind is OrderKind.RESTORE_BY_CREW]

    @property
    def has_ended(self) -> bool:
        return bool(self.orders) and all(order.state in FINAL for order in self.orders)

    async def act(self) -> None:
        for order in self.orders:
            if order.state is OrderState.PROPOSED:
                self._tell(await approve(self._plant, order.kind.value))
            for step in order.steps:
                if step.state is StepState.EXECUTING and isinstance(step.value, CrewTask):
                    await self._do(step)

    async def _do(self, step: Step) -> None:
        if step.position is not None:
            await self._plant.forward(WAY_S)
            kind = "close by hand" if step.position is Dbpos.ON else "open by hand"
            self._plant.disturb(kind, step.element)
            await self._plant.forward(LOOK_S)
        self._tell(await crew_done(self._plant, step.element))

    def _tell(self, refusal: str) -> None:
        if refusal:
            self.flaws.append(refusal)


def flaws_of_fault(site: VirtualSite, line: str, seed: int = 1) -> list[str]:
    """What has gone wrong after a short circuit on the line; empty when all is fed that can be."""

    async def main(loop: VirtualLoop) -> list[str]:
        async with open_site(loop, site, seed) as plant:
            await plant.forward(6.0)
            plant.fault(line)
            crew, until_s = _Crew(plant), loop.time() + WITHIN_S
            while loop.time() < until_s and not crew.has_ended:
                await plant.forward(LOOK_S)
                await crew.act()
            await plant.forward(SETTLED_S)
            return [*crew.flaws, *_flaws(plant, line, crew.orders)]

    return run(main, seed)


def within_reach(network: Network, line: str) -> frozenset[str]:
    """Loads that some switching could feed, limits aside, once every switch around the line is open."""
    topology = Topology(network)
    zones = topology.zones()
    faulted = zones == zones[locate(network, Fault("F", line)).node]
    around = faulted[topology.switch_from] != faulted[topology.switch_to]
    fed = topology.supply(~around).fed
    return frozenset(load.id for load in network.loads if fed[topology.node_at[load.node]])


def _flaws(plant: Plant, line: str, orders: list[Order]) -> list[str]:
    truth = plant.truth()
    dark = within_reach(plant.site.network, line) & set(truth.unfed_loads)
    found = [f"{order.id} {order.state.value}: {order.reason}" for order in orders
             if order.state is not OrderState.COMPLETED]  # fmt: skip
    found += [] if len(orders) <= 1 else [f"{len(orders)} orders of crews"]
    found += [*plant.witness.look(), *(f"limit exceeded: {each}" for each in truth.limits_exceeded)]
    found += [f"{each.element} is alive" for each in truth.faults if each.exists and not each.dead]
    if truth.fed_twice or truth.closed_onto_fault or truth.closed_onto_island:
        found.append(f"closed where it must not: {truth}")
    said = any("exceed" in order.unrestored_reason for order in plant.orders[-1:])
    return found + ([f"dark are {sorted(dark)}"] if dark and not said else [])


def main(words: Sequence[str]) -> int:
    share, stations, every = (*map(float, words), *(0.1, 24.0, 1.0)[len(words) :])
    site = virtual_site(Variant("crews", remote=share, stations=int(stations) or None))
    failed = 0
    for line in [each.id for each in site.network.lines][:: int(every)]:
        flaws = flaws_of_fault(site, line)
        failed += bool(flaws)
        print(f"{'FAILED' if flaws else 'ok':6} {line}", *flaws, sep="\n       " if flaws else " ", flush=True)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
