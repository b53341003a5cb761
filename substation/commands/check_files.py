"""`ringmain check FILE`: the files of a site, by its UNIT.toml, or one SCL file alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.errors import ConfigError
from models.network.check import equal_points
from models.network.health import without_health
from models.network.reader import NetworkFile
from models.scl.grid import derive_grid
from models.scl.links import equal_links, link_table
from models.scl.points import point_table
from models.scl.reader import read_scl
from substation.commands import check
from substation.commands.console import reading_bar

SUFFIXES = frozenset({".scd", ".cid", ".icd", ".iid", ".ssd", ".sed", ".scl", ".xml"})
"""Of SCL files (IEC 61850-6); whatever else is given is a UNIT.toml."""


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 and one line when all is well, 1 and a line per problem on standard output otherwise."""
    if len(arguments) == 1 and Path(arguments[0]).suffix.lower() in SUFFIXES:
        return _check_scl(Path(arguments[0]))
    return check.run(arguments)


def _check_scl(file: Path) -> int:
    try:
        with file.open("rb") as source:
            scl = read_scl(source, str(file), reading_bar(file))
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be read: {error.strerror}", "give an SCL file") from error
    points, links = point_table(scl), link_table(scl)
    grid = derive_grid(scl, points.points)
    equals = (*equal_links(scl, links.links), *equal_points(scl, points.points))
    problems = (*scl.findings, *points.findings, *links.findings, *equals)
    for problem in problems:
        print(problem)
    silent = without_health(NetworkFile(grid.network, scl.file, grid.lines), points.points)
    for remark in (*scl.remarks, *points.remarks, *links.remarks, *grid.remarks, *silent):
        print(f"remark: {remark}")
    if not problems:
        counts = f"{len(scl.ieds)} IEDs, {len(points.points)} points on {len(links.links)} links"
        print(f"{file}: no problems; {counts}, {len(grid.network.switches)} switches")
    return 1 if problems else 0
