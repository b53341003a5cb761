"""A release of the configuration that differs from the present one in a single setting, made by the unit itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from models.wire import cose
from models.wire.keys import SigningKey
from substation.maintenance import durable
from substation.maintenance.bundle import CONTEXT
from substation.maintenance.file_list import FileEntry, Sink
from substation.maintenance.manifest import Kind, Manifest, Target, TargetKind
from substation.maintenance.parameters import Parameter
from substation.maintenance.pointer import Active
from substation.maintenance.releases import UNIT_FILE, Feeds, Record, Releases
from substation.maintenance.toml_edit import with_setting

_LAST_NS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Author:
    """The unit that makes the release and signs it; who: has asked for it."""

    unit: str
    key: SigningKey
    who: str
    now_ns: int


def derive(
    releases: Releases, active: Active, parameter: Parameter, value: float, author: Author
) -> tuple[Record, Feeds]:
    """The release and its content; its version is the next one. ReleaseError when unit.toml hinders it. Blocks."""
    number = active.now.configuration
    old = releases.record(Kind.CONFIGURATION, number).manifest
    folder = releases.folder(Kind.CONFIGURATION, number)
    with durable.told(folder):
        text = (folder / UNIT_FILE).read_text(encoding="utf-8")
    changed = with_setting(text, parameter.section, parameter.key, value).encode()
    manifest = _changed(old, changed, active.highest.configuration + 1, author)
    frame = cose.sign(author.key, manifest.encode(), CONTEXT)
    record = Record(manifest, f"parameter {parameter.name} = {value:g} set by {author.who}", (frame,))
    contents: dict[str, Callable[[Sink], object]] = {
        entry.name: partial(_hand_over, folder / entry.name) for entry in manifest.files
    }
    contents[UNIT_FILE] = lambda sink: sink(changed)
    return record, [(entry, contents[entry.name]) for entry in manifest.files]


def _changed(old: Manifest, unit_file: bytes, version: int, author: Author) -> Manifest:
    entry = FileEntry(UNIT_FILE, len(unit_file), sha256(unit_file).digest())
    return replace(
        old,
        version=version,
        target=Target(TargetKind.UNIT, author.unit),
        made_ns=author.now_ns,
        not_before_ns=0,
        expires_ns=_LAST_NS,
        files=tuple(entry if each.name == UNIT_FILE else each for each in old.files),
    )


def _hand_over(path: Path, sink: Sink) -> object:
    with durable.told(path):
        return sink(path.read_bytes())
