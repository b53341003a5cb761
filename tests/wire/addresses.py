"""What the SCD says of a site's points: by name, and by the address that a control centre sees."""

from __future__ import annotations

from pathlib import Path

from models.point import PointSpec
from models.scl.points import points
from models.scl.reader import read_scl


def specs_of(folder: Path) -> dict[str, PointSpec]:
    """Every point of `scd.xml`, by its full name."""
    found = points(read_scl((folder / "scd.xml").read_bytes(), "scd.xml"))
    return {str(spec.name): spec for spec in found}


def monitored_at(spec: PointSpec) -> str:
    """'CA/IOA' of its value."""
    assert spec.monitor is not None
    return f"{spec.monitor.common_address}/{spec.monitor.object_address}"


def commanded_at(spec: PointSpec) -> tuple[int, int]:
    """(common address, object address) of its command."""
    assert spec.command is not None
    return spec.command.common_address, spec.command.object_address
