"""The first release of a site, taken from a folder by whoever stands at the machine; afterwards only bundles count."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from models.config import read_toml
from substation.maintenance.errors import ReleaseError
from substation.maintenance.inspection import inspect
from substation.maintenance.manifest import Kind, Manifest, Target, TargetKind
from substation.maintenance.pointer import Active, Choice, read_active, write_active
from substation.maintenance.releases import UNIT_FILE, Record, Releases
from substation.maintenance.source import entries_of, source_of

FIRST = 1
_LAST_NS = 2**63 - 1


async def install(site: Path, folder: Path, now_ns: int) -> Choice:
    """Stage, check and activate configuration 1 with the software as installed. ReleaseError when the site has one.

    What belongs to the unit (data, keys, certificates) is put into SITE/local before.
    """
    releases = Releases(site)
    await asyncio.to_thread(releases.prepare)
    if await asyncio.to_thread(read_active, releases.site) is not None:
        raise ReleaseError(f"{site}: has an active release; bring another one as a bundle")
    source = source_of(folder)
    entries = await asyncio.to_thread(entries_of, source)
    name = await asyncio.to_thread(_unit_name, folder / UNIT_FILE)
    target = Target(TargetKind.UNIT, name)
    manifest = Manifest(Kind.CONFIGURATION, FIRST, target, now_ns, 0, _LAST_NS, "0", entries)
    await asyncio.to_thread(releases.refuse_local, manifest)
    record = Record(manifest, "installed at the machine")
    feeds = [(entry, partial(source.feed, entry)) for entry in entries]
    await asyncio.to_thread(releases.stage, record, feeds)
    choice = Choice(FIRST)
    await inspect(releases, choice, Kind.CONFIGURATION, name)
    active = Active(choice, highest=choice, told=f"{choice} installed at the machine", told_ns=now_ns)
    await asyncio.to_thread(write_active, releases.site, active)
    return choice


def _unit_name(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{file}: cannot be read: {error}; give a folder with a unit.toml") from error
    return read_toml(text, str(file)).table("unit").take("name", str)
