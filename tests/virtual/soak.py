"""Random programmes until one fails: `python -m tests.virtual.soak [--seeds N] [--first SEED] [--acts N]`.

Exit status 1 and the story of the failing seed, which repeats it: `--first SEED --seeds 1` with the same acts.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.virtual.programme import Programme
from tests.virtual.site import SMALL, SMALL_THIRD, as_it_is, hurried
from tests.virtual.world import Plant, operate

HASHES = "PYTHONHASHSEED"


@dataclass(slots=True)
class Tally:
    """What programmes have come to. states: of all orders at their end; sent: operates, automatic ones among them."""

    virtual_s: float = 0.0
    faults: int = 0
    sent: int = 0
    automatic: int = 0
    states: Counter[str] = field(default_factory=Counter)

    def add(self, plant: Plant) -> None:
        self.virtual_s += plant.loop.time()
        self.faults += sum(each.source == "fault" for each in plant.world.history.transitions)
        self.sent += len(plant.witness.sent)
        self.automatic += len(plant.witness.automatic())
        self.states += Counter(f"{order.kind.value} {order.state.value}" for order in plant.orders)


def play(seed: int, acts: int, tally: Tally, whole: bool = False) -> list[str]:
    """One programme: flaws with the story behind them; empty when there are none."""

    async def story(plant: Plant) -> list[str]:
        programme = Programme(plant)
        try:
            flaws = await programme.run(acts)
        except AssertionError as error:
            flaws = [str(error)]
        tally.add(plant)
        return [f"seed {seed}", *flaws, *programme.told, plant.story(150)] if flaws else []

    variant = SMALL_THIRD if seed % 3 == 2 else SMALL
    return operate(variant, seed, story, as_it_is if whole else hurried)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.virtual.soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--acts", type=int, default=60)
    given = parser.parse_args(arguments)
    began_s, tally = time.monotonic(), Tally()
    for seed in range(given.first, given.first + given.seeds):
        if flaws := play(seed, given.acts, tally, whole=True):
            print("\n".join(flaws), file=sys.stderr)
            return 1
    real_s = time.monotonic() - began_s
    speed = tally.virtual_s / real_s
    print(f"{given.seeds} seeds, {tally.virtual_s / 60:.0f} virtual minutes in {real_s:.0f} s: {speed:.0f} times real")
    print(f"{tally.faults} faults and repairs; operates: {tally.automatic} automatic, {tally.sent} in all")
    for state, count in sorted(tally.states.items()):
        print(f"{count:6} {state}")
    return 0


if __name__ == "__main__":
    if HASHES not in os.environ:  # the order of sets is part of what a seed repeats
        os.execve(
            sys.executable, [sys.executable, "-m", "tests.virtual.soak", *sys.argv[1:]], os.environ | {HASHES: "0"}
        )
    sys.exit(main(sys.argv[1:]))
