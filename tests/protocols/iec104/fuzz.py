"""A fuzz campaign against both roles, without sockets.

    python -m tests.protocols.iec104.fuzz --frames 1000000 --role both

A campaign is a row of blocks. Each block has a station of its own and a random source made from seed, role and number,
so `--seed S --block N` repeats one block exactly. What must hold: a frame is answered as the standard says or ends the
connection by RemoteProtocolError, nothing else is ever raised; what the station sends is well-formed and bounded by its
window; afterwards a healthy peer is served as if nothing had happened; memory does not grow.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from models.errors import RemoteProtocolError
from protocols.iec104.application.codec import decode
from protocols.iec104.connection import Station
from protocols.iec104.link import apci
from protocols.iec104.link.closing import closing_of
from protocols.iec104.link.session import Parameters
from tests.protocols.iec104.fuzz_frames import Frames
from tests.protocols.iec104.fuzz_worlds import WORLDS, World

FRAMES_PER_BLOCK = 2000
MOST_GROWTH_KIB = 64 * 1024
_FRAME_OCTETS = 255
_WINDOW = Parameters().k
_STEPS_S = (0.0,) * 30 + (0.01, 0.2, 1.0, 11.0, 16.0, 40.0)


@dataclass
class Report:
    """What a campaign did. ended: why connections ended."""

    frames: int = 0
    connections: int = 0
    answers: int = 0
    ended: Counter[str] = field(default_factory=Counter)


class _Connection:
    """One connection of the fuzzing peer. Raises whatever the station must not raise."""

    def __init__(self, world: World, source: random.Random, report: Report) -> None:
        self._world, self._source, self._report = world, source, report
        self._station: Station = world.connect(source)
        self._frames = Frames(source, calm=source.random() < 0.7)
        self._splitter = apci.Splitter()
        report.connections += 1

    def run(self, most: int) -> int:
        """Until the connection ends or so many frames are sent; how many were."""
        source, sent = self._source, 0
        started = source.random() < 0.9
        try:
            self._exchange(apci.unnumbered(self._world.start) if started else b"")
            while sent < most and not self._station.failure:
                sent += 1
                self._step()
            self._report.ended["still open" if sent == most else self._station.failure[:20]] += 1
        except RemoteProtocolError as error:
            self._report.ended[closing_of(error).value] += 1
        self._station.closed()
        self._report.frames += sent
        return sent

    def _step(self) -> None:
        world, source = self._world, self._source
        world.time.now_s += source.choice(_STEPS_S)
        octets = self._frames.next()
        cut = source.randrange(len(octets)) if source.random() < 0.05 else 0
        for part in (octets[:cut], octets[cut:]):
            self._exchange(part)
        if source.random() < 0.2:
            world.live(source)
        if self._station.next_deadline_s() <= world.time.now_s:
            self._station.tick(world.time.now_s)

    def _exchange(self, octets: bytes) -> None:
        """What the station sends must be whole frames that can be decoded, no more of them than its window holds."""
        if octets:
            self._station.receive(octets, self._world.time.now_s)
        self._station.pump(self._world.time.now_s)
        output = self._station.take_output()
        assert len(output) <= (_WINDOW + len(octets)) * _FRAME_OCTETS, f"{len(output)} octets at once"
        for frame in self._splitter.feed(output):
            if isinstance(frame, apci.Information):
                decode(frame.asdu)
                self._frames.heard += 1
                self._report.answers += 1


def block(role: str, seed: int, number: int, frames: int, report: Report) -> None:
    """Run one block and look whether the station is healthy."""
    source = random.Random(f"{seed}/{role}/{number}")
    world = WORLDS[role]()
    while frames > 0:
        frames -= max(1, _Connection(world, source, report).run(min(frames, 500)))
    world.check()


def campaign(role: str, seed: int, frames: int, first: int = 0, say: Callable[[str], None] = print) -> Report:
    """AssertionError or whatever a station raised, with the line that repeats it."""
    report, number, begin_kib = Report(), first, 0
    while report.frames < frames:
        try:
            block(role, seed, number, min(FRAMES_PER_BLOCK, frames - report.frames), report)
        except BaseException:
            say(f"to repeat: python -m tests.protocols.iec104.fuzz --role {role} --seed {seed} --block {number}")
            raise
        number += 1
        used_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin_kib = begin_kib or used_kib
        assert used_kib - begin_kib < MOST_GROWTH_KIB, f"memory has grown by {used_kib - begin_kib} KiB"
    return report


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.protocols.iec104.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=1_000_000, help="for each role (default: a million)")
    parser.add_argument("--role", choices=(*WORLDS, "both"), default="both")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--first", type=int, default=0, metavar="BLOCK", help="go on with this block of the seed")
    parser.add_argument("--block", type=int, metavar="BLOCK", help="repeat one block alone")
    given = parser.parse_args(arguments)
    print(f"seed {given.seed}", flush=True)
    for role in WORLDS if given.role == "both" else [given.role]:
        begin_s = time.monotonic()
        if given.block is not None:
            block(role, given.seed, given.block, FRAMES_PER_BLOCK, report := Report())
        else:
            report = campaign(role, given.seed, given.frames, given.first)
        took_s = time.monotonic() - begin_s
        used_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{role}: {report.frames} frames on {report.connections} connections in {took_s:.0f} s")
        print(f"  {report.answers} I frames in answer, at most {used_mib} MiB; connections ended by:")
        for reason, count in report.ended.most_common(25):
            print(f"  {count:8} {reason}")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
