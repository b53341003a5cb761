"""The files of a simulated site: world.toml, and beside it the network and the SCD that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from models.driver import LinkConfig
from models.errors import ConfigError
from models.network.elements import Network
from models.network.reader import read_network
from models.point import PointSpec
from models.progress import bar_for
from models.scl.links import links
from models.scl.points import points
from models.scl.reader import read_scl
from sim_ied.mms.model_file import ModelFile
from sim_ied.settings import WorldSettings, read_settings


@dataclass(frozen=True, slots=True)
class Site:
    """What a simulator is made of. scd: the file; models: the MMS models of its IEDs."""

    network: Network
    settings: WorldSettings
    scd: Path
    links: tuple[LinkConfig, ...]
    specs: tuple[PointSpec, ...]
    models: ModelFile


def read_site(
    world_file: Path,
    speed: float | None = None,
    seed: int | None = None,
    watched: TextIO | None = None,
    changes: Mapping[str, object] | None = None,
) -> Site:
    """Read everything; speed and seed override the file. Raises ConfigError (file, line, remedy).

    watched: a terminal that shows how far a large SCD has been read. changes: a scenario's, of world.toml.
    """
    settings = read_settings(_text(world_file), str(world_file), changes)
    settings = replace(
        settings,
        speed=settings.speed if speed is None else speed,
        seed=settings.seed if seed is None else seed,
        rtu_tls=None if settings.rtu_tls is None else settings.rtu_tls.in_folder(world_file.parent),
        ied_tls=None if settings.ied_tls is None else settings.ied_tls.in_folder(world_file.parent),
    )
    network_file, scd = world_file.parent / settings.network, world_file.parent / settings.scd
    data = _text(scd).encode()
    scl = read_scl(data, str(scd), None if watched is None else bar_for(watched, f"reading {scd}", len(data)))
    network = read_network(_text(network_file), str(network_file))
    return Site(network, settings, scd, links(scl), points(scl), ModelFile(data, str(scd)))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be read ({error.strerror})", "name an existing file") from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(file), None, "is not UTF-8 text", "save it as UTF-8") from error
