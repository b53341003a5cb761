"""What a user names as NETWORK: files of several kinds and published names, recognised without being guessed at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from models.errors import ConfigError
from models.network.matpower import read_matpower
from models.network.planning import PlanningGrid
from models.network.soundness import checked
from models.network.supplement.devices import without_supplement
from models.network.supplement.reader import read_supplement
from models.network.switches import operated_by, with_switches
from substation.study.kind import Asked


def asked_for(network: str, with_file: str | None) -> Asked:
    """The grid and all that the file beside it adds. ConfigError: file, line, what, remedy."""
    grid = with_switches(read_network_argument(network))
    if with_file is None:
        sound = checked(grid, network)
        return Asked(network, operated_by(sound), without_supplement(sound))
    supplied, supplement = read_supplement(_text(Path(with_file)), with_file, grid, network)
    return Asked(network, operated_by(supplied), supplement)


def read_network_argument(network: str) -> PlanningGrid:
    """The grid of a file by its suffix, else of a published name."""
    return _READERS.get(Path(network).suffix.lower(), _published)(network)


def _matpower(network: str) -> PlanningGrid:
    return read_matpower(_text(Path(network)), network)


def _json(network: str) -> PlanningGrid:
    raise ConfigError(network, None, "cannot be read yet", "give a MATPOWER case")


def _published(network: str) -> PlanningGrid:
    raise ConfigError(network, None, "cannot be read yet", "give a MATPOWER case")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "name a text file you may read") from error


_READERS: dict[str, Callable[[str], PlanningGrid]] = {".m": _matpower, ".json": _json}
