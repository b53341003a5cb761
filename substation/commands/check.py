"""`ringmain check UNIT.toml`: what is wrong with the files of a site, each problem with file, line and remedy."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.errors import ConfigError
from models.network.check import mismatches
from models.point import PointSpec
from protocols.tls.inspection import inspect
from protocols.tls.parameters import TlsParameters
from substation.commands import check_live
from substation.commands.console import reading_bar, watched_bar
from substation.config import UnitConfig, read_unit
from substation.field.tls import tls_of
from substation.northbound.agreed.fit import misfits
from substation.northbound.files import LOWEST
from substation.site import Site, read_site
from substation.trust.protection import findings


def problems_of(config: UnitConfig, site: Site) -> list[ConfigError]:
    """Everything that keeps a unit from starting, in the order of the files."""
    return [
        *_strange_feeders(config, site),
        *_strange_networks(config, site),
        *_strange_patterns(config, site),
        *_strange_stations(config, site),
        *site.findings,
        *mismatches(site.network_file, site.scl, site.points, site.links),
    ]


def _strange_feeders(config: UnitConfig, site: Site) -> Iterator[ConfigError]:
    """A mode for a feeder that does not exist leaves the one that was meant in automatic."""
    known = [feeder.id for feeder in site.network.feeders]
    for feeder, line in config.self_healing.feeder_lines.items():
        if feeder not in known:
            problem = f"[fdir.feeders] names '{feeder}', which is no feeder of the network"
            yield ConfigError(str(config.file), line, problem, f"one of {', '.join(known)}")


def _strange_networks(config: UnitConfig, site: Site) -> Iterator[ConfigError]:
    """A permitted duration for a network that does not exist would alarm nobody."""
    known = [each.id for each in site.network.galvanic_networks]
    for name in config.earth_faults.permitted_s:
        if name not in known:
            problem = f"[earth_faults.permitted_s] names '{name}', which is no galvanic network"
            yield ConfigError(str(config.file), None, problem, f"one of {', '.join(known)}")


def _strange_patterns(config: UnitConfig, site: Site) -> Iterator[ConfigError]:
    """What control centres were given and does not fit the points: it would be missing unnoticed."""
    strange = misfits(config.control_centres, site.points)
    lines = config.file.read_text(encoding="utf-8").splitlines() if strange else []
    for each in strange:
        line = next((number for number, text in enumerate(lines, 1) if each.text in text), None)
        yield ConfigError(str(config.file), line, each.problem, each.remedy)


def _strange_stations(config: UnitConfig, site: Site) -> Iterator[ConfigError]:
    """Disturbance records under a station that no control centre could ask."""
    known = sorted({address.common_address for spec in site.points for address in spec.monitors})
    for centre in config.control_centres:
        if centre.files is not None and centre.files.common_address not in (LOWEST, *known):
            wrong = centre.files.common_address
            problem = f"control centre {centre.name}: files under common address {wrong}, which no point has"
            yield ConfigError(str(config.file), None, problem, "see 'ringmain signals' for those that there are")


def _tls_problems(config: UnitConfig) -> Iterator[ConfigError]:
    """A unit would start with them, to complain of them then."""
    if config.tls is None:
        return
    for finding in findings(config.tls, config.tls_mode, time.time_ns):
        yield ConfigError(str(config.tls.certificate), None, finding, "issue it again with 'ringmain authority'")


def _station_problems(config: UnitConfig, site: Site | None) -> Iterator[ConfigError]:
    """Of the files for control centres and for links to devices; each set of files once."""
    centres = {centre.name: centre.tls.parameters for centre in config.control_centres if centre.tls is not None}
    links = {} if site is None else {name: tls.parameters for name, tls in tls_of(site.links).items()}
    users: dict[TlsParameters, list[str]] = {}
    known = None if config.tls is None else config.tls.files
    for name, parameters in (*centres.items(), *links.items()):
        if parameters.files != known:  # else it has been looked at
            users.setdefault(parameters, []).append(name)
    for parameters, names in users.items():
        who = f"TLS of {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if names[3:] else "")
        for event in inspect(parameters, time.time_ns):
            yield ConfigError(
                str(parameters.certificate), None, f"{who}: {event}", "issue it with 'ringmain authority'"
            )


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 and one line when all is well, 1 and a line per problem on standard output otherwise.

    With --live the devices are asked too; exit status as in substation.commands.check_live.
    """
    given = _parser().parse_args(arguments)
    if given.json and not given.live or given.link and not given.live:
        raise ConfigError(str(given.unit), None, "--json and --link are for --live", "add --live")
    config = read_unit(given.unit)
    site = read_site(config, with_addresses=given.live, progress=reading_bar(config.scd))
    found = problems_of(config, site) if site else []
    of_stations = [] if found else _station_problems(config, site)  # the links must be known for that
    problems = [*_tls_problems(config), *of_stations, *found]
    if given.live and site is not None:
        return _live(config, site, problems, given)
    for problem in problems:
        print(problem)
    for remark in site.remarks if site else ():
        print(f"remark: {remark}")
    if not problems:
        print(_summary(config.name, site))
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain check", description="check the files of a site")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument(
        "--live", action="store_true", help="ask the devices of IEC 61850 and compare them with the SCD"
    )
    parser.add_argument("--link", metavar="LINK", help="with --live: this one alone")
    parser.add_argument("--json", action="store_true", help="with --live: one JSON object instead of words")
    return parser


def _live(config: UnitConfig, site: Site, problems: Sequence[ConfigError], given: argparse.Namespace) -> int:
    links = check_live.asked_of(site.links, given.link, str(config.file))
    found = check_live.compared(links, watched_bar("comparing devices"))
    specs: dict[str, list[PointSpec]] = {}
    for spec in site.points:
        specs.setdefault(spec.link, []).append(spec)
    status = max(check_live.status_of(found), 1 if problems else 0)
    if given.json:
        told = [check_live.plain(each, specs.get(each.link, ())) for each in found]
        files = [str(problem) for problem in problems]
        print(json.dumps({"unit": config.name, "problems": files, "links": told, "status": status}, indent=1))
        return status
    for line in (*problems, *(line for each in found for line in check_live.lines(each, specs.get(each.link, ())))):
        print(line)
    if not links:
        print(f"{config.name}: no links of IEC 61850")
    return status


def _summary(name: str, site: Site | None) -> str:
    if site is None:
        return f"{name}: no problems; a unit without field devices"
    network = site.network
    counts = (
        f"{len(site.points)} points on {len(site.links)} links, {len(network.switches)} switches, "
        f"{len(network.lines)} lines, {len(network.feeders)} feeders"
    )
    if network.topology_only:
        counts += "; the grid is what the SCD states of it, so rules that need electrical values refuse"
    return f"{name}: no problems; {counts}"
