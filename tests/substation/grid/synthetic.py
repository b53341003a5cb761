"""A radial medium-voltage grid of any size, the same for the same seed: feeders of a few sources, and ties."""

from __future__ import annotations

import math

import numpy as np

from models.network.planning import PlanningBranch, PlanningBus, PlanningGrid, PlanningSource

FEEDER_BUSES = 120
FEEDERS_PER_SOURCE = 8
_VOLTS = 20e3


def synthetic_grid(
    buses: int, seed: int = 1, tie_share: float = 0.03, feeders: int = 0, sources: int = 0
) -> PlanningGrid:  # fmt: skip
    """Sources first, then feeders (0: of about FEEDER_BUSES buses), a tie for every 1/tie_share buses, rated 400 A."""
    random = np.random.default_rng(seed)
    feeders = feeders or max(2, round(buses / FEEDER_BUSES))
    sources = sources or max(1, math.ceil(feeders / FEEDERS_PER_SOURCE))
    nodes = [PlanningBus(f"S{number}", _VOLTS, 0.9, 1.1) for number in range(sources)]
    members: list[list[int]] = [[] for _ in range(feeders)]
    branches: list[PlanningBranch] = []
    for number in range(sources, buses):
        own = members[number % feeders]
        above = own[-1 - int(random.integers(0, min(4, len(own))))] if own else (number % feeders) % sources
        load_w = float(random.uniform(10e3, 70e3))
        nodes.append(PlanningBus(f"B{number}", _VOLTS, 0.9, 1.1, load_w, 0.3 * load_w, customers=int(load_w / 1e3)))
        branches.append(_branch(len(branches), above, number, random, True))
        own.append(number)
    for _ in range(round(buses * tie_share)):
        one = int(random.integers(feeders))
        other = (one + int(random.choice([1, 2, feeders - 1]))) % feeders
        ends = int(random.choice(members[one])), int(random.choice(members[other]))
        if ends[0] != ends[1]:
            branches.append(_branch(len(branches), *ends, random, False))
    infeeds = tuple(PlanningSource(f"S{number}", number, 1.02) for number in range(sources))
    return PlanningGrid(f"synthetic{buses}", 50.0, tuple(nodes), tuple(branches), infeeds)


def _branch(number: int, one: int, other: int, random: np.random.Generator, closed: bool) -> PlanningBranch:
    length_km = float(random.uniform(0.1, 0.6))
    name = str(number + 1)
    return PlanningBranch(
        name, one, other, 0.2 * length_km, 0.12 * length_km, closed, susceptance_s=7e-5 * length_km, rated_a=400.0,
        opened_by=name, closed_by=name,
    )  # fmt: skip
