"""What a user names as NETWORK: files of several kinds and published names, recognised without being guessed at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from models.errors import ConfigError
from models.network.matpower import read_matpower
from models.network.parallels import parallels_merged
from models.network.planning import PlanningGrid
from models.network.planning_network import planning_grid
from models.network.reader import read_network
from models.network.soundness import checked
from models.network.supplement.devices import without_supplement
from models.network.supplement.reader import read_supplement
from models.network.switches import operated_by, with_switches
from substation.study.kind import Asked

_PANDAPOWER_MARK = "_module"
_MOST_BYTES = 20_000_000
"""Of a MATPOWER case or a file beside it: more than a hundred thousand buses."""
_LONGEST_NAME = 1000
_MOST_JSON_BYTES = 200_000_000


def asked_for(network: str, with_file: str | None) -> Asked:
    """The grid and all that the file beside it adds. ConfigError: file, line, what, remedy."""
    grid = with_switches(parallels_merged(read_network_argument(network)))
    if with_file is None:
        sound = checked(grid, network)
        return Asked(network, operated_by(sound), without_supplement(sound))
    supplied, supplement = read_supplement(_text(with_file), with_file, grid, network)
    return Asked(network, operated_by(supplied), supplement)


def read_network_argument(network: str) -> PlanningGrid:
    """The grid of a file by its suffix, of a folder of CIM files, else of a published name or SimBench code."""
    if not network or len(network) > _LONGEST_NAME:
        raise ConfigError("study", None, "no network is named", "give a file, or a published name (mv_oberrhein)")
    if Path(network).is_dir():
        return _cim(network)
    return _READERS.get(Path(network).suffix.lower(), _named)(network)


def _matpower(network: str) -> PlanningGrid:
    """Comments may be in any encoding: what is no UTF-8 there is overlooked, in a table it is refused."""
    return read_matpower(_text(network, errors="replace"), network)


def _json(network: str) -> PlanningGrid:
    """Ours by its schema, pandapower's by its mark."""
    text = _text(network, most_bytes=_MOST_JSON_BYTES)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(network, None, f"is no JSON: {error}", "give a network.json or a pandapower file") from error
    if isinstance(content, dict) and _PANDAPOWER_MARK in content:
        return _published(network)
    return planning_grid(read_network(text, network))


def _named(network: str) -> PlanningGrid:
    """Published names look like no path; what looks like one is told as a file."""
    if Path(network).exists():
        raise ConfigError(network, None, "is no kind of file that is read here", "give .m, .json, .xml or .zip")
    if len(Path(network).parts) > 1:
        raise ConfigError(network, None, "no such file", "give an existing file, or a published name (mv_oberrhein)")
    return _published(network)


def _published(network: str) -> PlanningGrid:
    from models.network.pandapower import planning_from_pandapower  # a second to load, and never in a running unit

    return planning_from_pandapower(network)


def _cim(network: str) -> PlanningGrid:
    from models.network.pandapower import planning_from_cim

    return planning_from_cim(network)


def _text(file: str, errors: str = "strict", most_bytes: int = _MOST_BYTES) -> str:
    try:
        if (size := Path(file).stat().st_size) > most_bytes:
            problem = f"has {size / 1e6:.0f} MB, more than {most_bytes / 1e6:.0f}"
            raise ConfigError(file, None, problem, "give the part of the network that is to be studied")
        return Path(file).read_text(encoding="utf-8-sig", errors=errors)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, None, f"cannot be read: {error}", "name a text file that you may read") from error


_READERS: dict[str, Callable[[str], PlanningGrid]] = {".m": _matpower, ".json": _json, ".xml": _cim, ".zip": _cim}
