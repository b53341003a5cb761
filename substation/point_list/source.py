"""What a point list is made from: a unit's SCD and control centres, or an SCL file alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.errors import ConfigError, RingmainError
from models.network.check import equal_points
from models.point import PointSpec
from models.scl.elements import Scl
from models.scl.links import link_table
from models.scl.points import point_table
from models.scl.reader import read_scl
from substation.config import read_unit
from substation.northbound.agreed.settings import ControlCentre
from substation.site import read_site

_UNIT = ".toml"


@dataclass(frozen=True, slots=True)
class Source:
    """findings: what could not be read, with file, line and remedy. centres: none where there is no unit.toml."""

    scd: Path
    scl: Scl
    points: tuple[PointSpec, ...]
    findings: tuple[ConfigError, ...]
    centres: tuple[ControlCentre, ...] = ()


def read_source(file: Path) -> Source:
    """A file that is not called `.toml` is taken for SCL (SCD, IID, ICD, CID): nothing else is needed for its list."""
    return _of_unit(file) if file.suffix.lower() == _UNIT else _of_scl(file)


def read_agreed(file: Path) -> tuple[tuple[PointSpec, ...], tuple[ControlCentre, ...]]:
    """Points and control centres; a unit without field devices has none of the former."""
    if file.suffix.lower() == _UNIT:
        config = read_unit(file)
        site = read_site(config, with_addresses=False)
        return () if site is None else site.points, config.control_centres
    return _of_scl(file).points, ()


def _of_unit(file: Path) -> Source:
    config = read_unit(file)
    site = read_site(config, with_addresses=False)
    if site is None or config.scd is None:
        raise RingmainError(f"{config.file}: unit {config.name} has no field devices, hence no points")
    findings = (*site.findings, *equal_points(site.scl, site.points))
    return Source(config.scd, site.scl, site.points, findings, config.control_centres)


def _of_scl(file: Path) -> Source:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be read: {error.strerror}", "give a UNIT.toml or an SCD") from error
    scl = read_scl(content, str(file))
    points, links = point_table(scl), link_table(scl)
    findings = (*scl.findings, *points.findings, *links.findings, *equal_points(scl, points.points))
    return Source(file, scl, points.points, findings)
