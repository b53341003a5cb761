"""Grids of any size: feeders of a hundred buses with laterals, and ties between them, as a 20 kV cable network has."""

from __future__ import annotations

from random import Random

from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource

FEEDER_BUSES = 100
TIES_OF_A_FEEDER = 3
LOAD_W = (10e3, 60e3)
RATED_A = 250.0
SECTION_OHM = (0.03, 0.15)


def synthetic(buses: int, seed: int = 1) -> PlanningGrid:
    """The source is the first bus; branches of ties come last and are open."""
    random = Random(seed)
    made = [PlanningBus("1", 20e3, 0.9, 1.1)]
    branches: list[PlanningBranch] = []
    feeders: list[list[int]] = []
    while len(made) < buses:
        feeder: list[int] = []
        for _ in range(min(FEEDER_BUSES, buses - len(made))):
            parent = random.choice(feeder[-4:]) if feeder else 0
            feeder.append(len(made))
            load_w = random.uniform(*LOAD_W)
            made.append(PlanningBus(str(len(made) + 1), 20e3, 0.9, 1.1, load_w, 0.3 * load_w, customers=20))
            branches.append(_branch(len(branches), parent, feeder[-1], random, closed=True))
        feeders.append(feeder)
    known = {(branch.from_bus, branch.to_bus) for branch in branches}
    for number, feeder in enumerate(feeders):
        other = feeders[(number + 1) % len(feeders)]
        for _ in range(TIES_OF_A_FEEDER):
            ends = (random.choice(feeder), random.choice(other))
            if ends[0] != ends[1] and ends not in known and ends[::-1] not in known:
                known.add(ends)
                branches.append(_branch(len(branches), *ends, random, closed=False))
    source = PlanningSource("1", 0, 1.02)
    return PlanningGrid(f"synthetic{buses}", 50.0, tuple(made), tuple(branches), (source,))


def _branch(number: int, start: int, end: int, random: Random, closed: bool) -> PlanningBranch:
    resistance = random.uniform(*SECTION_OHM)
    name = str(number + 1)
    return PlanningBranch(
        name, start, end, resistance, 0.8 * resistance, closed, rated_a=RATED_A, opened_by=name, closed_by=name
    )
