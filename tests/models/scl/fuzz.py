"""Broken SCL files: `python -m tests.models.scl.fuzz [--rounds N] [--seed S]`.

Every file at hand is mutated (octets, attributes, whole elements, nesting) and read. Nothing but an Scl or a
ConfigError may come of it, in bounded time; points, links, grid and addresses of what is read are made too. What breaks
is printed with the command that repeats it.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from models.errors import ConfigError
from models.scl.allocation import allocate
from models.scl.grid import derive_grid
from models.scl.links import equal_links, link_table
from models.scl.points import point_table
from models.scl.reader import read_scl

OURS = Path(__file__).parents[2] / "cases" / "scl"
LONGEST_S = 10.0
"""For one file of these sizes: hundreds of times what a healthy one takes."""

_TAG = re.compile(rb"<[^<>]+>")
_VALUE = re.compile(rb'"[^"]*"')
_VALUES = (
    b'""',
    b'"-1"',
    b'"99999999999999999999"',
    b'"LD0"',
    b'"nan"',
    b'"status-only"',
    b'"4"',
    b'"&#x0a;"',
    b'"(1)"',
)

Mutation = Callable[[random.Random, bytes], bytes]


def _octet(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _cut(chance: random.Random, data: bytes) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randrange(200) :]


def _truncate(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def _value(chance: random.Random, data: bytes) -> bytes:
    """Another value for an attribute: an odd one, or one that stands elsewhere in the file."""
    found = list(_VALUE.finditer(data))
    if not found:
        return data
    place, other = chance.choice(found), chance.choice(found).group()
    new = chance.choice((other, chance.choice(_VALUES)))
    return data[: place.start()] + new + data[place.end() :]


def _without_element(chance: random.Random, data: bytes) -> bytes:
    found = [each for each in _TAG.finditer(data) if each.group().endswith(b"/>")]
    if not found:
        return data
    place = chance.choice(found)
    return data[: place.start()] + data[place.end() :]


def _twice(chance: random.Random, data: bytes) -> bytes:
    """An empty element, twice to a thousand times."""
    found = [each for each in _TAG.finditer(data) if each.group().endswith(b"/>")]
    if not found:
        return data
    place = chance.choice(found)
    return data[: place.end()] + place.group() * chance.choice((1, 2, 1000)) + data[place.end() :]


def _moved(chance: random.Random, data: bytes) -> bytes:
    found = list(_TAG.finditer(data))
    if len(found) < 2:
        return data
    one, other = sorted(chance.sample(found, 2), key=lambda each: each.start())
    return b"".join(
        (data[: one.start()], other.group(), data[one.end() : other.start()], one.group(), data[other.end() :])
    )


def _renamed(chance: random.Random, data: bytes) -> bytes:
    """Each kind of element by the name of another one."""
    names = sorted(set(re.findall(rb"<([A-Za-z0-9]+)", data)))
    if len(names) < 2:
        return data
    old, new = chance.sample(names, 2)
    return re.sub(rb"(</?)" + old + rb"\b", rb"\g<1>" + new, data)


MUTATIONS: tuple[Mutation, ...] = (
    _octet,
    _cut,
    _truncate,
    _value,
    _value,
    _value,
    _without_element,
    _twice,
    _moved,
    _renamed,
)


def mutated(seed: int, data: bytes) -> bytes:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(MUTATIONS)(chance, data) or b" "
    return data


def read(data: bytes) -> bool:
    """Everything that is made of a file; False where it is refused. Anything but ConfigError comes out."""
    try:
        scl = read_scl(data, "fuzz.scd")
    except ConfigError:
        return False
    table, links = point_table(scl), link_table(scl)
    for finding in (*scl.findings, *scl.remarks, *table.findings, *links.findings, *equal_links(scl, links.links)):
        str(finding)
    allocate(scl, table.points)
    derive_grid(scl, table.points)
    return True


def run(files: Iterable[Path], seeds: Iterable[int]) -> tuple[int, int]:
    """Rounds, and how many of them were read. Raises what broke, after the command that repeats it."""
    contents = [(file.name, file.read_bytes()) for file in files]
    rounds = taken = 0
    for seed in seeds:
        name, data = contents[seed % len(contents)]
        start = time.perf_counter()
        try:
            taken += read(mutated(seed, data))
        except Exception:
            print(f"{name}: python -m tests.models.scl.fuzz --seed {seed} --rounds 1", file=sys.stderr)
            raise
        rounds += 1
        if (needed_s := time.perf_counter() - start) > LONGEST_S:
            raise TimeoutError(f"{name} with seed {seed} took {needed_s:.1f} s")
    return rounds, taken


def files_at_hand() -> list[Path]:
    shared = Path(os.environ.get("RINGMAIN_DATA", "../shared/data")) / "scl"
    found = [*OURS.iterdir(), *(shared.iterdir() if shared.is_dir() else ())]
    return sorted(each for each in found if each.suffix != ".json" and each.stat().st_size < 100_000)


def main() -> None:
    parser = argparse.ArgumentParser(description="reads broken SCL files")
    parser.add_argument("--rounds", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    options = parser.parse_args()
    rounds, taken = run(files_at_hand(), range(options.seed, options.seed + options.rounds))
    print(f"{rounds} files: {taken} read, {rounds - taken} refused, nothing else")


if __name__ == "__main__":
    main()
