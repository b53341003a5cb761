"""`ringmain scd NETWORK --out DIR`: write the four files of a simulated site from a network."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from models.bounded import bounded_number
from models.errors import ConfigError
from models.network.assumptions import Assumptions
from models.network.completion import completed
from models.network.elements import Network, Neutral
from models.network.matpower import read_matpower
from models.network.planning_site import site
from models.network.reader import read_network
from models.network.selection import with_remote_control
from models.network.soundness import checked
from models.network.subset import subset
from models.network.writer import write_network
from models.scl.points import point_table
from models.scl.reader import read_scl
from sim_ied.scd.unit_file import write_unit
from sim_ied.scd.world_file import write_world
from sim_ied.scd.writer import write_scd
from sim_ied.scenario import open_scenario
from sim_ied.site_change import SiteChange


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; ConfigError or AlgorithmError in one line when the network cannot be written."""
    given = _parser().parse_args(arguments)
    network = _network(given)
    change = SiteChange() if given.scenario is None else open_scenario(given.scenario).site
    if given.remote is not None:
        network = with_remote_control(network, given.remote)
    if given.stations is not None:
        network = subset(network, given.stations)
    network = change.applied(network)
    scd = write_scd(network)
    table = point_table(read_scl(scd, "scd.xml"))
    if table.findings:
        raise table.findings[0]
    _write(given.out, network, scd, change)
    print(f"{given.out}: {len(network.nodes)} nodes, {len(network.switches)} switches, {len(table.points)} points")
    return 0


def _write(folder: Path, network: Network, scd: bytes, change: SiteChange) -> None:
    files = {
        "scd.xml": scd,
        "network.json": write_network(network).encode(),
        "unit.toml": write_unit(network, change).encode(),
        "world.toml": write_world(network).encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise ConfigError(str(folder), None, f"cannot be written: {error}", "name a folder you may write to") from error


def _network(given: argparse.Namespace) -> Network:
    """A MATPOWER case, a network.json of ours, else whatever pandapower knows; pandapower is loaded only then."""
    if given.network.endswith(".m"):
        return _of_case(given)
    own = _own_file(given.network)
    if own is not None:
        return completed(read_network(own, given.network))
    from models.network.pandapower import KNOWN, from_pandapower

    assumptions = KNOWN.get(given.network)
    if given.neutral is not None:
        assumptions = Assumptions(given.primary, Neutral(given.neutral))
    if assumptions is not None:
        assumptions = replace(assumptions, reconnection_time_s=given.reconnection)
    return from_pandapower(given.network, assumptions)


def _of_case(given: argparse.Namespace) -> Network:
    if given.neutral is None:
        problem = "how the neutral is treated is not known for this network"
        raise ConfigError(
            given.network, None, problem, "say it with --neutral (isolated, resonant, resistance or solid)"
        )
    try:
        text = Path(given.network).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(given.network, None, f"cannot be read: {error}", "name a MATPOWER case") from error
    assumptions = Assumptions(given.primary, Neutral(given.neutral), reconnection_time_s=given.reconnection)
    return site(checked(read_matpower(text, given.network), given.network), assumptions, given.network)


def _own_file(name: str) -> str | None:
    """The text of a network.json with our schema; None for names and for files of other programs."""
    if not name.endswith(".json"):
        return None
    try:
        text = Path(name).read_text(encoding="utf-8")
        foreign = "_module" in json.loads(text)  # pandapower marks its files so
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(name, None, f"cannot be read: {error}", "give a network.json or a pandapower file") from error
    return None if foreign else text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ringmain scd", description="Write scd.xml, network.json, unit.toml and world.toml of a simulated site."
    )
    parser.add_argument("network", metavar="NETWORK", help="name (mv_oberrhein), pandapower JSON, network.json, case.m")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the four files")
    parser.add_argument(
        "--remote",
        type=bounded_number(0, 1),
        metavar="SHARE",
        help="share of station switches with remote control, 0 to 1",
    )
    parser.add_argument("--stations", type=int, metavar="N", help="cut out N stations around one tie")
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="as its [network] and [unit] ask for")
    parser.add_argument(
        "--neutral", choices=[each.value for each in Neutral], help="neutral treatment; has no default (SAFETY S10)"
    )
    parser.add_argument(
        "--primary", type=_primary, default="PS", metavar="NAME", help="name of primary substations (PS1, PS2...)"
    )
    parser.add_argument(
        "--reconnection",
        type=bounded_number(0, 86400),
        default=60.0,
        metavar="SECONDS",
        help="earliest return of generators (60)",
    )
    return parser


def _primary(text: str) -> str:
    """A part of SCL paths and of IED names (IEC 61850-6 9.3.1: a letter first, then letters, digits, '_')."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", text):
        raise argparse.ArgumentTypeError("a letter, then up to 31 letters, digits or '_' are expected")
    return text
