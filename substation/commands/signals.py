"""`ringmain signals UNIT.toml|SCD`: the point list of a control centre, addresses for it, the interoperability list."""

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
from substation.northbound.agreed.settings import ControlCentre
from substation.point_list import interoperability
from substation.point_list.columns import POINTS, Cell, monitored, table
from substation.point_list.of_centres import added
from substation.point_list.signal import signals
from substation.point_list.source import Source, read_agreed, read_source

COLUMNS = tuple(column.name for column in POINTS)


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when everything could be told; 1 when addresses are missing that --allocate would not give."""
    given = _parser().parse_args(arguments)
    if given.interoperability:
        return _interoperability(given)
    if not given.allocate and (given.in_place or given.out is not None):
        raise ConfigError("signals", None, "--in-place and --out write addresses", "add --allocate")
    if given.format == "text":
        raise ConfigError("signals", None, "--format text is for the interoperability list", "give csv or json")
    source = read_source(_file(given))
    if given.allocate:
        return allocate_addresses(source, given.in_place, given.out)
    _refuse_findings(source.findings, given.with_findings)
    return _points(given, source)


def _points(given: argparse.Namespace, source: Source) -> int:
    """One line per object, in the order of the SCD; then what control centres have been given."""
    found = [*signals(source.points, source.scl, source.centres), *added(source.centres)]
    lacking = sum(point.monitor is None for point in source.points)
    if lacking:
        print(f"{lacking} points have no address and are not listed; --allocate gives them one", file=sys.stderr)
    if given.xlsx is not None:
        from substation.point_list.workbook import write  # the library is slow to load

        write(given.xlsx, found, source.points, source.centres)
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
        points, centres = read_agreed(given.unit)
    lines, header = interoperability.lines(points, centres), interoperability.header(centres)
    if given.format == "json":
        _print_json(header, lines)
    elif given.format == "csv":
        _print_csv(header, lines)
    else:
        sys.stdout.write(interoperability.text(lines, [centre.name for centre in centres]))
    return 0


def _refuse_findings(findings: Sequence[ConfigError], show: bool) -> None:
    """A list without the points that could not be read is none, unless somebody asks for it and is told."""
    if show:
        for finding in findings:
            print(finding, file=sys.stderr)
    elif findings:
        others = f"{len(findings)} problems" if len(findings) > 1 else "1 problem"
        remedy = "no incomplete list is printed; --with-findings prints it and tells them all"
        raise RingmainError(f"{findings[0]} ({others}: {remedy})")


def _print_csv(header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> None:
    printed = csv.writer(sys.stdout)
    printed.writerow(header)
    printed.writerows(lines)


def _print_json(header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> None:
    json.dump([dict(zip(header, line, strict=True)) for line in lines], sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def _file(given: argparse.Namespace) -> Path:
    if given.unit is None:
        raise ConfigError("signals", None, "no unit is named", "give its UNIT.toml, or an SCD")
    file: Path = given.unit
    return file


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain signals", description="print the control centre's point list")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml|SCD", nargs="?", help="a unit, or an SCL file alone")
    parser.add_argument("--format", choices=("csv", "json", "text"), help="csv; of the interoperability list: text")
    parser.add_argument("--xlsx", type=Path, metavar="FILE", help="write a spreadsheet with all lists instead")
    parser.add_argument("--with-findings", action="store_true", help="list what is wrong on standard error, and go on")
    parser.add_argument("--interoperability", action="store_true", help="what the product can do (PICS)")
    parser.add_argument("--allocate", action="store_true", help="print the addresses that points still lack")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--in-place", action="store_true", help="with --allocate: write them into the SCD, keep a copy")
    target.add_argument("--out", type=Path, metavar="FILE", help="with --allocate: write them into a new SCD")
    return parser
