"""Which files of a device make one disturbance record, and how these become one content.

COMTRADE before edition 2013 is a set of files that differ in their suffix (.cfg, .dat, perhaps .hdr, .inf). Such a set
is kept as one ZIP archive with the device's own octets; a record of one file is kept as it is.
"""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from hashlib import blake2b

from protocols.iec61850.files.times import generalized_ns, trigger_ns
from protocols.iec61850.files.units import Entry

_SET = frozenset({"cfg", "dat", "hdr", "inf"})
_NEEDED = frozenset({"cfg", "dat"})
_OLDEST = (1980, 1, 1, 0, 0, 0)  # of a ZIP archive: the same files give the same octets
_SINGLE = b"--- file type: CFG"


@dataclass(frozen=True, slots=True)
class RecordFiles:
    """name: of the one file, or of the set without suffix. files: at least one, by name."""

    name: str
    files: tuple[Entry, ...]

    @property
    def octets(self) -> int:
        return sum(file.attributes.size for file in self.files)

    @property
    def identity(self) -> str:
        """Twelve characters for names, sizes and times: a device that uses a name again changes one of them."""
        return blake2b(repr(self.files).encode(), digest_size=6).hexdigest()

    def modified_ns(self, zone: tzinfo) -> int | None:
        """Of the newest of its files; UTC."""
        times = [generalized_ns(file.attributes.modified, zone) for file in self.files]
        return max((time_ns for time_ns in times if time_ns is not None), default=None)


def suffix_of(name: str) -> str:
    """Lower case, without dot."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[2].lower() if "." in base else ""


def records_of(entries: Iterable[Entry], suffixes: frozenset[str]) -> list[RecordFiles]:
    """Complete records: of a set without .dat or .cfg (as yet) nothing is taken. Files of no octets are not there."""
    sets: dict[str, list[Entry]] = defaultdict(list)
    found: list[RecordFiles] = []
    for entry in entries:
        suffix = suffix_of(entry.name)
        if suffix not in suffixes or not entry.attributes.size:
            continue
        if suffix in _SET:
            sets[entry.name[: -len(suffix) - 1]].append(entry)
        else:
            found.append(RecordFiles(entry.name, (entry,)))
    complete = {stem: files for stem, files in sets.items() if {suffix_of(each.name) for each in files} >= _NEEDED}
    return found + [RecordFiles(stem, tuple(sorted(files))) for stem, files in complete.items()]


def content_of(record: RecordFiles, contents: Mapping[str, bytes]) -> bytes:
    """One content for the store."""
    if len(record.files) == 1:
        return contents[record.files[0].name]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in record.files:
            base = file.name.replace("\\", "/").rpartition("/")[2]
            archive.writestr(zipfile.ZipInfo(base, _OLDEST), contents[file.name])
    return target.getvalue()


def time_of(record: RecordFiles, contents: Mapping[str, bytes], zone: tzinfo) -> int | None:
    """When the device triggered it, or else when it wrote the files; UTC ns, None where it says neither."""
    for name, content in contents.items():
        is_configuration = suffix_of(name) == "cfg" or content.startswith(_SINGLE)
        if is_configuration and (time_ns := trigger_ns(content, zone)) is not None:
            return time_ns
    return record.modified_ns(zone)
