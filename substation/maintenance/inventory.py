"""What software a unit runs: its own version, and every installed distribution (the bill of materials, CR 7.8)."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from substation.maintenance.errors import ReleaseError

OWN = "ringmain"
_EXTRA = re.compile(r";.*\bextra\s*==")


def product() -> str:
    """Version of Ringmain that runs."""
    try:
        return metadata.version(OWN)
    except metadata.PackageNotFoundError:
        return "0"


def distributions() -> dict[str, str]:
    """Name and version of everything that can be imported, the interpreter too; the first of a name is what counts."""
    found = {"python": platform.python_version()}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(name, distribution.version)
    return dict(sorted(found.items(), key=lambda item: item[0].casefold()))


def requirements() -> frozenset[str]:
    """What the installed Ringmain requires, extras left out."""
    try:
        return _needed(metadata.requires(OWN) or ())
    except metadata.PackageNotFoundError:
        return frozenset()


def requirements_in(folder: Path) -> frozenset[str]:
    """What the Ringmain in a folder (the content of a wheel) requires. ReleaseError when it does not say so."""
    found = [each for each in metadata.distributions(path=[str(folder)]) if each.metadata["Name"] == OWN]
    if len(found) != 1:
        raise ReleaseError(f"{folder.name}: no ringmain-*.dist-info in it; make the bundle from a wheel of Ringmain")
    return _needed(found[0].requires or ())


def refuse_other_requirements(folder: Path) -> None:
    """Libraries are not part of a software release: what it requires must be what is installed."""
    differing = requirements_in(folder) ^ requirements()
    if differing:
        remedy = "its libraries are not installed here: update the environment of the unit first"
        raise ReleaseError(f"{folder.name}: requires otherwise ({', '.join(sorted(differing))}); {remedy}")


def _needed(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(re.sub(r"[\s()]", "", line).casefold() for line in lines if not _EXTRA.search(line))
