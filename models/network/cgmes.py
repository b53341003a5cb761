"""Which version of CGMES files are, by the namespace that they declare."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from models.errors import ConfigError

_HEAD_OCTETS = 4096
_NAMESPACES = {b"http://iec.ch/TC57/CIM100#": "3.0", b"http://iec.ch/TC57/2013/CIM-schema-cim16#": "2.4.15"}


def cgmes_version(files: Sequence[Path]) -> str:
    """'2.4.15' or '3.0'. ConfigError for files of neither and for a mixture."""
    found = {version for file in files for version in _versions(file)}
    if len(found) != 1:
        problem = "mixes two versions of CGMES" if found else "declares no CGMES namespace (CIM 16 or CIM 100)"
        raise ConfigError(str(files[0]), None, problem, "give the profiles of one model in version 2.4.15 or 3.0")
    return found.pop()


def _versions(file: Path) -> set[str]:
    try:
        heads = _heads(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "name CGMES profiles, .xml or .zip") from error
    return {version for head in heads for namespace, version in _NAMESPACES.items() if namespace in head}


def _heads(file: Path) -> list[bytes]:
    if file.suffix != ".zip":
        with file.open("rb") as stream:
            return [stream.read(_HEAD_OCTETS)]
    with zipfile.ZipFile(file) as archive:
        return [archive.open(name).read(_HEAD_OCTETS) for name in archive.namelist() if name.endswith(".xml")]
