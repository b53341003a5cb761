"""Every SCL file at hand, ours and others': kind, edition, how much of everything is in it, and what is wrong with it.

tests/cases/scl/expected.json was checked by hand against the files. `python -m tests.models.scl.test_golden_files`
prints what the reader makes of them now.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from models.errors import ConfigError
from models.scl.findings import severity_of
from models.scl.links import equal_links, link_table
from models.scl.points import point_table
from models.scl.reader import read_scl

OURS = Path(__file__).parents[2] / "cases" / "scl"
EXPECTED: dict[str, dict[str, object]] = json.loads((OURS / "expected.json").read_text(encoding="utf-8"))


def summary(file: Path) -> dict[str, object]:
    """What stands in expected.json; findings as 'LINE SEVERITY: PROBLEM'."""
    try:
        scl = read_scl(file.read_bytes(), file.name)
    except ConfigError as error:
        return {"refused": f"{error.line}: {error.problem}"}
    points, links = point_table(scl), link_table(scl)
    found = [*scl.findings, *points.findings, *links.findings, *equal_links(scl, links.links)]
    found += [*scl.remarks, *points.remarks, *links.remarks]
    return {
        "kind": scl.kind.value,
        "edition": scl.edition.value,
        "ieds": len(scl.ieds),
        "devices": sum(len(ied.devices) for ied in scl.ieds),
        "nodes": sum(len(ied.logical_nodes) for ied in scl.ieds),
        "data_sets": sum(len(ied.data_sets) for ied in scl.ieds),
        "reports": sum(len(ied.report_controls) for ied in scl.ieds),
        "points": len(points.points),
        "links": [f"{link.name} {link.host}:{link.port} {link.settings.get('reports', '')}" for link in links.links],
        "found": [f"{each.line} {severity_of(each).value}: {each.problem}" for each in found],
    }


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_is_read_as_it_was_checked_by_hand(data: Path, name: str) -> None:
    folder = OURS if (OURS / name).exists() else data / "scl"
    assert summary(folder / name) == EXPECTED[name]


def test_every_file_at_hand_is_in_the_table(data: Path) -> None:
    shared = {file.name for file in (data / "scl").iterdir()}
    assert shared <= EXPECTED.keys()


if __name__ == "__main__":
    shared = Path(os.environ.get("RINGMAIN_DATA", "../shared/data")) / "scl"
    files = sorted([*shared.iterdir(), *(file for name in EXPECTED if (file := OURS / name).exists())])
    json.dump({file.name: summary(file) for file in files}, sys.stdout, indent=1, ensure_ascii=False)
