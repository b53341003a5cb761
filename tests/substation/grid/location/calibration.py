"""Is the stated probability true? Faults on random feeders, flags drawn with the declared rates, frequency of being
right in each class of stated probability: `python -m tests.substation.grid.location.calibration [FEEDERS] [SEED]`.

Devices are worse here than declared (a factor on their rates, told to the location as well), so that there is
something to be wrong about.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from random import Random

from substation.grid.location.evidence import Rates
from substation.grid.location.located import locate_on_tree
from substation.grid.location.posterior import SECOND_FAULT
from tests.substation.grid.location.feeders import RELIABLE, Feeder, feeder

CLASSES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass
class Class:
    """Answers whose stated probability lies in one class."""

    count: int = 0
    stated: float = 0.0
    right: int = 0


def calibrate(feeders: int, seed: int, worse: float, faults_each: int = 20) -> tuple[dict[float, Class], float]:
    """Classes by their lower bound, and the share of faults outside of what was enclosed for 95 %."""
    random, classes, outside = Random(seed), defaultdict[float, Class](Class), 0
    rates = Rates(RELIABLE.missed * worse, RELIABLE.false * worse)
    for _ in range(feeders):
        grid = feeder(random, random.randint(5, 40))
        for _ in range(faults_each):
            faults = _faults(grid, random)
            found = locate_on_tree(grid.question(grid.shown(faults, random, rates), rates=rates), 0.95)
            each = classes[max(bound for bound in CLASSES if bound <= found.probability)]
            each.count += 1
            each.stated += found.probability
            each.right += faults <= found.places
            outside += not faults <= found.enclosed
    return dict(sorted(classes.items())), outside / (feeders * faults_each)


def _faults(grid: Feeder, random: Random) -> set[int]:
    """One, or rarely two of which none lies on the way to the other."""
    count = len(grid.parent)
    while random.random() < SECOND_FAULT:
        one, other = random.randrange(count), random.randrange(count)
        if one not in {0, *grid.way(other)} and other not in {0, *grid.way(one)}:
            return {one, other}
    return {random.randrange(count)}


def main(arguments: list[str]) -> None:
    feeders, seed = (int(each) for each in (*arguments, *("500", "1")[len(arguments) :]))
    for worse in (1.0, 10.0, 50.0):
        classes, outside = calibrate(feeders, seed, worse)
        print(f"rates {worse:g} times as declared; outside of what was enclosed for 95 %: {outside:.3%}")
        for bound, each in classes.items():
            words = f"stated {each.stated / each.count:.3f}, right {each.right / each.count:.3f}, {each.count} faults"
            print(f"  from {bound:.2f}: {words}")


if __name__ == "__main__":
    main(sys.argv[1:])
