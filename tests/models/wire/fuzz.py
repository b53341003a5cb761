"""`python -m tests.models.wire.fuzz --frames 1000000 [--seed N]`: spoiled frames against everything that reads them.

Recorded valid frames of every message are spoiled on their octets and on the values inside, these signed again so that
they get past the signature. One in a hundred goes over sockets to a running unit while another client is served.
Exit status 1 and the frame's number as soon as anything but a clear refusal comes out.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.models.wire.fuzz_targets import TARGETS, Outcome

WIRE_SHARE = 0.01


class FuzzError(Exception):
    """Something came out that must not."""


def attack(frames: int, seed: int) -> Outcome:
    """`frames` spoiled frames in this process; FuzzError names the seed and the frame that did it."""
    rng = random.Random(seed)
    targets = [kind() for kind, _ in TARGETS]
    shares = [share for _, share in TARGETS]
    outcome = Outcome()
    for number in range(frames):
        (target,) = rng.choices(targets, shares)
        try:
            outcome.add(type(target).__name__, target.attack(rng))
        except Exception as error:
            raise FuzzError(f"seed {seed}, frame {number}, {type(target).__name__}: {error!r}") from error
    return outcome


def main() -> int:
    from tests.substation.exchange.fuzz_listener import besiege  # noqa: PLC0415 - the library part needs no sockets

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began_s = time.monotonic()
    over_wire = round(given.frames * WIRE_SHARE)
    outcome = attack(given.frames - over_wire, given.seed)
    for (target, result), count in sorted(outcome.counts.items()):
        print(f"{target:16} {result:8} {count:9}", flush=True)
    with TemporaryDirectory() as folder:
        print(besiege(Path(folder), over_wire, given.seed))
    print(f"{given.frames} frames, seed {given.seed}, {time.monotonic() - began_s:.0f} s: nothing but clear refusals")
    return 0


if __name__ == "__main__":
    sys.exit(main())
