"""`ringmain signals UNIT.toml`: the point list of a control centre, addresses for it, the interoperability list."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from models.errors import ConfigError, RingmainError
from models.point import PointSpec
from substation.commands.allocation import allocate_addresses
from substation.config import UnitConfig, read_unit
from substation.northbound.settings import ControlCentre
from substation.point_list import interoperability
from substation.point_list.columns import POINTS, Cell, monitored, table
from substation.point_list.of_centres import added
from substation.point_list.signal import signals
from substation.site import Site, read_site

COLUMNS = tuple(column.name for column in POINTS)


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when everything could be told; 1 when addresses are missing that --allocate would not give."""
    given = _parser().parse_args(arguments)
    if given.interoperability:
        return _interoperability(given)
    if not given.allocate and (given.in_place or given.out is not None):
        raise ConfigError("signals", None, "--in-place and --out write addresses", "add --allocate")
    config = read_unit(_unit(given))
    site = _site(config)
    if given.allocate:
        return allocate_addresses(site, config, given.in_place, given.out)
    _refuse_findings(site, given.with_findings)
    return _points(given, config, site)


def _points(given: argparse.Namespace, config: UnitConfig, site: Site) -> int:
    """One line per object, in the order of the SCD."""
    centres = config.control_centres
    found = [*signals(site.points, site.scl, centres), *added(centres)]
    lacking = sum(point.monitor is None for point in site.points)
    if lacking:
        print(f"{lacking} points have no address and are not listed; --allocate gives them one", file=sys.stderr)
    if given.xlsx is not None:
        from substation.point_list.workbook import write  # the library is slow to load

        write(given.xlsx, found, site.points, centres)
    elif given.format == "json":
        _print_json(COLUMNS, table(POINTS, monitored(found)))
    else:
        _print_csv(COLUMNS, table(POINTS, monitored(found)))
    return 0


def _interoperability(given: argparse.Namespace) -> int:
    """Of a unit, or of the product where none is named."""
    centres: tuple[ControlCentre, ...] = ()
    points: tuple[PointSpec, ...] = ()
    if given.unit is not None:
        config = read_unit(given.unit)
        site = read_site(config, with_addresses=False)
        centres, points = config.control_centres, () if site is None else site.points
    lines, header = interoperability.lines(points, centres), interoperability.header(centres)
    if given.format == "json":
        _print_json(header, lines)
    elif given.format == "csv":
        _print_csv(header, lines)
    else:
        sys.stdout.write(interoperability.text(lines, [centre.name for centre in centres]))
    return 0


def _site(config: UnitConfig) -> Site:
    site = read_site(config, with_addresses=False)
    if site is None:
        raise RingmainError(f"{config.file}: unit {config.name} has no field devices, hence no points")
    return site


def _refuse_findings(site: Site, show: bool) -> None:
    """A list without the points that could not be read is none, unless somebody asks for it and is told."""
    if show:
        for finding in site.findings:
            print(finding, file=sys.stderr)
    elif site.findings:
        count = len(site.findings)
        others = f"{count} problems" if count > 1 else "1 problem"
        remedy = "no incomplete list is printed; --with-findings prints it and tells them all"
        raise RingmainError(f"{site.findings[0]} ({others}: {remedy})")


def _print_csv(header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> None:
    printed = csv.writer(sys.stdout)
    printed.writerow(header)
    printed.writerows(lines)


def _print_json(header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> None:
    json.dump([dict(zip(header, line, strict=True)) for line in lines], sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def _unit(given: argparse.Namespace) -> Path:
    if given.unit is None:
        raise ConfigError("signals", None, "no unit is named", "give its UNIT.toml")
    unit: Path = given.unit
    return unit


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain signals", description="print the control centre's point list")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml", nargs="?")
    parser.add_argument("--format", choices=("csv", "json", "text"), help="csv; of the interoperability list: text")
    parser.add_argument("--xlsx", type=Path, metavar="FILE", help="write a spreadsheet with all lists instead")
    parser.add_argument("--with-findings", action="store_true", help="list what is wrong on standard error, and go on")
    parser.add_argument("--interoperability", action="store_true", help="what the product can do (PICS)")
    parser.add_argument("--allocate", action="store_true", help="print the addresses that points still lack")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--in-place", action="store_true", help="with --allocate: write them into the SCD, keep a copy")
    target.add_argument("--out", type=Path, metavar="FILE", help="with --allocate: write them into a new SCD")
    return parser
