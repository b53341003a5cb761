"""Disturbance records as a bay's IED keeps them: the files of a COMTRADE set in its folder (IEC 60255-24)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sim_ied.mms.files import DeviceFiles
from sim_ied.records.device_record import DeviceRecord

FOLDER = "COMTRADE"
_SECTION = re.compile(rb"--- file type: (CFG|INF|HDR|DAT)[^\r\n]*---\r\n")


def put_record(files: DeviceFiles, record: DeviceRecord) -> None:
    """The set's files, named by the instant of the trigger; the data last, which makes the set whole."""
    made = datetime.fromtimestamp(record.time_ns / 1e9, UTC)
    stem = f"{FOLDER}/{made:%Y%m%d_%H%M%S}_{made.microsecond // 1000:03d}"
    sections = sections_of(record.content) or {"cff": record.content}
    for suffix, content in sections.items():
        if content:
            files.put(f"{stem}.{suffix}", content, record.time_ns)


def sections_of(combined: bytes) -> dict[str, bytes]:
    """The sections of a `.cff` by the suffix that each has as a file of its own; the data are the last of them."""
    found: dict[str, bytes] = {}
    place = 0
    while (head := _SECTION.match(combined, place)) is not None:
        following = None if head[1] == b"DAT" else _SECTION.search(combined, head.end())
        place = len(combined) if following is None else following.start()
        found[head[1].decode().lower()] = combined[head.end() : place]
    return found
