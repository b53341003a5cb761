"""`ringmain check UNIT.toml`: what is wrong with the files of a site, each problem with file, line and remedy."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from models.errors import ConfigError
from models.network.check import mismatches
from substation.config import read_unit
from substation.site import Site, read_site


def problems_of(site: Site) -> list[ConfigError]:
    """Everything that keeps a unit from starting, in the order of the files."""
    return [*site.findings, *mismatches(site.network_file, site.scl, site.points, site.links)]


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 and one line when all is well, 1 and a line per problem on standard output otherwise."""
    parser = argparse.ArgumentParser(prog="ringmain check", description="check the files of a site")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    config = read_unit(parser.parse_args(arguments).unit)
    site = read_site(config, with_addresses=False)
    problems = problems_of(site) if site else []
    for problem in problems:
        print(problem)
    if not problems:
        print(_summary(config.name, site))
    return 1 if problems else 0


def _summary(name: str, site: Site | None) -> str:
    if site is None:
        return f"{name}: no problems; a unit without field devices"
    network = site.network
    counts = (
        f"{len(site.points)} points on {len(site.links)} links, {len(network.switches)} switches, "
        f"{len(network.lines)} lines, {len(network.feeders)} feeders"
    )
    return f"{name}: no problems; {counts}"
