"""The folder of a supervised unit: releases side by side, what stays with the unit, and which release is active.

    SITE/active.json                 the pointer
    SITE/releases/configuration-3/   unit.toml, network.json, scd.xml ... as signed, never changed afterwards
    SITE/releases/software-2/        packages of Ringmain
    SITE/local/                      what belongs to the unit: data, keys, certificates, addresses
    SITE/incoming/                   bundles that arrive

Each entry of `local` is linked into the active configuration, so that a relative path in unit.toml means the same in
every release, and nothing of the unit lies in a folder that is replaced.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from models.errors import RemoteProtocolError
from models.wire import cbor
from substation.maintenance import durable
from substation.maintenance.errors import BundleError, ReleaseError
from substation.maintenance.file_list import BLOCK_OCTETS, FileEntry, Sink, top_level
from substation.maintenance.manifest import Kind, Manifest, decode_manifest
from substation.maintenance.pointer import INSTALLED, Active, Choice

UNIT_FILE = "unit.toml"
RECORD = ".release"
"""Manifest, origin and signatures of a release; a name that no bundle can bring."""

_FOLDER = re.compile(r"(configuration|software)-(\d{1,9})")
Feeds = Iterable[tuple[FileEntry, Callable[[Sink], object]]]


@dataclass(frozen=True, slots=True)
class Record:
    """origin: who signed it, or who made it on the unit. frames: COSE_Sign1 over the manifest; () when made here."""

    manifest: Manifest
    origin: str
    frames: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        return cbor.encode([self.manifest.encode(), self.origin, list(self.frames)])


class Releases:
    """One per site. Nothing here decides; every method blocks and is called off the loop. ReleaseError in one line."""

    def __init__(self, site: Path) -> None:
        self.site = site.resolve()
        self.folder_of_all = self.site / "releases"
        self.local = self.site / "local"
        self.incoming = self.site / "incoming"
        self.cache = self.site / "cache"

    def prepare(self) -> None:
        """Make the folders."""
        for folder in (self.folder_of_all, self.local / "data", self.incoming):
            with durable.told(folder):
                folder.mkdir(parents=True, exist_ok=True)

    def folder(self, kind: Kind, version: int) -> Path:
        return self.folder_of_all / f"{kind.value}-{version}"

    def unit_file(self, choice: Choice) -> Path:
        return self.folder(Kind.CONFIGURATION, choice.configuration) / UNIT_FILE

    def software_path(self, choice: Choice) -> Path | None:
        """What stands before the installed packages; None for those alone."""
        return None if choice.software == INSTALLED else self.folder(Kind.SOFTWARE, choice.software)

    def known(self) -> dict[Kind, list[int]]:
        """Numbers of the staged releases, rising."""
        found: dict[Kind, list[int]] = {kind: [] for kind in Kind}
        for path in sorted(self.folder_of_all.glob("*")):
            if match := _FOLDER.fullmatch(path.name):
                found[Kind(match[1])].append(int(match[2]))
        return {kind: sorted(numbers) for kind, numbers in found.items()}

    def stage(self, record: Record, feeds: Feeds) -> Path:
        """Write a release beside the others and read it back from the disk. It is not active by that."""
        manifest = record.manifest
        target = self.folder(manifest.kind, manifest.version)
        half = target.with_name(f".{target.name}.part")
        durable.remove_tree(half)
        durable.remove_tree(target)  # staged before, and never active: a version number is used once
        with durable.told(half):
            half.mkdir(parents=True)
        for entry, feed in feeds:
            path = half / entry.name
            with durable.told(path):
                path.parent.mkdir(parents=True, exist_ok=True)
            durable.write_file(path, feed)
        octets = record.encode()
        durable.write_file(half / RECORD, lambda sink: sink(octets))
        for folder in sorted({(half / entry.name).parent for entry in manifest.files} | {half}):
            durable.settle(folder)
        for entry in manifest.files:
            durable.forget_cached(half / entry.name)
        _compare(half, manifest, frozenset())
        durable.rename(half, target)
        return target

    def record(self, kind: Kind, version: int) -> Record:
        path = self.folder(kind, version) / RECORD
        try:
            content = cbor.decode(path.read_bytes())
            if isinstance(content, list) and len(content) == 3 and isinstance(content[2], list):
                manifest, origin, frames = content
                return Record(decode_manifest(manifest), str(origin), tuple(frames))
        except (OSError, RemoteProtocolError, BundleError) as error:
            raise ReleaseError(f"{path}: cannot be read: {error}") from error
        raise ReleaseError(f"{path}: is no record of a release")

    def verify(self, choice: Choice) -> None:
        """ReleaseError when a file of these releases is not what was staged."""
        for kind in Kind:
            if choice.of(kind) != INSTALLED or kind is Kind.CONFIGURATION:
                record = self.record(kind, choice.of(kind))
                links = self._links() if kind is Kind.CONFIGURATION else frozenset()
                _compare(self.folder(kind, choice.of(kind)), record.manifest, links)

    def _links(self) -> frozenset[str]:
        with durable.told(self.local):
            return frozenset(path.name for path in self.local.iterdir())

    def link_local(self, choice: Choice) -> None:
        """Everything in `local` can be found in the configuration; repeated before every start."""
        folder = self.folder(Kind.CONFIGURATION, choice.configuration)
        with durable.told(folder):
            for path in sorted(self.local.iterdir()):
                link = folder / path.name
                if not link.is_symlink() and not link.exists():
                    link.symlink_to(_way_to_local(path.name))

    def refuse_local(self, manifest: Manifest) -> None:
        """A configuration brings nothing that belongs to the unit."""
        if manifest.kind is not Kind.CONFIGURATION:
            return
        mine = {name.casefold() for name in self._links()}
        for name in top_level(file.name for file in manifest.files):
            if name.casefold() in mine:
                raise ReleaseError(f"{manifest}: brings '{name}', which belongs to the unit; leave it out")

    def prune(self, active: Active, keep: int = 3) -> None:
        """Forget releases that nothing returns to; the newest few stay, for people to look at."""
        needed = {active.now, active.previous}
        for kind, numbers in self.known().items():
            used = {choice.of(kind) for choice in needed if choice is not None}
            for number in [each for each in numbers if each not in used][:-keep]:
                durable.remove_tree(self.folder(kind, number))


def _way_to_local(name: str) -> str:
    return f"../../local/{name}"


def _compare(folder: Path, manifest: Manifest, links: frozenset[str]) -> None:
    """Every listed file with its hash, and nothing else but these links to what is local."""
    for entry in manifest.files:
        if _digest(folder / entry.name) != (entry.size, entry.sha256):
            raise ReleaseError(f"{folder / entry.name}: is not what was signed; apply the bundle again")
    expected = {entry.name for entry in manifest.files} | {RECORD}
    for path, folders, files in os.walk(folder):
        names = [*files, *(each for each in folders if (Path(path) / each).is_symlink())]
        for name in names:
            relative = (Path(path) / name).relative_to(folder).as_posix()
            if relative not in expected and not (relative in links and _is_local(folder / relative)):
                raise ReleaseError(f"{folder / relative}: does not belong to the release; remove it")


def _is_local(link: Path) -> bool:
    return link.is_symlink() and os.readlink(link) == _way_to_local(link.name)


def _digest(path: Path) -> tuple[int, bytes]:
    digest, size = sha256(), 0
    with durable.told(path):
        if path.is_symlink():
            raise ReleaseError(f"{path}: is a link; a release holds none")
        with path.open("rb") as stream:
            while block := stream.read(BLOCK_OCTETS):
                digest.update(block)
                size += len(block)
    return size, digest.digest()
