"""Fuzzing of the MMS driver: a recorded session of a device, mutated, against the real driver over real sockets.

    python -m tests.protocols.iec61850.fuzz [SECONDS] [SEED]

Every round serves the driver a sound device whose answers, reports or association are mutated with some probability,
octet by octet or message by message. What must hold: the driver ends with LinkError or lives on; commands end in a
result; nothing else is raised, logged as an error or left behind (threads, sockets); one message takes no longer than a
bounded time; memory does not grow; a second, sound device's link never ends and its events keep coming.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import random
import sys
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from models.command import Action, CommandResult
from models.errors import LinkError
from models.point import Dbpos

from .bench import Recorder, command, driver_of, running, until
from .misbehaving.device import SOUND, Request, Script, ScriptedDevice, scripted

ROUND_S = 5.0
"""Longer than any round may take: its time-outs are a fraction of a second."""
STALL_S = 0.5
"""What the event loop may compute at a stretch, in processor time, so that a busy machine does not count."""


class Mutator:
    """Mutated octets of one seed. rate: how likely a message is changed."""

    def __init__(self, seed: int, rate: float) -> None:
        self.random, self.rate, self.changed = random.Random(seed), rate, 0

    def __call__(self, octets: bytes) -> list[bytes]:
        if self.random.random() >= self.rate:
            return [octets]
        self.changed += 1
        return self.random.choice(MUTATIONS)(self.random, octets)


def _flip(chance: random.Random, octets: bytes) -> list[bytes]:
    made = bytearray(octets)
    for _ in range(chance.randint(1, 4)):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return [bytes(made)]


def _extreme(chance: random.Random, octets: bytes) -> list[bytes]:
    made = bytearray(octets)
    made[chance.randrange(len(made))] = chance.choice((0x00, 0x01, 0x7F, 0x80, 0x81, 0x84, 0xFF))
    return [bytes(made)]


def _cut(chance: random.Random, octets: bytes) -> list[bytes]:
    return [octets[: chance.randrange(len(octets))]]


def _insert(chance: random.Random, octets: bytes) -> list[bytes]:
    place = chance.randrange(len(octets) + 1)
    return [octets[:place] + chance.randbytes(chance.randint(1, 16)) + octets[place:]]


def _repeat_part(chance: random.Random, octets: bytes) -> list[bytes]:
    begin = chance.randrange(len(octets))
    end = chance.randint(begin, len(octets))
    return [octets[:end] + octets[begin:]]


def _twice(chance: random.Random, octets: bytes) -> list[bytes]:
    return [octets, octets]


def _never(chance: random.Random, octets: bytes) -> list[bytes]:
    return []


def _noise(chance: random.Random, octets: bytes) -> list[bytes]:
    return [chance.randbytes(chance.randint(1, 200)), octets]


def _long(chance: random.Random, octets: bytes) -> list[bytes]:
    place = chance.randrange(len(octets))
    return [octets[:place] + bytes([chance.randrange(256)]) * chance.choice((256, 4096, 60_000)) + octets[place:]]


MUTATIONS = (_flip, _flip, _extreme, _extreme, _cut, _insert, _repeat_part, _twice, _never, _noise, _long)


@dataclass
class Findings:
    """Of a whole run. ends: how links ended, by the first words; outcomes: of commands."""

    rounds: int = 0
    changed: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    stalled_s: float = 0.0
    events_of_the_other: int = 0
    grown_octets: int = 0

    def __str__(self) -> str:
        ends = ", ".join(f"{count} {what}" for what, count in self.ends.most_common(12))
        commands = ", ".join(f"{count} {what}" for what, count in self.outcomes.most_common())
        return (
            f"{self.rounds} rounds, {self.changed} messages mutated, longest round {self.longest_s:.2f} s, "
            f"loop computed {self.stalled_s * 1000:.0f} ms at a stretch, "
            f"{self.events_of_the_other} events of the other device, memory {self.grown_octets:+,} octets\n"
            f"links: {ends}\ncommands: {commands}"
        )


def script_of(mutate: Mutator, part: str) -> Script:
    """Mutations of one part of a session only, so that the others are reached at all."""

    def answer(request: Request, sound: bytes) -> list[bytes]:
        return mutate(sound)

    return {
        "association": Script(accept=mutate),
        "answers": Script(answer=answer),
        "reports": Script(report=mutate),
        "all": Script(answer=answer, report=mutate),
    }[part]


PARTS = (("association", 1.0), ("answers", 0.02), ("answers", 0.3), ("reports", 0.5), ("all", 0.05))


@asynccontextmanager
async def device() -> AsyncIterator[ScriptedDevice]:
    """Made and ended in a thread: what the loop computes is to be the driver's."""
    made = await asyncio.to_thread(ScriptedDevice, SOUND)
    made.start()
    try:
        yield made
    finally:
        await asyncio.to_thread(made.stop)


async def one_round(seed: int, findings: Findings) -> None:
    """A device that turns mad, the driver before it, some commands. AssertionError or any other error is a finding."""
    part, rate = PARTS[seed % len(PARTS)]
    mutate = Mutator(seed, rate)
    async with device() as ied:
        driver, sink = driver_of(ied.port, timeout_s=0.2, integrity_s=0.15, termination_timeout_s=0.1), Recorder()
        if part == "association" or seed % 2:
            ied.script = script_of(mutate, part)
        task = asyncio.create_task(driver.run(sink))
        with contextlib.suppress(AssertionError):  # it need not connect
            await until(lambda: bool(sink.connections) or task.done(), "connected", 1.0)
        ied.script = script_of(mutate, part)
        for number in range(3):
            ied.position("CSWI1", "10" if number % 2 else "01")
            result = await driver.execute(command("CSWI5.Pos", Action.OPERATE, Dbpos.ON, number=number + 1))
            assert isinstance(result, CommandResult)
            findings.outcomes[result.outcome.value] += 1
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(ended, LinkError):
        text = str(ended).partition("): ")[2]
        assert text, "a LinkError without a reason"
        assert "\n" not in text
        findings.ends[text.partition(":")[0][:40]] += 1
    else:
        assert ended is None or isinstance(ended, asyncio.CancelledError), f"seed {seed}: {ended!r}"
        findings.ends["lived on"] += 1
    assert len(sink.notices) <= 120  # noqa: PLR2004 - a hundred complaints, and totals
    findings.changed += mutate.changed


async def run(seconds: float, seed: int, most: int = sys.maxsize) -> Findings:
    """Rounds until the time or their number is over, beside a sound link."""
    findings, other = Findings(), Recorder()
    with scripted() as calm:
        async with running(driver_of(calm.port, integrity_s=5.0), other) as task:
            watch = asyncio.create_task(_watch(findings))
            began_s, threads = time.monotonic(), threading.active_count()
            for number in range(most):
                if time.monotonic() - began_s > seconds:
                    break
                before_s = time.monotonic()
                async with asyncio.timeout(ROUND_S):
                    await one_round(seed + number, findings)
                findings.longest_s = max(findings.longest_s, time.monotonic() - before_s)
                findings.rounds += 1
                value, bits = (Dbpos.ON, "10") if number % 2 else (Dbpos.OFF, "01")
                calm.position("CSWI1", bits)
                await until(lambda value=value: other.of("CSWI1.Pos")[-1].value is value, "the other device")  # type: ignore[misc]
                findings.events_of_the_other += 1
                assert not task.done(), "the sound link ended"
                other.committed[:-1] = []
                if number == 20:  # noqa: PLR2004 - everything has been loaded by then
                    tracemalloc.start()
            if tracemalloc.is_tracing():
                gc.collect()
                findings.grown_octets = tracemalloc.get_traced_memory()[0]
                tracemalloc.stop()
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await until(lambda: threading.active_count() <= threads + 3, "threads ended", 12.0)
    assert findings.stalled_s < STALL_S, f"the loop computed for {findings.stalled_s:.2f} s at a stretch"
    return findings


async def _watch(findings: Findings) -> None:
    """What the loop's thread computes between two turns of this."""
    while True:
        before_s = time.thread_time()
        await asyncio.sleep(0.005)
        findings.stalled_s = max(findings.stalled_s, time.thread_time() - before_s)


def main(seconds: float = 60.0, seed: int = 1) -> None:
    logging.disable()  # what links complain of is counted
    print(asyncio.run(run(seconds, seed)))


if __name__ == "__main__":
    main(*(kind(each) for kind, each in zip((float, int), sys.argv[1:], strict=False)))
