"""Run many stories: `python -m tests.substation.control.stateful --examples 100000 --processes 2`.

The story of a counter-example is printed as calls, with the seed that finds it again. `--without RULE` takes a rule
of the interlocking away (by the name of its function): then a counter-example must be found.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import time

from substation.control.interlocking import RULES
from tests.substation.control.stateful.runs import CHUNK, chunk, prepare


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    parser.add_argument("--without", default="", choices=["", *sorted({each.check.__name__ for each in RULES})])
    chosen = parser.parse_args()
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
