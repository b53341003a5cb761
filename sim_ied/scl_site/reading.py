"""Reads the SCL file of a simulation, once for its behaviour and once for its MMS models."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from models.errors import ConfigError
from models.progress import bar_for
from models.scl.elements import Scl
from models.scl.reader import read_scl
from sim_ied.mms.model_file import ModelFile


def read_scl_site(file: Path, wanted: Collection[str] | None) -> tuple[Scl, ModelFile]:
    """wanted: names of the IEDs to serve, None for all. ConfigError (file, line, remedy) where it cannot be read."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be read ({error.strerror})", "name an existing file") from error
    scl = read_scl(data, str(file), bar_for(sys.stderr, f"reading {file}", len(data)))
    if not any(ied.logical_nodes for ied in scl.ieds):
        raise ConfigError(str(file), 1, "describes no IED with a server", "give an SCD, CID, IID or ICD file")
    return scl, ModelFile(data, str(file), wanted)
