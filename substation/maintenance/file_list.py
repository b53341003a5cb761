"""Names and sizes of files that a bundle or a backup may hold. Names are data of a stranger until they have passed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Protocol

MOST_FILES = 5000
MOST_OCTETS = 256 * 1024 * 1024
LONGEST_NAME = 240
LONGEST_PART = 120
HASH_OCTETS = 32
BLOCK_OCTETS = 1024 * 1024

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
"""No hidden files, no '..', no spaces, nothing that a shell or another file system reads in its own way."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: relative name with '/', size in octets, SHA-256 of its content (32 octets)."""

    name: str
    size: int
    sha256: bytes


class Stream(Protocol):
    def read(self, octets: int, /) -> bytes: ...


def passed_on(stream: Stream, entry: FileEntry, sink: Sink) -> bool:
    """Hand the next `entry.size` octets to the sink; whether they are the content that the entry names."""
    digest, left = sha256(), entry.size
    while left:
        block = stream.read(min(left, BLOCK_OCTETS))
        if not block:
            break
        digest.update(block)
        sink(block)
        left -= len(block)
    return not left and digest.digest() == entry.sha256


class Limits(NamedTuple):
    files: int = MOST_FILES
    octets: int = MOST_OCTETS


def problem_of(entries: Iterable[FileEntry], limits: Limits = Limits()) -> str:  # noqa: B008 - immutable
    """'' when every name is safe and used once, and all sizes are within the limits; else the first problem."""
    files = tuple(entries)
    if len(files) > limits.files:
        return f"{len(files)} files; at most {limits.files} are taken"
    if sum(file.size for file in files) > limits.octets or any(file.size < 0 for file in files):
        return f"more than {limits.octets} octets of content, or a size below 0"
    for file in files:
        if not is_safe(file.name) or len(file.sha256) != HASH_OCTETS:
            return f"the name {file.name[:LONGEST_NAME]!r} or its hash is not usable"
    return _collision([file.name for file in files])


def is_safe(name: str) -> bool:
    """Whether the name stays below the folder that it is joined to, on every file system."""
    parts = name.split("/")
    fits = len(name) <= LONGEST_NAME and all(len(part) <= LONGEST_PART for part in parts)
    return fits and all(_PART.fullmatch(part) and not part.endswith(".") for part in parts)


def _collision(names: list[str]) -> str:
    """The same name twice (case folded: some file systems do), or a file that another one needs as a folder."""
    folded = Counter(name.casefold() for name in names)
    twice = [name for name in names if folded[name.casefold()] > 1]
    if twice:
        return f"the name {twice[0]!r} occurs twice"
    folders = {name.casefold().rsplit("/", depth)[0] for name in names for depth in range(1, name.count("/") + 1)}
    both = [name for name in names if name.casefold() in folders]
    return f"{both[0]!r} is a file and a folder" if both else ""


def top_level(names: Iterable[str]) -> frozenset[str]:
    """First parts of the names."""
    return frozenset(name.partition("/")[0] for name in names)


Sink = Callable[[bytes], object]
"""Takes the next octets of a file."""
