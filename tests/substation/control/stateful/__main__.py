"""Run many stories: `python -m tests.substation.control.stateful --examples 100000 --processes 2`.

The story of a counter-example is printed as calls, with the seed that finds it again. `--without RULE` takes a rule
of the interlocking away (by the name of its function): then a counter-example must be found. `--each-rule` does so with
one rule after another, and prints after how many stories and by what each was missed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import time

from substation.control.interlocking import RULES
from tests.substation.control.stateful.runs import CHUNK, chunk, prepare, until_seen

NAMES = tuple(dict.fromkeys(each.check.__name__ for each in RULES))


def miss_each_rule(examples: int, processes: int, seed: int) -> int:
    """Each rule in a process of its own, since what is taken away stays away."""
    searches = [(rule, examples, seed) for rule in NAMES]
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=1) as pool:
        for rule, after, seen in pool.imap_unordered(until_seen, searches):
            print(f"{rule:26} {after or 'not missed':>10}  {seen}", flush=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    parser.add_argument("--without", default="", choices=["", *sorted(NAMES)])
    parser.add_argument("--each-rule", action="store_true")
    chosen = parser.parse_args()
    if chosen.each_rule:
        return miss_each_rule(chosen.examples, chosen.processes, chosen.seed)
    chunks = [
        (min(CHUNK, chosen.examples - begin), chosen.seed + begin, chosen.without)
        for begin in range(0, chosen.examples, CHUNK)
    ]
    done, began_s = 0, time.monotonic()
    with multiprocessing.get_context("spawn").Pool(chosen.processes, initializer=prepare) as pool:
        for examples, story in pool.imap_unordered(chunk, chunks):
            if story:
                print(story)
                return 1
            done += examples
            print(f"{done} of {chosen.examples} stories, {time.monotonic() - began_s:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
