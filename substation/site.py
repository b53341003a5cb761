"""The files of a site, read together: network, SCD, points and links; every problem with file, line and remedy."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from models.drawing import Drawing
from models.driver import LinkConfig
from models.errors import ConfigError
from models.network.elements import Network
from models.network.health import without_health
from models.network.reader import NetworkFile, read_network_file
from models.point import PointSpec
from models.scl.document import Progress
from models.scl.drawing import drawings_of
from models.scl.elements import Scl
from models.scl.expected_text import with_expectations
from models.scl.grid import derive_grid
from models.scl.links import link_table
from models.scl.points import point_table
from models.scl.reader import read_scl
from models.scl.supplied import supplied
from substation.config import UnitConfig
from substation.field.settings import setting_problems
from substation.field.tls import with_tls


@dataclass(frozen=True, slots=True)
class Site:
    """What a unit is made from. findings: problems that were found while reading; a unit starts only without any.

    network: of network.json, else what the SCD says of it. drawings: single-line diagrams that the SCD draws.
    remarks: what is odd in the SCD and used all the same.
    """

    network: Network
    points: tuple[PointSpec, ...]
    links: tuple[LinkConfig, ...]
    scl: Scl
    network_file: NetworkFile
    findings: tuple[ConfigError, ...]
    remarks: tuple[ConfigError, ...] = ()
    drawings: tuple[Drawing, ...] = ()


def read_site(config: UnitConfig, with_addresses: bool = True, progress: Progress | None = None) -> Site | None:
    """None for a unit without field devices. ConfigError when a file cannot be read at all.

    with_addresses: whether the file of [links] addresses overrides the addresses of the SCD.
    progress: told which share of the SCD has been read.
    """
    if config.scd is None:
        return None
    scl = supplied(_read_scl(config.scd, progress), _given_addresses(config.addresses, with_addresses))
    points, links = point_table(scl), link_table(scl)
    network_file, remarks = _network(config, scl, points.points)
    made = with_tls(config.field.applied(with_expectations(links.links, scl)), config.tls, config.file.parent)
    return Site(
        network=network_file.network,
        drawings=drawings_of(scl, everywhere=config.network is None),
        points=points.points,
        links=_with_addresses(made, config.addresses if with_addresses else None),
        scl=scl,
        network_file=network_file,
        findings=(*scl.findings, *points.findings, *links.findings, *setting_problems(made, config.field)),
        remarks=(*scl.remarks, *points.remarks, *links.remarks, *remarks, *without_health(network_file, points.points)),
    )


def _network(
    config: UnitConfig, scl: Scl, points: tuple[PointSpec, ...]
) -> tuple[NetworkFile, tuple[ConfigError, ...]]:
    """network.json where there is one; else the topology that the SCD states, with what is doubtful in it."""
    if config.network is not None:
        text = _read(config.network).decode("utf-8", "replace")
        return read_network_file(text, str(config.network)), ()
    grid = derive_grid(scl, points)
    return NetworkFile(grid.network, scl.file, grid.lines), grid.remarks


def _read_scl(file: Path, progress: Progress | None) -> Scl:
    """Without holding the file in memory: it may be large."""
    try:
        with file.open("rb") as source:
            return read_scl(source, str(file), progress)
    except OSError as error:
        raise ConfigError(
            str(file), None, f"cannot be read: {error.strerror}", "correct its path in unit.toml"
        ) from error


def _read(file: Path, remedy: str = "correct its path in unit.toml") -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be read: {error.strerror}", remedy) from error


def _with_addresses(links: tuple[LinkConfig, ...], file: Path | None) -> tuple[LinkConfig, ...]:
    """Links with the addresses of a file that overrides the SCD's: {"IED": ["host", port]}."""
    if file is None:
        return links
    addresses = _addresses(file)
    strange = sorted(set(addresses) - {link.ied for link in links})
    if strange:
        remedy = "correct the name, or remove it: an address that nobody takes leaves the SCD's in force"
        raise ConfigError(str(file), None, f"'{strange[0]}' is no IED with a link in the SCD", remedy)
    return tuple(
        replace(link, host=addresses[link.ied][0], port=addresses[link.ied][1]) if link.ied in addresses else link
        for link in links
    )


def _given_addresses(file: Path | None, needed: bool) -> dict[str, tuple[str, int]]:
    """Of the file of [links] addresses; it need not be there yet where nobody is going to connect."""
    return {} if file is None or not (needed or file.is_file()) else _addresses(file)


def _addresses(file: Path) -> dict[str, tuple[str, int]]:
    remedy = 'write {"IED": ["host", port], ...} or remove [links] addresses from unit.toml'
    content = _read(file, "start the simulator, which writes it, or correct its path in unit.toml")
    try:
        addresses = {str(ied): (str(host), int(port)) for ied, (host, port) in json.loads(content).items()}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise ConfigError(str(file), line, f"is no table of addresses: {error}", remedy) from error
    for ied, (host, port) in addresses.items():
        if not host or not 0 < port < 65536:
            raise ConfigError(str(file), None, f"'{ied}' has the address '{host}:{port}', which is none", remedy)
    return addresses
